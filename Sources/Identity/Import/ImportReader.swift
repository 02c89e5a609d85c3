/// A reader of an export, part by part: it cuts the file into records, and has the source make a form of each.
///
///     var reader = ImportReader(source)
///     while let chunk = try file.next() {
///         try reader.take(chunk) { record in … }
///     }
///     try reader.finish { record in … }
///
/// A byte order mark at the start of the file (RFC 3629, section 6), which some systems write before UTF-8, is not part
/// of the first record. After a fault of the file as a whole, nothing more is read.
public struct ImportReader: Sendable {
    /// A record that was read.
    public struct Record: Sendable {
        /// The word for its number.
        public let unit: ImportRecord.Unit
        /// The number of its line, or its number among the records, starting at 1.
        public let number: Int
        /// Its account.
        public let result: ImportResult
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let source: any ImportSource
    private var cutter: any RecordCutter
    /// The bytes at the start of the file, until it shows whether they are a byte order mark.
    private var start: [UInt8]? = []
    /// True behind a fault of the whole file.
    public private(set) var hasEnded = false

    /// Makes a reader of a file that was not read yet.
    public init(_ source: any ImportSource) {
        self.source = source
        cutter = source.framing.cutter
    }

    /// The word for the numbers of the records.
    public var unit: ImportRecord.Unit { cutter.unit }

    /// Takes the next part of the file.
    ///
    /// - Parameter use: gets each record.
    /// - Throws: `.store`, `.cryptography` of the source, and the errors of `use`.
    public mutating func take(
        _ bytes: ArraySlice<UInt8>, _ use: (Record) throws(AuthenticationError) -> Void
    ) throws(AuthenticationError) {
        guard !hasEnded else { return }
        var bytes = bytes
        if let before = start {
            let both = before + bytes
            start = both.count < Self.byteOrderMark.count ? both : nil
            guard start == nil else { return }
            bytes = both.starts(with: Self.byteOrderMark) ? both[Self.byteOrderMark.count...] : both[...]
        }
        try cut(bytes, use)
    }

    /// Ends the file.
    ///
    /// - Parameter use: gets the last record.
    /// - Throws: as `take`.
    public mutating func finish(_ use: (Record) throws(AuthenticationError) -> Void) throws(AuthenticationError) {
        if let bytes = start.take() { try cut(bytes[...], use) }
        guard !hasEnded else { return }
        hasEnded = true
        let record: CutRecord?
        do throws(CutFault) { record = try cutter.finish() } catch { return try use(Record(unit, error)) }
        if let record { try use(Self.read(record, by: source)) }
    }

    private mutating func cut(
        _ bytes: ArraySlice<UInt8>, _ use: (Record) throws(AuthenticationError) -> Void
    ) throws(AuthenticationError) {
        let source = source
        let fault = try cutter.take(bytes) { record throws(AuthenticationError) in
            try use(Self.read(record, by: source))
        }
        guard let fault else { return }
        hasEnded = true
        try use(Record(unit, fault))
    }

    private static func read(
        _ record: CutRecord, by source: any ImportSource
    ) throws(AuthenticationError) -> Record {
        let result: ImportResult
        do throws(AuthenticationError) {
            result =
                switch record.content {
                case .failure(let fault): .refused([fault], email: nil, externalID: nil)
                case .success(let content): try source.read(ImportRecord(number: record.number, content: content))
                }
        } catch {
            // One record that can't be read, such as a line that is not JSON, does not end the import.
            guard case .invalidInput(let faults) = error else { throw error }
            result = .refused(faults, email: nil, externalID: nil)
        }
        return Record(unit: record.unit, number: record.number, result: result)
    }
}

extension ImportReader.Record {
    /// The fault of the file as a whole.
    fileprivate init(_ unit: ImportRecord.Unit, _ fault: CutFault) {
        let whole = InputFault("", .invalidFormat, fault.detail)
        self.init(unit: unit, number: fault.number, result: .refused([whole], email: nil, externalID: nil))
    }
}

extension ImportFraming {
    fileprivate var cutter: any RecordCutter {
        switch self {
        case .lines: LineCutter()
        case .objects(let member): ObjectCutter(of: member)
        case .rows(let columns): RowOrObjectCutter(requiring: columns)
        case .entries(let attributes): EntryCutter(attributes: attributes)
        }
    }
}

extension AccountImport {
    /// Takes a record as it was read.
    ///
    /// - Throws: `.store`, `.cryptography`.
    public mutating func take(_ record: ImportReader.Record) throws(AuthenticationError) {
        unit = record.unit
        switch record.result {
        case .form(let form): try add(form, number: record.number)
        case .refused(let faults, let email, let externalID):
            refuse(number: record.number, email: email, externalID: externalID, faults: faults)
        case .skipped: skip()
        }
    }
}
