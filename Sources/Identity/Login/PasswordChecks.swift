import Cryptography

extension AuthenticationService {
    /// When the answer to a failed check of a password may be given at the earliest; `nil` for at once.
    ///
    /// It counts from the beginning of the check, since the wait in line before it is nobody's own.
    func answerTime(_ verification: PasswordHasher.Verification) throws -> ContinuousClock.Instant? {
        if hasher.costs.isOutdated { try learnPasswordSchemes(measuring: false) }
        return hasher.costs.floor.map { verification.start + $0 }
    }

    /// Finds out of which schemes there are password hashes, so that answers to failed checks are late enough.
    ///
    /// - Throws: `.overloaded` where a measurement found no place; the next time makes up for it. `.store`, `.cryptography`.
    public func measurePasswordSchemes() throws(AuthenticationError) {
        try AuthenticationError.wrapping { try learnPasswordSchemes(measuring: true) }
    }

    private func learnPasswordSchemes(measuring: Bool) throws {
        try hasher.learn(
            try store.passwordSchemes(besides: hasher.scheme.hashPrefix).map(\.example), measures: measuring)
    }
}
