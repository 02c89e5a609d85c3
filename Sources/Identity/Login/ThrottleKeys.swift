import Cryptography

/// The maker of the keys of counters, by the secret of the installation that is kept for it.
struct ThrottleKeys {
    /// The key of the digests; `nil` for an installation without keys.
    let secret: Secret?

    /// The key of a counter, by its kind and its subject.
    ///
    /// - Throws: `.cryptography`.
    func key(_ name: ThrottleCounter.Name, _ subject: String...) throws(AuthenticationError) -> ThrottleKey {
        try key(of: [name.rawValue] + subject)
    }

    /// The key of a counter, by its kind and its subject.
    ///
    /// - Throws: `.cryptography`.
    func key(of parts: [String]) throws(AuthenticationError) -> ThrottleKey {
        do throws(CryptographyError) {
            return try ThrottleKey(of: parts, under: secret)
        } catch {
            throw .cryptography(reason: error.description)
        }
    }
}

extension AuthenticationService {
    /// The maker of the keys of counters. If the installation's keys do not open its secret, the digests are those
    /// without one: passwords and API tokens work on, and their attempts are counted all the same.
    ///
    /// - Throws: `.store`, `.cryptography`.
    func throttleKeys() throws(AuthenticationError) -> ThrottleKeys {
        guard keyring != nil else { return ThrottleKeys(secret: nil) }
        do throws(AuthenticationError) {
            return ThrottleKeys(secret: try secret(.throttle))
        } catch {
            guard case .keys = error else { throw error }
            return ThrottleKeys(secret: nil)
        }
    }

    /// The maker of the keys of the counters that responders have written.
    ///
    /// - Throws: `.keys` if they have a secret which this process cannot open; `.store`, `.cryptography`.
    func writtenThrottleKeys() throws(AuthenticationError) -> ThrottleKeys {
        let isSecret = try withStore { store throws(StoreError) in try store.secret(.throttle) != nil }
        return ThrottleKeys(secret: isSecret ? try secret(.throttle) : nil)
    }
}
