import Glibc

/// The datagram socket of a service manager such as systemd, which takes reports on the process (sd_notify(3)).
struct NotificationSocket: Sendable {
    private let path: String

    /// The socket that the environment names; `nil` if it names none.
    init?(environment: [String: String]) {
        guard let path = environment["NOTIFY_SOCKET"], let first = path.utf8.first,
            first == UInt8(ascii: "/") || first == UInt8(ascii: "@")
        else { return nil }
        self.path = path
    }

    /// Sends a state, such as `READY=1`. A failure is harmless, since the manager may have gone.
    ///
    /// - Returns: whether it was sent.
    @discardableResult
    func send(_ state: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard let (address, length) = address else { return false }
        let message = Array(state.utf8)
        let sent = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), pointer, length)
            }
        }
        return sent == message.count
    }

    /// The address; `nil` if the path is too long for one. An at sign stands for the zero byte at the start of an
    /// abstract address (unix(7)).
    private var address: (sockaddr_un, socklen_t)? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        // The length excludes a zero byte after the name: it would be part of an abstract address.
        let offset = MemoryLayout<sockaddr_un>.size - room
        return (address, socklen_t(offset + bytes.count))
    }
}

/// The interval within which a service manager expects reports that the process is alive (sd_watchdog_enabled(3)).
struct WatchdogInterval: Equatable {
    /// The time without a report after which the process is considered dead.
    let limit: Duration

    /// The interval that the environment names for this process; `nil` if it names none.
    init?(environment: [String: String], process: Int32 = getpid()) {
        guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else {
            return nil
        }
        if let owner = environment["WATCHDOG_PID"], owner != String(process) { return nil }
        limit = .microseconds(microseconds)
    }
}
