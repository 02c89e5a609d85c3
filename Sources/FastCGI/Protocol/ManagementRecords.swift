import Glibc

/// The management records that lie on a connection, and the answers to them (FastCGI 1.0, section 4).
///
/// They are not left to libfcgi, which would go on to read what follows them, without anybody having looked at it.
struct ManagementRecords {
    private typealias Kind = RecordScan.Kind

    private let bytes: [UInt8]

    /// - Parameter bytes: whole records, as `RecordScan` found them.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Sends the answers.
    ///
    /// - Parameter requests: the number of requests that are answered at once.
    /// - Returns: whether the peer took them.
    func answer(on descriptor: Int32, requests: Int) -> Bool {
        let answers = answers(requests: requests)
        let sent = unsafe answers.withUnsafeBytes {
            unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        return sent == answers.count && sent > 0
    }

    /// The answers, one a record.
    func answers(requests: Int) -> [UInt8] {
        var answers: [UInt8] = []
        var rest = bytes[...]
        while rest.count >= 8 {
            let start = rest.startIndex
            let length = Int(rest[start + 4]) << 8 | Int(rest[start + 5])
            let kind = rest[start + 1]
            let content = rest.dropFirst(8).prefix(length)
            if kind == Kind.getValues {
                answers += Self.record(Kind.getValuesResult, Self.values(of: content, requests: requests))
            } else {
                answers += Self.record(Kind.unknownType, [kind, 0, 0, 0, 0, 0, 0, 0])
            }
            rest = rest.dropFirst(8 + length + Int(rest[start + 6]))
        }
        return answers
    }

    /// The pairs for those variables that are asked for and known, with their values.
    private static func values(of content: ArraySlice<UInt8>, requests: Int) -> [UInt8] {
        let known = [
            "FCGI_MAX_CONNS": "\(requests)", "FCGI_MAX_REQS": "\(requests)", "FCGI_MPXS_CONNS": "0",
        ]
        var pairs: [UInt8] = []
        var rest = content
        while let nameLength = takeLength(&rest), let valueLength = takeLength(&rest) {
            let name = String(decoding: rest.prefix(nameLength), as: UTF8.self)
            rest = rest.dropFirst(nameLength + valueLength)
            guard let value = known[name] else { continue }
            pairs += [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array(name.utf8) + Array(value.utf8)
        }
        return pairs
    }

    /// Takes a length (section 3.4), which is one byte or four.
    private static func takeLength(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard let first = rest.first else { return nil }
        let size = first < 0x80 ? 1 : 4
        guard rest.count >= size else { return nil }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reduce(0) { $0 << 8 | Int($1) } & (size == 1 ? 0x7F : 0x7FFF_FFFF)
    }

    private static func record(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] {
        let padding = -content.count & 7
        return [1, kind, 0, 0, UInt8(content.count >> 8), UInt8(content.count & 255), UInt8(padding), 0]
            + content + [UInt8](repeating: 0, count: padding)
    }
}

/// The record that asks a web server to let go of a kept connection.
///
/// FastCGI has no word for that. But a record that comes between two requests makes nginx close the connection, and an
/// empty `FCGI_STDERR` is the one that does no harm if the next request has been sent by then: it stands at the
/// beginning of the answer, where one may always stand (FastCGI 1.0, section 3.3).
enum ReleaseRecord {
    /// An empty `FCGI_STDERR` of request 1, the number that every web server uses that does not multiplex.
    static let bytes: [UInt8] = [1, 7, 0, 1, 0, 0, 0, 0]

    /// Sends it on a connection without a request. One on which it cannot be sent has ended, as the next probe finds.
    static func send(to descriptor: Int32) {
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
    }
}
