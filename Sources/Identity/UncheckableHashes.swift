import Cryptography
import Synchronization

/// The accounts whose stored password hashes were found to be such as cannot be checked, so that each is told once.
final class UncheckableHashes: Sendable {
    /// How many are remembered. Beyond it none is told any more, so that the log does not fill up.
    private static let limit = 10_000

    private let accounts = Mutex<Set<Identifier<Account>>>([])

    /// Takes the outcome of a check.
    ///
    /// - Returns: the account, where its hash cannot be checked and that was not told yet.
    func note(_ account: Identifier<Account>?, _ verification: PasswordHasher.Verification) -> Identifier<Account>? {
        guard let account, verification.isUncheckable else { return nil }
        return accounts.withLock { $0.count < Self.limit && $0.insert(account).inserted } ? account : nil
    }
}
