/// The uses of the installation's keys. Each key has one of its own for each use, by HKDF, so that what was made for
/// one can never stand for another.
///
/// The names are part of the derivation: one that was released is never changed.
public enum KeyPurpose: String, Sendable, CaseIterable {
    /// The shared secrets of TOTP generators, sealed.
    case totpSecret = "totp-secret"
    /// The challenges of logins by a passkey alone.
    case passkeyLogin = "passkey-login"
    /// The secrets of the installation that are kept sealed in the store.
    case storedSecret = "stored-secret"

    /// The `info` of HKDF.
    var info: [UInt8] { Array("postern/1/\(rawValue)".utf8) }
}
