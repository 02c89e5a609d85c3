import Cryptography
import Dispatch
import Synchronization

/// The email keys that this process is registering just now.
///
/// Of registrations of one address that race, one does the work of hashing and the others wait for how it ends.
final class RegistrationsInFlight: Sendable {
    /// How long to wait for others before giving up, in seconds.
    private static let patience = 10

    private let keys = Mutex<[String: DispatchGroup]>([:])

    /// Runs `registration` while nobody else in this process registers the same key.
    ///
    /// - Parameter line: where to wait. Where it has no place left, the address counts as taken: so many want it at once
    ///   that one of them will have it.
    /// - Throws: what `registration` throws; `AuthenticationError.accountExists` or `.overloaded`.
    func run<Value>(_ key: String, line: PasswordHasher, _ registration: () throws -> Value) throws -> Value {
        let deadline = DispatchTime.now() + .seconds(Self.patience)
        while let other = enter(key) {
            do throws(PasswordHasher.Failure) {
                try line.waitInQueue { _ = other.wait(timeout: deadline) }
            } catch {
                throw AuthenticationError.accountExists
            }
            guard DispatchTime.now() < deadline else { throw AuthenticationError.overloaded(retryAfter: 1) }
        }
        defer { leave(key) }
        return try registration()
    }

    /// Takes the key, or tells who has it.
    private func enter(_ key: String) -> DispatchGroup? {
        keys.withLock { keys in
            if let other = keys[key] { return other }
            let group = DispatchGroup()
            group.enter()
            keys[key] = group
            return nil
        }
    }

    private func leave(_ key: String) {
        keys.withLock { $0.removeValue(forKey: key) }?.leave()
    }
}
