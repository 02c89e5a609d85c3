import Cryptography

extension AuthenticationService {
    /// Runs an operation of the installation's keys.
    ///
    /// - Throws: `.keysUnavailable`.
    func withKeys<Value>(_ body: (Keyring) throws(KeyError) -> Value) throws(AuthenticationError) -> Value {
        guard let keyring else { throw .keysUnavailable(nil) }
        do throws(KeyError) { return try body(keyring) } catch { throw .keysUnavailable(error) }
    }

    /// A secret of the installation, which is made at its first use.
    ///
    /// - Throws: `.keysUnavailable`, `.store`, `.cryptography`.
    func installationSecret(_ name: SecretName) throws(AuthenticationError) -> Secret {
        var sealed = try withStore { store throws(StoreError) in try store.secret(name) }
        if sealed == nil {
            let drawn = Secret(try withRandomness { random throws(CryptographyError) in try random.bytes(32) })
            let value = try withKeys { keys throws(KeyError) in
                SealedValue(
                    bytes: try keys.seal(drawn, for: .storedSecret, of: name.rawValue, random: random),
                    key: keys.inUse)
            }
            sealed = try withStore { store throws(StoreError) in try store.insert(value, as: name) }
        }
        guard let sealed else { throw .keysUnavailable(.damaged) }
        return try withKeys { keys throws(KeyError) in
            try keys.open(sealed.bytes, for: .storedSecret, of: name.rawValue)
        }
    }
}
