import Glibc

/// A web server's side of one connection. No wait is longer than ten seconds.
public final class Peer {
    public struct Failure: Error {
        public let call: String
        public let code: Int32
    }

    /// The answer to one request.
    public struct Answer: Equatable {
        public var output = ""
        public var applicationStatus: UInt32 = 0
        public var protocolStatus: UInt8 = 0
        /// Everything up to the empty line cut off.
        public var body: String {
            output.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false).last.map {
                String($0)
            } ?? ""
        }
        public var status: String { String(output.prefix { $0 != "\r\n" }) }
    }

    public struct Record: Sendable, Equatable {
        public let kind: UInt8
        public let request: UInt16
        public let content: [UInt8]

        /// The record that asks a web server to let go of a connection.
        public static let release = Record(kind: Records.Kind.error, request: 1, content: [])
    }

    public let descriptor: Int32
    private var isClosedHere = false

    /// Connects to a Unix socket.
    public init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        try connect(to: address)
    }

    /// Connects to the loopback address.
    public init(port: UInt16, isIPv6: Bool = false) throws {
        let family = isIPv6 ? AF_INET6 : AF_INET
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            try connect(to: address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            try connect(to: address)
        }
    }

    deinit { close() }

    public func close() {
        if !isClosedHere { _ = Glibc.close(descriptor) }
        isClosedHere = true
    }

    private func connect<Address>(to address: Address) throws {
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, name, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let size = socklen_t(MemoryLayout<Address>.size)
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, size)
            }
        }
        if result != 0 { throw Failure(call: "connect", code: errno) }
    }

    public func send(_ bytes: some Collection<UInt8>) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(call: "send", code: errno) }
            sent += count
        }
    }

    /// Says that nothing more will be sent.
    public func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next record; `nil` when the other side has closed the connection.
    public func receiveRecord() throws -> Record? {
        guard let head = try receive(8) else { return nil }
        guard let content = try receive((Int(head[4]) << 8 | Int(head[5])) + Int(head[6])) else { return nil }
        return Record(
            kind: head[1], request: UInt16(head[2]) << 8 | UInt16(head[3]),
            content: Array(content.dropLast(Int(head[6]))))
    }

    /// The answer to a request; `nil` when the connection was closed before its end.
    public func receiveAnswer() throws -> Answer? {
        var answer = Answer()
        var output: [UInt8] = []
        while let record = try receiveRecord() {
            switch record.kind {
            case Records.Kind.output: output += record.content
            case Records.Kind.end:
                answer.output = String(decoding: output, as: UTF8.self)
                answer.applicationStatus = record.content.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
                answer.protocolStatus = record.content[4]
                return answer
            default: break
            }
        }
        return nil
    }

    public func exchange(_ bytes: [UInt8]) throws -> Answer? {
        try send(bytes)
        return try receiveAnswer()
    }

    /// Tells whether the other side has closed the connection, or does so in time, and sends nothing before.
    public func isClosed() throws -> Bool { try receive(1) == nil }

    /// Tells whether the other side asks to let go of the connection, and then closes it.
    public func isReleasedAndClosed() throws -> Bool {
        try receiveRecord() == .release && isClosed()
    }

    private func receive(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, 0)
            }
            // Closed, perhaps with something left unread.
            if read == 0 || (read < 0 && errno == ECONNRESET) { return nil }
            guard read > 0 else {
                if errno == EINTR { continue }
                throw Failure(call: "recv", code: errno)
            }
            filled += read
        }
        return bytes
    }
}
