import Synchronization

/// Reads lists, no more at once than leave the host free for everything else.
///
/// The threads have the priority of those that hash. There is a line with an end in front of them, and one organization
/// has no more than half of the places, so that its flood of lists leaves the other half to others.
public final class ListQueue: Sendable {
    /// How many lists wait behind those that are read. At 40 ms for one that counts a million rows, the last one waits
    /// for less than a second.
    public static let lineLength = 16

    private let gate: HashGate
    private let share: Int
    private let pending = Mutex<[Identifier<Organization>?: Int]>([:])

    /// Makes a queue.
    ///
    /// - Parameters:
    ///   - slots: how many lists are read at once: with half of the processors, a login still finds one for its hash.
    ///   - lineLength: how many more wait for their turn.
    ///   - waits: what is around each wait for a list.
    public init(slots: Int = 1, lineLength: Int = ListQueue.lineLength, waits: WaitScope = .none) {
        gate = HashGate(slots: slots, lineLength: lineLength, waits: waits)
        share = max(slots, (slots + lineLength) / 2)
    }

    /// Reads a list on one of the threads.
    ///
    /// - Parameter organization: whose places it takes.
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
        do throws(HashGate.Full) {
            outcome = try gate.run { Result(catching: read) }
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
