import CLinux
import Glibc

/// Calls on sockets, which stand for their descriptors.
public enum Socket {
    /// Makes a stream socket that does not block and is closed on exec.
    ///
    /// - Parameter family: `AF_UNIX`, `AF_INET` or `AF_INET6`.
    public static func stream(family: Int32) throws(SystemError) -> Descriptor {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        return Descriptor(try valueOrErrno("socket") { socket(family, kind, 0) })
    }

    /// Takes a connection from a listening socket. The connection blocks and is closed on exec.
    ///
    /// - Returns: its descriptor, or the negative `errno`: that none waits, `EAGAIN`, is no error to a caller that
    ///   tries.
    public static func accept(from listening: Int32) -> Int32 {
        let number = accept4(listening, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
        return number >= 0 ? number : -errno
    }

    /// Sets an option whose value is a C `int`.
    public static func setOption(_ descriptor: Int32, level: Int32, name: Int32, to value: Int32) {
        var value = value
        _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The value of an option that is a C `int`; `nil` if the descriptor is not a socket.
    public static func option(_ descriptor: Int32, level: Int32, name: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, level, name, &value, &size) == 0 else { return nil }
        return value
    }

    /// Bounds how long one `read` or `write` of a blocking socket may wait.
    ///
    /// - Parameters:
    ///   - descriptor: the socket.
    ///   - name: `SO_RCVTIMEO` or `SO_SNDTIMEO`.
    ///   - duration: the bound, at least a microsecond.
    public static func setTimeout(_ descriptor: Int32, name: Int32, to duration: Duration) {
        let (seconds, attoseconds) = duration.components
        var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        // Zero would mean no bound at all.
        if value.tv_sec <= 0 && value.tv_usec <= 0 { value = timeval(tv_sec: 0, tv_usec: 1) }
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, name, &value, socklen_t(MemoryLayout<timeval>.size))
    }
}
