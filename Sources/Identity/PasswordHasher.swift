public import Cryptography

/// Hashes and checks passwords, no more at once than the host can bear.
public final class PasswordHasher: Sendable {
    /// Why a password could not be hashed or checked.
    public enum Failure: Error, Sendable, Equatable {
        /// The line for hashing is full; after so many seconds a place may be free.
        case overloaded(retryAfter: Int)
        /// The cryptographic library failed, or a stored hash cannot be read.
        case failed(reason: String)
    }

    /// The outcome of a check.
    struct Verification: Sendable, Equatable {
        /// Whether the password is the right one.
        let matches: Bool
        /// A new hash of the right password, where the stored one was made with another scheme than is used now.
        let renewedHash: String?
        /// When the work began, after the wait in line.
        let start: ContinuousClock.Instant
        /// Whether there is a hash that cannot be checked: it is not understood, or the linked libraries lack its algorithm.
        let isUncheckable: Bool
    }

    /// How new hashes are made.
    public let scheme: PasswordScheme
    private let random: any RandomSource
    private let gate: HashGate
    /// How long checks take.
    let costs: PasswordCosts

    /// Makes a hasher.
    ///
    /// - Parameters:
    ///   - scheme: how new hashes are made.
    ///   - slots: how many hashes are computed at once.
    ///   - lineLength: how many more wait for their turn.
    ///   - random: where salts come from.
    ///   - waits: what is around each wait for a hash.
    public init(
        scheme: PasswordScheme, slots: Int, lineLength: Int, random: any RandomSource, waits: WaitScope = .none
    ) {
        self.scheme = scheme
        self.random = random
        costs = PasswordCosts(scheme: scheme)
        unmatchableHash = PasswordHash.unmatchable(scheme: scheme).encoded
        self.gate = HashGate(slots: slots, lineLength: lineLength, waits: waits)
    }

    /// What it is doing now.
    public var status: HashingStatus { gate.status }

    /// Hashes a new password.
    func hash(_ password: Password) throws(Failure) -> String {
        try run { [scheme, random] () throws(CryptographyError) in
            try PasswordHash(of: password.secret, scheme: scheme, random: random).encoded
        }
    }

    /// A hash that no password is known to match, for an account that has none.
    let unmatchableHash: String

    /// Checks a password against a stored hash.
    ///
    /// The right password renews a hash that was made otherwise than new ones are; but not where more was typed than the
    /// hash was checked with: then the true password may be shorter.
    ///
    /// - Parameter stored: the hash; `nil` where there is no account. That, and a hash that cannot be checked, take the work
    ///   of the present scheme and never match.
    func verify(_ password: Password, against stored: String?) throws(Failure) -> Verification {
        // What is not there is read too, since reading takes time.
        let text = stored ?? unmatchableHash
        return try run { [self] () throws(CryptographyError) in
            let start = ContinuousClock.now
            let hash = PasswordHash(encoded: text).flatMap { $0.isAvailable ? $0 : nil }
            var matches = false
            var renewedHash: String?
            if let hash, hash.scheme != scheme {
                matches = try checkForeign(hash, password.secret)
                if matches && hash.readsAll(of: password.secret) {
                    renewedHash = try PasswordHash(of: password.secret, scheme: scheme, random: random).encoded
                }
            } else {
                matches = try checkPresent(hash ?? .unmatchable(scheme: scheme), password.secret)
            }
            return Verification(
                matches: matches, renewedHash: renewedHash, start: start, isUncheckable: hash == nil)
        }
    }

    /// Checks a password against a hash of the present scheme, and notes what that takes.
    private func checkPresent(_ hash: PasswordHash, _ password: Secret) throws(CryptographyError) -> Bool {
        let (start, work) = (ContinuousClock.now, PasswordCosts.usedTime)
        let matches = try hash.matches(password)
        costs.note(time: start.duration(to: .now), work: PasswordCosts.usedTime - work)
        return matches
    }

    /// Checks a password against a hash of another scheme. A wrong one takes no less work than with the present scheme.
    private func checkForeign(_ hash: PasswordHash, _ password: Secret) throws(CryptographyError) -> Bool {
        costs.meet(hash)
        let work = PasswordCosts.usedTime
        if try hash.matches(password) { return true }
        if try !costs.fill(since: work) { _ = try checkPresent(.unmatchable(scheme: scheme), password) }
        return false
    }

    /// Takes the schemes of which the store has hashes, each with one of them.
    ///
    /// - Parameter measures: whether those that were not measured yet are, in the line for hashing.
    func learn(_ encoded: [String], measures: Bool) throws(Failure) {
        let hashes = encoded.compactMap { PasswordHash(encoded: $0) }.filter { $0.isAvailable && $0.scheme != scheme }
        costs.learn(hashes)
        for hash in hashes where measures && !costs.knows(hash) {
            try run { [costs] () throws(CryptographyError) in try costs.measure(hash) }
        }
    }

    /// Refuses where the line for hashing is full, before anything is done for who would have to wait there.
    func requirePlace() throws(Failure) {
        try inLine { () throws(HashGate.Full) in try gate.requirePlace() }
    }

    /// Waits for something in the line for hashing, so that who waits is counted and the line keeps its end.
    func waitInLine(_ wait: () -> Void) throws(Failure) {
        try inLine { () throws(HashGate.Full) in try gate.holdPlace(while: wait) }
    }

    private func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(CryptographyError) -> Value
    ) throws(Failure) -> Value {
        let outcome = try inLine { () throws(HashGate.Full) in try gate.run { Result(catching: work) } }
        do throws(CryptographyError) {
            return try outcome.get()
        } catch {
            throw .failed(reason: error.description)
        }
    }

    private func inLine<Value>(_ use: () throws(HashGate.Full) -> Value) throws(Failure) -> Value {
        do throws(HashGate.Full) {
            return try use()
        } catch {
            throw .overloaded(retryAfter: error.retryAfter)
        }
    }
}
