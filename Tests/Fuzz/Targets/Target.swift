import AuthAPI
import Cryptography
import HTTP
import HTTPTypes
import Identity
import System
import TestSupport

@testable import FastCGI

/// The targets of fuzzing. Each reads its input as something that comes from outside, and ends the process if the
/// result breaks a rule that holds for every input.
enum Target: String, CaseIterable {
    /// Lines `NAME=VALUE` up to an empty one, and a body: a request by CGI's rules.
    case request
    /// The same, answered by the API. `TOKEN` stands for a token that may do everything.
    case api
    /// A body of the two routes that read one.
    case json
    /// A form body, which is a query too.
    case form
    /// A `Cookie` field.
    case cookie
    /// An `Authorization` field.
    case bearer
    /// A stored password hash.
    case phc
    /// An email address.
    case email
    /// The regular expression of an organization up to an empty line, and an email address.
    case pattern
    /// A moment, and a name.
    case text
    /// Bytes from a web server.
    case records
    /// A line with the name of a system, and an export of it.
    case exports
    /// The answer of a browser to the options of a passkey: parts of it, or its JSON.
    case webauthn

    func run(_ input: [UInt8]) {
        switch self {
        case .request: Self.request(input)
        case .api: Self.api(input)
        case .json: Self.json(input)
        case .form: Self.form(input)
        case .cookie: Self.field("HTTP_COOKIE", String(decoding: input, as: UTF8.self))
        case .bearer: Self.bearer(String(decoding: input, as: UTF8.self))
        case .phc: Self.phc(String(decoding: input, as: UTF8.self))
        case .email: Self.email(String(decoding: input, as: UTF8.self))
        case .pattern: Self.pattern(String(decoding: input, as: UTF8.self))
        case .text: Self.text(String(decoding: input, as: UTF8.self))
        case .records: Self.records(input)
        case .exports: Self.exports(input)
        case .webauthn: Self.webAuthn(input)
        }
    }

    private static func request(_ input: [UInt8]) {
        let parts = CGIInput(input)
        var body = TextBody(rest: parts.body)
        guard let request = try? Request(parts.variables, body: &body, bodyLimit: 100) else { return }
        precondition(request.path.utf8.first == UInt8(ascii: "/"))
        // Without the target as the client wrote it, the path is a decoded one.
        precondition(parts.variables["REQUEST_URI"] == nil || !request.path.contains("?"))
        precondition(request.body.bytes.count <= 100)
        precondition(request.body.arrival == .complete || request.body.bytes.count == 0)
        precondition(HTTPField.Name("Proxy").map { request.headerFields[$0] == nil } ?? true)
        precondition(request.headerFields[values: .authorization].count <= 1)
    }

    /// A fault of a field that nothing collects.
    private struct Fault: FieldFault {
        init(_ field: String, _ cause: FieldCause) {}
    }

    /// Whatever a form gives, a query gives too, except for plus signs; and nothing grows by decoding.
    private static func form(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        var query = try? FieldReader<Fault>(query: text)
        guard var form = try? FieldReader<Fault>(form: RequestBody(Array(text.utf8))) else { return }
        guard let value = form.string("a") else { return }
        precondition(value.utf8.count <= text.utf8.count)
        if query != nil && !text.utf8.contains(UInt8(ascii: "+")) { precondition(query?.string("a") == value) }
        // Its meaning is the same when it is encoded anew.
        var again = try? FieldReader<Fault>(form: RequestBody(Array("a=\(PercentEncoding.encode(value))".utf8)))
        precondition(again?.string("a") == value)
    }

    private static func phc(_ text: String) {
        if let hash = PasswordHash(encoded: text) { precondition(PasswordHash(encoded: hash.encoded) == hash) }
        if let hash = try? PasswordHash(importing: text) { precondition(PasswordHash(encoded: hash.encoded) == hash) }
        if let scheme = PasswordScheme(setting: text) {
            precondition(PasswordScheme(setting: scheme.setting) == scheme)
            precondition(scheme.memory >= 0)
        }
    }

