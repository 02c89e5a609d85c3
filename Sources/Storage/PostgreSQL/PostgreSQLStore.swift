public import Identity
import Synchronization
public import System

/// The store on a PostgreSQL database, which any number of responders on any number of machines share.
///
/// Reads and writes go to the primary. A write is acknowledged when it is as durable as the server makes it: with a
/// synchronous standby, on two machines. Nothing is kept in memory, so that what one responder revokes, no other lets
/// pass.
///
///     let target = try PostgreSQLTarget("postgresql://auth@db1,db2/postern?target_session_attrs=read-write")
///     let store = try PostgreSQLStore(target, random: random)
///     try store.startHeartbeat()
///     let account = try store.account(emailKey: "ann@example.org")
public final class PostgreSQLStore: SQLStore {
    typealias Transaction = PostgreSQLTransaction

    /// The most connections of a process.
    public struct Connections: Sendable, Equatable {
        /// The connections that look credentials up. More than two look up no faster.
        public var lookups: Int
        /// The connections that read everything else.
        public var readers: Int
        /// The connections that write.
        public var writers: Int

        /// Creates numbers of connections, each at least 1. They are opened as they are needed.
        public init(lookups: Int = 2, readers: Int = 4, writers: Int = 8) {
            self.lookups = max(1, lookups)
            self.readers = max(1, readers)
            self.writers = max(1, writers)
        }

        /// A single connection for everything: for a process that does one thing.
        public static let single = Connections(lookups: 1, readers: 1, writers: 1, isShared: true)

        var isShared = false

        private init(lookups: Int, readers: Int, writers: Int, isShared: Bool) {
            self.init(lookups: lookups, readers: readers, writers: writers)
            self.isShared = isShared
        }
    }

    /// The conditions under which a responder stops to trust its server (heartbeat), and a revocation waits after a
    /// promotion.
    public enum Fencing: Sendable, Equatable {
        /// Only if a standby is there, or named in `synchronous_standby_names`.
        case automatic
        case on
        case off
    }

    /// The database.
    public let target: PostgreSQLTarget
    let pools: ConnectionPools
    let fence: Fence
    let counters = WriteCounters()
    let totals = ListTotals()
    let reads: ReadRunner
    private let writes: WriteRunner
    private let promotions: Promotions
    private let batches: LookupBatches<CarrierLookup, Result<Carrier, CredentialRefusal>>
    private let heartbeat: Heartbeat

    /// Opens a database that `create` has prepared. Connections are made when they are first needed.
    ///
    /// - Parameters:
    ///   - target: the servers and the database.
    ///   - schema: the schema of the tables; `nil` for the first one of the role's search path.
    ///   - connections: the most connections.
    ///   - fencing: the conditions under which heartbeats count.
    ///   - random: draws numbers, for the waits before a transaction is tried again and for the responder's own.
    ///   - report: is told when heartbeats begin to fail, and when they succeed again.
    /// - Throws: `StoreError.Kind.unusable` if there is no database, or its version is not one for this program;
    ///   `.unavailable` if no server answers.
    public convenience init(
        _ target: PostgreSQLTarget, schema: String? = nil, connections: Connections = Connections(),
        fencing: Fencing = .automatic, random: @escaping @Sendable () -> UInt64,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) {
        try self.init(
            target, schema: schema, knowing: PostgreSQLSchema.version, connections: connections, fencing: fencing,
            random: random, report: report)
    }

    /// - Parameters:
    ///   - version: the version of the tables that the program knows.
    ///   - isForCopy: whether it goes on with a copy that is not complete, which keeps everything else out.
    ///   - times: those of heartbeats.
    ///   - patience: the time of a write.
    init(
        _ target: PostgreSQLTarget, schema: String?, knowing version: Int64, isForCopy: Bool = false,
        connections: Connections = Connections(), fencing: Fencing = .automatic, times: FencingTimes = FencingTimes(),
        patience: Duration = .seconds(5), random: @escaping @Sendable () -> UInt64,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StoreError) {
        self.target = try target.ofStore(in: schema)
        fence = Fence(times)
        pools = ConnectionPools(
            self.target, connections, program: version, isForCopy: isForCopy, fence: fence)
        let backoff = Backoff(random: random)
        let reads = ReadRunner(pools: pools, counters: counters, backoff: backoff)
        self.reads = reads
        writes = WriteRunner(pools: pools, counters: counters, backoff: backoff, patience: patience)
        promotions = Promotions(pools, isOn: fencing != .off, lease: times.lease)
        batches = CarrierLookup.batches(reads)
        heartbeat = Heartbeat(
            pools, fence, fencing, id: Int64(bitPattern: random()), program: version, report: report)
        // Opens the first connection, which checks what it opens.
        try wrapping { try reads.statements(pools.readers) { _ in } }
    }

    deinit { pools.close() }

