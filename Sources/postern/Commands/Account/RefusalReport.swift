import Identity

/// The file of `--report`: each fault of each refused record, as comma-separated values, written as they are found.
///
/// ```swift
/// let report = try RefusalReport(path: "refused.csv")
/// report.add(refusal, .line)
/// try report.finish(.line)
/// ```
final class RefusalReport {
    private let file: NewFile
    private var isEmpty = true
    /// The first failure: nothing is written after it.
    private var failure: CommandFailure?

    /// - Throws: `CommandFailure.Code.ioError`.
    init(path: String) throws(CommandFailure) {
        file = try NewFile(path: path)
    }

    /// Adds a record. `checkFailure` and `finish` tell a failure.
    func add(_ refusal: AccountImport.Refusal, _ unit: ImportRecord.Unit) {
        guard failure == nil else { return }
        do throws(CommandFailure) {
            if isEmpty { try writeHead(unit) }
            let name = [refusal.email.map { "\($0)" } ?? "", refusal.externalID ?? ""]
            for fault in refusal.faults {
                let fields = ["\(refusal.number)"] + name + [fault.field, fault.code.rawValue, fault.detail]
                try file.writeRow(fields.map(Self.text))
            }
        } catch {
            failure = error
        }
    }

    /// Tells a failure to write what was added.
    ///
    /// - Throws: `CommandFailure.Code.ioError`.
    func checkFailure() throws(CommandFailure) {
        if let failure { throw failure }
    }

    /// Puts the file under its name.
    ///
    /// - Throws: `CommandFailure.Code.ioError`.
    func finish(_ unit: ImportRecord.Unit) throws(CommandFailure) {
        try checkFailure()
        if isEmpty { try writeHead(unit) }
        try file.finish()
    }

    private func writeHead(_ unit: ImportRecord.Unit) throws(CommandFailure) {
        isEmpty = false
        try file.writeRow([unit.rawValue, "email", "external_id", "field", "code", "detail"])
    }

    /// A field that no spreadsheet takes for a formula (OWASP, CSV Injection): people read this file, and the other
    /// system's users chose some of its texts.
    private static func text(_ field: String) -> String {
        guard let first = field.utf8.first, "=+-@".utf8.contains(first) else { return field }
        return "'\(field)"
    }
}
