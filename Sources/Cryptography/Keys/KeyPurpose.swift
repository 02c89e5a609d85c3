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
    fileprivate var info: [UInt8] { Array("postern/1/\(rawValue)".utf8) }

    /// The bytes that are authenticated beside a value: header, purpose and subject, each with its length, so that no
    /// two contexts have the same.
    func context(_ header: [UInt8], _ subject: String) -> [UInt8] {
        [rawValue, subject].reduce(into: header) { context, part in
            let count = UInt32(part.utf8.count)
            context += (0..<4).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            context += part.utf8
        }
    }
}

extension KeyFile.Key {
    /// The key of a purpose. It takes six microseconds, so it is made each time: a table of them would need a lock.
    func derived(for purpose: KeyPurpose) throws(CryptographyError) -> Secret {
        try HKDF.derive(from: secret, salt: [], info: purpose.info, length: AESGCM.keyLength)
    }
}