    /// Starts the heartbeat of a responder, which `stopHeartbeat` ends. Without it, as in a command, the server is
    /// always trusted.
    ///
    /// - Throws: `SystemError` if the kernel has no thread left.
    public func startHeartbeat() throws(SystemError) { try heartbeat.start() }

    /// Ends the heartbeat.
    public func stopHeartbeat() { heartbeat.stop() }

    /// The figures of this process.
    public var figures: PostgreSQLFigures {
        let batch = batches.figures
        return PostgreSQLFigures(
            writers: .init(pools.writers.figures), readers: .init(pools.readers.figures),
            lookups: .init(pools.lookups.figures), openings: pools.source.openings, batches: batch.batches,
            batchedLookups: batch.lookups, retries: counters.retries.load(ordering: .relaxed),
            ambiguousCommits: counters.ambiguousCommits.load(ordering: .relaxed), heartbeatAge: fence.age(),
            isFenced: fence.isClosed())
    }

    public var commitFigures: CommitFigures { counters.commitFigures }
}

extension PostgreSQLStore {
    func read<Value>(_ body: (PostgreSQLTransaction) throws -> Value) throws(StoreError) -> Value {
        try wrapping { try reads.statements(pools.readers, body) }
    }

    func readSnapshot<Value>(
        _ body: (PostgreSQLTransaction) throws -> SQLResult<Value>
    ) throws(StoreError) -> Value {
        try wrapping { try reads.snapshot(pools.readers, .snapshot, body) }
    }

    func readAudit<Value>(
        _ body: (PostgreSQLTransaction, SQLFragment) throws -> SQLResult<Value>
    ) throws(StoreError) -> Value {
        try wrapping { try reads.snapshot(pools.readers, .audit) { try body($0, AuditHorizon.condition) } }
    }

    func transaction<Value>(
        _ body: (PostgreSQLTransaction) throws -> Completion<Value>
    ) throws(StoreError) -> Value {
        try wrapping {
            let outcome = try writes.run(body)
            if outcome.mayRevoke { try settle(outcome.timeline) }
            return outcome.value
        }
    }

    /// Waits until a revocation counts for all responders.
    ///
    /// - Throws: `StoreError.Kind.uncertain`, whatever the reason: it was done.
    private func settle(_ timeline: Int64?) throws(StoreError) {
        do {
            try promotions.settle(timeline, deadline: .now + writes.patience)
        } catch let error as StoreError {
            throw error.kind == .uncertain ? error : StoreError.uncertain(error.description)
        } catch let error as PostgreSQLError {
            throw StoreError.uncertain(error.message)
        } catch {
            throw StoreError.uncertain("\(error)")
        }
    }

    func storedCarrier(
        _ kind: CredentialKind, _ hash: TokenHash, naming organization: String?
    ) throws(StoreError) -> Result<Carrier, CredentialRefusal> {
        try StoreError.wrapping(target) {
            try checkFence(fence.times.lease)
            let found = try batches.find(CarrierLookup(kind: kind, hash: hash, organization: organization))
            // What was read meanwhile may be too old by now.
            switch found {
            case .success: try checkFence(fence.times.lease)
            case .failure: try checkFence(fence.times.shortLease)
            }
            return found
        }
    }

    private func checkFence(_ lease: Duration) throws(StoreError) {
        guard !fence.isClosed(after: lease) else {
            let time = fence.age() == nil ? "since the start" : "for \(lease.inSeconds) s"
            throw StoreError(
                .unavailable,
                "no heartbeat to \(target) was acknowledged \(time), so it may be a primary that was "
                    + "replaced: see that its standby follows, and that this host reaches the primary")
        }
    }

    func wrapping<Value>(_ work: () throws -> Value) throws(StoreError) -> Value {
        try StoreError.wrapping(target) { try blocking(work) }
    }
}

extension PostgreSQLStore {
    public func checkReadiness() throws(StoreError) {
        try wrapping {
            try checkFence(fence.times.lease)
            guard !counters.hasCommitted(within: .seconds(1)) else { return }
            _ = try writes.run { transaction in
                transaction.leavesPrincipals()
                _ = transaction.result(of: CommitSearch.touch) { _ in () }
                return .commit(())
            }
        }
    }

    /// The number of sessions: exact up to a hundred thousand, which take 10 ms to count; beyond that, the server's
    /// estimate of the last minutes.
    public func sessionCount() throws(StoreError) -> Int {
        let exact = 100_000
        return try read { transaction in
            let counted = transaction.first(
                "SELECT count(*) FROM (SELECT 1 FROM session LIMIT $1) AS few", exact + 1
            ) { Int(try $0.number(0)) }
            let estimate = transaction.first(
                """
                SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = CAST('session' AS REGCLASS)
                """
            ) { Int(try $0.number(0)) }
            let count = try counted.value ?? 0
            return count <= exact ? count : max(count, try estimate.value ?? 0)
        }
    }

    /// Always `true`: what was erased is a dead row until the next VACUUM, which is the server's business as are its
    /// log and the backups.
    public func wipeErased() -> Bool { true }
}
