import Foundation
import Glibc
import TestSupport
import Testing

@testable import Identity

struct EmailPatternTests {
    private func matches(_ pattern: String, _ address: String) throws -> Bool {
        try EmailPattern(pattern).matches(#require(EmailAddress(address)))
    }

    @Test(arguments: [
        (".*@example[.]test", "ann@example.test", true), (".*@EXAMPLE\\.test", "Ann@Example.Test", true),
        (".*@example[.]test", "ann@example.test.evil.test", false), ("nn@example[.]test", "ann@example.test", false),
        ("^.*@example[.]test$", "ann@example.test", true), ("(^a|b)nn@.*", "ann@x", true), ("a^nn@x", "ann@x", false),
        ("[[:alpha:]]+[[:digit:]]{2,3}@x", "ann12@x", true), ("[[:alpha:]]+[[:digit:]]{2,3}@x", "ann1@x", false),
        ("[^@]{1,64}@([a-z0-9-]{1,63}[.]){1,8}test", "a@b.c.test", true), ("(ann|bob)?@x", "bob@x", true),
        ("a{2}@x", "aa@x", true), ("a{2}@x", "aaa@x", false), ("a{,2}@x", "a@x", true), ("a{2,}@x", "aaaa@x", true),
        ("a{0}b@x", "b@x", true), ("(a*)*b@x", "aab@x", true), ("(a|b|)+@x", "abba@x", true), (".*?@x", "a@x", true),
        ("[]^-]@x", "^@x", true), ("[a-]+@x", "-a@x", true), ("o\\'", "o@x", false), ("[^a-z]nn@x", "Ann@x", false),
        (".*@xn--bcher-kva[.]example", "ann@bücher.example", true), ("()@x|a@x", "a@x", true), ("a}@x", "a}@x", true),
    ])
    func `an address matches as a whole, ignoring case`(_ pattern: String, _ address: String, _ isMatch: Bool) throws {
        guard pattern != "o\\'" else {
            #expect(throws: EmailPattern.Fault.escapedLetter) { try EmailPattern(pattern) }
            return
        }
        #expect(try matches(pattern, address) == isMatch)
    }

    @Test(arguments: [
        (#"\d+@x"#, EmailPattern.Fault.escapedLetter), (#"\bann@x"#, .escapedLetter), (#"\<ann@x"#, .escapedLetter),
        (#"[^\s@]+@x"#, .escapeInBrackets), (#"[a\-z]+@x"#, .escapeInBrackets), (#"(a)\1@x"#, .backReference),
        ("a{9223372036854775807}", .tooLarge), ("a{256}", .tooLarge), ("a{99999999999999999999999}", .tooLarge),
        ("(((((a{255}){255}){255}){255}){255}){255}", .tooLarge), ("(a?a?a?a?a?a?a?a?a?a?){255}", .tooLarge),
        ("a{255}{255}", .tooLarge), (String(repeating: "(", count: 17) + String(repeating: ")", count: 17), .tooDeep),
        ("a" + String(repeating: "*", count: 100), .tooDeep), ("(", .malformed), (")", .malformed), ("a)", .malformed),
        ("(a", .malformed), ("*a", .malformed), ("a|*b", .malformed), ("(+a)", .malformed), ("^*a", .malformed),
        ("a{", .malformed), ("a{1", .malformed), ("a{2,1}", .malformed), ("a{,}", .malformed), ("a{x}", .malformed),
        ("[a", .malformed), ("[", .malformed), ("[]", .malformed), ("[b-a]", .malformed), ("[[:alfa:]]", .malformed),
        ("[[:alpha:]", .malformed), ("[[.a.]]", .malformed), ("[[=a=]]", .malformed), ("[a-c-e]", .malformed),
        ("a\\", .malformed), ("", .unprintable), ("é", .unprintable), ("a\u{7}", .unprintable),
        (String(repeating: "a", count: 256), .tooLong),
    ])
    func `an invalid or costly expression is refused with advice`(
        _ pattern: String, _ refusal: EmailPattern.Fault
    ) throws {
        #expect(throws: refusal) { try EmailPattern(pattern) }
        let stored = EmailPattern(stored: pattern)
        #expect(stored.fault == refusal)
        #expect(try !stored.matches(#require(EmailAddress("a@x"))))
    }

    /// The costliest expressions: the maximum number of states, all of them reached at each byte.
    @Test(arguments: [
        "(a|a?|.*){120}x", "((.?.?){2}){199}.*", "(.{0,9}){99}", "(((.*)*.*)*){99}x", "((((.+)+)+)+){60}(.?){255}",
        "(.*.*.*.*.*){180}x", "(.?){255}(.?){255}(.?){255}x",
    ])
    func `no accepted expression takes much time or memory`(_ pattern: String) throws {
        let address = try #require(
            EmailAddress(String(repeating: "a", count: 64) + "@" + String(repeating: "a.", count: 94) + "a"))
        guard let valid = try? EmailPattern(pattern) else {
            #expect(EmailPattern(stored: pattern).fault == .tooLarge)
            return
        }
        let best = (0..<3).map { _ in processorTime { _ = valid.matches(address) } }.min()
        // 3 ms in a release build, and many times that unoptimized.
        #expect(try #require(best) < .seconds(1))
    }

    @Test(arguments: [
        "(){255}{255}{255}{255}{255}{255}", "(()){255}{255}{255}{255}", "(a{0}){255}{255}{255}{255}",
        "((){255}){255}{255}", "(a(){255}()()()){255}@b", "(){0,255}{255}{255}{255}|a@b",
    ])
    func `an expression for the empty text costs nothing, however often it is repeated`(_ pattern: String) throws {
        let time = processorTime { _ = try? EmailPattern(pattern) }
        #expect(time < .milliseconds(500), "\(time)")
        let address = try #require(EmailAddress("a@b"))
        #expect(EmailPattern(stored: pattern).matches(address) == pattern.hasSuffix("|a@b"))
    }

    @Test func `an automaton has exactly the states counted beforehand, within the limit`() throws {
        var generator = Seeded(state: 7)
        for _ in 0..<4000 {
            let pattern = generator.pattern(depth: 4, counts: 40)
            guard let tree = try? PatternParser.parse(Array(pattern.utf8)) else { continue }
            let states = PatternProgram(tree).stateCount
            #expect(states <= PatternParser.maximumStates + 1)
        }
    }

    /// The system's own matcher is the reference for small expressions.
    @Test func `expressions match addresses as regcomp's do`() throws {
        var generator = Seeded(state: 4711)
        var (matched, refused) = (0, 0)
        for _ in 0..<4000 {
            let pattern = generator.pattern(depth: 2, counts: 2)
            let isValid = (try? EmailPattern(pattern)) != nil
            let texts = (0..<6).map { _ in generator.text() }
            // glibc's time and memory grow exponentially with nested counts.
            let expected = pattern.utf8.count <= 60 ? Self.regcomp(pattern, texts) : nil
            if !isValid {
                refused += 1
                // Refused on purpose: too large.
                #expect(EmailPattern(stored: pattern).fault == .tooLarge, "\(pattern)")
                continue
            }
            let found = texts.map { EmailPattern(stored: pattern).matches(EmailAddress(stored: $0, key: $0)) }
            guard pattern.utf8.count <= 60 else { continue }
            #expect(found == expected, "\(pattern) with \(texts)")
            matched += found.count { $0 }
        }
        #expect(matched > 1500 && refused < 600, "\(matched) matched, \(refused) refused")
    }

    /// The system's matches of texts; `nil` if it refuses the expression.
    private static func regcomp(_ pattern: String, _ texts: [String]) -> [Bool]? {
        var expression = unsafe regex_t()
        guard unsafe Glibc.regcomp(&expression, "^(\(pattern))$", REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0 else {
            return nil
        }
        defer { unsafe regfree(&expression) }
        return texts.map { unsafe regexec(&expression, $0, 0, nil, 0) == 0 }
    }
}

/// A reproducible generator of expressions and texts.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    mutating func pattern(depth: Int, counts: Int) -> String {
        let branches = (0..<Int.random(in: 1...2, using: &self)).map { _ in
            (0..<Int.random(in: 0...3, using: &self)).map { _ in piece(depth: depth, counts: counts) }.joined()
        }
        return branches == [""] ? "a" : branches.joined(separator: "|")
    }

    private mutating func piece(depth: Int, counts: Int) -> String {
        let atoms = [
            "a", "b", "A", "@", ".", "[ab]", "[^a]", "[a-c]", "[B-Z@]", "[+-z]", "[[:alpha:]]", "[^[:digit:]]", "\\.",
            "[.]",
            "[]a]", "[^]@]", "[a-]", "[[:punct:]b]", "[!-~]", "1", "-", "_", "^", "$",
        ]
        var atom = atoms.randomElement(using: &self) ?? "a"
        if atom == "^" || atom == "$" { return depth == 2 ? atom : "a" }
        if depth > 0, Bool.random(using: &self) { atom = "(\(pattern(depth: depth - 1, counts: counts)))" }
        let least = Int.random(in: 0...counts, using: &self)
        let most = least + Int.random(in: 0...counts, using: &self)
        let quantifiers = [
            "", "", "", "*", "+", "?", "{\(least)}", "{\(least),}", "{\(least),\(most)}", "{,\(most)}", "*?",
        ]
        return atom + (quantifiers.randomElement(using: &self) ?? "")
    }

    mutating func text() -> String {
        let letters = ["a", "b", "c", "z", "@", ".", "1", "_", "-", "+", "~", "]"]
        return (0..<Int.random(in: 0...6, using: &self)).map { _ in letters.randomElement(using: &self) ?? "a" }
            .joined()
    }
}
