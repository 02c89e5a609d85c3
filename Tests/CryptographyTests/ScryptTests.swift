import System
import Testing

@testable import Cryptography

struct ScryptTests {
    @Test(
        "RFC 7914, section 12",
        arguments: [
            (
                "", "", 4, 1, 1,
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                    + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
            ),
            (
                "password", "NaCl", 10, 8, 16,
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                    + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
            ),
            (
                "pleaseletmein", "SodiumChloride", 14, 8, 1,
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                    + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
            ),
        ])
    func vector(_ vector: (String, String, Int, Int, Int, String)) throws {
        let (password, salt, logCost, blockSize, parallelization, expected) = vector
        let scrypt = try #require(Scrypt(logCost: logCost, blockSize: blockSize, parallelization: parallelization))
        let output = try scrypt.derive(Secret(Array(password.utf8)), salt: Array(salt.utf8), length: 64)
        #expect(Hex.encode(output) == expected)
    }

    @Test func `parameters that need more than 1 GiB are refused`() {
        #expect(Scrypt(logCost: 20, blockSize: 8, parallelization: 1) == nil)
        #expect(Scrypt(logCost: 19, blockSize: 8, parallelization: 1) != nil)
    }

    @Test(arguments: [(0, 8, 1), (25, 8, 1), (15, 0, 1), (15, 65, 1), (15, 8, 0), (15, 8, 65)])
    func `parameters out of bounds are refused`(_ parameters: (Int, Int, Int)) {
        #expect(Scrypt(logCost: parameters.0, blockSize: parameters.1, parallelization: parameters.2) == nil)
    }
}