    private static func email(_ text: String) {
        guard let email = EmailAddress(text) else { return }
        precondition(email.address.utf8.count <= EmailAddress.maximumLength)
        precondition(email.address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F })
        precondition(EmailAddress(email.address)?.key == email.key)
    }

    /// Reads a pattern: a refused one matches nobody, and an accepted one costs little, or libFuzzer ends it.
    private static func pattern(_ text: String) {
        let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        let email = parts.count > 1 ? EmailAddress(String(parts[1])) : nil
        guard let email = email ?? EmailAddress("ann.lee@a-b.example.test") else { return }
        let stored = EmailPattern(stored: String(parts[0]))
        if let pattern = try? EmailPattern(stored.text) {
            precondition(stored.fault == nil && pattern.matches(email) == stored.matches(email))
            precondition(EmailPattern(stored: "((\(pattern.text)))|\(pattern.text)").fault != .malformed)
        } else {
            precondition(stored.fault != nil && !stored.matches(email))
        }
    }

    private static func text(_ text: String) {
        if let moment = Timestamp(text) { precondition(Timestamp("\(moment)") == moment) }
        if let day = Timestamp(day: text) { precondition("\(day)" == "\(text)T00:00:00Z") }
        let cut = InputFault.cutName(text)
        precondition(cut.unicodeScalars.count <= InputFault.maximumNameLength)
        precondition(InputFault.cutName(cut) == cut)
    }

    /// Scans records: a request that is said to be whole is so with its last byte, and not before.
    private static func records(_ input: [UInt8]) {
        let sight = RecordScan(input.span, limit: RequestProbe.size, bodyLimit: 16 << 10)
        if case .request(let endsInput) = sight, endsInput {
            let before = RecordScan(
                input.span.extracting(..<(input.count - 1)), limit: RequestProbe.size, bodyLimit: 16 << 10)
            if case .request(true) = before { preconditionFailure("a request ends twice") }
        }
        var whole = PairLengths()
        var bytewise = PairLengths()
        let isBounded = whole.areBounded(in: input.span)
        let isBoundedBytewise = input.indices.allSatisfy {
            bytewise.areBounded(in: input.span.extracting($0..<($0 + 1)))
        }
        precondition(isBounded == isBoundedBytewise)
    }

    /// Reads an export: its records do not depend on the parts in which it comes.
    private static func exports(_ input: [UInt8]) {
        let name = input.prefix { $0 != UInt8(ascii: "\n") }
        let export = input.dropFirst(name.count + 1)
        var options = ImportOptions()
        options.domain = "example.test"
        options.idPrefix = "old:"
        options.firebase = FirebaseParameters(
            "algorithm: SCRYPT\nbase64_salt_separator: Bw==\nrounds: 8\nmem_cost: 14\n")
        let format = ImportFormat(named: String(decoding: name, as: UTF8.self))
        let source = format?.source(options) ?? JSONLines(options)
        let whole = readings(export, of: source, by: max(1, export.count))
        precondition(readings(export, of: source, by: 1) == whole)
        precondition(readings(export, of: source, by: 3) == whole)
    }

    private static func readings(_ export: ArraySlice<UInt8>, of source: any ImportSource, by length: Int) -> [String] {
        var reader = ImportReader(source)
        var readings: [String] = []
        func note(_ record: ImportReader.Record) {
            let result =
                switch record.result {
                case .form(let form): form.email.key
                case .skipped: "-"
                case .refused(let faults, let email, let id):
                    "\(faults.map { "\($0.field) \($0.code)" }) \(email?.key ?? "-") \(id ?? "-")"
                }
            if case .refused(let faults, _, _) = record.result { precondition(!faults.isEmpty) }
            precondition(record.number > 0)
            readings.append("\(record.unit) \(record.number) \(result)")
        }
        var rest = export
        do {
            while !rest.isEmpty {
                try reader.take(rest.prefix(length)) { record throws(AuthenticationError) in note(record) }
                rest = rest.dropFirst(length)
            }
            try reader.finish { record throws(AuthenticationError) in note(record) }
        } catch {
            preconditionFailure("\(error)")
        }
        return readings
    }
}
