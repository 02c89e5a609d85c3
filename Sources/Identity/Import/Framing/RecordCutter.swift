/// A cutter of a file's bytes into records, byte by byte, so that a file of any size takes the memory of one record.
protocol RecordCutter: Sendable {
    /// The word for the numbers of its records.
    var unit: ImportRecord.Unit { get }

    /// Takes the next byte.
    ///
    /// - Returns: the record that it ends, if it ends one.
    /// - Throws: a fault behind which no record can be told from another.
    mutating func take(_ byte: UInt8) throws(CutFault) -> CutRecord?

    /// Ends the file.
    ///
    /// - Returns: the record that ends with it, if there is one.
    mutating func finish() throws(CutFault) -> CutRecord?
}

extension RecordCutter {
    /// Takes a part of the file. The loop is here, so that it runs without a look-up of each call.
    mutating func take<Failure: Error>(
        _ bytes: ArraySlice<UInt8>, _ use: (CutRecord) throws(Failure) -> Void
    ) throws(Failure) -> CutFault? {
        for byte in bytes {
            let record: CutRecord?
            do throws(CutFault) { record = try take(byte) } catch { return error }
            if let record { try use(record) }
        }
        return nil
    }
}

/// A record, or the fault for which it is none.
struct CutRecord: Sendable, Equatable {
    /// The most bytes of a record: far more than any account takes.
    static let limit = 64 << 10

    let unit: ImportRecord.Unit
    let number: Int
    let content: Result<ImportRecord.Content, InputFault>

    init(_ unit: ImportRecord.Unit, _ number: Int, _ content: ImportRecord.Content) {
        (self.unit, self.number, self.content) = (unit, number, .success(content))
    }

    init(_ unit: ImportRecord.Unit, _ number: Int, _ code: InputFault.Code, _ detail: String) {
        (self.unit, self.number, self.content) = (unit, number, .failure(InputFault("", code, detail)))
    }

    /// The fault of a record with more bytes than the limit, of which none are kept.
    static func tooLong(_ unit: ImportRecord.Unit, _ number: Int) -> CutRecord {
        CutRecord(unit, number, .tooLong, "The \(unit.rawValue) has more than \(limit) bytes.")
    }
}

/// A fault of a file as a whole, at the record with this number.
struct CutFault: Error, Equatable {
    let number: Int
    let detail: String
}

extension UInt8 {
    /// True for the white space of ASCII.
    var isTextSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
