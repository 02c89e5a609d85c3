/// The meaning of the bytes that wait on a connection, found by walking over their records (FastCGI 1.0, section 3.3).
///
/// libfcgi reads with a thread that waits for whatever is missing, and trusts what it reads. So it is called only for
/// bytes that are there in full and have been looked at, and a peer that stalls costs no thread. Nothing is interpreted
/// here beyond where a request ends.
///
/// ```swift
/// RecordScan(bytes.span, limit: 65_536, bodyLimit: 16_384)  // .request(endsInput: true)
/// ```
enum RecordScan: Equatable {
    /// A request begins here and has not come in full.
    case incomplete
    /// A whole request. `endsInput` is false for an authorizer's without a body stream, after which one might still
    /// come, and for one with something behind it that libfcgi would lose: then the connection cannot be kept.
    case request(endsInput: Bool)
    /// A request that has not come in full, but its parameters have, and so much of its body that the rest makes no
    /// difference: it is over the limit.
    case oversized
    /// Records of a request that is over, without content: this many bytes. They are ignored (section 3.3).
    case remains(length: Int)
    /// Management records (section 4), which want an answer although no request is there: this many bytes.
    case management(length: Int)
    /// Records that must not be answered.
    case faulty(RecordFault)

    /// The types of records (section 8).
    enum Kind {
        static let begin: UInt8 = 1
        static let abort: UInt8 = 2
        static let parameters: UInt8 = 4
        static let input: UInt8 = 5
        static let getValues: UInt8 = 9
        static let getValuesResult: UInt8 = 10
        static let unknownType: UInt8 = 11
    }

    /// Walks over the bytes from the first on, which begins a record.
    ///
    /// - Parameters:
    ///   - bytes: the bytes.
    ///   - limit: the most bytes that can be looked at.
    ///   - bodyLimit: the most bytes of body that are accepted.
    init(_ bytes: Span<UInt8>, limit: Int, bodyLimit: Int) {
        var walk = RecordWalk()
        var offset = 0
        // The content that there is of a last record that has not come in full.
        var begun = 0
        while offset < bytes.count {
            guard bytes[offset] == 1 else {
                self = .faulty(.notFastCGI)
                return
            }
            guard offset + 8 <= bytes.count else { break }
            let length = Int(bytes[offset + 4]) << 8 | Int(bytes[offset + 5])
            let end = offset + 8 + length + Int(bytes[offset + 6])
            guard end <= bytes.count else {
                begun = min(length, bytes.count - offset - 8)
                break
            }
            let record = RecordWalk.Record(
                kind: bytes[offset + 1], request: Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]),
                content: offset + 8..<offset + 8 + length, isPadded: bytes[offset + 6] != 0)
            if walk.isManagement && record.request != 0 { break }
            if walk.hasRemains && !RecordWalk.isRemains(record) { break }
            if let fault = walk.take(record, of: bytes) {
                self = .faulty(fault)
                return
            }
            offset = end
            if walk.hasEnded {
                self = .request(endsInput: Self.isOver(bytes, from: offset, of: record.request))
                return
            }
        }
        if walk.hasRemains {
            self = .remains(length: offset)
        } else if walk.isManagement {
            self = .management(length: offset)
        } else if walk.hasParameters && walk.bodyLength + begun > bodyLimit {
            // More may not come before there is an answer: some web servers do not fill the kernel's buffer.
            self = .oversized
        } else if bytes.count >= limit {
            self = .faulty(.parameters)
        } else {
            let isAuthorizer = walk.isAuthorizer && walk.hasParameters && offset == bytes.count
            self = isAuthorizer ? .request(endsInput: false) : .incomplete
        }
    }

    /// Tells whether nothing follows a request that libfcgi could lose: nothing at all, or more ends of its body
    /// stream, which some web servers write.
    private static func isOver(_ bytes: Span<UInt8>, from end: Int, of request: Int) -> Bool {
        var offset = end
        while offset + 8 <= bytes.count, isEnd(bytes, at: offset, of: request) { offset += 8 }
        guard offset == bytes.count else { return false }
        // It reads so much at a time, and may cut what it takes of them. The rest remains, if it is whole.
        let taken = min(bytes.count, (end + readSize - 1) / readSize * readSize)
        return (taken - end).isMultiple(of: 8)
    }

    /// The bytes that libfcgi reads at a time.
    private static let readSize = 8192

    private static func isEnd(_ bytes: Span<UInt8>, at offset: Int, of request: Int) -> Bool {
        let end: [8 of UInt8] = [1, Kind.input, UInt8(request >> 8), UInt8(request & 255), 0, 0, 0, 0]
        return (0..<7).allSatisfy { bytes[offset + $0] == end[$0] }
    }
}
