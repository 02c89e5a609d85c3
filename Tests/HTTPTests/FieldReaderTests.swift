import HTTP
import JSON
import Testing

/// A fault as `field: cause`.
private struct Fault: FieldFault {
    let text: String

    init(_ field: String, _ cause: FieldCause) { text = "\(field): \(cause)" }
}

private typealias Reader = FieldReader<Fault>

extension Reader {
    fileprivate init(form text: String) throws(URLEncodedError) { try self.init(form: RequestBody(Array(text.utf8))) }

    fileprivate init(json text: String, unchangeable: [String] = []) throws(JSONBodyError) {
        try self.init(json: RequestBody(Array(text.utf8)), unchangeable: unchangeable)
    }

    fileprivate var texts: [String] { faults.map(\.text) }
}

struct FieldReaderTests {
    // MARK: Query and form

    @Test(arguments: [
        ("a=b", "b"), ("x=y&a=b", "b"), ("&&a=b&", "b"), ("a=", ""), ("a", ""), ("a=b=c", "b=c"), ("%61=%C3%A9", "é"),
        ("a=b%2Bc%26d%3D%25", "b+c&d=%"), ("A=x&a=b", "b"), ("a=b%00", "b\u{0}"), ("b=a", nil), ("", nil), ("&", nil),
        ("=a", nil), ("a=%f0%9F%98%80", "😀"),
    ])
    func `a query and a form are decoded alike`(_ text: String, _ value: String?) throws {
        var query = try Reader(query: text)
        var form = try Reader(form: text)
        #expect(query.string("a") == value && form.string("a") == value)
        #expect(query.faults.isEmpty && form.faults.isEmpty)
    }

    @Test func `a plus sign is itself in a query, and a space in a form`() throws {
        var query = try Reader(query: "a=b+c%2B")
        var form = try Reader(form: "a+b=b+c%2B")
        #expect(query.string("a") == "b+c+")
        #expect(form.string("a b") == "b c+")
    }

    @Test(arguments: [
        "a=%", "a=%1", "a=%zz", "%=a", "a=%FF", "a=%C3", "a=%C3&b=%A9", "a=%ED%A0%80", "x=%2&a=b", "%c3=a", "a=%+1",
        "a=%C0%80",
    ])
    func `bytes that are not percent-encoded UTF-8 are refused`(_ text: String) {
        #expect(throws: URLEncodedError.malformed) { try Reader(query: text) }
        #expect(throws: URLEncodedError.malformed) { try Reader(form: text) }
    }

    @Test func `a form has no name twice, and a query not where it is asked for`() throws {
        for text in ["a=b&a=b", "a=b&x=y&%61=c", "a&a"] {
            #expect(throws: URLEncodedError.repeatedField("a")) { try Reader(form: text) }
            var query = try Reader(query: text)
            #expect(query.string("a") == nil)
            #expect(query.string("a") == nil && query.texts == ["a: repeated"])
        }
        var query = try Reader(query: "x=1&x=2&x=3&a=b")
        #expect(query.string("a") == "b" && query.faults.isEmpty)
    }

    @Test func `queries and forms have bounds`() throws {
        let longest = "a=\(String(repeating: "x", count: 4094))"
        #expect(throws: Never.self) { try Reader(query: longest) }
        #expect(throws: URLEncodedError.tooLong(limit: 4096)) { try Reader(query: longest + "x") }
        #expect(throws: Never.self) { try Reader(form: longest + longest) }
        let fields = (1...64).map { "f\($0)=x" }.joined(separator: "&")
        #expect(throws: Never.self) { try Reader(form: fields) }
        #expect(throws: URLEncodedError.tooManyFields(limit: 64)) { try Reader(form: fields + "&g") }
        #expect(throws: Never.self) { try Reader(query: fields + "&g") }
    }

    @Test func `one unknown parameter is told, always the same`() throws {
        for text in ["b=1&org=x&c=2", "c=2&b=1", "b&b"] {
            var query = try Reader(query: text)
            query.refuseAll(but: ["org", "role"])
            #expect(query.texts == ["b: unknown"])
        }
        var query = try Reader(query: "org=x")
        query.refuseAll(but: ["org", "role"])
        #expect(query.faults.isEmpty)
    }

