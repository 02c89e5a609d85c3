/// A cutter of JSON texts: the items of an array, which is the whole text or stands under a member's name, or texts in
/// a row.
///
/// It knows strings and the depth of brackets, and nothing else: whether a record is JSON finds the parser that reads
/// it. What stands around the array, as the other members of an object, counts for nothing.
///
///     [{"pk": 1}, {"pk": 2}]       {"realm": "r", "users": [{"id": 1}]}       {"_id": 1}
///                                                                             {"_id": 2}
struct ObjectCutter: RecordCutter {
    let unit = ImportRecord.Unit.record

    /// The name of the member with the array; `nil` if the array is the whole text.
    private let member: [UInt8]?
    private var number = 1
    private var record: [UInt8] = []
    private var isTooLong = false
    /// The number of brackets that are open.
    private var depth = 0
    /// The depth at which records stand; `nil` outside of them.
    private var recordDepth: Int?
    /// True beside a comma, where a record must stand.
    private var owesRecord = false
    private var isInString = false
    private var isEscaped = false
    /// The last string that stood directly in the outermost object, while it may be a name.
    private var name: [UInt8] = []
    private var hasFoundRecords = false

    init(of member: String?) {
        self.member = member.map { Array($0.utf8) }
        recordDepth = member == nil ? 0 : nil
    }

    mutating func take(_ byte: UInt8) throws(CutFault) -> CutRecord? {
        if isInString {
            takeInString(byte)
            return nil
        }
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            name = []
            keep(byte)
        case UInt8(ascii: "["), UInt8(ascii: "{"): open(byte)
        case UInt8(ascii: "]"), UInt8(ascii: "}"): return try close(byte)
        case UInt8(ascii: ",") where depth == recordDepth && depth > 0:
            // Both before it and behind it a record must stand.
            owesRecord = true
            defer { owesRecord = true }
            return end()
        case UInt8(ascii: "\n") where depth == 0: return end()
        case _ where byte.isTextSpace: if !record.isEmpty { keep(byte) }
        default: keep(byte)
        }
        return nil
    }

    mutating func finish() throws(CutFault) -> CutRecord? {
        guard depth == 0, !isInString else { throw CutFault(number: number, detail: "The file ends in the middle.") }
        if let member, !hasFoundRecords {
            let name = String(decoding: member, as: UTF8.self)
            throw CutFault(number: number, detail: "The file has no array \"\(name)\", in which the accounts stand.")
        }
        return end()
    }

    private mutating func takeInString(_ byte: UInt8) {
        keep(byte)
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
            return
        }
        if recordDepth == nil && depth == 1 && name.count <= 64 { name.append(byte) }
    }

    private mutating func open(_ byte: UInt8) {
        defer { depth += 1 }
        let isArray = byte == UInt8(ascii: "[")
        if isArray && depth == 0 && record.isEmpty {
            (recordDepth, hasFoundRecords) = (1, true)
        } else if isArray && depth == 1 && recordDepth == nil && name == member {
            (recordDepth, hasFoundRecords) = (2, true)
        } else {
            keep(byte)
        }
    }

    private mutating func close(_ byte: UInt8) throws(CutFault) -> CutRecord? {
        guard depth > 0 else { throw CutFault(number: number, detail: "A bracket is closed that was not opened.") }
        depth -= 1
        guard let recordDepth, depth < recordDepth else {
            keep(byte)
            return depth == 0 && recordDepth == 0 ? end() : nil
        }
        // The end of the array.
        defer {
            self.recordDepth = member == nil ? 0 : nil
            owesRecord = false
            name = []
        }
        return end()
    }

    private mutating func keep(_ byte: UInt8) {
        guard recordDepth != nil else { return }
        if record.count == CutRecord.limit {
            isTooLong = true
            record = []
        }
        record.append(byte)
    }

    /// The record that ends here; `nil` if there is nothing, and nothing is owed.
    private mutating func end() -> CutRecord? {
        guard !record.isEmpty || owesRecord else { return nil }
        defer {
            record.removeAll(keepingCapacity: true)
            (isTooLong, owesRecord) = (false, false)
            number += 1
        }
        return isTooLong ? .tooLong(unit, number) : CutRecord(unit, number, .text(record))
    }
}
