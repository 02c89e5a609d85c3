import Cryptography

extension AuthenticationService {
    /// Runs an operation of the installation's keys.
    ///
    /// - Throws: `.keys`, `.cryptography`.
    func withKeys<Value>(_ body: (Keyring) throws(KeyError) -> Value) throws(AuthenticationError) -> Value {
        guard let keyring else { throw .keys(.none) }
        do throws(KeyError) { return try body(keyring) } catch { throw AuthenticationError(error) }
    }
}
