import Testing

@testable import Identity

struct RecordCutterTests {
    /// The records of a text, each as its number and its content, or a fault's code; `!` begins a fault of the file.
    ///
    /// The text is cut into parts of every length up to 7, which must make no difference.
    private func cut(_ text: [UInt8], _ make: () -> any RecordCutter) -> [String] {
        let results = (1...7).map { length in
            var cutter = make()
            var records: [String] = []
            var rest = text[...]
            while !rest.isEmpty {
                let fault = cutter.take(rest.prefix(length)) { records.append(show($0)) }
                if let fault { return records + ["!\(fault.number) \(fault.detail)"] }
                rest = rest.dropFirst(length)
            }
            do throws(CutFault) {
                if let last = try cutter.finish() { records.append(show(last)) }
            } catch {
                records.append("!\(error.number) \(error.detail)")
            }
            return records
        }
        #expect(Set(results).count == 1, "\(results)")
        return results[0]
    }

    private func cut(_ text: String, _ make: () -> any RecordCutter) -> [String] { cut(Array(text.utf8), make) }

    private func show(_ record: CutRecord) -> String {
        switch record.content {
        case .failure(let fault): return "\(record.number) \(fault.code.rawValue)"
        case .success(.text(let text)): return "\(record.number) \(String(decoding: text, as: UTF8.self))"
        case .success(.fields(let fields)):
            let pairs = fields.map { (String(decoding: $0.key, as: UTF8.self), $0.value.joined(separator: "|")) }
                .sorted { $0 < $1 }
            return "\(record.number) " + pairs.map { "\($0.0)=\($0.1)" }.joined(separator: ";")
        }
    }

    private func lines(_ text: String) -> [String] { cut(text) { LineCutter() } }
    private func objects(_ text: String, of member: String? = nil) -> [String] {
        cut(text) { ObjectCutter(of: member) }
    }
    private func rows(_ text: String, requiring columns: [String] = []) -> [String] {
        cut(text) { RowCutter(requiring: columns) }
    }
    private func entries(_ text: String) -> [String] { cut(text) { EntryCutter(attributes: ["uid", "mail"]) } }

    @Test func `lines are numbered, and blank ones are none`() {
        #expect(lines("a\n\n \t\r\nb\r\nc") == ["1 a", "4 b\r", "5 c"])
        #expect(lines("") == [])
        #expect(lines("\n") == [])
    }

    @Test func `a line over the limit is a fault, and the next one is read`() {
        let limit = CutRecord.limit
        let (whole, longer) = (String(repeating: "x", count: limit), String(repeating: "y", count: limit + 1))
        #expect(lines("\(whole)\n\(longer)\nz") == ["1 \(whole)", "2 too_long", "3 z"])
    }

