import Synchronization
import System

/// Reads lists, no more at once than leave the host free for everything else.
///
/// One organization has no more than half of the places of the queue, so that its flood of lists leaves the other half
/// to others.
///
/// ```swift
/// let lists = ListQueue(concurrency: 2)
/// ```
public final class ListQueue: Sendable {
    /// The most lists that wait behind those that are read. At 40 ms for one that counts a million rows, the last one
    /// waits for less than a second.
    public static let length = 16

    private let queue: WorkQueue
    private let share: Int
    private let pending = Mutex<[Identifier<Organization>?: Int]>([:])

    /// Makes a queue.
    ///
    /// - Parameters:
    ///   - concurrency: the most lists that are read at once: with half of the processors, a login still finds one for
    ///     its hash.
    ///   - length: the most lists that wait for their turn.
    public init(concurrency: Int = 1, length: Int = ListQueue.length) {
        queue = WorkQueue(concurrency: concurrency, length: length)
        share = max(concurrency, (concurrency + length) / 2)
    }

    /// Reads a list on one of the threads.
    ///
    /// - Parameters:
    ///   - organization: the organization whose places it takes.
    ///   - read: reads the list.
    /// - Throws: `.tooManyLists`, `.store`.
    func read<Value: Sendable>(
        for organization: Identifier<Organization>?, _ read: @escaping @Sendable () throws(StoreError) -> Value
    ) throws(AuthenticationError) -> Value {
        let isInShare = pending.withLock { pending in
            guard pending[organization, default: 0] < share else { return false }
            pending[organization, default: 0] += 1
            return true
        }
        guard isInShare else { throw .tooManyLists(retryAfter: 1) }
        defer {
            pending.withLock { pending in
                let others = pending[organization, default: 1] - 1
                pending[organization] = others == 0 ? nil : others
            }
        }
        let outcome: Result<Value, StoreError>
        do throws(WorkQueue.Full) {
            outcome = try queue.run { Result(catching: read) }
        } catch {
            throw .tooManyLists(retryAfter: error.retryAfter)
        }
        do throws(StoreError) { return try outcome.get() } catch { throw .store(error) }
    }
}

extension AuthenticationService {
    /// Reads a list for a caller.
    ///
    /// - Throws: `.tooManyLists`, `.store`.
    func readList<Item>(
        for caller: Caller, _ read: @escaping @Sendable (any IdentityStore) throws(StoreError) -> Page<Item>
    ) throws(AuthenticationError) -> Page<Item> {
        try lists.read(for: caller.organization) { [store] () throws(StoreError) in try read(store) }
    }
}
