import Glibc
import System

/// Waiting for sockets until a moment.
enum SocketWait {
    /// Waits for one socket.
    ///
    /// - Parameters:
    ///   - events: `POLLIN`, `POLLOUT`, or both.
    ///   - deadline: the moment at which the wait ends.
    /// - Returns: the events that came; 0 once the time is over.
    static func wait(_ socket: CInt, for events: CInt, until deadline: ContinuousClock.Instant) -> CInt {
        var sockets = [pollfd(fd: socket, events: Int16(events), revents: 0)]
        return wait(&sockets, until: deadline) ? CInt(sockets[0].revents) : 0
    }

    /// Waits for one of several sockets.
    ///
    /// - Returns: `false` once the time is over.
    static func wait(_ sockets: inout [pollfd], until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let count = try? valueOrErrno("poll", retryOnInterrupt: false) {
                unsafe poll(&sockets, nfds_t(sockets.count), milliseconds(until: deadline))
            }
            if let count, count > 0 { return true }
            // A signal ends it early, and the kernel may be out of memory for a moment.
            if ContinuousClock.now >= deadline { return false }
        }
    }

    /// The time that is left, rounded up; 0 once it is over.
    private static func milliseconds(until deadline: ContinuousClock.Instant) -> CInt {
        let (seconds, attoseconds) = ContinuousClock.now.duration(to: deadline).components
        if seconds < 0 || attoseconds < 0 { return 0 }
        if seconds > 1_000_000 { return 1_000_000_000 }
        return CInt(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
