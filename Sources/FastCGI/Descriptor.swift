import Glibc
import Synchronization

/// A file descriptor that is closed once: by `close()`, or when its last owner goes.
final class Descriptor: Sendable {
    private let value: Atomic<Int32>

    init(_ number: Int32) {
        value = Atomic(number)
    }

    deinit { close() }

    /// The number; -1 after `close()`.
    var number: Int32 { value.load(ordering: .acquiring) }

    func close() {
        let number = value.exchange(-1, ordering: .acquiringAndReleasing)
        if number >= 0 { _ = Glibc.close(number) }
    }
}

/// Sets an option of a socket whose value is a C `int`.
func setOption(_ descriptor: Int32, level: Int32, name: Int32, to value: Int32) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
}

/// An option of a socket whose value is a C `int`; `nil` where the descriptor is no socket.
func option(_ descriptor: Int32, level: Int32, name: Int32) -> Int32? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(descriptor, level, name, &value, &size) == 0 else { return nil }
    return value
}

/// Bounds how long one `read` or `write` of a blocking socket may wait (`SO_RCVTIMEO`, `SO_SNDTIMEO`).
func setTimeout(_ descriptor: Int32, name: Int32, to duration: Duration) {
    let (seconds, attoseconds) = duration.components
    var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    // Zero would mean no bound at all.
    if value.tv_sec <= 0 && value.tv_usec <= 0 { value = timeval(tv_sec: 0, tv_usec: 1) }
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, name, &value, socklen_t(MemoryLayout<timeval>.size))
}

/// The text of a C error number.
func errorText(_ code: Int32) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
        guard let base = buffer.baseAddress, unsafe strerror_r(code, base, buffer.count) == 0 else {
            return "error \(code)"
        }
        return unsafe String(cString: base)
    }
}
