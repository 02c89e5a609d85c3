import CLinux
import Glibc
import Synchronization

/// A file descriptor that is closed once: by `close()`, or when its last owner goes.
public final class Descriptor: Sendable {
    private let value: Atomic<Int32>

    /// Takes over an open descriptor.
    public init(_ number: Int32) {
        value = Atomic(number)
    }

    deinit { close() }

    /// The number; -1 after `close()`.
    public var number: Int32 { value.load(ordering: .acquiring) }

    /// Closes the descriptor. Any thread may call it, any number of times.
    public func close() {
        let number = value.exchange(-1, ordering: .acquiringAndReleasing)
        if number >= 0 { _ = Glibc.close(number) }
    }
}

/// A descriptor that becomes readable, and stays so, when it is raised (eventfd).
///
/// ```swift
/// let stop = try EventFlag()
/// try poller.arm(stop.number, for: .always)
/// stop.raise()
/// ```
public final class EventFlag: Sendable {
    private let descriptor: Descriptor

    /// Makes a flag that is not raised.
    public init() throws(SystemError) {
        descriptor = Descriptor(
            try valueOrErrno("eventfd") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) })
    }

    /// The descriptor's number.
    public var number: Int32 { descriptor.number }

    /// Makes the descriptor readable. Any thread may call it, any number of times.
    public func raise() { _ = eventfd_write(number, 1) }
}

/// A descriptor that becomes readable after a time (timerfd).
public final class Timer: Sendable {
    private let descriptor: Descriptor

    /// Makes a timer that does not run.
    public init() throws(SystemError) {
        descriptor = Descriptor(
            try valueOrErrno("timerfd_create") {
                timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
            })
    }

    /// The descriptor's number.
    public var number: Int32 { descriptor.number }

    /// Makes the descriptor readable `milliseconds` (more than 0) from now, and unreadable until then.
    public func start(milliseconds: Int) {
        let delay = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var setting = itimerspec(it_interval: timespec(), it_value: delay)
        _ = unsafe timerfd_settime(number, 0, &setting, nil)
    }
}
