import Dispatch
import Synchronization

/// A bounded number of threads for long work, such as hashes and lists, with a bounded queue in front of them.
///
/// However many requests want a job done, only so many run at once, so memory and processors are left for the rest; the
/// queue has an end, so a flood is turned away. The threads run at a lower priority than those that serve requests.
/// They are started when they are first needed.
///
/// ```swift
/// let queue = WorkQueue(concurrency: 2, length: 32)
/// let digest = try queue.run { slowHash(password) }
/// ```
public final class WorkQueue: Sendable {
    /// The refusal of a job, since the queue is full.
    public struct Full: Error, Equatable {
        /// The seconds until a place may be free.
        public let retryAfter: Int
    }

    /// The state of a queue at a moment.
    public struct Status: Sendable, Equatable {
        /// The most jobs that run at once.
        public let concurrency: Int
        /// The most jobs that wait.
        public let length: Int
        /// The jobs that run.
        public let running: Int
        /// The jobs that wait.
        public let waiting: Int
        /// The jobs that have run since the start.
        public let completed: Int
        /// The jobs that were turned away since the start.
        public let refused: Int
    }

    /// At 10 a thread is owed so much time that requests wait for it by milliseconds; at 19 next to none is left for it
    /// beside requests that fill the processors.
    private static let niceness: Int32 = 15

    /// Computes a result, and returns the closure that hands it over.
    private typealias Job = @Sendable () -> () -> Void

    private struct State {
        var jobs: [Job] = []
        /// The jobs that wait or run.
        var pending = 0
        var running = 0
        var completed = 0
        var refused = 0
        var threads = 0
        var isClosed = false
        var lastDuration = Duration.zero

        /// The next job, which runs from now on; `nil` if none waits.
        mutating func take() -> Job? {
            guard !jobs.isEmpty else { return nil }
            running += 1
            return jobs.removeFirst()
        }
    }

    /// The part of the queue that its threads share, so that they do not keep the queue itself alive.
    private final class Jobs: Sendable {
        let state = Mutex(State())
        let available = DispatchSemaphore(value: 0)
    }

    private let concurrency: Int
    private let length: Int
    private let jobs = Jobs()

    /// Makes a queue.
    ///
    /// - Parameters:
    ///   - concurrency: the most jobs that run at once, at least 1.
    ///   - length: the most jobs that wait behind them.
    public init(concurrency: Int, length: Int) {
        self.concurrency = concurrency
        self.length = length
    }

    deinit {
        let threads = jobs.state.withLock { state in
            state.isClosed = true
            return state.threads
        }
        for _ in 0..<threads { jobs.available.signal() }
    }

    /// Runs `work` on one of the threads and waits for its result.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) throws(Full) -> Value {
        let result = Result<Value>()
        let startsThread = try jobs.state.withLock { state throws(Full) in
            guard state.pending < concurrency + length else { throw full(&state) }
            state.pending += 1
            state.jobs.append {
                let value = work()
                return { result.fill(value) }
            }
            guard state.threads < min(concurrency, state.pending) else { return false }
            state.threads += 1
            return true
        }
        jobs.available.signal()
        return blocking {
            // If the system has no thread to give, this one takes its place while there is work.
            if startsThread && !startThread() { Self.serve(jobs) { [jobs] in Self.nextJobIfAny(jobs) } }
            return result.wait()
        }
    }

    /// Refuses if the queue is full now, before work is done for a job that would be refused. A place that is free
    /// may be taken by then.
    public func requirePlace() throws(Full) {
        try jobs.state.withLock { state throws(Full) in
            guard state.pending < concurrency + length else { throw full(&state) }
        }
    }

    /// Takes a place, as a job would, while `wait` runs on the caller's own thread. The last place is left for a job:
    /// it may be the one that is waited for.
    public func holdPlace(while wait: () -> Void) throws(Full) {
        try jobs.state.withLock { state throws(Full) in
            guard state.pending < concurrency + length - 1 else { throw full(&state) }
            state.pending += 1
        }
        blocking(wait)
        jobs.state.withLock { $0.pending -= 1 }
    }

    /// The state of the queue now.
    public var status: Status {
        jobs.state.withLock { state in
            Status(
                concurrency: concurrency, length: length, running: state.running,
                waiting: state.pending - state.running, completed: state.completed, refused: state.refused)
        }
    }

    private func full(_ state: inout State) -> Full {
        state.refused += 1
        let wait = state.lastDuration * (state.pending / concurrency)
        return Full(retryAfter: max(1, Int(wait.components.seconds) + 1))
    }

    /// Starts a thread.
    ///
    /// - Returns: whether the system had one.
    private func startThread() -> Bool {
        let thread = try? Thread("work queue", niceness: Self.niceness) { [jobs] in
            Self.serve(jobs) { Self.nextJob(jobs) }
        }
        thread?.detach()
        return thread != nil
    }

    private static func serve(_ jobs: Jobs, _ next: () -> Job?) {
        while let job = next() {
            let start = ContinuousClock.now
            let handOver = job()
            let duration = ContinuousClock.now - start
            // First, so that a caller with its result finds the place free.
            jobs.state.withLock { state in
                state.pending -= 1
                state.running -= 1
                state.completed += 1
                state.lastDuration = duration
            }
            handOver()
        }
    }

    /// Waits for a job. `nil` when the queue is gone.
    private static func nextJob(_ jobs: Jobs) -> Job? {
        while true {
            jobs.available.wait()
            let (job, isClosed) = jobs.state.withLock { state in (state.take(), state.isClosed) }
            if job != nil || isClosed { return job }
        }
    }

    /// A job that waits. If there is none, the caller is no longer one of the threads.
    private static func nextJobIfAny(_ jobs: Jobs) -> Job? {
        jobs.state.withLock { state in
            let job = state.take()
            if job == nil { state.threads -= 1 }
            return job
        }
    }

    /// A value that one thread fills in and another waits for.
    private final class Result<Value: Sendable>: Sendable {
        private let value = Mutex<Value?>(nil)
        private let isFilled = DispatchSemaphore(value: 0)

        func fill(_ newValue: Value) {
            value.withLock { $0 = newValue }
            isFilled.signal()
        }

        func wait() -> Value {
            isFilled.wait()
            guard let value = value.withLock({ $0 }) else { preconditionFailure("signalled before it was filled") }
            return value
        }
    }
}
