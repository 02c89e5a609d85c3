import Foundation
import Testing

@testable import JSON

struct JSONTests {
    private func parse(_ text: String) throws(JSONError) -> JSONParser.Node {
        try JSONParser.parse(Array(text.utf8).span)
    }

    /// Decodes the one string of `["…"]`.
    private func string(_ literal: String) throws -> String {
        let text = Array("[\(literal)]".utf8)
        guard case .array(let items) = try JSONParser.parse(text.span), case .string(let range) = items[0] else {
            throw CancellationError()
        }
        return String(decoding: JSONString.decode(text.span, range), as: UTF8.self)
    }

    @Test(arguments: [
        #""""#, #""plain""#, #""\"\\\/\b\f\n\r\t""#, #""\u0041\u00e9\u20AC""#, #""\ud83d\ude00""#, #""é€😀""#,
        #""\u0000""#, #""a\u005cb""#, "\"\u{7F}\"",
    ])
    func `strings are decoded as Foundation does`(_ literal: String) throws {
        let expected = try JSONSerialization.jsonObject(with: Data(literal.utf8), options: .fragmentsAllowed) as? String
        #expect(try string(literal) == expected)
    }

    @Test(arguments: ["0", "-0", "10", "1.5", "-1.5e10", "1E+2", "1e-2", "123456789012345678901234567890"])
    func `numbers are accepted as the grammar has them`(_ text: String) throws {
        #expect(try parse(text) == .number(0..<text.utf8.count))
    }

    @Test func `values nest, with white space anywhere between`() throws {
        let text = " { \"a\" : [ 1 , { } , [ ] , null ] ,\r\n\t\"b\" : true , \"c\":false } "
        guard case .object(let members) = try parse(text) else {
            Issue.record("no object")
            return
        }
        #expect(Set(members.keys.map { String(decoding: $0, as: UTF8.self) }) == ["a", "b", "c"])
        #expect(members[Array("b".utf8)] == .bool(true))
        guard case .array(let items) = members[Array("a".utf8)] else {
            Issue.record("no array")
            return
        }
        #expect(items.dropFirst() == [.object([:]), .array([]), .null])
    }

    @Test func `nesting has a bound`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(JSONParser.maximumDepth)) }
        #expect(throws: JSONError.tooDeep) { try parse(nested(JSONParser.maximumDepth + 1)) }
    }

    @Test func `a text and Foundation agree on what is JSON, wherever a byte is changed`() {
        let text = Array(#"{"a":[1,-2.5e3,true,null],"b":"x\n\u00e9é"}"#.utf8)
        let replacements = Array("\"\\{}[],:0-.eu \n\u{1}é".utf8)
        for index in text.indices {
            for byte in replacements {
                var changed = text
                changed[index] = byte
                let ours = (try? JSONParser.parse(changed.span)) != nil
                let theirs = (try? JSONSerialization.jsonObject(with: Data(changed))) != nil
                // Foundation accepts a name that stands twice; the text has none that one byte makes equal but these.
                if !ours && theirs {
                    #expect(throws: JSONError.repeatedName) { try JSONParser.parse(changed.span) }
                } else {
                    #expect(ours == theirs, "\(String(decoding: changed, as: UTF8.self))")
                }
            }
        }
    }

    @Test func `what is written is escaped, in order, and Foundation reads it`() throws {
        let value: JSONValue = [
            "z": .string("\"\\/\n\u{0}\u{1F}\u{7F}é😀"), "a": [.null, .bool(true), .number(-5), .strings([])],
            "m": .object([]), "n": .string(orNull: nil),
        ]
        let text = String(decoding: value.utf8, as: UTF8.self)
        #expect(
            text == #"{"z":"\"\\/\u000a\u0000\u001f\u007fé😀","a":[null,true,-5,[]],"m":{},"n":null}"#)
        let read = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(read["z"] as? String == "\"\\/\n\u{0}\u{1F}\u{7F}é😀")
    }
}
