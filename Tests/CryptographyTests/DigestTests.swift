import Testing

@testable import Cryptography

struct DigestTests {
    @Test(
        "FIPS 180-4 examples",
        arguments: [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ])
    func sha256(_ text: String, _ expected: String) {
        #expect(hexadecimal(SHA256.digest(of: text)) == expected)
    }

    @Test func `equality looks at every byte and at the length`() {
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([0, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(constantTimeEqual([], []))
    }

    @Test func `random bytes differ each time`() throws {
        let source = OpenSSLRandomSource()
        #expect(try source.bytes(32) != source.bytes(32))
        #expect(try source.bytes(0).isEmpty)
    }

    @Test func `a secret shows nothing of itself`() {
        let secret = Secret(Array("swordfish".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret)" == "<secret>")
        #expect(!dumped.contains("115") && !dumped.contains("swordfish"))
        #expect(!String(reflecting: secret).contains("swordfish"))
    }

    @Test func `cleansing leaves zeros`() {
        var bytes: [UInt8] = [1, 2, 3]
        Secret.cleanse(&bytes)
        #expect(bytes == [0, 0, 0])
    }
}
