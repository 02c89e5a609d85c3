import Foundation
import System
import Testing

@testable import Cryptography

/// NIST's vectors, which `Vectors/make-gcm.py` writes.
struct AESGCMTests {
    struct Vector: Decodable, Sendable, CustomTestStringConvertible {
        let key, iv, ct, aad, tag: String
        /// `nil` for one that must be refused.
        let pt: String?

        var testDescription: String { "\(key.prefix(8)), \(ct.count / 2) and \(aad.count / 2) bytes" }

        func open() throws -> Secret? {
            let sealed = bytes(hex: ct + tag)
            return try AESGCM.open(
                sealed[...], key: Secret(bytes(hex: key)), nonce: bytes(hex: iv), associatedData: bytes(hex: aad))
        }
    }

    static let vectors: [Vector] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Vectors/gcm.json")
        return (try? JSONDecoder().decode([Vector].self, from: Data(contentsOf: file))) ?? []
    }()

    @Test func `there are vectors of every kind`() {
        #expect(Self.vectors.count == 200)
        #expect(Self.vectors.count { $0.pt == nil } > 20)
        #expect(Self.vectors.contains { $0.ct.isEmpty } && Self.vectors.contains { $0.aad.isEmpty })
    }

    @Test func `each vector is opened, or refused`() throws {
        for vector in Self.vectors {
            guard let expected = vector.pt else {
                #expect(try vector.open() == nil, "\(vector)")
                continue
            }
            let opened = try #require(try vector.open(), "\(vector)")
            #expect(opened.isEqual(to: Secret(bytes(hex: expected))), "\(vector)")
        }
    }

    @Test func `each vector that is right is sealed to the same bytes`() throws {
        for vector in Self.vectors {
            guard let text = vector.pt else { continue }
            let sealed = try AESGCM.seal(
                Secret(bytes(hex: text)), key: Secret(bytes(hex: vector.key)), nonce: bytes(hex: vector.iv),
                associatedData: bytes(hex: vector.aad))
            #expect(Hex.encode(sealed) == vector.ct + vector.tag, "\(vector)")
        }
    }

    @Test func `a value shorter than its tag is refused`() throws {
        let key = Secret([UInt8](repeating: 1, count: 32))
        for count in 0..<16 {
            let sealed = [UInt8](repeating: 0, count: count)
            let opened = try AESGCM.open(
                sealed[...], key: key, nonce: [UInt8](repeating: 0, count: 12), associatedData: [])
            #expect(opened == nil)
        }
    }
}
