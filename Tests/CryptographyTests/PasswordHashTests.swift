import Foundation
import Testing

@testable import Cryptography

struct PasswordHashTests {
    static let cheap = PasswordScheme(setting: "scrypt:ln=4,r=8,p=1")!

    @Test(
        "strings that passlib 1.7 made",
        arguments: [
            (
                "correct horse battery staple",
                "$scrypt$ln=10,r=8,p=2$BoBwLqX0/j+HEKL0vjdGSA$ej3Jz9DjC4ZT6Stzz9eFE5n+8UeTUIuppMJpmDAqsvs"
            ),
            (
                "pässwörd ✓",
                "$scrypt$ln=14,r=8,p=5$MCbkfE/Jea+VslbKWcu5tw$Xb77dti5KK6m+PVxZ2j7VdclMnRwoX4CC57SfmYmtvo"
            ),
        ])
    func passlib(_ password: String, _ phc: String) throws {
        try expectMatch(password, phc)
    }

    @Test(
        "strings that argon2-cffi made", .enabled(if: Argon2id.isAvailable, "no library here has it"),
        arguments: [
            (
                "correct horse battery staple",
                "$argon2id$v=19$m=19456,t=2,p=1$4iD9+dgF53xgKuMRuwc2ZA$iA/DKFFI8dDVzvAYz4gNY29a8/3qLrCjInumk9uXHAI"
            ),
            ("pässwörd ✓", "$argon2id$v=19$m=256,t=3,p=4$bb4emThplIbVCT1g1cEriA$Apcn3HYBPnVA3GSqBss5wA"),
        ])
    func argon2(_ password: String, _ phc: String) throws {
        try expectMatch(password, phc)
    }

    private func expectMatch(_ password: String, _ phc: String) throws {
        let hash = try #require(PasswordHash(encoded: phc))
        #expect(hash.encoded == phc)
        #expect(try hash.matches(Secret(Array(password.utf8))))
        #expect(try !hash.matches(Secret(Array((password + " ").utf8))))
        #expect(try !hash.matches(Secret([])))
    }

    @Test func `a new hash matches its password only, and has a salt of its own`() throws {
        for scheme in [Self.cheap] + (Argon2id.isAvailable ? [PasswordScheme(setting: "argon2id:m=64,t=1,p=1")!] : []) {
            let first = try PasswordHash(
                of: Secret(Array("swordfish".utf8)), scheme: scheme, random: OpenSSLRandomSource())
            let second = try PasswordHash(
                of: Secret(Array("swordfish".utf8)), scheme: scheme, random: OpenSSLRandomSource())
            #expect(first != second)
            #expect(try #require(PasswordHash(encoded: first.encoded)) == first)
            #expect(try first.matches(Secret(Array("swordfish".utf8))))
            #expect(try !first.matches(Secret(Array("Swordfish".utf8))))
        }
    }

    @Test func `an empty password can be hashed and checked`() throws {
        for scheme in [Self.cheap] + (Argon2id.isAvailable ? [PasswordScheme(setting: "argon2id:m=64,t=1,p=1")!] : []) {
            let hash = try PasswordHash(of: Secret([]), scheme: scheme, random: OpenSSLRandomSource())
            #expect(try hash.matches(Secret([])))
            #expect(try !hash.matches(Secret([1])))
        }
    }

    @Test func `the decoy of unknown accounts matches nothing`() throws {
        let decoy = PasswordHash.unmatchable(scheme: Self.cheap)
        #expect(try !decoy.matches(Secret([])))
        #expect(try !decoy.matches(Secret(Array("password".utf8))))
    }

    @Test(arguments: [
        "", "$", "$$$$$", "plain", "$scrypt$ln=4,r=8,p=1$c2FsdA", "$scrypt$ln=4,r=8$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=04,r=8,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$r=8,ln=4,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=4,r=8,p=1$c2FsdA==$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$ln=4,r=8,p=1$c2F_dA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=4,r=8,p=1$c2FsdB$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$ln=4,r=8,p=1$$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=4,r=8,p=1$c2FsdA$c2FsdA", "$scrypt$ln=99999999999999999999,r=8,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$scrypt$ln=24,r=64,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA", "$scrypt$ln=-4,r=8,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$m=64,t=1,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=16$m=64,t=1,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
        "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA", "$2b$12$abcdefghijklmnopqrstuv",
        "x$scrypt$ln=4,r=8,p=1$c2FsdA$c2FsdHNhbHRzYWx0c2FsdA",
    ])
    func `a malformed string is refused`(_ phc: String) {
        #expect(PasswordHash(encoded: phc) == nil)
    }

