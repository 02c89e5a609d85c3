public import System

/// Hashes and checks passwords, no more at once than the host can bear.
///
/// ```swift
/// let hasher = PasswordHasher(scheme: .preferred, concurrency: 2, queueLength: 32, random: OpenSSLRandomSource())
/// let stored = try hasher.hash(password)
/// let isRight = try hasher.verify(password, against: stored).matches
/// ```
public final class PasswordHasher: Sendable {
    /// The reason why a password could not be hashed or checked.
    public enum Failure: Error, Sendable, Equatable {
        /// The queue is full; after so many seconds a place may be free.
        case overloaded(retryAfter: Int)
        /// The cryptographic library failed, or a stored hash cannot be read.
        case failed(reason: String)
    }

    /// The outcome of a check.
    public struct Verification: Sendable, Equatable {
        /// Tells whether the password is the right one.
        public let matches: Bool
        /// A new hash of the right password, if the stored one was made with another scheme than is used now.
        public let renewedHash: String?
        /// The beginning of the work, after the wait in the queue.
        public let start: ContinuousClock.Instant
        /// Tells whether the stored hash cannot be checked: its text is not understood, or the linked libraries lack
        /// its algorithm.
        public let isUncheckable: Bool
    }

    private let choice: PasswordSchemeChoice
    private let keys: PasswordKeys
    private let random: any RandomSource
    private let queue: WorkQueue
    /// The time that checks take.
    public let costs: PasswordCosts

    /// Makes a hasher of one scheme.
    public convenience init(
        scheme: PasswordScheme, concurrency: Int, queueLength: Int, random: any RandomSource
    ) {
        self.init(choice: .named(scheme), concurrency: concurrency, queueLength: queueLength, random: random)
    }

    /// Makes a hasher.
    ///
    /// - Parameters:
    ///   - choice: the scheme of new hashes. The libraries of the host are looked at when the first hash is needed.
    ///   - keys: the keys that stored hashes need.
    ///   - concurrency: the most hashes that are computed at once, at least 1.
    ///   - queueLength: the most hashes that wait for their turn.
    ///   - random: the source of salts.
    public init(
        choice: PasswordSchemeChoice, keys: PasswordKeys = .none, concurrency: Int, queueLength: Int,
        random: any RandomSource
    ) {
        self.choice = choice
        self.keys = keys
        self.random = random
        costs = PasswordCosts(choice: choice)
        queue = WorkQueue(concurrency: concurrency, length: queueLength)
    }

    /// The scheme of new hashes.
    public var scheme: PasswordScheme { choice.scheme }

    /// A hash that no password is known to match, for an account that has none.
    public var unmatchableHash: String { PasswordHash.unmatchable(scheme: scheme).encoded }

    /// The step that would give this process the key that a stored hash needs; `nil` if it has the key, or needs
    /// none.
    public func keyRemedy(for stored: String) -> String? {
        guard stored.utf8.starts(with: "$\(FirebaseScrypt.name)$".utf8) else { return nil }
        return PasswordHash(encoded: stored)?.remedy(keys)
    }

    /// The queue of hashes now.
    public var status: WorkQueue.Status { queue.status }

    /// Hashes a new password.
    public func hash(_ password: Secret) throws(Failure) -> String {
        try run { [choice, random] () throws(CryptographyError) in
            try PasswordHash(of: password, scheme: choice.scheme, random: random).encoded
        }
    }

    /// Checks a password against a stored hash.
    ///
    /// The right password renews a hash of another scheme; but not if more was typed than the hash was checked with:
    /// then the true password may be shorter. An empty password is never right: a directory refuses it whatever it has
    /// stored (RFC 4513, section 5.1.2), and its hash comes over by an import like any other.
    ///
    /// - Parameters:
    ///   - password: the password that was typed.
    ///   - stored: the hash; `nil` if there is no account. That, and a hash that cannot be checked, take the work of
    ///     the present scheme and never match.
    public func verify(_ password: Secret, against stored: String?) throws(Failure) -> Verification {
        // The decoy is made for every check, and read as well, since both take time.
        let decoy = unmatchableHash
        let text = stored ?? decoy
        return try run { [self] () throws(CryptographyError) in
            let start = ContinuousClock.now
            let hash = PasswordHash(encoded: text).flatMap { $0.remedy(keys) == nil ? $0 : nil }
            var matches = false
            var renewedHash: String?
            if let hash, hash.scheme != scheme {
                matches = try checkForeign(hash, password)
                if matches && hash.readsAll(of: password) {
                    renewedHash = try PasswordHash(of: password, scheme: scheme, random: random).encoded
                }
            } else {
                matches = try checkPresent(hash ?? .unmatchable(scheme: scheme), password)
            }
            return Verification(
                matches: matches, renewedHash: renewedHash, start: start, isUncheckable: hash == nil)
        }
    }

    /// Checks a password against a hash of the present scheme, and notes the time that it takes.
    private func checkPresent(_ hash: PasswordHash, _ password: Secret) throws(CryptographyError) -> Bool {
        let (start, work) = (ContinuousClock.now, PasswordCosts.usedTime)
        let matches = try hash.matches(password) && password.count > 0
        costs.note(time: start.duration(to: .now), work: PasswordCosts.usedTime - work)
        return matches
    }

    /// Checks a password against a hash of another scheme. A wrong one takes no less work than with the present scheme.
    private func checkForeign(_ hash: PasswordHash, _ password: Secret) throws(CryptographyError) -> Bool {
        costs.meet(hash)
        let work = PasswordCosts.usedTime
        if try hash.matches(password, keys: keys) && password.count > 0 { return true }
        if try !costs.fill(since: work) { _ = try checkPresent(.unmatchable(scheme: scheme), password) }
        return false
    }

    /// Takes over the other schemes of the hashes in the store.
    ///
    /// - Parameters:
    ///   - encoded: one stored hash of each scheme.
    ///   - measures: whether schemes that were not measured yet are, in the queue.
    public func learn(_ encoded: [String], measures: Bool) throws(Failure) {
        let hashes = encoded.compactMap { PasswordHash(encoded: $0) }
            .filter { $0.scheme != scheme && $0.remedy(keys) == nil }
        costs.learn(hashes)
        for hash in hashes where measures && !costs.knows(hash) {
            try run { [costs, keys] () throws(CryptographyError) in try costs.measure(hash, keys) }
        }
    }

    /// Refuses if the queue is full, before work is done for a request that would be refused there.
    public func requirePlace() throws(Failure) {
        try inQueue { () throws(WorkQueue.Full) in try queue.requirePlace() }
    }

    /// Waits while it takes a place of the queue, so that the waiting request is counted and the queue keeps its end.
    public func waitInQueue(_ wait: () -> Void) throws(Failure) {
        try inQueue { () throws(WorkQueue.Full) in try queue.holdPlace(while: wait) }
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(CryptographyError) -> Value
    ) throws(Failure) -> Value {
        let outcome = try inQueue { () throws(WorkQueue.Full) in try queue.run { Result(catching: work) } }
        do throws(CryptographyError) {
            return try outcome.get()
        } catch {
            throw .failed(reason: error.description)
        }
    }

    private func inQueue<Value>(_ use: () throws(WorkQueue.Full) -> Value) throws(Failure) -> Value {
        do throws(WorkQueue.Full) {
            return try use()
        } catch {
            throw .overloaded(retryAfter: error.retryAfter)
        }
    }
}
