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
    }

    /// How new hashes are made.
    public let scheme: PasswordScheme
    private let random: any RandomSource
    private let gate: HashGate

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
    var unmatchableHash: String { PasswordHash.unmatchable(scheme: scheme).encoded }

    /// Checks a password against a stored hash.
    ///
    /// - Parameters:
    ///   - stored: the hash; `nil` where there is no account, which takes the same work and never matches.
    ///   - decoy: the hash whose check is that work; where it cannot be checked, one of the present scheme is.
    func verify(
        _ password: Password, against stored: String?, decoy: String?
    ) throws(Failure) -> Verification {
        guard let stored else {
            try work(on: password, like: decoy)
            return Verification(matches: false, renewedHash: nil)
        }
        guard let hash = PasswordHash(encoded: stored), hash.isAvailable else {
            try work(on: password, like: decoy)
            throw .failed(
                reason:
                    "a stored password hash cannot be checked: reset the password, or link libraries that have its algorithm"
            )
        }
        return try run { [scheme, random] () throws(CryptographyError) in
            let matches = try hash.matches(password.secret)
            let isOutdated = matches && hash.scheme != scheme
            return Verification(
                matches: matches,
                renewedHash: isOutdated
                    ? try PasswordHash(of: password.secret, scheme: scheme, random: random).encoded : nil)
        }
    }

    /// Does what a check costs, for nothing.
    private func work(on password: Password, like decoy: String?) throws(Failure) {
        let known = decoy.flatMap { PasswordHash(encoded: $0) }.flatMap { $0.isAvailable ? $0 : nil }
        let hash = known ?? .unmatchable(scheme: scheme)
        _ = try run { () throws(CryptographyError) in try hash.matches(password.secret) }
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
