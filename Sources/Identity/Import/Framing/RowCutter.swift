/// A cutter of the rows of a table: comma-separated values (RFC 4180), or values between tabulators as MySQL's client
/// writes them, where a backslash stands before `n`, `t`, `0` and itself. The first row has the names of the columns.
///
/// Lines end with a line feed, with or without a carriage return. A blank line is not a row. A value that is empty or,
/// between tabulators, `NULL` is none.
struct RowCutter: RecordCutter {
    /// The most columns.
    private static let mostColumns = 256

    let unit = ImportRecord.Unit.line

    /// The position in a row.
    private enum State {
        case start, plain, quoted, quoteInQuoted, escaped
    }

    private let required: [String]
    private var state = State.start
    /// The names of the columns; `nil` in the first row.
    private var names: [[UInt8]]?
    /// Decided by the first row: a name has no tabulator.
    private var isTabbed = false
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    private var size = 0
    /// The line at which the row begins, and the present one.
    private var first = 1
    private var line = 1

    /// - Parameters:
    ///   - required: the names of the columns that no table may lack.
    ///   - line: the number of the first line.
    init(requiring required: [String], line: Int = 1) {
        self.required = required
        (first, self.line) = (line, line)
    }

    mutating func take(_ byte: UInt8) throws(CutFault) -> CutRecord? {
        size += 1
        if byte == UInt8(ascii: "\n") { line += 1 }
        guard size <= CutRecord.limit else {
            // A quotation mark that none closes takes in the rows behind it.
            throw CutFault(
                number: first, detail: "The row has more than \(CutRecord.limit) bytes, or a quotation mark too many.")
        }
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
        case (.quoted, _): field.append(byte)
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            field.append(byte)
            state = .quoted
        case (.escaped, _):
            field.append(Self.unescaped(byte))
            state = .plain
        case (_, UInt8(ascii: "\n")): return try endRow()
        case (_, UInt8(ascii: ",")) where !isTabbed: endField()
        case (.start, UInt8(ascii: "\t")) where names == nil, (.plain, UInt8(ascii: "\t")) where names == nil:
            isTabbed = true
            endField()
        case (_, UInt8(ascii: "\t")) where isTabbed: endField()
        case (_, UInt8(ascii: "\\")) where isTabbed: state = .escaped
        case (.start, UInt8(ascii: "\"")) where !isTabbed: state = .quoted
        case (.quoteInQuoted, UInt8(ascii: "\r")): break
        case (.quoteInQuoted, _): throw quotationFault
        case (.plain, UInt8(ascii: "\"")) where !isTabbed: throw quotationFault
        default:
            field.append(byte)
            state = .plain
        }
        return nil
    }

    mutating func finish() throws(CutFault) -> CutRecord? {
        guard state != .quoted else {
            throw CutFault(number: first, detail: "The file ends inside of a field between quotation marks.")
        }
        let row = try endRow()
        guard names != nil else {
            throw CutFault(number: 1, detail: "The file has no row with the names of the columns.")
        }
        return row
    }

    private var quotationFault: CutFault {
        CutFault(number: first, detail: "A quotation mark stands inside of a field: it must be doubled.")
    }

    /// The character that a backslash and another one stand for in the output of MySQL's client.
    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        case UInt8(ascii: "t"): UInt8(ascii: "\t")
        case UInt8(ascii: "0"): 0
        default: byte
        }
    }

    private mutating func endField() {
        fields.append(field)
        field.removeAll(keepingCapacity: true)
        state = .start
    }

    private mutating func endRow() throws(CutFault) -> CutRecord? {
        if state == .plain && field.last == UInt8(ascii: "\r") { field.removeLast() }
        let isBlank = fields.isEmpty && field.isEmpty && state != .quoteInQuoted
        endField()
        defer {
            fields.removeAll(keepingCapacity: true)
            (size, first) = (0, line)
        }
        if isBlank { return nil }
        guard let names else {
            try take(names: fields)
            return nil
        }
        return record(names)
    }

    private mutating func take(names: [[UInt8]]) throws(CutFault) {
        guard names.count <= Self.mostColumns, Set(names).count == names.count else {
            let detail = "The first row must name at most \(Self.mostColumns) columns, none of them twice."
            throw CutFault(number: first, detail: detail)
        }
        let missing = required.filter { !names.contains(Array($0.utf8)) }
        guard missing.isEmpty else {
            throw CutFault(
                number: first,
                detail: "The first row must name the columns, and lacks \(missing.joined(separator: ", ")).")
        }
        self.names = names
    }

    private func record(_ names: [[UInt8]]) -> CutRecord {
        guard fields.count == names.count else {
            let detail = "The row has \(fields.count) fields, and the first row \(names.count)."
            return CutRecord(unit, first, .invalidFormat, detail)
        }
        var values: [[UInt8]: [String]] = [:]
        for (name, field) in zip(names, fields) where !field.isEmpty && !(isTabbed && field == Array("NULL".utf8)) {
            guard (try? UTF8Span(validating: field.span)) != nil else {
                return CutRecord(unit, first, .invalidFormat, "The row is not UTF-8.")
            }
            values[name] = [String(decoding: field, as: UTF8.self)]
        }
        return CutRecord(unit, first, .fields(values))
    }
}

/// A cutter of a file that is a table or JSON: JSON begins with a bracket.
struct RowOrObjectCutter: RecordCutter {
    private let required: [String]
    private var line = 1
    private var cutter: (any RecordCutter)?

    init(requiring required: [String]) { self.required = required }

    var unit: ImportRecord.Unit { cutter?.unit ?? .line }

    mutating func take(_ byte: UInt8) throws(CutFault) -> CutRecord? {
        if cutter == nil {
            guard !byte.isTextSpace else {
                if byte == UInt8(ascii: "\n") { line += 1 }
                return nil
            }
            let isJSON = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
            cutter = isJSON ? ObjectCutter(of: nil) : RowCutter(requiring: required, line: line)
        }
        return try cutter?.take(byte) ?? nil
    }

    mutating func finish() throws(CutFault) -> CutRecord? {
        try cutter?.finish() ?? nil
    }
}
