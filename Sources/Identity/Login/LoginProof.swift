/// The proof with which a login ends: the store checks in the login's own transaction that it still holds.
///
/// A second factor, a passkey, the identity at a provider and a directory become cases of their own together with those
/// features.
///
///     let account = try store.begin(
///         session, proof: .password(verified: hash, renewed: nil), replaced: nil, attempt: attempt, event: event)
public enum LoginProof: Sendable, Equatable {
    /// A password that fits the account's hash.
    ///
    /// - Parameters:
    ///   - verified: the hash against which the password was checked. A password that was changed since then ends the
    ///     login.
    ///   - renewed: the hash that replaces it, if it was made with other parameters than those in use now.
    case password(verified: String, renewed: String?)
}
