import Dispatch
import Glibc
import Synchronization

/// A bounded number of threads for what takes long, hashes and lists, with a bounded line in front of them.
///
/// However many requests want one, only so many are computed at once, so memory and processors are left for the rest;
/// the line has an end, so a flood is turned away. The threads run at a lower priority than those that serve
/// requests. They are started when they are first needed.
final class HashGate: Sendable {
    /// The line is full.
    struct Full: Error, Equatable {
        /// After how many seconds a place may be free.
        let retryAfter: Int
    }

    /// Computes a result, and returns what hands it over.
    private typealias Job = @Sendable () -> () -> Void

    private struct State {
        var jobs: [Job] = []
        /// Jobs that wait or are computed.
        var pending = 0
        /// Jobs that are computed.
        var running = 0
        var computed = 0
        var refused = 0
        var threads = 0
        var isClosed = false
        var lastDuration = Duration.zero

        /// The next job, which runs from now on; `nil` where none waits.
        mutating func take() -> Job? {
            guard !jobs.isEmpty else { return nil }
            running += 1
            return jobs.removeFirst()
        }
    }

    /// What the threads share with the gate, so that they do not keep the gate itself alive.
    private final class Line: Sendable {
        let state = Mutex(State())
        let available = DispatchSemaphore(value: 0)
    }

    private let slots: Int
    private let lineLength: Int
    private let waits: WaitScope
    private let line = Line()

    /// Makes a gate.
    ///
    /// - Parameters:
    ///   - slots: how many jobs run at once.
    ///   - lineLength: how many more wait.
    ///   - waits: what is around each wait.
    init(slots: Int, lineLength: Int, waits: WaitScope = .none) {
        self.slots = slots
        self.lineLength = lineLength
        self.waits = waits
    }

    deinit {
        let threads = line.state.withLock { state in
            state.isClosed = true
            return state.threads
        }
        for _ in 0..<threads { line.available.signal() }
    }

    /// Runs `work` on one of the threads and waits for its result.
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) throws(Full) -> Value {
        let box = Box<Value>()
        let startsThread = try line.state.withLock { state throws(Full) in
            guard state.pending < slots + lineLength else { throw full(&state) }
            state.pending += 1
            state.jobs.append {
                let value = work()
                return { box.fill(value) }
            }
            guard state.threads < min(slots, state.pending) else { return false }
            state.threads += 1
            return true
        }
        line.available.signal()
        return waits.run {
            // Where the system has no thread to give, this one takes its place while there is work.
            if startsThread && !startThread() { Self.serve(line) { [line] in Self.nextJobIfAny(line) } }
            return box.wait()
        }
    }

    /// Refuses where there is no place now, before anything is done for what will want one. A place that is free may be
    /// taken by then.
    func requirePlace() throws(Full) {
        try line.state.withLock { state throws(Full) in
            guard state.pending < slots + lineLength else { throw full(&state) }
        }
    }

    /// Takes a place, as a job would, while `wait` runs on the caller's own thread. The last place is left for a job: it
    /// may be the one that is waited for.
    func holdPlace(while wait: () -> Void) throws(Full) {
        try line.state.withLock { state throws(Full) in
            guard state.pending < slots + lineLength - 1 else { throw full(&state) }
            state.pending += 1
        }
        waits.run(wait)
        line.state.withLock { $0.pending -= 1 }
    }

    /// How many jobs run or wait.
    var pending: Int { line.state.withLock { $0.pending } }

    /// What the gate does now.
    var status: HashingStatus {
        line.state.withLock { state in
            HashingStatus(
                slots: slots, lineLength: lineLength, running: state.running, waiting: state.pending - state.running,
                computed: state.computed, refused: state.refused)
        }
    }

    private func full(_ state: inout State) -> Full {
        state.refused += 1
        let wait = state.lastDuration * (state.pending / slots)
        return Full(retryAfter: max(1, Int(wait.components.seconds) + 1))
    }

    /// Starts a thread.
    ///
    /// - Returns: whether the system had one.
    private func startThread() -> Bool {
        var thread = pthread_t()
        let line = unsafe Unmanaged.passRetained(line)
        guard unsafe pthread_create(&thread, nil, Self.entry, line.toOpaque()) == 0 else {
            unsafe line.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    // A function of its own, bound to no actor, since a closure would take over the actor of whoever makes it.
    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument = unsafe argument else { return nil }
        let line = unsafe Unmanaged<Line>.fromOpaque(argument).takeRetainedValue()
        // At 10 a thread is owed so much time that requests wait for it by milliseconds; at 19 next to none is left for
        // it beside requests that fill the processors.
        // On Linux this is the priority of the calling thread alone. A thread that can't lower it works all the same.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 15)
        serve(line) { nextJob(line) }
        return nil
    }

    private static func serve(_ line: Line, _ next: () -> Job?) {
        while let job = next() {
            let start = ContinuousClock.now
            let handOver = job()
            let duration = ContinuousClock.now - start
            // First, so that who is told the result finds the place free.
            line.state.withLock { state in
                state.pending -= 1
                state.running -= 1
                state.computed += 1
                state.lastDuration = duration
            }
            handOver()
        }
    }

    /// Waits for a job. `nil` when the gate is gone.
    private static func nextJob(_ line: Line) -> Job? {
        while true {
            line.available.wait()
            let (job, isClosed) = line.state.withLock { state in (state.take(), state.isClosed) }
            if job != nil || isClosed { return job }
        }
    }

    /// A job that waits. Where there is none, the caller is no longer one of the threads.
    private static func nextJobIfAny(_ line: Line) -> Job? {
        line.state.withLock { state in
            let job = state.take()
            if job == nil { state.threads -= 1 }
            return job
        }
    }
}

/// A place for one value that one thread fills and another waits for.
private final class Box<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let filled = DispatchSemaphore(value: 0)

    func fill(_ newValue: Value) {
        value.withLock { $0 = newValue }
        filled.signal()
    }

    func wait() -> Value {
        filled.wait()
        guard let value = value.withLock({ $0 }) else { preconditionFailure("signalled before it was filled") }
        return value
    }
}
