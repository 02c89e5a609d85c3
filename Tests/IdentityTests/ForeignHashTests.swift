import Cryptography
import Testing

@testable import Identity

struct ForeignHashTests {
    /// htpasswd -B -C 7 of Apache 2.4.71
    static let bcrypt = "$2y$07$HLklJEQ1L0JCs2Lv57OZvO1PSKUGOKLPwZMqdQPYQItulzDYntG92"
    static let password = "correct horse battery staple"

    private let hasher = PasswordHasher(
        scheme: PasswordScheme(setting: "scrypt:ln=4,r=8,p=1")!, slots: 1, lineLength: 8, random: OpenSSLRandomSource())

    private func typed(_ text: String) -> Password { Password(utf8: Array(text.utf8)) }

    @Test func `the right password renews a foreign hash to one of ours`() throws {
        let verification = try hasher.verify(typed(Self.password), against: Self.bcrypt, decoy: nil)
        #expect(verification.matches)
        let renewed = try #require(verification.renewedHash)
        #expect(PasswordHash(encoded: renewed)?.scheme == hasher.scheme)
        let again = try hasher.verify(typed(Self.password), against: renewed, decoy: nil)
        #expect(again.matches && again.renewedHash == nil)
    }

    @Test func `a wrong one renews nothing`() throws {
        for wrong in ["", "correct", "\(Self.password)\0", "\(Self.password) "] {
            let verification = try hasher.verify(typed(wrong), against: Self.bcrypt, decoy: nil)
            #expect(!verification.matches && verification.renewedHash == nil)
        }
    }

    @Test func `an unknown account costs what one with a foreign hash costs`() throws {
        func time(_ stored: String?) throws -> Duration {
            let start = ContinuousClock.now
            let verification = try hasher.verify(typed("wrong"), against: stored, decoy: Self.bcrypt)
            #expect(!verification.matches)
            return ContinuousClock.now - start
        }
        // In turns, and the fastest of many, since other tests run beside this one.
        var (known, unknown) = (Duration.seconds(60), Duration.seconds(60))
        for _ in 0..<25 { (known, unknown) = (min(known, try time(Self.bcrypt)), min(unknown, try time(nil))) }
        // One of ours takes less than a tenth here.
        #expect(unknown > known / 2 && unknown < known * 2, "\(known) \(unknown)")
    }

    @Test func `no password matches the decoy, also not the one of its account`() throws {
        #expect(try !hasher.verify(typed(Self.password), against: nil, decoy: Self.bcrypt).matches)
    }

    @Test func `an account without password cannot be logged in to`() throws {
        for wrong in ["", Self.password] {
            #expect(try !hasher.verify(typed(wrong), against: hasher.unmatchableHash, decoy: nil).matches)
        }
    }
}
