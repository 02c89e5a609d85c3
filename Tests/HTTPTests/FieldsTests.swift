import HTTPTypes
import Testing

@testable import HTTP

struct FieldsTests {
    private func fields(_ pairs: [(String, String)]) throws -> RequestFields {
        var variables: MetaVariables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/"]
        for (name, value) in pairs { variables.append(name: name, value: value) }
        return try RequestFields(variables)
    }

    @Test func `a field is found however its variable is written, and no other is taken for it`() throws {
        let name = try #require(HTTPField.Name("X-Org"))
        for variable in ["HTTP_X_ORG", "HTTP_x_org", "HTTP_X-Org"] {
            #expect(try fields([(variable, "a")])[name] == "a")
        }
        for variable in [
            "X_ORG", "http_X_ORG", "HTTP_X_ORGS", "HTTP__X_ORG", "HTTP_X_OR", "HTTP_XxORG", "HTTP_X\u{0F}ORG",
        ] {
            #expect(try fields([(variable, "a")])[name] == nil)
        }
    }

    @Test func `a repeated field has its values one behind the other, and an empty one none`() throws {
        let fields = try fields([
            ("HTTP_COOKIE", "a=b"), ("HTTP_ACCEPT", "x"), ("HTTP_COOKIE", "c=d"), ("HTTP_ACCEPT", ""),
        ])
        #expect(fields[.cookie] == "a=b; c=d")
        #expect(fields[.accept] == "x")
        #expect(fields[.origin] == nil)
    }

    @Test func `what may not stand in a value parts nothing in it`() throws {
        #expect(try fields([("HTTP_ACCEPT", "a\r\nb\0c")])[.accept] == "a\u{FFFD}\u{FFFD}b\u{FFFD}c")
        #expect(try fields([("HTTP_ACCEPT", " \t\u{1}a\u{7F} \tb\t ")])[.accept] == "\u{FFFD}a\u{FFFD} \tb")
        #expect(try fields([("HTTP_ACCEPT", "  ")])[.accept] == "")
    }

    @Test func `what is set stands in place of what there was`() {
        var fields: ResponseFields = [.location: "a", .allow: "GET", .retryAfter: "1"]
        fields[.allow] = "HEAD"
        #expect(fields[.allow] == "HEAD")
        #expect(fields[.location] == "a" && fields[.retryAfter] == "1")
        fields.append(.allow, "PUT")
        #expect(fields[values: .allow] == ["HEAD", "PUT"])
        fields[.allow] = nil
        #expect(fields[.allow] == nil)
        #expect(String(decoding: fields.lines, as: UTF8.self) == "Location: a\r\nRetry-After: 1\r\n")
    }

    @Test func `a field is found by its whole name only`() throws {
        let fields: ResponseFields = [try #require(HTTPField.Name("X-Allow")): "a", .allow: "b: c"]
        #expect(fields[.allow] == "b: c")
        #expect(fields[try #require(HTTPField.Name("X"))] == nil)
    }
}