    @Test(arguments: [
        (#"[{"a": 1}, {"b": "],}\"["} ]"#, [#"1 {"a": 1}"#, #"2 {"b": "],}\"["} "#]),
        (#" [ {"a": [1, [2], {"c": "\\"}]},{} ] "#, [#"1 {"a": [1, [2], {"c": "\\"}]}"#, "2 {} "]),
        ("{\"a\": 1}\n{\"b\":\n 2}\n\n{\"c\": 3}", ["1 {\"a\": 1}", "2 {\"b\":\n 2}", "3 {\"c\": 3}"]),
        (#"{"a": 1}{"b": 2}"#, [#"1 {"a": 1}"#, #"2 {"b": 2}"#]),
        ("[]", []), ("", []), ("  \n", []), ("[1, 2,]", ["1 1", "2 2", "3 "]), ("[,1]", ["1 ", "2 1"]),
        ("7\n8", ["1 7", "2 8"]), (#"[{"a": 1]]"#, [#"1 {"a": 1]"#]),
    ])
    func `the items of an array are records, and so are objects in a row`(_ text: String, _ records: [String]) {
        #expect(objects(text) == records)
    }

    @Test(arguments: [
        (#"{"r": "users", "x": [{"users": [1]}], "users": [{"id": 1},{"id": 2}], "y": {"users": [3]}}"#, ["1", "2"]),
        (#"{"us\u0065rs": [{"id": 0}], "users": [{"id": 1}]}"#, ["1"]), (#"[{"id": 1}]"#, ["1"]),
        (#"{"users": []}"#, []), (#"{"users": {"users": [1]}, "users": [{"id": 4}]}"#, ["4"]),
    ])
    func `the items of an array under a name are records, wherever it stands in the object`(
        _ text: String, _ identifiers: [String]
    ) {
        let records = identifiers.enumerated().map { "\($0 + 1) {\"id\": \($1)}" }
        #expect(objects(text, of: "users") == records)
    }

    @Test(arguments: [
        (#"{"users": [{"id": 1}"#, #"!1 The file ends in the middle."#),
        (#"{"users": [{"id": "1}]}"#, "!1 The file ends"),
        ("{}", "!1 The file has no array \"users\""), (#"{"users": null}"#, "!1 The file has no array"),
        ("", "!1 The file has no array"), ("}", "!1 A bracket is closed"),
    ])
    func `a file that ends too early, or has no such array, is a fault`(_ text: String, _ fault: String) {
        #expect(objects(text, of: "users").last?.hasPrefix(fault) == true)
    }

    @Test func `an object over the limit is a fault, and the next one is read`() {
        let long = #"{"a": "\#(String(repeating: "x", count: 3 * CutRecord.limit))"}"#
        #expect(objects("[\(long), {}]") == ["1 too_long", "2 {}"])
    }

    @Test(arguments: [
        ("a,b\n1,2\r\n3,4", ["2 a=1;b=2", "3 a=3;b=4"]),
        ("a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\n3,\n", ["2 a=x, \"y\"\nz;b=2", "5 a=3"]),
        ("\"a\",\"b\"\n\"\",\"\"\n", ["2 "]), ("a\n\"\"", ["2 "]),
        ("a,b\n1\n1,2,3\n", ["2 invalid_format", "3 invalid_format"]),
        ("a\tb\n1\t2\\t\\n\\\\3\nNULL\t\"4\n", ["2 a=1;b=2\t\n\\3", "3 b=\"4"]), ("a\n", []),
        ("a,b\n\"1\n2\",3\n4,5\n", ["2 a=1\n2;b=3", "4 a=4;b=5"]),
    ])
    func `rows are read by RFC 4180, or between tabulators as MySQL's client writes them`(
        _ text: String, _ records: [String]
    ) {
        #expect(rows(text) == records)
    }

    @Test(arguments: [
        ("", "!1 The file has no row with the names"), ("\n\n", "!1 The file has no row"),
        ("a,a\n", "!1 The first row must name"), ("b\n1", "!1 The first row must name the columns, and lacks a."),
        ("a\n\"1\n2", "!2 The file ends inside of a field"), ("a\n1\"2\n", "!2 A quotation mark stands inside"),
        ("a\n\"1\"2\n", "!2 A quotation mark stands inside"),
        ("a\n\"\(String(repeating: "1\n", count: 40_000))", "!2 The row"),
    ])
    func `a table whose rows can't be told apart, or that lacks a column, is a fault`(_ text: String, _ fault: String) {
        #expect(rows(text, requiring: ["a"]).last?.hasPrefix(fault) == true)
    }

    @Test func `a row that is not UTF-8 is a fault`() {
        let text = Array("a\n".utf8) + [0xFF, 0x0A] + Array("b".utf8)
        #expect(cut(text) { RowCutter(requiring: []) } == ["2 invalid_format", "3 a=b"])
    }

    @Test func `a file is a table unless it begins with a bracket`() {
        func both(_ text: String) -> [String] { cut(text) { RowOrObjectCutter(requiring: ["a"]) } }
        #expect(both("\n\na\n1") == ["4 a=1"])
        #expect(both(" \n[{\"a\": 1}]") == ["1 {\"a\": 1}"])
        #expect(both("") == [])
    }

    @Test(arguments: [
        ("version: 1\n\ndn: a\nuid: b\n\n\ndn: c\nUID:d\nmail:  e \n", ["3 dn=a;uid=b", "7 dn=c;mail=e ;uid=d"]),
        ("# x: y\n  more\ndn: a\n  b\n c\nuid: 1\nuid: 2\n", ["3 dn=a bc;uid=1|2"]),
        ("dn:: w6TDtg==\nuid;lang-de: x\nother: y\n jpeg\nmail:< file:///etc/passwd\n", ["1 dn=äö"]),
        ("dn: a\r\nuid: b\r\n\r\ndn: c", ["1 dn=a;uid=b", "4 dn=c"]), ("dn: a\nuid:: =*=\n", ["1 invalid_format"]),
        ("dn: a\nnothing\n\ndn: b", ["1 invalid_format", "4 dn=b"]), ("", []), ("dn: a\nuid::\nmail:", ["1 dn=a"]),
        ("dn: a\nuid:: /w==\n", ["1 invalid_format"]),
    ])
    func `entries are read by RFC 2849`(_ text: String, _ records: [String]) {
        #expect(entries(text) == records)
    }

    @Test func `what nobody reads of an entry may be long, and what is read may not`() {
        let long = String(repeating: "x\n ", count: CutRecord.limit)
        #expect(entries("dn: a\njpegphoto: \(long)\nuid: b\n") == ["1 dn=a;uid=b"])
        let members = String(repeating: "member: c\n", count: CutRecord.limit / "member".utf8.count + 1)
        #expect(entries("dn: a\n\(members)uid: b\n") == ["1 dn=a;uid=b"])
        #expect(entries("dn: a\nmail: \(long)\nuid: b\n\ndn: c") == ["1 too_long", "\(CutRecord.limit + 5) dn=c"])
    }
}
