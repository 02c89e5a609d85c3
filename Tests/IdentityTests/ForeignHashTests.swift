import Testing

@testable import Cryptography
@testable import Identity

struct ForeignHashTests {
    /// htpasswd -B -C 7 of Apache 2.4.71
    static let bcrypt = "$2y$07$HLklJEQ1L0JCs2Lv57OZvO1PSKUGOKLPwZMqdQPYQItulzDYntG92"
    static let password = "correct horse battery staple"

    private let hasher = PasswordHasher(
        scheme: PasswordScheme(setting: "scrypt:ln=4,r=8,p=1")!, concurrency: 1, queueLength: 8,
        random: OpenSSLRandomSource())

    private func typed(_ text: String) -> Password { Password(utf8: Array(text.utf8)) }

    @Test func `the right password renews a foreign hash to one of ours`() throws {
        let verification = try hasher.verify(typed(Self.password), against: Self.bcrypt)
        #expect(verification.matches)
        let renewed = try #require(verification.renewedHash)
        #expect(PasswordHash(encoded: renewed)?.scheme == hasher.scheme)
        let again = try hasher.verify(typed(Self.password), against: renewed)
        #expect(again.matches && again.renewedHash == nil)
    }

    @Test(arguments: ["2a", "2b", "2y"])
    func `more than bcrypt reads logs in and renews nothing, so that the true password stays right`(
        _ method: String
    ) throws {
        // 72 bytes, of which the last character has two.
        let limit = String(repeating: "x", count: 70) + "é"
        let stored = String(
            decoding: try CryptData().hash(
                Secret(Array(limit.utf8)), setting: "$\(method)$04$abcdefghijklmnopqrstuu"), as: UTF8.self)
        for longer in ["\(limit)y", "\(limit)\(limit)"] {
            let verification = try hasher.verify(typed(longer), against: stored)
            #expect(verification.matches && verification.renewedHash == nil)
        }
        let verification = try hasher.verify(typed(limit), against: stored)
        #expect(verification.matches)
        let renewed = try #require(verification.renewedHash)
        #expect(try hasher.verify(typed(limit), against: renewed).matches)
        #expect(try !hasher.verify(typed("\(limit)y"), against: renewed).matches)
        #expect(try !hasher.verify(typed("x\(limit)"), against: stored).matches)
    }

    @Test(arguments: ["$5$rounds=1000$abcdefgh", "$6$rounds=1000$abcdefgh", "$y$j75$abcdefgh", "$gy$j75$abcdefgh"])
    func `other hashes of crypt know no beginning of a password for the whole`(_ setting: String) throws {
        for length in [72, 73, 128, 511] {
            let password = String(repeating: "x", count: length)
            let stored = String(
                decoding: try CryptData().hash(Secret(Array(password.utf8)), setting: setting), as: UTF8.self)
            #expect(try hasher.verify(typed(password), against: stored).renewedHash != nil)
            #expect(try !hasher.verify(typed("\(password)y"), against: stored).matches)
        }
    }

    @Test func `a wrong one renews nothing`() throws {
        for wrong in ["", "correct", "\(Self.password)\0", "\(Self.password) "] {
            let verification = try hasher.verify(typed(wrong), against: Self.bcrypt)
            #expect(!verification.matches && verification.renewedHash == nil)
        }
    }

    @Test func `an account without password cannot be logged in to`() throws {
        for wrong in ["", Self.password] {
            #expect(try !hasher.verify(typed(wrong), against: hasher.unmatchableHash).matches)
        }
    }
}
