import Cryptography
import Synchronization

/// The data to check a password against.
public struct PasswordCredential: Sendable, Equatable {
    /// The account.
    public let account: Identifier<Account>
    /// The account's state.
    public let state: Account.State
    /// The password hash, as `PasswordHash` encodes it.
    public let passwordHash: String
    /// The second factors that the account has.
    public let factors: AuthenticationMethods

    /// Creates a credential from its parts.
    public init(
        account: Identifier<Account>, state: Account.State, passwordHash: String, factors: AuthenticationMethods = []
    ) {
        self.account = account
        self.state = state
        self.passwordHash = passwordHash
        self.factors = factors
    }
}

/// The accounts whose stored hashes can't be checked, so that each is reported once.
final class UncheckableHashes: Sendable {
    /// The maximum number of accounts to report, so that the log does not fill up.
    private static let limit = 10_000

    private let accounts = Mutex<Set<Identifier<Account>>>([])

    /// Records the outcome of a check.
    ///
    /// - Returns: the account, if its hash can't be checked and has not been reported.
    func note(_ account: Identifier<Account>?, _ verification: PasswordHasher.Verification) -> Identifier<Account>? {
        guard let account, verification.isUncheckable else { return nil }
        return accounts.withLock { $0.count < Self.limit && $0.insert(account).inserted } ? account : nil
    }
}

extension AuthenticationService {
    /// The earliest time for the answer to a failed check; `nil` for now.
    ///
    /// It counts from the beginning of the check: the time in the queue before it depends on no account.
    func answerTime(
        _ verification: PasswordHasher.Verification
    ) throws(AuthenticationError) -> ContinuousClock.Instant? {
        if hasher.costs.isOutdated { try learnPasswordSchemes(measuring: false) }
        return hasher.costs.floor.map { verification.start + $0 }
    }

    /// Finds and measures the schemes of stored password hashes, so that answers to failed checks are late enough.
    ///
    /// - Throws: `.overloaded` if a measurement found the queue full; the next call makes up for it. `.store`,
    ///   `.cryptography`.
    public func measurePasswordSchemes() throws(AuthenticationError) {
        try learnPasswordSchemes(measuring: true)
    }

    private func learnPasswordSchemes(measuring: Bool) throws(AuthenticationError) {
        let examples = try withStore { store throws(StoreError) in
            try store.passwordSchemes(besides: hasher.scheme.hashPrefix).map(\.example)
        }
        try withHasher { hasher throws(PasswordHasher.Failure) in try hasher.learn(examples, measures: measuring) }
    }
}
