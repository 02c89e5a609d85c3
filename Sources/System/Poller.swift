import CLinux
import Glibc

/// An epoll instance: threads wait on it for descriptors, one event at a time, so that work spreads over them.
///
/// ```swift
/// let poller = try Poller()
/// try poller.arm(socket, for: .once)
/// while let event = poller.wait() { serve(event.descriptor) }
/// ```
public final class Poller: Sendable {
    /// The events that a descriptor is watched for.
    public enum Interest: Sendable {
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
    public struct Event: Sendable {
        /// The descriptor's number.
        public let descriptor: Int32
        /// Tells whether the peer has closed its side, wholly or for sending: nothing follows the bytes that can be
        /// read.
        public let isLast: Bool
        /// Tells whether the peer has closed its side wholly, so that nobody reads an answer. A Unix socket shows it at
        /// once, TCP only after a write.
        public let isGone: Bool
    }

    private let descriptor: Descriptor

    /// Makes an instance that watches nothing.
    public init() throws(SystemError) {
        descriptor = Descriptor(try valueOrErrno("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    /// Watches a descriptor, or arms it again.
    ///
    /// - Throws: `SystemError` if the kernel has no room for it.
    public func arm(_ watched: Int32, for interest: Interest) throws(SystemError) {
        // It is nearly always registered already. If not, another thread may register it first.
        for operation in [EPOLL_CTL_MOD, EPOLL_CTL_ADD] {
            let code = control(operation, watched, interest.mask)
            if code == 0 { return }
            if code != ENOENT && code != EEXIST { throw SystemError(call: "epoll_ctl", code: code) }
        }
        let code = control(EPOLL_CTL_MOD, watched, interest.mask)
        if code != 0 { throw SystemError(call: "epoll_ctl", code: code) }
    }

    /// Stops watching a descriptor. Closing it does the same.
    public func forget(_ watched: Int32) {
        _ = control(EPOLL_CTL_DEL, watched, 0)
    }

    /// Waits for the next event.
    ///
    /// - Parameter milliseconds: the longest wait; -1 for no limit.
    /// - Returns: `nil` once the time is over.
    public func wait(milliseconds: Int32 = -1) -> Event? {
        var event = unsafe epoll_event()
        let count = try? valueOrErrno("epoll_wait") {
            unsafe epoll_wait(descriptor.number, &event, 1, milliseconds)
        }
        guard count == 1 else { return nil }
        let gone = EPOLLHUP.rawValue | EPOLLERR.rawValue
        return unsafe Event(
            descriptor: event.data.fd, isLast: event.events & (EPOLLRDHUP.rawValue | gone) != 0,
            isGone: event.events & gone != 0)
    }

    /// Tells whether there is an event that nobody has taken yet.
    public var hasEvent: Bool {
        var poll = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) == 1
    }

    /// - Returns: 0, or the error number.
    private func control(_ operation: Int32, _ watched: Int32, _ mask: UInt32) -> Int32 {
        var event = unsafe epoll_event(events: mask, data: epoll_data_t(fd: watched))
        return unsafe epoll_ctl(descriptor.number, operation, watched, &event) == 0 ? 0 : errno
    }
}