    @Test func `texts stand for truth values and numbers`() throws {
        var query = try Reader(
            query: "t=true&f=false&x=True&n=20&big=101&minus=-1&plus=%2B1&hex=0x1&empty=&long=99999999999999999999")
        #expect(query.bool("t") == true && query.bool("f") == false && query.bool("none") == nil)
        #expect(query.integer("n", in: 1...100) == 20 && query.integer("none", in: 1...100) == nil)
        #expect(query.faults.isEmpty)
        #expect(query.bool("x") == nil)
        for name in ["big", "minus", "plus", "hex", "empty", "long"] {
            #expect(query.integer(name, in: 1...100) == nil)
        }
        #expect(query.texts.count == 7)
    }

    // MARK: JSON

    @Test func `an object is lent to a reader of its own, with the text in which it stands`() throws {
        var fields = try Reader(json: #" {"a": {"b": "c"}, "d": 1, "e": null} "#)
        let text: String? = fields.object("a", Fault("a", .wrongType(.object))) { node, text in
            guard case .object(let members) = node, case .string(let range) = members[Array("b".utf8)] else {
                return nil
            }
            return String(decoding: JSONString.decode(text.span, range), as: UTF8.self)
        }
        #expect(text == "c" && fields.faults.isEmpty)
        for name in ["a", "d", "e", "f"] {
            let nothing: String? = fields.object(name, Fault(name, .wrongType(.bool))) { _, _ in nil }
            #expect(nothing == nil)
        }
        #expect(fields.faults == [Fault("a", .wrongType(.bool)), Fault("d", .wrongType(.object))])
    }

    @Test func `members of every type are read, also in an inner object`() throws {
        var fields = try Reader(
            json: #"{"s":"a\u00e9","b":true,"l":["x","y"],"n":null,"o":{"s":"in"},"e":""}"#)
        #expect(fields.string("s") == "aé" && fields.utf8("s") == Array("aé".utf8))
        #expect(fields.bool("b") == true && fields.strings("l") == ["x", "y"])
        #expect(fields.string("o/s") == "in" && fields.string("e") == "")
        #expect(fields.string("n") == nil && fields.string("none") == nil && fields.string("none/s") == nil)
        #expect(fields.nullableString("n") == .some(nil))
        #expect(fields.nullableString("none") == nil && fields.nullableString("s") == "aé")
        #expect(fields.faults.isEmpty)
    }

    @Test func `values of another type are noted once each, and reading goes on`() throws {
        var fields = try Reader(json: #"{"s":1,"b":"true","l":"x","m":["x",1,null],"o":[]}"#)
        for _ in 1...2 {
            #expect(fields.string("s") == nil && fields.bool("b") == nil && fields.strings("l") == nil)
            #expect(fields.strings("m") == ["x", nil, nil] && fields.string("o/s") == nil)
        }
        #expect(
            fields.texts == [
                "s: wrongType(HTTP.FieldType.string)", "b: wrongType(HTTP.FieldType.bool)",
                "l: wrongType(HTTP.FieldType.strings)", "m/1: wrongType(HTTP.FieldType.string)",
                "m/2: wrongType(HTTP.FieldType.string)", "o: wrongType(HTTP.FieldType.object)",
            ])
    }

    @Test func `an array has a bound`() throws {
        func list(_ count: Int) -> String {
            "{\"l\":[\(Array(repeating: "\"x\"", count: count).joined(separator: ","))]}"
        }
        var fields = try Reader(json: list(32))
        #expect(fields.strings("l")?.count == 32)
        fields = try Reader(json: list(33))
        #expect(fields.strings("l") == nil && fields.texts == ["l: tooManyItems(limit: 32)"])
    }

    @Test func `members that can't be changed are told behind the others`() throws {
        var fields = try Reader(
            json: #"{"id":"x","name":1,"info":{"email":null,"name":"y"}}"#,
            unchangeable: ["id", "email", "info/email", "name/email"])
        #expect(fields.string("name") == nil)
        #expect(
            fields.texts == [
                "name: wrongType(HTTP.FieldType.string)", "id: notChangeable", "info/email: notChangeable",
            ])
    }

    @Test func `a body that is not an object is refused`() {
        for text in ["[]", "1", "null", "\"a\""] {
            #expect(throws: JSONBodyError.notAnObject) { try Reader(json: text) }
        }
        #expect(throws: JSONBodyError.malformed(.malformed(offset: 0))) { try Reader(json: "") }
        #expect(throws: JSONBodyError.malformed(.repeatedName)) { try Reader(json: #"{"a":1,"\u0061":2}"#) }
    }
}
