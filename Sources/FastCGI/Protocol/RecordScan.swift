/// What the bytes that wait on a connection amount to, found by walking over their records (FastCGI 1.0, section 3.3).
///
/// libfcgi reads with a thread that waits for whatever is missing, and trusts what it reads. So it is called only for
/// what is there in full and has been looked at, and a peer that stalls costs no thread. Nothing is interpreted here
/// beyond where a request ends.
enum RecordScan: Equatable {
    /// A request begins here and has not come in full.
    case incomplete
    /// A whole request. `endsInput` is false for an authorizer's without a body stream, after which one might still
    /// come, and where something follows the request, which libfcgi would lose: then the connection cannot be kept.
    case request(endsInput: Bool)
    /// A request that has not come in full, but its parameters have, and so much of its body that the rest makes no
    /// difference: it is over the limit.
    case oversized
    /// Records of a request that is over, without content: this many bytes. They are ignored (section 3.3).
    case leftover(length: Int)
    /// Management records (section 4), which want an answer although no request is there: this many bytes.
    case management(length: Int)
    /// Nothing that may be answered.
    case refused(Refusal)

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
    ///   - limit: the most bytes that can be looked at.
    ///   - bodyLimit: the most bytes of body that are accepted.
    init(_ bytes: Span<UInt8>, limit: Int, bodyLimit: Int) {
        var walk = Walk()
        var offset = 0
        // What there is of the content of a last record that has not come in full.
        var begun = 0
        while offset < bytes.count {
            guard bytes[offset] == 1 else {
                self = .refused(.notFastCGI)
                return
            }
            guard offset + 8 <= bytes.count else { break }
            let length = Int(bytes[offset + 4]) << 8 | Int(bytes[offset + 5])
            let end = offset + 8 + length + Int(bytes[offset + 6])
            guard end <= bytes.count else {
                begun = min(length, bytes.count - offset - 8)
                break
            }
            let record = Record(
                kind: bytes[offset + 1], request: Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]),
                content: offset + 8..<offset + 8 + length, isPadded: bytes[offset + 6] != 0)
            if walk.isManagement && record.request != 0 { break }
            if walk.hasLeftovers && !Walk.isLeftover(record) { break }
            if let refusal = walk.take(record, of: bytes) {
                self = .refused(refusal)
                return
            }
            offset = end
            if walk.hasEnded {
                self = .request(endsInput: Self.isOver(bytes, from: offset, of: record.request))
                return
            }
        }
        if walk.hasLeftovers {
            self = .leftover(length: offset)
        } else if walk.isManagement {
            self = .management(length: offset)
        } else if walk.hasParameters && walk.bodyLength + begun > bodyLimit {
            // More may not come before there is an answer: some web servers do not fill the kernel's buffer.
            self = .oversized
        } else if bytes.count >= limit {
            self = .refused(.parameters)
        } else {
            let isAuthorizer = walk.isAuthorizer && walk.hasParameters && offset == bytes.count
            self = isAuthorizer ? .request(endsInput: false) : .incomplete
        }
    }

    /// Whether nothing follows a request that libfcgi could not lose: nothing at all, or more ends of its body stream,
    /// which some web servers write.
    private static func isOver(_ bytes: Span<UInt8>, from end: Int, of request: Int) -> Bool {
        var offset = end
        while offset + 8 <= bytes.count, isEnd(bytes, at: offset, of: request) { offset += 8 }
        guard offset == bytes.count else { return false }
        // It reads so much at a time, and may cut what it takes of them. The rest is left over, if it is whole.
        let taken = min(bytes.count, (end + readSize - 1) / readSize * readSize)
        return (taken - end).isMultiple(of: 8)
    }

    /// How much libfcgi reads at a time.
    private static let readSize = 8192

    private static func isEnd(_ bytes: Span<UInt8>, at offset: Int, of request: Int) -> Bool {
        let end: [8 of UInt8] = [1, Kind.input, UInt8(request >> 8), UInt8(request & 255), 0, 0, 0, 0]
        return (0..<7).allSatisfy { bytes[offset + $0] == end[$0] }
    }

    private struct Record {
        let kind: UInt8
        let request: Int
        let content: Range<Int>
        let isPadded: Bool
    }

    private struct Walk {
        private(set) var hasParameters = false
        private(set) var hasEnded = false
        private(set) var bodyLength = 0
        private(set) var isAuthorizer = false
        /// There have been records of a request that is over, and nothing else.
        private(set) var hasLeftovers = false
        private var hasManagement = false
        private var request = 0
        private var parameters = PairLengths()

        /// There have been management records, and nothing else.
        var isManagement: Bool { hasManagement && request == 0 }

        mutating func take(_ record: Record, of bytes: Span<UInt8>) -> Refusal? {
            if request == 0 && Self.isLeftover(record) {
                hasLeftovers = true
                return nil
            }
            if request == 0 { return record.request == 0 ? manage(record) : begin(record, of: bytes) }
            // libfcgi would answer it, but take the content of one that it does not know for the request's.
            if record.request == 0 { return .unexpectedRecord(kind: record.kind) }
            // libfcgi would tell the web server that it does not do that, but then it skips a wrong record where it is
            // to skip an empty one.
            if record.request != request { return .multiplexed }
            if record.content.isEmpty && record.isPadded { return .padding }
            switch record.kind {
            case Kind.parameters where !hasParameters:
                hasParameters = record.content.isEmpty
                return parameters.areBounded(in: bytes.extracting(record.content)) ? nil : .parameters
            case Kind.input where hasParameters:
                hasEnded = record.content.isEmpty
                bodyLength += record.content.count
                return nil
            default:
                return .unexpectedRecord(kind: record.kind)
            }
        }

        /// Whether a record outside of a request is the rest of one that is over: an end of a stream that was written
        /// twice, or an abort that came too late.
        static func isLeftover(_ record: Record) -> Bool {
            record.request != 0 && record.content.isEmpty
                && [Kind.abort, Kind.parameters, Kind.input].contains(record.kind)
        }

        private mutating func begin(_ record: Record, of bytes: Span<UInt8>) -> Refusal? {
            guard record.kind == Kind.begin, record.content.count == 8 else {
                return .unexpectedRecord(kind: record.kind)
            }
            guard !record.isPadded else { return .padding }
            let start = record.content.lowerBound
            let role = Int(bytes[start]) << 8 | Int(bytes[start + 1])
            guard role == 1 || role == 2 else { return .role(role) }
            (request, isAuthorizer) = (record.request, role == 2)
            return nil
        }

        private mutating func manage(_ record: Record) -> Refusal? {
            hasManagement = true
            guard record.kind != Kind.begin else { return .unexpectedRecord(kind: record.kind) }
            // There are three names to ask for, and no reason to ask for one twice.
            return record.kind == Kind.getValues && record.content.count > 56 ? .parameters : nil
        }
    }
}

