import Glibc

/// Looks at what waits on a connection, and leaves it there.
@safe struct PeekBuffer: ~Copyable {
    /// What a look found.
    enum Sight: Equatable {
        /// Nothing has come.
        case nothing
        /// The peer has closed the connection, or it failed.
        case ended
        /// What came, as far as it goes.
        case records(RecordScan)
    }

    /// A request within the usual bounds of web servers and of this program fits. So it does into the kernel's buffer of
    /// a Unix socket, even if it comes in pieces of a few hundred bytes.
    static let size = 64 * 1024

    /// The most bytes that `discard` takes at a time.
    private static let discardLimit = 4 << 20

    private let bodyLimit: Int
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)

    /// - Parameter bodyLimit: the most bytes of body that are accepted.
    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    deinit { unsafe bytes.deallocate() }

    func look(at connection: Int32) -> Sight {
        let count = unsafe recv(connection, bytes.baseAddress, bytes.count, Int32(MSG_PEEK | MSG_DONTWAIT))
        guard count > 0 else {
            return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .ended
        }
        let scan = unsafe RecordScan(
            Span(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[..<count])), limit: Self.size,
            bodyLimit: bodyLimit)
        // It may be a password.
        if let base = unsafe bytes.baseAddress { unsafe explicit_bzero(base, count) }
        return .records(scan)
    }

    /// Takes the first bytes that wait on a connection.
    ///
    /// - Parameter length: how many: no more than have been seen there.
    func take(_ length: Int, from connection: Int32) -> [UInt8] {
        let count = unsafe recv(connection, bytes.baseAddress, min(length, bytes.count), Int32(MSG_DONTWAIT))
        return unsafe [UInt8](UnsafeRawBufferPointer(rebasing: bytes[..<max(count, 0)]))
    }

    /// Takes everything that waits on a connection, and throws it away.
    ///
    /// - Returns: whether more may come: false when the peer has closed the connection, or sends without end.
    func discard(from connection: Int32) -> Bool {
        var discarded = 0
        while discarded < Self.discardLimit {
            let count = unsafe recv(connection, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
            let code = errno
            if let base = unsafe bytes.baseAddress, count > 0 { unsafe explicit_bzero(base, count) }
            if count == 0 || (count < 0 && code != EINTR) { return count < 0 && code == EAGAIN }
            discarded += max(count, 0)
        }
        return false
    }
}
