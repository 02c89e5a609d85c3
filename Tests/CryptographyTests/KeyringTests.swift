import System
import Testing

@testable import Cryptography

struct KeyringTests {
    private let random = OpenSSLRandomSource()

    private func key() throws -> KeyFile.Key { try KeyFile.Key(createdAt: 1, random: random) }

    private func keyring(_ keys: KeyFile.Key...) -> Keyring { Keyring(KeyFile(keys: keys)) }

    private func secret(_ text: String = "a secret of the installation") -> Secret { Secret(Array(text.utf8)) }

    @Test(arguments: [0, 1, 20, 4096, Keyring.longestSecret])
    func `a secret comes back`(count: Int) throws {
        let keys = keyring(try key())
        let secret = Secret(try random.bytes(count))
        let sealed = try keys.seal(secret, for: .totpSecret, of: "acct_1", random: random)
        #expect(sealed.count == count + Keyring.overhead)
        #expect(try keys.open(sealed, for: .totpSecret, of: "acct_1").isEqual(to: secret))
        #expect(Keyring.keyID(of: sealed) == keys.inUse)
    }

    @Test func `the same secret is sealed otherwise each time`() throws {
        let keys = keyring(try key())
        let values = try (0..<100).map { _ in
            try keys.seal(secret(), for: .totpSecret, of: "acct_1", random: random)
        }
        #expect(Set(values).count == values.count)
    }

    @Test func `a value opens for its own purpose and subject only`() throws {
        let keys = keyring(try key())
        let sealed = try keys.seal(secret(), for: .totpSecret, of: "acct_1", random: random)
        for purpose in KeyPurpose.allCases where purpose != .totpSecret {
            #expect(throws: KeyError.damaged) { try keys.open(sealed, for: purpose, of: "acct_1") }
        }
        for subject in ["acct_2", "", "acct_1 ", "acct_"] {
            #expect(throws: KeyError.damaged) { try keys.open(sealed, for: .totpSecret, of: subject) }
        }
    }

    @Test func `a value with any byte changed, cut off or added is refused`() throws {
        let keys = keyring(try key())
        let sealed = try keys.seal(secret("0123"), for: .storedSecret, of: "throttle", random: random)
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                let isIdentifier = (1..<Keyring.headerLength).contains(index)
                #expect {
                    _ = try keys.open(changed, for: .storedSecret, of: "throttle")
                } throws: { error in
                    if isIdentifier, case .unknownKey? = error as? KeyError { return true }
                    return error as? KeyError == .damaged && !isIdentifier
                }
            }
            #expect(throws: KeyError.damaged) {
                try keys.open(Array(sealed[..<index]), for: .storedSecret, of: "throttle")
            }
        }
        #expect(throws: KeyError.damaged) { try keys.open(sealed + [0], for: .storedSecret, of: "throttle") }
    }

    @Test func `a key that is gone is named, and one that is not in use still opens`() throws {
        let (old, new) = (try key(), try key())
        let sealed = try keyring(old).seal(secret(), for: .totpSecret, of: "acct_1", random: random)
        #expect(try keyring(new, old).open(sealed, for: .totpSecret, of: "acct_1").isEqual(to: secret()))
        #expect(throws: KeyError.unknownKey(old.id)) { try keyring(new).open(sealed, for: .totpSecret, of: "acct_1") }
        let again = try keyring(new, old).seal(secret(), for: .totpSecret, of: "acct_1", random: random)
        #expect(Keyring.keyID(of: again) == new.id)
    }

    @Test func `another key under the same identifier opens nothing`() throws {
        let first = try key()
        let other = KeyFile.Key(id: first.id, createdAt: 1, secret: try key().secret)
        let sealed = try keyring(first).seal(secret(), for: .totpSecret, of: "acct_1", random: random)
        #expect(throws: KeyError.damaged) { try keyring(other).open(sealed, for: .totpSecret, of: "acct_1") }
    }

    @Test func `a code is that of its message, purpose, subject and key`() throws {
        let (old, new) = (try key(), try key())
        let (before, after) = (keyring(old), keyring(new, old))
        let message = Array("4K7QXM9D2A".utf8)
        let code = try before.code(of: message, for: .passkeyLogin, of: "acct_1")
        #expect(code.count == Keyring.codeLength && Keyring.keyID(of: code) == old.id)
        #expect(try before.code(of: message, for: .passkeyLogin, of: "acct_1") == code)
        #expect(try after.verifies(code, of: message, for: .passkeyLogin, of: "acct_1"))
        #expect(try !after.verifies(code, of: message + [0], for: .passkeyLogin, of: "acct_1"))
        #expect(try !after.verifies(code, of: message, for: .passkeyLogin, of: "acct_2"))
        #expect(try !after.verifies(code, of: message, for: .storedSecret, of: "acct_1"))
        // A part of the subject is none of the message.
        #expect(try !after.verifies(code, of: Array("1".utf8) + message, for: .passkeyLogin, of: "acct_"))
        #expect(throws: KeyError.unknownKey(old.id)) {
            try keyring(new).verifies(code, of: message, for: .passkeyLogin, of: "acct_1")
        }
        #expect(throws: KeyError.damaged) {
            try after.verifies(Array(code.dropLast()), of: message, for: .passkeyLogin, of: "acct_1")
        }
        let all = try after.codes(of: message, for: .passkeyLogin, of: "acct_1")
        #expect(all.map { Keyring.keyID(of: $0) } == [new.id, old.id] && all[1] == code)
    }

    @Test func `each key and purpose has a key of its own`() throws {
        let keys = keyring(try key(), try key())
        let derived = try KeyPurpose.allCases.flatMap { try keys.derivedKeys(for: $0).map(\.key) }
        #expect(derived.count == 2 * KeyPurpose.allCases.count)
        for (index, one) in derived.enumerated() {
            #expect(one.count == 32 && !derived[..<index].contains { $0.isEqual(to: one) })
        }
    }

    /// A value of this version must be opened by every later one.
    @Test func `the form is the one that is stored`() throws {
        let key = KeyFile.Key(
            id: KeyID(rawValue: 0x6C8A_1F3B_2D4E_5F7A), createdAt: 0, secret: Secret(Array(0..<32)))
        let code = try keyring(key).code(of: Array("message".utf8), for: .passkeyLogin, of: "subject")
        #expect(Hex.encode(code) == Self.storedCode)
        let opened = try keyring(key).open(bytes(hex: Self.storedValue), for: .totpSecret, of: "subject")
        #expect(opened.isEqual(to: secret("secret")))
    }

    /// Made by `Vectors/make-keys.py`, which knows nothing of this code.
    private static let storedCode =
        "016c8a1f3b2d4e5f7a1b33af9afb361ee67e26d26270a106f241bd2390bf3739e78a8b095511f9892d"
    private static let storedValue =
        "016c8a1f3b2d4e5f7a6465666768696a6b6c6d6e6fbd281b8accc46f50a811e9b2f0a40f3fd41f8c213fb5"
}
