/// The state of a walk over the records of a connection: at most one request, or records outside of any.
struct RecordWalk {
    private typealias Kind = RecordScan.Kind

    /// A record that has come in full.
    struct Record {
        let kind: UInt8
        let request: Int
        let content: Range<Int>
        let isPadded: Bool
    }

    private(set) var hasParameters = false
    private(set) var hasEnded = false
    private(set) var bodyLength = 0
    private(set) var isAuthorizer = false
    /// There have been records of a request that is over, and nothing else.
    private(set) var hasRemains = false
    private var hasManagement = false
    private var request = 0
    private var parameters = PairLengths()

    /// There have been management records, and nothing else.
    var isManagement: Bool { hasManagement && request == 0 }

    /// Takes the next record.
    ///
    /// - Parameter bytes: the bytes that hold its content.
    /// - Returns: the fault for which its connection is to be closed.
    mutating func take(_ record: Record, of bytes: Span<UInt8>) -> RecordFault? {
        if request == 0 && Self.isRemains(record) {
            hasRemains = true
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

    /// Tells whether a record outside of a request remains of one that is over: an end of a stream that was written
    /// twice, or an abort that came too late.
    static func isRemains(_ record: Record) -> Bool {
        record.request != 0 && record.content.isEmpty
            && [Kind.abort, Kind.parameters, Kind.input].contains(record.kind)
    }

    private mutating func begin(_ record: Record, of bytes: Span<UInt8>) -> RecordFault? {
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

    private mutating func manage(_ record: Record) -> RecordFault? {
        hasManagement = true
        guard record.kind != Kind.begin else { return .unexpectedRecord(kind: record.kind) }
        // There are three names to ask for, and no reason to ask for one twice.
        return record.kind == Kind.getValues && record.content.count > 56 ? .parameters : nil
    }
}
