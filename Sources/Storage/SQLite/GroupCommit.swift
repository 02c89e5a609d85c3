import Dispatch
import Identity
import Synchronization

/// The turns of the threads of this process that write, some of them together.
///
/// Writes that come while another one is made durable are then run in one transaction, each behind a savepoint of its
/// own, so that they share the wait for the disk. None returns before its transaction is on disk.
///
/// The wait has an end, so that threads do not pile up one timeout after the other while another process holds the
/// database; and only a few wait for long, so that threads are left for requests that write nothing.
final class GroupCommit: Sendable {
    typealias Body = (SQLiteTransaction) throws -> Completion<Void>

    /// The wait of a thread that finds as many waiting as may be patient, in seconds: many times what they all take
    /// while nothing holds them up.
    private static let shortPatience = 1.0
    /// The most writes in one transaction: a fault of the disk in one of them fails them all.
    private static let largestGroup = 64

    private struct Queue {
        var waiting: [Job] = []
        /// Tells that some job runs those that wait, or is just about to.
        var isLed = false
    }

    private let writer: Writer
    private let patientWriters: Int
    private let patience: Double
    private let queue = Mutex(Queue())
    private let unfinished = Atomic(0)

    /// - Parameters:
    ///   - patientWriters: the number of threads that wait for long.
    ///   - patience: their wait, in seconds.
    init(_ writer: Writer, patientWriters: Int, patience: Double) {
        self.writer = writer
        self.patientWriters = patientWriters
        self.patience = patience
    }

    /// Runs a write in a transaction that takes the lock at once. When it returns, the write is on disk.
    func run(_ body: Body) throws {
        try withoutActuallyEscaping(body) { body in
            let job = Job(body)
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
            try writer.transaction { transaction in
                if group.count == 1 { return try group[0].run(in: transaction) }
                for job in group {
                    job.error = try transaction.connection.savepoint { try job.run(in: transaction) }
                }
                return .commit(())
            }
        } catch {
            for job in group where job.error == nil { job.error = error }
        }
    }
}

/// One write on its way.
///
/// It crosses threads safely: `progress` is read and written under the queue's lock, and read without it by the owner
/// after `changed` has told that it will change no more; body and error are touched by the one thread that runs the
/// job, and by its owner only after `changed` has told that this is over.
private final class Job: @unchecked Sendable {
    enum Progress {
        case waiting
        /// Its owner runs all that wait.
        case leads
        /// Another job's owner runs it.
        case taken
    }

    var progress = Progress.waiting
    var body: GroupCommit.Body?
    var error: (any Error)?
    /// Signalled when it leads, or has been run.
    let changed = DispatchSemaphore(value: 0)

    init(_ body: @escaping GroupCommit.Body) { self.body = body }

    func run(in transaction: SQLiteTransaction) throws -> Completion<Void> {
        guard let body else { return .rollback(()) }
        return try transaction.part(body)
    }

    func promote() {
        progress = .leads
        changed.signal()
    }
}
