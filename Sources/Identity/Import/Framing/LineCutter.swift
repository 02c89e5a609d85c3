/// A cutter of lines, which end with a line feed. Those with nothing but white space are no records.
struct LineCutter: RecordCutter {
    let unit = ImportRecord.Unit.line
    private var number = 1
    private var line: [UInt8] = []
    private var isTooLong = false

    mutating func take(_ byte: UInt8) -> CutRecord? {
        if byte == UInt8(ascii: "\n") { return end() }
        if line.count == CutRecord.limit {
            isTooLong = true
            line = []
        }
        if !isTooLong { line.append(byte) }
        return nil
    }

    mutating func finish() -> CutRecord? { end() }

    private mutating func end() -> CutRecord? {
        defer {
            line.removeAll(keepingCapacity: true)
            isTooLong = false
            number += 1
        }
        if isTooLong { return .tooLong(unit, number) }
        return line.allSatisfy(\.isTextSpace) ? nil : CutRecord(unit, number, .text(line))
    }
}
