import Dispatch
import GRDB
import Identity
import Synchronization

/// Who writes next in this process, and what is written together.
///
/// Writes that come while another one is made durable are then run in one transaction, each behind a savepoint of its
/// own, so that they share the wait for the disk. None returns before its transaction is on disk.
///
/// The wait has an end, so that threads do not pile up one timeout after the other while another process holds the
/// database; and only a few wait for long, so that threads are left for what writes nothing.
final class GroupCommit: Sendable {
    /// Writes, and says what shall become of it.
    typealias Body = (Database) throws -> Database.TransactionCompletion

    /// How long one waits who finds as many waiting as may be patient, in seconds: many times what they all take while
    /// nothing holds them up.
    private static let shortPatience = 1.0
    /// The most writes in one transaction: a fault of the disk in one of them fails them all.
    private static let largestGroup = 64

    private struct Queue {
        var waiting: [Job] = []
        /// Whether some job runs those that wait, or is just about to.
        var isLed = false
    }

    private let connection: WriterConnection
    private let patientWriters: Int
    private let patience: Double
    private let queue = Mutex(Queue())
    private let unfinished = Atomic(0)

    /// - Parameters:
    ///   - connection: what is written on.
    ///   - patientWriters: how many wait for long.
    ///   - patience: how long they wait, in seconds.
    init(_ connection: WriterConnection, patientWriters: Int, patience: Double) {
        self.connection = connection
        self.patientWriters = patientWriters
        self.patience = patience
    }

    /// Runs a write in a transaction that takes the lock at once. When it returns, the write is on disk.
    ///
    /// - Parameter changesPrincipals: whether it may change or remove anything that a `Principal` is read from.
    func run(changesPrincipals: Bool, _ body: Body) throws {
        try withoutActuallyEscaping(body) { body in
            let job = Job(changesPrincipals: changesPrincipals, body)
            let isPatient = unfinished.add(1, ordering: .relaxed).newValue <= patientWriters
            defer { unfinished.subtract(1, ordering: .relaxed) }
            enqueue(job)
            try waitForTurn(job, isPatient ? patience : min(patience, Self.shortPatience))
            if job.progress == .leads { lead(job) }
            job.body = nil
            if let error = job.error { throw error }
        }
    }

    private func enqueue(_ job: Job) {
        queue.withLock { queue in
            if queue.isLed {
                queue.waiting.append(job)
            } else {
                queue.isLed = true
                job.promote()
            }
        }
    }

    /// Waits until the job leads, or has been run by another.
    private func waitForTurn(_ job: Job, _ patience: Double) throws {
        if job.changed.wait(timeout: .now() + patience) == .success { return }
        let givesUp = queue.withLock { queue in
            guard job.progress == .waiting else { return false }
            queue.waiting.removeAll { $0 === job }
            return true
        }
        if givesUp {
            throw StoreError(.unavailable, "no turn to write came within \(patience) s: see what holds the database up")
        }
        job.changed.wait()
    }

    private func lead(_ job: Job) {
        let group = queue.withLock { queue in
            let followers = queue.waiting.prefix(Self.largestGroup - 1)
            queue.waiting.removeFirst(followers.count)
            for follower in followers { follower.progress = .taken }
            return [job] + followers
        }
        execute(group)
        queue.withLock { queue in
            if queue.waiting.isEmpty {
                queue.isLed = false
            } else {
                queue.waiting.removeFirst().promote()
            }
        }
        for follower in group.dropFirst() { follower.changed.signal() }
    }

    private func execute(_ group: [Job]) {
        do {
            try connection.transaction(changesPrincipals: group.contains(where: \.changesPrincipals)) { db in
                if group.count == 1 { return try group[0].body?(db) ?? .rollback }
                for job in group { try Self.execute(job, db) }
                return .commit
            }
        } catch {
            for job in group where job.error == nil { job.error = error }
        }
    }

    /// Runs one job of several.
    ///
    /// - Throws: what it threw, where that undid the whole transaction; `DatabaseError` where it cannot be kept apart from
    ///   the others.
    private static func execute(_ job: Job, _ db: Database) throws {
        try PreparedQuery(db, sql: "SAVEPOINT job").run()
        var completion = Database.TransactionCompletion.rollback
        do {
            completion = try job.body?(db) ?? .rollback
        } catch {
            job.error = error
            guard db.isInsideTransaction else { throw error }
        }
        if completion == .rollback { try PreparedQuery(db, sql: "ROLLBACK TO job").run() }
        try PreparedQuery(db, sql: "RELEASE job").run()
    }
}

/// One write on its way.
///
/// It crosses threads safely: `progress` is read and written under the queue's lock, and read without it by the owner
/// after `changed` has told that it will change no more; body and error are touched by the one thread that runs the job,
/// and by its owner only after `changed` has told that this is over.
private final class Job: @unchecked Sendable {
    enum Progress {
        case waiting
        /// Its owner runs all that wait.
        case leads
        /// Another job's owner runs it.
        case taken
    }

    let changesPrincipals: Bool
    var progress = Progress.waiting
    var body: GroupCommit.Body?
    var error: (any Error)?
    /// Signalled when it leads, or has been run.
    let changed = DispatchSemaphore(value: 0)

    init(changesPrincipals: Bool, _ body: @escaping GroupCommit.Body) {
        self.changesPrincipals = changesPrincipals
        self.body = body
    }

    func promote() {
        progress = .leads
        changed.signal()
    }
}