    @Test func `a string longer than any of ours is refused before it is looked at`() {
        let salt = String(repeating: "A", count: 600)
        #expect(PasswordHash(encoded: "$scrypt$ln=4,r=8,p=1$\(salt)$c2FsdHNhbHRzYWx0c2FsdA") == nil)
    }

    @Test func `without a library for Argon2id its use says what to do`() {
        guard !Argon2id.isAvailable else { return }
        let hash = PasswordHash.unmatchable(scheme: PasswordScheme(setting: "argon2id:m=64,t=1,p=1")!)
        let error = CryptographyError.unsupported(algorithm: "Argon2id", remedy: Argon2id.remedy)
        #expect(throws: error) { try hash.matches(Secret([1])) }
        #expect(hash.remedy(.none) == Argon2id.remedy)
        #expect(PasswordScheme.preferred.setting == "scrypt:ln=15,r=8,p=3")
    }

    @Test func `the run that is to have Argon2id has it, from the library that it names`() {
        guard let name = ProcessInfo.processInfo.environment["POSTERN_TEST_EXPECTS_ARGON2"] else { return }
        #expect(Argon2id.engineName == name)
        #expect(throws: Never.self, "so that both are compared") { try Argon2Library() }
        #expect(PasswordScheme.preferred.setting == "argon2id:m=19456,t=2,p=1")
    }
}

struct PasswordSchemeTests {
    @Test(arguments: [
        "scrypt:ln=17,r=8,p=1", "scrypt:ln=16,r=8,p=2", "scrypt:ln=15,r=8,p=3", "scrypt:ln=14,r=8,p=5",
        "scrypt:ln=13,r=8,p=10", "scrypt:ln=18,r=8,p=1", "scrypt:ln=15,r=16,p=3", "argon2id:m=47104,t=1,p=1",
        "argon2id:m=19456,t=2,p=1", "argon2id:m=12288,t=3,p=1", "argon2id:m=9216,t=4,p=1", "argon2id:m=7168,t=5,p=1",
        "argon2id:m=65536,t=3,p=4", "pbkdf2-sha256:i=600000", "pbkdf2-sha256:i=1000000",
    ])
    func `OWASP's rows and stronger ones are accepted`(_ setting: String) throws {
        let scheme = try #require(PasswordScheme(setting: setting))
        #expect(scheme.meetsOWASP)
        #expect(scheme.setting == setting)
    }

    @Test(arguments: [
        "scrypt:ln=17,r=4,p=1", "scrypt:ln=16,r=8,p=1", "scrypt:ln=15,r=8,p=2", "scrypt:ln=12,r=8,p=20",
        "argon2id:m=19456,t=1,p=1", "argon2id:m=7167,t=5,p=1", "argon2id:m=4096,t=10,p=1",
        "pbkdf2-sha256:i=599999",
    ])
    func `anything weaker is not`(_ setting: String) throws {
        #expect(try !#require(PasswordScheme(setting: setting)).meetsOWASP)
    }

    @Test(arguments: [
        "", "scrypt", "scrypt:", "bcrypt:12", "pbkdf2-sha256:i=0", "pbkdf2-sha256:600000", "scrypt:ln=15,r=8",
        "scrypt:ln=15,r=8,p=3,x=1", "a:b:c",
    ])
    func `what is no scheme is refused`(_ setting: String) {
        #expect(PasswordScheme(setting: setting) == nil)
    }

    @Test func `the memory of a hash is known`() throws {
        #expect(try #require(PasswordScheme(setting: "argon2id:m=19456,t=2,p=1")).memory == 19456 * 1024)
        let scrypt = try #require(PasswordScheme(setting: "scrypt:ln=15,r=8,p=3")).memory
        #expect(scrypt >= 32 << 20 && scrypt < 33 << 20)
    }
}