/// Why what came on a connection was not answered: the connection is closed.
public enum Refusal: Sendable, Equatable, CustomStringConvertible {
    /// The bytes are not those of FastCGI 1.0.
    case notFastCGI
    /// A record stands where none of its kind may: also the abort of a request, which only has its connection closed.
    case unexpectedRecord(kind: UInt8)
    /// The web server asks for a role other than responder (1) and authorizer (2).
    case role(Int)
    /// A name or a value is longer than any may be, or a request whose body is within its limit is longer than 64 KiB:
    /// by its parameters, or by very many very small records.
    case parameters
    /// A record has padding where libfcgi does not skip it, but takes it for records: behind the begin record, and behind
    /// one without content.
    case padding
    /// Two requests at once on one connection, which `FCGI_MPXS_CONNS` denies.
    case multiplexed
    /// The records are well-formed, but libfcgi could not read a request from them, or not in time.
    case unreadable

    /// What came, for the log.
    public var description: String {
        switch self {
        case .notFastCGI: "what came is not FastCGI: is the web server set to fastcgi_pass, and not to proxy_pass?"
        case .unexpectedRecord(let kind): "a FastCGI record of kind \(kind) came where it may not"
        case .role(let role): "the web server asked for the FastCGI role \(role)"
        case .parameters: "the parameters of a request are too long"
        case .padding: "a FastCGI record has padding where it needs none"
        case .multiplexed: "the web server sent two requests at once on one connection"
        case .unreadable: "a request could not be read, or did not come in time"
        }
    }
}
