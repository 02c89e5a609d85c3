import Glibc
import Synchronization
import System

/// The look-up of a server's name, on a thread of its own: the C library waits for name servers as long as it likes.
///
/// A socket pair brings the addresses, so nobody shares memory with a thread that nobody waits for any more.
struct NameLookup {
    /// The most look-ups that run at a time, for one target.
    private static let mostRunning = 16
    /// The most addresses of one name.
    private static let mostAddresses = 8

    let host: PostgreSQLTarget.Host
    private let answer: Descriptor

    /// Starts a look-up.
    ///
    /// - Throws: `PostgreSQLError` if too many are running: the name servers do not answer.
    init(_ host: PostgreSQLTarget.Host, _ findings: PostgreSQLTarget.Findings) throws(PostgreSQLError) {
        self.host = host
        guard findings.lookups.add(1, ordering: .relaxed).newValue <= Self.mostRunning else {
            findings.lookups.subtract(1, ordering: .relaxed)
            throw PostgreSQLError(.lost, "\(host.name): the name servers do not answer")
        }
        do throws(SystemError) {
            var ends: [CInt] = [-1, -1]
            _ = try valueOrErrno("socketpair") {
                unsafe socketpair(AF_UNIX, CInt(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
            }
            let (answer, other) = (Descriptor(ends[0]), Descriptor(ends[1]))
            self.answer = answer
            let name = host.name
            try Thread("name lookup") {
                Self.answer(with: Self.addresses(of: name), other)
                findings.lookups.subtract(1, ordering: .relaxed)
            }.detach()
        } catch {
            findings.lookups.subtract(1, ordering: .relaxed)
            throw PostgreSQLError(.lost, "\(host.name): \(error)")
        }
    }

    /// The socket that becomes readable with the answer.
    var descriptor: CInt { answer.number }

    /// The addresses; none if the name has none. Call it once the socket is readable.
    func addresses() -> [String] {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = unsafe recv(answer.number, &buffer, buffer.count, CInt(MSG_DONTWAIT))
        guard count > 0 else { return [] }
        return buffer.prefix(count).split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func answer(with addresses: [String], _ socket: Descriptor) {
        let bytes = Array(addresses.joined(separator: "\n").utf8)
        _ = unsafe send(socket.number, bytes, bytes.count, CInt(MSG_NOSIGNAL))
        socket.close()
    }

    private static func addresses(of name: String) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [String] = []
        var entry = unsafe list
        while let address = unsafe entry, addresses.count < mostAddresses {
            var text = [CChar](repeating: 0, count: 64)
            let code = unsafe getnameinfo(
                address.pointee.ai_addr, address.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
                NI_NUMERICHOST)
            if code == 0 {
                addresses.append(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
            }
            unsafe entry = unsafe address.pointee.ai_next
        }
        return addresses
    }
}
