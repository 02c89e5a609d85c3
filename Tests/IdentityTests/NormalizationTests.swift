import Cryptography
import Foundation
import Testing

@testable import Identity

struct NormalizationTests {
    @Test(arguments: [
        "plain", "e\u{301}", "A\u{30A}", "\u{1E9B}\u{323}", "\u{AC00}", "\u{1100}\u{1161}\u{11A8}", "q\u{307}\u{323}",
        "\u{2126}", "😀", "ﬁ", "\u{344}",
    ])
    func `Normalization Form C equals Foundation's`(_ text: String) {
        #expect(Array(text.precomposedStringWithCanonicalMapping.utf8) == text.utf8InNormalFormC)
    }

    @Test func `a password is normalized and otherwise unchanged`() {
        let composed = Password(utf8: Array("cafe\u{301} ".utf8))
        #expect(composed.length == 5)
        composed.secret.withSpan { span in
            #expect(span.indices.map { span[$0] } == Array("caf\u{E9} ".utf8))
        }
        #expect(Password(utf8: Array("🔑🔑".utf8)).length == 2)
        #expect(Password(utf8: []).length == 0)
    }

    @Test(arguments: [
        ("number 0", "number 0", true), ("number 0", "number 1", false), ("0 of round 1", "1 of round 1", false),
        ("1 of round 1", "0 of round 1", false), ("@a", "Aa", false), ("a", "aa", false), ("", "", true),
    ])
    func `passwords are equal if their bytes are`(_ left: String, _ right: String, _ isEqual: Bool) {
        let password = Password(utf8: Array(left.utf8))
        #expect(password.isEqual(to: Password(utf8: Array(right.utf8))) == isEqual)
    }

    @Test func `no code point comes from more bytes than the limit, and none hides marks`() {
        var longest = 0
        for value in UInt32(0x80)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let decomposed = String(scalar).decomposedStringWithCanonicalMapping
            if String(scalar).utf8InNormalFormC.elementsEqual(String(scalar).utf8) {
                longest = max(longest, decomposed.utf8.count)
            }
            // Ten code points that decompose to marks only are a run of at least ten.
            guard decomposed.unicodeScalars.allSatisfy({ $0.properties.canonicalCombiningClass != .notReordered })
            else {
                continue
            }
            #expect(!String(repeating: Character(scalar), count: 31).isStreamSafe, "U+\(String(value, radix: 16))")
        }
        #expect((9...String.maximumBytesPerCodePoint).contains(longest))
    }

    @Test func `thirty marks in a row are normalized, and one more is refused`() throws {
        let marks = String(repeating: "\u{301}\u{316}", count: 15)
        #expect(try ("a" + marks).inNormalFormC(atMost: 31).unicodeScalars.count == 30)
        #expect(throws: NormalizationFault.tooManyMarks) { try ("a" + marks + "\u{301}").inNormalFormC(atMost: 99) }
        #expect(throws: NormalizationFault.tooManyMarks) {
            try String(repeating: "\u{F73}", count: 31).inNormalFormC(atMost: 99)
        }
        #expect(try (marks + "a" + marks).inNormalFormC(atMost: 61).unicodeScalars.first == "\u{316}")
    }

    @Test func `the length of a text is that of its normal form, however it is composed`() throws {
        let syllable = "\u{1100}\u{1161}\u{11A8}"
        #expect(try String(repeating: syllable, count: 4).inNormalFormC(atMost: 4) == "각각각각")
        #expect(throws: NormalizationFault.tooLong) {
            try String(repeating: syllable, count: 5).inNormalFormC(atMost: 4)
        }
        #expect(throws: NormalizationFault.tooLong) { try String(repeating: "a", count: 49).inNormalFormC(atMost: 4) }
    }

    @Test func `a password that can't be accepted is not normalized, and is refused as a new one`() throws {
        let policy = PasswordPolicy()
        let long = Password(utf8: Array(String(repeating: "e\u{301}", count: 4097).utf8))
        #expect(long.length == 8194)
        #expect(try policy.faults(in: long, email: nil).map(\.code) == [.tooLong])
        let composed = Password(utf8: Array(String(repeating: "e\u{301}", count: 1024).utf8))
        #expect(composed.length == 1024)
        #expect(try policy.faults(in: composed, email: nil) == [])
        let marked = Password(utf8: Array(("northern lights" + String(repeating: "\u{301}", count: 31)).utf8))
        #expect(try policy.faults(in: marked, email: nil).map(\.code) == [.invalidCharacter])
        let spoken = Password(utf8: Array(("northern lights" + String(repeating: "\u{301}", count: 30)).utf8))
        #expect(try policy.faults(in: spoken, email: nil) == [])
    }
}
