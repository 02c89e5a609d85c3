import COpenSSL
import Foundation
import System
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
        #expect(Hex.encode(SHA256.digest(of: text)) == expected)
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

    @Test func `Base64 is that of Foundation without padding, and no text but the one encoding is read`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 151 * $0 + 97 * count) }
            let text = Data(bytes).base64EncodedString().filter { $0 != "=" }
            #expect(Base64.encode(bytes) == text)
            #expect(Base64.decode(text) == bytes)
        }
        for text in ["A", "AAAAA", "AB", "AAB", "AA==", "AA A", "AA\n", "A-_A", "AÄ", "AAA="] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }

    @Test func `a digest of many bytes is the same as that of EVP`() {
        for count in [55, 56, 63, 64, 65, 1000, 100_000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 31 * $0) }
            var expected = [UInt8](repeating: 0, count: 32)
            #expect(unsafe EVP_Digest(bytes, bytes.count, &expected, nil, EVP_sha256(), nil) == 1)
            #expect(SHA256.digest(of: bytes) == expected)
        }
    }
}

/// The bytes that hexadecimal digits stand for.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.utf8.compactMap { Hex.value($0) }
    precondition(digits.count == hex.utf8.count && digits.count.isMultiple(of: 2), "not hexadecimal: \(hex)")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
