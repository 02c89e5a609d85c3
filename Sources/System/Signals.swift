import Glibc

/// The signals that ask something of the process, taken by a thread that waits for them, so that none is ever lost: one
/// that comes early stays pending until the thread is there.
///
/// Make it before any other thread is started: a thread that has not blocked a signal may get it and end the process.
///
/// ```swift
/// try Signals().forEach { request in
///     switch request {
///     case .stop: server.stop()
///     case .reload: installation.reload()
///     }
/// }
/// ```
public struct Signals: Sendable {
    /// The request that a signal makes.
    public enum Request: Sendable {
        /// To end: `SIGTERM` or `SIGINT`.
        case stop
        /// To read the configuration again: `SIGHUP`.
        case reload
    }

    private let signals: [Int32]

    /// Blocks the signals in this thread and in all that it starts from now on.
    public init() { self.init([SIGTERM, SIGINT, SIGHUP]) }

    init(_ signals: [Int32]) {
        self.signals = signals
        // A signal that is ignored is never pending.
        for number in signals { signal(number, SIG_DFL) }
        var set = Self.set(signals)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next of the signals.
    ///
    /// - Returns: its number.
    func wait() -> Int32 {
        var set = Self.set(signals)
        var number: Int32 = 0
        while unsafe sigwait(&set, &number) != 0 {}
        return number
    }

    /// Starts a thread that calls `action` for each of the signals for as long as the process lives.
    public func forEach(_ action: @escaping @Sendable (Request) -> Void) throws(SystemError) {
        try Thread("signals") {
            while true { action(wait() == SIGHUP ? .reload : .stop) }
        }
        .detach()
    }

    private static func set(_ signals: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in signals { unsafe sigaddset(&set, number) }
        return set
    }
}
