import Dispatch
import Synchronization

/// The email keys that this process is registering.
///
/// Of registrations of one address that race, one computes the hash and the others wait for its outcome.
final class RegistrationsInFlight: Sendable {
    /// The seconds after which a registration stops waiting for others.
    private static let patience = 10

    private let keys = Mutex<[String: DispatchGroup]>([:])

    /// Runs `registration` while nothing else in this process registers the same key.
    ///
    /// - Parameter queue: the queue in which to wait. If it is full, the address counts as taken: so many registrations
    ///   want it at once that one of them will get it.
    /// - Throws: the errors of `registration`, `.accountExists`, `.overloaded`.
    func run<Value>(
        _ key: String, queue: PasswordHasher, _ registration: () throws(AuthenticationError) -> Value
    ) throws(AuthenticationError) -> Value {
        let deadline = DispatchTime.now() + .seconds(Self.patience)
        while let other = enter(key) {
            do throws(PasswordHasher.Failure) {
                try queue.waitInLine { _ = other.wait(timeout: deadline) }
            } catch {
                throw .accountExists
            }
            guard DispatchTime.now() < deadline else { throw .overloaded(retryAfter: 1) }
        }
        defer { leave(key) }
        return try registration()
    }

    /// Takes the key. Returns its holder if it is taken.
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
