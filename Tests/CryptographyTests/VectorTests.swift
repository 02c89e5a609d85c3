import Foundation
import Testing

@testable import Cryptography

/// Hashes that the software of other systems made: `Vectors/make` writes them.
struct VectorTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let by: String
        let password: String
        let hash: String
        /// The signer key of Firebase.
        let signer: String?

        var testDescription: String { "\(by): \(hash)" }

        var keys: PasswordKeys {
            PasswordKeys(firebaseSigner: signer.flatMap { FirebaseSignerKey.read(Array($0.utf8)) })
        }
    }

    static let vectors: [Vector] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Vectors/vectors.json")
        return (try? JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))) ?? []
    }()

    @Test func `each kind of software is there`() {
        let makers = [
            "WordPress 6", "PHP 8", "Django", "passlib", "argon2-cffi", "OpenLDAP", "Apache", "OpenSSL", "firebase",
        ]
        for maker in makers { #expect(Self.vectors.contains { $0.by.hasPrefix(maker) }, "\(maker)") }
        for start in [
            "$P$", "$H$", "$wp$2y$", "$2y$", "pbkdf2_sha1$", "bcrypt_sha256$$2b$", "$pbkdf2$", "$pbkdf2-sha512$",
            "$bcrypt-sha256$v=2", "$apr1$", "$1$", "{SSHA}", "{SSHA256}", "{SSHA512}", "{SHA}", "{CRYPT}$6$",
            "{CRYPT}$1$",
            "{PBKDF2-SHA256}", "{PBKDF2-SHA512}", "$argon2id$", "$firebase-scrypt$",
        ] { #expect(Self.vectors.contains { $0.hash.hasPrefix(start) }, "\(start)") }
    }

    @Test(arguments: vectors)
    func `the password matches, and no other one`(_ vector: Vector) throws {
        guard Argon2id.isAvailable || !vector.hash.contains("argon2") else { return }
        let hash = try PasswordHash(importing: vector.hash)
        func matches(_ password: String) throws -> Bool {
            try hash.matches(Secret(Array(password.utf8)), keys: vector.keys)
        }
        #expect(hash.remedy(vector.keys) == nil)
        #expect(try matches(vector.password))
        for wrong in ["", "\(vector.password) ", "\(vector.password)\0", " \(vector.password)", "\0"] {
            // bcrypt itself reads 72 bytes of a password.
            if vector.password.utf8.count >= 72 && hash.encoded.hasPrefix("$2") && wrong.hasPrefix(vector.password) {
                continue
            }
            #expect(try !matches(wrong), "\(wrong.debugDescription)")
        }
        let other = "~" + vector.password.dropFirst()
        #expect(try !matches(other))
    }

    @Test(arguments: vectors)
    func `the stored text can be read again, and groups hashes by their cost`(_ vector: Vector) throws {
        guard Argon2id.isAvailable || !vector.hash.contains("argon2") else { return }
        let hash = try PasswordHash(importing: vector.hash)
        #expect(PasswordHash(encoded: hash.encoded) == hash)
        #expect(try PasswordHash(importing: hash.encoded) == hash)
        #expect(hash.nominalCost > .zero)
        // The store groups by the text before the third dollar sign, of Argon2id before the fourth.
        let fields = hash.encoded.split(separator: "$", omittingEmptySubsequences: false)
        #expect(fields.count >= 4 && fields[0].isEmpty)
        if case .foreign(let foreign) = hash.form, !(foreign is CryptHash) {
            #expect(foreign.parameters == "$\(fields[1])$\(fields[2])")
        }
    }

    @Test(arguments: vectors)
    func `the right password renews the hash to one of ours`(_ vector: Vector) throws {
        guard Argon2id.isAvailable || !vector.hash.contains("argon2") else { return }
        let scheme = try #require(PasswordScheme(setting: "scrypt:ln=4,r=8,p=1"))
        let hasher = PasswordHasher(
            choice: .named(scheme), keys: vector.keys, concurrency: 1, queueLength: 8, random: OpenSSLRandomSource())
        let stored = try PasswordHash(importing: vector.hash).encoded
        let wrong = try hasher.verify(Secret(Array("wrong".utf8)), against: stored)
        #expect(!wrong.matches && wrong.renewedHash == nil && !wrong.isUncheckable)
        let password = Secret(Array(vector.password.utf8))
        let right = try hasher.verify(password, against: stored)
        #expect(right.matches)
        guard !(stored.hasPrefix("$2") && password.count > 72) else { return }
        #expect(PasswordHash(encoded: right.renewedHash ?? "")?.scheme == scheme)
    }

    @Test func `the hash of Firebase needs the project's key, and tells nothing without it`() throws {
        let vector = try #require(Self.vectors.first { $0.signer != nil })
        let hash = try PasswordHash(importing: vector.hash)
        let password = Secret(Array(vector.password.utf8))
        #expect(hash.remedy(.none)?.contains("POSTERN_FIREBASE_SIGNER_KEY_FILE") == true)
        #expect(try !hash.matches(password))
        var other = try #require(vector.signer)
        other.replaceSubrange(other.startIndex...other.startIndex, with: "k")
        let wrong = PasswordKeys(firebaseSigner: FirebaseSignerKey.read(Array(other.utf8)))
        #expect(wrong.firebaseSigner != nil && hash.remedy(wrong) == nil)
        #expect(try !hash.matches(password, keys: wrong))
        let short = PasswordKeys(firebaseSigner: Secret([UInt8](repeating: 1, count: 32)))
        #expect(hash.remedy(short) != nil)
        let hasher = PasswordHasher(
            choice: .named(PasswordHashTests.cheap), concurrency: 1, queueLength: 8, random: OpenSSLRandomSource())
        let verification = try hasher.verify(password, against: hash.encoded)
        #expect(!verification.matches && verification.isUncheckable)
    }

    @Test func `a signer key is read with white space and padding around it, and nothing else is one`() {
        let key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA"
        for text in [key, "\(key)==", " \(key)==\r\n", "\n\(key)\n\n"] {
            #expect(FirebaseSignerKey.read(Array(text.utf8))?.count == 64, "\(text.debugDescription)")
        }
        for text in ["", "=", "Bw==", "\(key) \(key)", "\(key)\n# key", String(key.dropLast()) + "!", key + key] {
            #expect(FirebaseSignerKey.read(Array(text.utf8)) == nil, "\(text.debugDescription)")
        }
    }
}

struct ForeignFormTests {
    static let digest = "4fOKPhxDo/ocfM1BUH0cjkKKQFY"

    @Test(arguments: [
        // phpass: short, long, no digit of the alphabet, digits that make no 16 bytes, stored with odd fields
        "$P$B1234567", "$P$Bsaltsaltaaaaaaaaaaaaaaaaaaaaa/1", "$P$Bsaltsaltaaaaaaaaaaaaaaaaaaaa!/",
        "$P$Bsaltsaltaaaaaaaaaaaaaaaaaaaaaz", "$P$.saltsaltaaaaaaaaaaaaaaaaaaaaa/",
        "$P$4saltsaltaaaaaaaaaaaaaaaaaaaaa/", "$phpass$ln=013$12345678$aaaaaaaaaaaaaaaaaaaaa/",
        "$phpass$ln=13$1234567$aaaaaaaaaaaaaaaaaaaaa/", "$phpass$r=13$12345678$aaaaaaaaaaaaaaaaaaaaa/",
        // MD5-crypt: no salt, a long one, a short hash, one field more
        "$apr1$$aaaaaaaaaaaaaaaaaaaaa/", "$apr1$123456789$aaaaaaaaaaaaaaaaaaaaa/", "$apr1$salt$aaaaaaaaaaaaaaaaaaaa/",
        "$apr1$salt$aaaaaaaaaaaaaaaaaaaaa/$", "$1$salt", "$apache-md5$i=1001$salt$aaaaaaaaaaaaaaaaaaaaa/",
        "$apr1$s lt$aaaaaaaaaaaaaaaaaaaaa/",
        // bcrypt of a digest
        "$wp$2y$10$abc", "$wp$2y$1$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "$wp$2y$+9$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "bcrypt_sha256$$2b$12$tRYCbSFPbFqh0nf8q.FgD.vxeY5fYw7Ie", "bcrypt_sha256$$2b",
        "$bcrypt-sha256$v=3,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2",
        "$bcrypt-sha256$v=2,t=2b$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2",
        "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uk$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2",
        "$bcrypt-sha256$2a$LrmaIX5x4TRtAwEfwJZa1.$2ehnw6LvuIUTM0iz4iz9hTxv21B6KFO",
        // LDAP: no digits, a short digest, a salt that may not be there, and one that is missing
        "{SSHA}", "{SSHA}!!!!", "{SSHA}\(digest)", "{SHA}\(digest)AAAA", "{SHA}AAAA", "{SHA256}\(digest)",
        "{PBKDF2-SHA256}1000$salt", "$ldap-sha1$i=2$$\(digest)", "$ldap-sha1$i=1$\(digest)",
        // Firebase: a parameter less, no salt, no separator, a short hash
        "$firebase-scrypt$ln=14,r=8$c2FsdA$" + String(repeating: "A", count: 86),
        "$firebase-scrypt$ln=14,r=8,ss=Bw$$" + String(repeating: "A", count: 86),
        "$firebase-scrypt$ln=14,r=8,ss=$c2FsdA$" + String(repeating: "A", count: 86),
        "$firebase-scrypt$ln=14,r=8,ss=Bw$c2FsdA$AAAA", "$firebase-scrypt$ln=14,r=8,ss=Bw$c2FsdA",
        "$firebase-scrypt$ln=0,r=8,ss=Bw$c2FsdA$" + String(repeating: "A", count: 86),
        // PBKDF2
        "pbkdf2_sha1$1000$salt$AAAA", "$pbkdf2-sha512$1000$c2FsdA$AAAA", "$pbkdf2$0$c2FsdA$\(digest)",
    ])
    func `a form that is wrong`(_ text: String) {
        #expect(throws: PasswordHash.Fault.malformed, "\(text)") { try PasswordHash(importing: text) }
        #expect(PasswordHash(encoded: text) == nil)
    }

    @Test(arguments: [
        "{CLEARTEXT}secret", "{CRYPT}ab1234567890.", "{SASL}user@example.test", "{SSHA", "{}", "{UNKNOWN}AAAA",
        "{CRYPT}{SSHA}AAAA", "$wp$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA",
        "$S$DeadbeefDeadbeefDeadbeefDeadbeefDeadbeefDeadbeefDead", "$ldap-sha224$i=1$$\(digest)",
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "sha1$salt$aaaa", "$bcrypt-sha224$v=2,t=2b,r=12$a$b",
    ])
    func `an algorithm that cannot be checked`(_ text: String) {
        #expect(throws: PasswordHash.Fault.unknown, "\(text)") { try PasswordHash(importing: text) }
    }

    @Test(arguments: [
        "$P$Jsaltsaltaaaaaaaaaaaaaaaaaaaaa/", "$P$zsaltsaltaaaaaaaaaaaaaaaaaaaaa/",
        "$wp$2y$16$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "bcrypt_sha256$$2b$31$KehutEKjxkGwmbrMnNR3c.TMsP52MOx45M1C7DhKpcXvEFW3BOgHe",
        "$bcrypt-sha256$v=2,t=2b,r=16$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2",
        "$firebase-scrypt$ln=19,r=8,ss=Bw$c2FsdA$" + String(repeating: "A", count: 86),
        "$firebase-scrypt$ln=14,r=9223372036854775807,ss=Bw$c2FsdA$" + String(repeating: "A", count: 86),
        "pbkdf2_sha1$10000001$salt$\(digest)=", "$pbkdf2-sha512$10000001$c2FsdA$\(digest)",
        // Two digests of output take twice the time.
        "$pbkdf2-sha1$5000001$c2FsdA$" + String(repeating: "A", count: 54),
        "{PBKDF2}10000001$c2FsdA$\(digest)",
    ])
    func `a hash that costs too much is refused before any work`(_ text: String) {
        let fault = #expect(throws: PasswordHash.Fault.self, "\(text)") { try PasswordHash(importing: text) }
        guard case .tooCostly = fault else {
            Issue.record("\(text): \(String(describing: fault))")
            return
        }
    }

    @Test func `a password longer than those of crypt matches no hash that reads it in every round`() throws {
        for text in ["$P$5saltsaltaaaaaaaaaaaaaaaaaaaaa/", "$apr1$salt$aaaaaaaaaaaaaaaaaaaaa/"] {
            let hash = try PasswordHash(importing: text)
            let start = PasswordCosts.usedTime
            #expect(try !hash.matches(Secret([UInt8](repeating: 0x61, count: 4096))))
            #expect(PasswordCosts.usedTime - start < .milliseconds(50))
        }
    }

    @Test func `other digests of PBKDF2 are checked, and not chosen for new hashes`() throws {
        for name in ["pbkdf2-sha1", "pbkdf2-sha512"] {
            let scheme = try #require(PasswordScheme(setting: "\(name):i=5000000"))
            #expect(!scheme.meetsOWASP)
            #expect(scheme.setting == "\(name):i=5000000")
        }
    }

    @Test func `the cost of a check is estimated well enough to hold an answer back`() throws {
        // By a factor that no processor explains; the measured one replaces the estimate.
        for text in [
            "$P$Bsaltsaltaaaaaaaaaaaaaaaaaaaaa/",
            "$pbkdf2-sha1$20000$c2FsdA$\(Self.digest)",
            "$pbkdf2-sha512$20000$c2FsdA$" + String(repeating: "A", count: 86),
            "$pbkdf2-sha256$20000$c2FsdA$" + String(repeating: "A", count: 43),
        ] {
            let hash = try PasswordHash(importing: text)
            let times = try (0..<5).map { _ in
                let start = PasswordCosts.usedTime
                _ = try hash.matches(Secret([UInt8](repeating: 0x61, count: 511)))
                return PasswordCosts.usedTime - start
            }
            let fastest = times.min() ?? .zero
            #expect(fastest < hash.nominalCost * 6 && fastest > hash.nominalCost / 20, "\(text): \(fastest)")
        }
    }
}

struct Argon2EngineTests {
    @Test func `both libraries derive the same, which is what others made`() throws {
        // argon2-cffi 25.1: 4 lanes, which one thread computes one after the other.
        let text = "$argon2id$v=19$m=256,t=3,p=4$bb4emThplIbVCT1g1cEriA$Apcn3HYBPnVA3GSqBss5wA"
        guard let hash = PasswordHash(encoded: text),
            case .derived(.argon2id(let scheme), let salt, let output) = hash.form
        else {
            Issue.record("not read")
            return
        }
        let password = Secret(Array("pässwörd ✓".utf8))
        if let library = try? Argon2Library() {
            #expect(try library.derive(password, salt: salt, length: output.count, scheme) == output)
            #expect(try library.derive(Secret([]), salt: salt, length: 32, scheme).count == 32)
        }
        if case .openSSL = Argon2id.engine {
            #expect(try scheme.deriveByOpenSSL(password, salt: salt, length: output.count) == output)
        }
    }

    @Test func `what libargon2 refuses is told in its words`() throws {
        guard let library = try? Argon2Library() else { return }
        let scheme = try #require(Argon2id(memoryKiB: 64, passes: 1, lanes: 1))
        let error = #expect(throws: CryptographyError.self) {
            try library.derive(Secret([1]), salt: [1, 2, 3], length: 32, scheme)
        }
        #expect(error?.description.contains("Salt is too short") == true, "\(String(describing: error))")
    }

    @Test func `a library that is not there is no library`() {
        #expect(throws: (any Error).self) { try Argon2Library("libargon2.so.0.none") }
    }
}
