import System
import Testing

@testable import Cryptography

struct KeyDerivationTests {
    @Test(
        "HKDF: RFC 5869, appendix A.1 to A.3",
        arguments: [
            (
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            ),
            (
                Hex.encode(0x00...0x4F), Hex.encode(0x60...0xAF), Hex.encode(0xB0...0xFF),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                    + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
            ),
            (
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
            ),
        ])
    func derivation(key: String, salt: String, info: String, expected: String) throws {
        let output = try HKDF.derive(
            from: Secret(bytes(hex: key)), salt: bytes(hex: salt), info: bytes(hex: info),
            length: expected.utf8.count / 2)
        #expect(output.isEqual(to: Secret(bytes(hex: expected))))
    }

    @Test(
        "HMAC with SHA-256: RFC 4231, sections 4.2 to 4.8",
        arguments: [
            (
                String(repeating: "0b", count: 20), "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                Hex.encode(0x01...0x19), String(repeating: "cd", count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
            (
                String(repeating: "aa", count: 131),
                Hex.encode("Test Using Larger Than Block-Size Key - Hash Key First".utf8.map(\.self)),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            (
                String(repeating: "aa", count: 131),
                Hex.encode(
                    Array(
                        ("This is a test using a larger than block-size key and a larger than block-size data. The key "
                            + "needs to be hashed before being used by the HMAC algorithm.").utf8)),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
            ),
        ])
    func code(key: String, message: String, expected: String) throws {
        let underSecret = try HMACDigest.of(bytes(hex: message), key: Secret(bytes(hex: key)), .sha256)
        #expect(Hex.encode(underSecret) == expected)
        let ofSecret = try HMACDigest.of(Secret(bytes(hex: message)), key: bytes(hex: key), .sha256)
        #expect(Hex.encode(ofSecret) == expected)
    }

    @Test func `an empty message and an empty key have a code`() throws {
        let code = try HMACDigest.of([], key: Secret([]), .sha256)
        #expect(Hex.encode(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }
}
