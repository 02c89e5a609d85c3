import Foundation
import System
import Testing

@testable import Identity

struct EmailAddressTests {
    @Test(arguments: [
        "a@b", "first.last+tag@sub.example.test", "o'neil@example.test", "user@localhost", "用户@例え.test",
        "x@xn--fsq.test", "i@192.0.2.1.test", "i@1.2x", "\(String(repeating: "a", count: 64))@example.test",
    ])
    func `what is an address`(_ text: String) {
        #expect(EmailAddress(text)?.address == text)
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "a", "a@b@c", ".a@b", "a.@b", "a..b@c", "a@b..c", "a@.b", "a@b.", "a@-b", "a@b-",
        "a b@c", "a@b c", "a@b\n.c", "a@b_c", "a@[127.0.0.1]", "\"a\"@b", "a@b\u{200B}", "a\u{202E}@b", "a@b,c",
        "a<b>@c",
        "a@b\u{3002}c", "a😀@b", "i@192.0.2.1", "i@1", "i@a.1", "i@\u{FF11}\u{FF12}", "i@a.\u{2488}b",
        "i@a.\u{661}\u{662}",
        "a\(String(repeating: "\u{301}", count: 31))@b", "a@\u{5D0}1a.test",
        "\(String(repeating: "a", count: 65))@example.test",
        "a@\(String(repeating: "b", count: 64)).test", "a@" + String(repeating: "b.", count: 126) + "test",
    ])
    func `what is none`(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test(
        "addresses that are the same",
        arguments: [
            ("A@B.C", "a@b.c"), ("É@x", "e\u{301}@x"), ("ΣΊΣΥΦΟΣ@x", "σίσυφος@x"), ("STRASSE@x", "straße@x"),
            ("ﬁ@x", "FI@x"), ("Å@x", "\u{212B}@x"), ("ǰ@x", "J\u{30C}@x"),
        ])
    func same(_ first: String, _ second: String) throws {
        #expect(try #require(EmailAddress(first)).key == #require(EmailAddress(second)).key)
    }

    @Test func `a dot and a tag make another address`() throws {
        #expect(EmailAddress("a.b@x")?.key != EmailAddress("ab@x")?.key)
        #expect(EmailAddress("a+b@x")?.key != EmailAddress("a@x")?.key)
    }

    @Test(
        "an internationalized domain is one domain in either spelling",
        arguments: [
            ("x@bücher.example", "x@xn--bcher-kva.example"), ("x@BÜCHER.example", "X@XN--BCHER-KVA.EXAMPLE"),
            ("x@bu\u{308}cher.example", "x@xn--bcher-kva.example"), ("用户@例え.test", "用户@xn--r8jz45g.test"),
            ("x@straße.example", "x@xn--strae-oqa.example"), ("x@\u{FF45}xample.test", "x@example.test"),
        ])
    func internationalized(_ typed: String, _ ascii: String) throws {
        let address = try #require(EmailAddress(typed))
        #expect(address.key == EmailAddress(ascii)?.key)
        #expect(address.address == typed.precomposedStringWithCanonicalMapping)
    }

    @Test func `a sharp s in a domain is another domain than two`() {
        #expect(EmailAddress("x@straße.example")?.key != EmailAddress("x@strasse.example")?.key)
    }

    @Test func `without the library a domain beyond ASCII is refused with what to write, and no other`() throws {
        #expect(throws: DynamicLibrary.LoadError.self) { try DomainNames(library: "libpostern-is-not-there.so.0") }
        #expect(throws: EmailAddress.Refusal.unsupportedDomain) { try EmailAddress(checking: "x@bücher.example", nil) }
        #expect(try EmailAddress(checking: "é@xn--bcher-kva.example", nil).key == "é@xn--bcher-kva.example")
        var faults: [InputFault] = []
        _ = EmailAddress(required: "x@bücher.example", "email", &faults, domains: nil)
        #expect(faults.map(\.code) == [.invalidFormat])
        #expect(faults.first?.detail.contains("xn--") == true)
    }

    @Test(arguments: [" a@b.test", "a@b.test\n", "\t a@b.test \u{A0}\u{2003}", "a@b.test\u{2028}"])
    func `white space around an address is taken off`(_ text: String) throws {
        #expect(EmailAddress(text)?.address == "a@b.test")
        #expect(EmailAddress.lookupKey(text) == "a@b.test")
    }

    @Test(arguments: [("i@192.0.2.1", "I@192.0.2.1 "), ("x@a.١٢", "X@a.١٢"), ("no address", "NO address")])
    func `what was an address before is still looked for under its key`(_ key: String, _ typed: String) {
        #expect(EmailAddress(typed) == nil)
        #expect(EmailAddress.lookupKey(typed) == key)
    }
}
