import CFastCGI
import Glibc

/// An epoll instance: threads wait on it for descriptors, one event at a time, so that work spreads over them.
final class Poller: Sendable {
    /// What a descriptor is watched for.
    enum Interest {
        /// Readable; reported to one waiter, then not again until armed anew.
        case once
        /// Readable; reported again after each arrival, or once the peer has closed its side.
        case eachArrival
        /// Readable; reported to every waiter for as long as it is so.
        case always

        fileprivate var mask: UInt32 {
            switch self {
            case .once: EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue
            case .eachArrival: EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            case .always: EPOLLIN.rawValue
            }
        }
    }

    /// A descriptor that is ready.
    struct Event {
        let descriptor: Int32
        /// The peer has closed its side, wholly or for sending: nothing follows what can be read.
        let isLast: Bool
        /// The peer has closed its side wholly: nobody reads what is written. Seen at once on a Unix socket, and on TCP
        /// only after something was written.
        let isGone: Bool
    }

    private let descriptor: Descriptor

    init() throws(ServerError) {
        let number = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard number >= 0 else { throw .resources(code: errno) }
        descriptor = Descriptor(number)
    }

    /// Watches a descriptor, or arms it again.
    ///
    /// - Returns: whether the kernel had room for it.
    func arm(_ watched: Int32, for interest: Interest) -> Bool {
        if control(EPOLL_CTL_MOD, watched, interest.mask) { return true }
        if errno == ENOENT && control(EPOLL_CTL_ADD, watched, interest.mask) { return true }
        // Another thread was faster.
        return errno == EEXIST && control(EPOLL_CTL_MOD, watched, interest.mask)
    }

    /// Watches no longer. Closing a descriptor does the same.
    func forget(_ watched: Int32) {
        _ = control(EPOLL_CTL_DEL, watched, 0)
    }

    /// Waits for the next event.
    ///
    /// - Parameter milliseconds: how long; -1 is for ever.
    /// - Returns: `nil` when the time is over.
    func wait(milliseconds: Int32 = -1) -> Event? {
        var event = unsafe epoll_event()
        while true {
            let count = unsafe epoll_wait(descriptor.number, &event, 1, milliseconds)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { return nil }
            let gone = EPOLLHUP.rawValue | EPOLLERR.rawValue
            return unsafe Event(
                descriptor: event.data.fd, isLast: event.events & (EPOLLRDHUP.rawValue | gone) != 0,
                isGone: event.events & gone != 0)
        }
    }

    /// Whether there is an event that nobody has taken yet.
    var hasEvent: Bool {
        var poll = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) == 1
    }

    private func control(_ operation: Int32, _ watched: Int32, _ mask: UInt32) -> Bool {
        var event = unsafe epoll_event(events: mask, data: epoll_data_t(fd: watched))
        return unsafe epoll_ctl(descriptor.number, operation, watched, &event) == 0
    }
}

/// A descriptor that becomes readable, and stays so, when it is raised (eventfd).
final class Flag: Sendable {
    private let descriptor: Descriptor

    init() throws(ServerError) {
        let number = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard number >= 0 else { throw .resources(code: errno) }
        descriptor = Descriptor(number)
    }

    var number: Int32 { descriptor.number }

    /// Makes it readable. May be called from any thread, and any number of times.
    func raise() { _ = eventfd_write(number, 1) }
}

/// A descriptor that becomes readable after a time (timerfd).
final class Timer: Sendable {
    private let descriptor: Descriptor

    init() throws(ServerError) {
        let number = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        guard number >= 0 else { throw .resources(code: errno) }
        descriptor = Descriptor(number)
    }

    var number: Int32 { descriptor.number }

    /// Makes it readable `milliseconds` (more than 0) from now, and unreadable until then.
    func start(milliseconds: Int) {
        let delay = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var setting = itimerspec(it_interval: timespec(), it_value: delay)
        _ = unsafe timerfd_settime(number, 0, &setting, nil)
    }
}
