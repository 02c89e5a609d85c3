import Glibc
import System

/// Looks at the bytes that wait on a connection, and leaves them there.
///
/// ```swift
/// let probe = RequestProbe(bodyLimit: 16 << 10)
/// if case .records(.request) = probe.look(at: descriptor) { … }  // libfcgi can read it without waiting
/// ```
@safe struct RequestProbe: ~Copyable {
    /// The result of a look.
    enum Result: Equatable {
        /// Nothing has come.
        case nothing
        /// The peer has closed the connection, or it failed.
        case ended
        /// Records have come, as far as they go.
        case records(RecordScan)

        /// The event that it is for the connection.
        ///
        /// - Parameter isLast: whether the peer has closed its side, so that nothing follows.
        func event(isLast: Bool) -> ConnectionState.Event {
            switch self {
            case .ended: .foundEnd
            case .nothing: isLast ? .foundEnd : .foundNothing
            case .records(.incomplete): isLast ? .foundEnd : .foundPart
            case .records(.request), .records(.oversized): .foundRequest
            case .records(.management): .foundManagement
            case .records(.remains): .foundRemains
            case .records(.faulty): .foundFault
            }
        }
    }

    /// The most bytes that are looked at. A request within the usual bounds of web servers and of this program fits. So
    /// it does into the kernel's buffer of a Unix socket, even if it comes in pieces of a few hundred bytes.
    static let size = 64 * 1024

    /// The most bytes that `discard` takes at a time.
    private static let discardLimit = 4 << 20

    private let bodyLimit: Int
    /// Not initialized, so that it takes only the memory into which bytes have come. They are wiped at once: they may
    /// be a password.
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)

    /// - Parameter bodyLimit: the most bytes of body that are accepted.
    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    deinit { unsafe bytes.deallocate() }

    /// Looks at a connection, without waiting.
    func look(at descriptor: Int32) -> Result {
        let (count, code) = receive(from: descriptor, upTo: Self.size, Int32(MSG_PEEK))
        guard count > 0 else { return code == EAGAIN || code == EINTR ? .nothing : .ended }
        let seen = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
        defer { unsafe WipedBytes.wipe(seen) }
        return .records(unsafe RecordScan(Span(_unsafeBytes: seen), limit: Self.size, bodyLimit: bodyLimit))
    }

    /// Takes the first bytes that wait on a connection.
    ///
    /// - Parameter length: their number: no more than have been seen there.
    func take(_ length: Int, from descriptor: Int32) -> [UInt8] {
        let (count, _) = receive(from: descriptor, upTo: min(length, Self.size))
        return unsafe [UInt8](UnsafeRawBufferPointer(rebasing: bytes[..<max(count, 0)]))
    }

    /// Takes everything that waits on a connection, and throws it away.
    ///
    /// - Returns: whether more may come: false when the peer has closed the connection, or sends without end.
    func discard(from descriptor: Int32) -> Bool {
        var discarded = 0
        while discarded < Self.discardLimit {
            let (count, code) = receive(from: descriptor, upTo: Self.size)
            if count == 0 || (count < 0 && code != EINTR) { return code == EAGAIN }
            unsafe WipedBytes.wipe(UnsafeMutableRawBufferPointer(rebasing: bytes[..<max(count, 0)]))
            discarded += max(count, 0)
        }
        return false
    }

    /// - Returns: the number of bytes, or -1; and the `errno` of a failure, else 0.
    private func receive(
        from descriptor: Int32, upTo most: Int, _ flag: Int32 = 0
    ) -> (count: Int, code: Int32) {
        let count = unsafe recv(descriptor, bytes.baseAddress, most, Int32(MSG_DONTWAIT) | flag)
        return (count, count < 0 ? errno : 0)
    }
}
