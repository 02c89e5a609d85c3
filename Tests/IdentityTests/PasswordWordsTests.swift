import Testing

@testable import Identity

struct PasswordWordsTests {
    private func makesUpMost(_ words: String, _ password: String) throws -> Bool {
        let words = try #require(PasswordWords(words))
        let policy = PasswordPolicy(words: words)
        return try !policy.faults(in: Password(utf8: Array(password.utf8)), email: nil).isEmpty
    }

    @Test(arguments: [
        "aurora12", "AURORA-2027", "Aurora!!!!", "1a2u3r4o5r6a7", "aurora labs", "AuroraLabs", "labs.aurora.99",
        "auroraaurora",
        "myAurora1", "auroraabc", "abcaurora", "a aurora b c", "  aurora  ", "auroralabsaurora", "zürich2027",
        "ZÜRICH2027",
        "Zu\u{308}rich2027", "🔑aurora🔑🔑", "ΑΘΉΝΑ2027", "аврора99",
    ])
    func `a password that is little more than the words is refused`(_ password: String) throws {
        #expect(try makesUpMost("aurora, labs,Zürich,αθήνα,Аврора", password), "\(password)")
    }

    @Test(arguments: [
        "aurora borealis", "auroraabcd", "northern lights", "12345xyz", "4urora99", "xxauroxx", "lab results",
        "labyrinth",
        "zurich2027", "        ", "🔑🔑🔑🔑🔑🔑🔑🔑", "2027-2028",
    ])
    func `one with four letters beside them, or without them, is accepted`(_ password: String) throws {
        #expect(try !makesUpMost("aurora, labs,Zürich", password), "\(password)")
    }

    @Test func `a word of several words counts whole, and the longer of two is taken out`() throws {
        #expect(try makesUpMost("Aurora Labs", "aurora-labs-1"))
        #expect(try !makesUpMost("Aurora Labs", "aurora-2027"))
        #expect(try makesUpMost("Aurora, Aurora Labs", "auroralabs1"))
        #expect(try makesUpMost("Office 365", "office!2027"))
    }

    @Test func `no words refuse nothing`() throws {
        for text in ["", "  "] { #expect(try !makesUpMost(text, "aurora12")) }
        #expect(try PasswordPolicy().faults(in: Password(utf8: Array("aurora12".utf8)), email: nil).isEmpty)
    }

    @Test(arguments: [
        ",", "aurora,", "aurora,,labs", "365", "a", "aurora, x", String(repeating: "a", count: 65), "!!!",
        String(repeating: "aurora,", count: 100) + "labs",
    ])
    func `what is no list of words is refused`(_ text: String) {
        #expect(PasswordWords(text) == nil, "\(text)")
    }

    @Test func `as many words as the limit allows take a long password no time`() throws {
        let words = (0..<100).map { "\(String(repeating: "a", count: 62))\($0 < 50 ? "b" : "c")" }.joined(
            separator: ",")
        let password = String(repeating: "a", count: 1024)
        #expect(try !makesUpMost(words, password))
    }

    @Test func `the code is that of a common password, and comes once`() throws {
        let policy = PasswordPolicy(words: try #require(PasswordWords("password")))
        #expect(try policy.faults(in: Password(utf8: Array("password1".utf8)), email: nil).map(\.code) == [.tooCommon])
        #expect(
            try policy.faults(in: Password(utf8: Array("Password-2031".utf8)), email: nil).map(\.code) == [.tooCommon])
    }
}
