import COpenSSL
import TestSupport
import Testing

@testable import Cryptography

struct PublicKeyTests {
    /// The generator of P-256 (SEC 2, section 2.4.2).
    static let x = bytes(hex: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
    static let y = bytes(hex: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
    /// The prime of its field.
    static let p = bytes(hex: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
    static let ed25519 = bytes(hex: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    private static func key(_ entries: [(Int, [UInt8])]) throws -> CBOR {
        try CBOR(CBORText.map(entries.map { (CBORText.integer($0), $1) })[...])
    }

    private static func number(_ number: Int) -> [UInt8] { CBORText.integer(number) }

    private static func error(_ entries: [(Int, [UInt8])]) throws -> PublicKeyError? {
        let key = try key(entries)
        do throws(PublicKeyError) {
            _ = try PublicKey(cose: key)
            return nil
        } catch {
            return error
        }
    }

    private static func es256(
        x: [UInt8] = x, y: [UInt8] = y, type: Int = 2, algorithm: Int = -7, curve: Int = 1
    ) -> [(Int, [UInt8])] {
        [
            (1, number(type)), (3, number(algorithm)), (-1, number(curve)), (-2, CBORText.bytes(x)),
            (-3, CBORText.bytes(y)),
        ]
    }

    private static func edDSA(
        x: [UInt8] = ed25519, type: Int = 1, algorithm: Int = -8, curve: Int = 6
    ) -> [(Int, [UInt8])] {
        [(1, number(type)), (3, number(algorithm)), (-1, number(curve)), (-2, CBORText.bytes(x))]
    }

    private static func rs256(
        _ modulus: [UInt8], e: [UInt8] = [1, 0, 1], type: Int = 3, algorithm: Int = -257
    ) -> [(Int, [UInt8])] {
        [(1, number(type)), (3, number(algorithm)), (-1, CBORText.bytes(modulus)), (-2, CBORText.bytes(e))]
    }

    private static func modulus(bits: Int) -> [UInt8] {
        [bits % 8 == 0 ? 0xFF : UInt8(1 << (bits % 8) - 1)] + [UInt8](repeating: 0xFF, count: (bits + 7) / 8 - 1)
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `a key checks signatures of its own, and no changed one`(_ algorithm: SignatureAlgorithm) throws {
        let signer = try SoftwareAuthenticator(algorithm)
        let key = try PublicKey(cose: CBOR(try signer.coseKey()[...]))
        #expect(key.algorithm == algorithm)
        let message = Array("a message of some length".utf8)
        let signature = try signer.sign(message)
        #expect(try key.verifies(signature, of: message))
        #expect(try key.verifies(try signer.sign([]), of: []))
        for index in signature.indices {
            for bit in [0, 3, 7] {
                var changed = signature
                changed[index] ^= 1 << bit
                #expect(try !key.verifies(changed, of: message), "bit \(bit) of byte \(index)")
            }
        }
        for index in message.indices {
            var changed = message
            changed[index] ^= 1
            #expect(try !key.verifies(signature, of: changed))
        }
        for changed in [[], [0], Array(signature.dropLast()), signature + [0], [0] + signature] {
            #expect(try !key.verifies(changed, of: message), "\(changed)")
        }
        #expect(try !key.verifies([UInt8](repeating: 0, count: signature.count), of: message))
        // Nothing is left behind that a later failure would report.
        #expect(ERR_peek_last_error() == 0)
        let other = try PublicKey(cose: CBOR(try SoftwareAuthenticator(algorithm).coseKey()[...]))
        #expect(try !other.verifies(signature, of: message))
    }

    @Test func `keys check by their own point, beside others and after them`() throws {
        let message = Array("a message".utf8)
        let signers = try (0..<3).map { _ in try SoftwareAuthenticator() }
        let signatures = try signers.map { try $0.sign(message) }
        func key(_ index: Int) throws -> PublicKey { try PublicKey(cose: CBOR(try signers[index].coseKey()[...])) }
        func found(by key: borrowing PublicKey) throws -> [Bool] {
            try signatures.map { try key.verifies($0, of: message) }
        }
        // One after the other, each of which may have the memory of the one before.
        for index in [0, 1, 0, 2, 2, 1] {
            let after = try key(index)
            let found = try found(by: after)
            #expect(found == (0..<3).map { $0 == index })
        }
        let first = try key(0)
        let second = try key(1)
        let beside = try found(by: second)
        #expect(beside == [false, true, false])
        #expect(try Self.error(Self.es256(x: Self.y, y: Self.x)) == .notOnCurve)
        let third = try key(2)
        let (foundByThird, foundByFirst) = (try found(by: third), try found(by: first))
        #expect(foundByThird == [false, false, true] && foundByFirst == [true, false, false])
    }

    @Test func `threads that check at once each have a key of their own`() async throws {
        let checks = try (0..<4).map { _ in
            let signer = try SoftwareAuthenticator()
            return (key: try signer.coseKey(), signature: try signer.sign([7]))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for index in (0..<200).map({ ($0 + number) % checks.count }) {
                        let key = try PublicKey(cose: CBOR(checks[index].key[...]))
                        let own = try key.verifies(checks[index].signature, of: [7])
                        let other = try key.verifies(checks[(index + 1) % checks.count].signature, of: [7])
                        #expect(own && !other)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a signature of zeros, and one in another form than DER, is none`() throws {
        let signer = try SoftwareAuthenticator()
        let key = try PublicKey(cose: CBOR(try signer.coseKey()[...]))
        let signature = try signer.sign([1])
        // r and s zero, or one, the long form of a length, and both without any.
        #expect(try !key.verifies([0x30, 6, 2, 1, 0, 2, 1, 0], of: [1]))
        #expect(try !key.verifies([0x30, 6, 2, 1, 1, 2, 1, 1], of: [1]))
        #expect(try !key.verifies([0x30, 0x81] + signature.dropFirst(), of: [1]))
        #expect(try !key.verifies([0x30, 0x80] + signature.dropFirst(2) + [0, 0], of: [1]))
        #expect(try !key.verifies([UInt8](repeating: 7, count: 64), of: [1]))
    }

    @Test func `a point of P-256 is on the curve`() throws {
        #expect(try Self.error(Self.es256()) == nil)
        var other = Self.y
        other[31] ^= 1
        #expect(try Self.error(Self.es256(y: other)) == .notOnCurve)
        #expect(try Self.error(Self.es256(x: Self.y, y: Self.x)) == .notOnCurve)
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(try Self.error(Self.es256(x: zero, y: zero)) == .notOnCurve)
        // Beyond the field, though it is on the curve modulo its prime.
        #expect(try Self.error(Self.es256(x: Self.p, y: Self.y)) == .notOnCurve)
        #expect(try Self.error(Self.es256(x: [UInt8](repeating: 0xFF, count: 32))) == .notOnCurve)
        #expect(ERR_peek_last_error() == 0)
    }

    /// The values of y of the points whose order divides 8, and those of them that fit into 255 bits once more plus p:
    /// as libsodium's `ge25519_has_small_order` has them, in hexadecimal digits of the encoding.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func `a point of Ed25519 has no small order`(_ y: String) throws {
        for sign: UInt8 in [0, 0x80] {
            var point = bytes(hex: y)
            point[31] |= sign
            #expect(try Self.error(Self.edDSA(x: point)) == .smallOrder)
            // The value beside it is that of another point, or of none, which only an assertion shows.
            point[1] ^= 1
            #expect(try Self.error(Self.edDSA(x: point)) == nil)
        }
    }

    @Test func `the one signature that fits all messages under the neutral point is of no use`() throws {
        let neutral: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        let signature = neutral + [UInt8](repeating: 0, count: 32)
        for message in ["one", "another"] {
            #expect(Self.openSSLTakes(signature, of: Array(message.utf8), by: neutral), "so it must be refused here")
        }
        #expect(try Self.error(Self.edDSA(x: neutral)) == .smallOrder)
        let key = try PublicKey(ed25519: Self.ed25519[...])
        #expect(try !key.verifies(signature, of: Array("one".utf8)))
    }

    /// Asks OpenSSL alone, which does not look at the order of a point.
    private static func openSSLTakes(_ signature: [UInt8], of message: [UInt8], by point: [UInt8]) -> Bool {
        guard let key = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, point, point.count) else {
            return false
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    @Test func `coordinates have their length, and are bytes`() throws {
        #expect(try Self.error(Self.es256(x: [0] + Self.x)) == .malformed)
        #expect(try Self.error(Self.es256(y: Array(Self.y.dropFirst()))) == .malformed)
        #expect(try Self.error(Self.es256(x: [], y: [])) == .malformed)
        #expect(try Self.error(Self.edDSA(x: Array(Self.ed25519.dropLast()))) == .malformed)
        #expect(try Self.error(Self.edDSA(x: Self.ed25519 + [0])) == .malformed)
        var compressed = Self.es256()
        for y: [UInt8] in [[0xF4], [0xF5], Self.number(1), CBORText.text(String(repeating: "y", count: 32))] {
            compressed[4].1 = y
            #expect(try Self.error(compressed) == .malformed)
        }
    }

    @Test(arguments: [
        -35, -36, -37, -38, -39, -47, -53, -9, -19, -51, -258, -259, -65535, -6, 0, 1, 7, 8, 257, Int.min, Int.max,
    ])
    func `an algorithm that is not offered`(_ number: Int) throws {
        #expect(try Self.error(Self.es256(algorithm: number)) == .unknownAlgorithm(number))
        #expect(try Self.error(Self.edDSA(algorithm: number)) == .unknownAlgorithm(number))
        #expect(try Self.error(Self.rs256(Self.modulus(bits: 2048), algorithm: number)) == .unknownAlgorithm(number))
    }

    @Test func `the parameters are those of the algorithm, and no others`() throws {
        #expect(try Self.error(Self.edDSA()) == nil)
        for type in [0, 1, 3, 4] { #expect(try Self.error(Self.es256(type: type)) == .malformed) }
        for curve in [0, 2, 3, 6, 7, 8] { #expect(try Self.error(Self.es256(curve: curve)) == .malformed) }
        for type in [0, 2, 3] { #expect(try Self.error(Self.edDSA(type: type)) == .malformed) }
        // X25519, X448, Ed448
        for curve in [1, 4, 5, 7] { #expect(try Self.error(Self.edDSA(curve: curve)) == .malformed) }
        #expect(try Self.error(Self.edDSA(algorithm: -7)) == .malformed)
        #expect(try Self.error(Self.es256(algorithm: -8)) == .malformed)
        #expect(try Self.error(Self.es256(algorithm: -257)) == .malformed)
        #expect(try Self.error(Self.rs256(Self.modulus(bits: 2048), algorithm: -7)) == .malformed)
        for type in [0, 1, 2, 4] {
            #expect(try Self.error(Self.rs256(Self.modulus(bits: 2048), type: type)) == .malformed)
        }
        for keys in [Self.es256(), Self.edDSA(), Self.rs256(Self.modulus(bits: 2048))] {
            // A key identifier, operations, a private key, and an entry of no meaning.
            for extra in [2, 4, -4, 99] { #expect(try Self.error(keys + [(extra, [0x41, 1])]) == .malformed) }
            for index in keys.indices {
                var fewer = keys
                fewer.remove(at: index)
                #expect(try Self.error(fewer) == .malformed)
                var texts = keys
                texts[index].1 = CBORText.text("1")
                #expect(try Self.error(texts) == .malformed)
            }
        }
        for item: [UInt8] in [[0xA0], [0x80], [0x00], [0x40], [0xF6]] {
            #expect(throws: PublicKeyError.malformed) { _ = try PublicKey(cose: CBOR(item[...])) }
        }
    }

    @Test func `keys are made on many threads at once`() async throws {
        let signer = try SoftwareAuthenticator()
        let (encoded, signature) = (try signer.coseKey(), try signer.sign([1, 2, 3]))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    (0..<20).allSatisfy { _ in
                        guard let item = try? CBOR(encoded[...]), let key = try? PublicKey(cose: item) else {
                            return false
                        }
                        return (try? key.verifies(signature, of: [1, 2, 3])) == true
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test func `the order of the parameters is of no account`() throws {
        #expect(try Self.error(Self.es256().reversed()) == nil)
        #expect(try Self.error(Self.edDSA().reversed()) == nil)
    }

    @Test func `an RSA modulus is odd, of 2048 to 4096 bits, and without zeros before it`() throws {
        for bits in [2048, 2049, 3072, 4095, 4096] {
            #expect(try Self.error(Self.rs256(Self.modulus(bits: bits))) == nil, "\(bits)")
        }
        for bits in [8, 512, 1024, 2047, 4097, 8192] {
            #expect(try Self.error(Self.rs256(Self.modulus(bits: bits))) == .modulusSize(bits: bits))
        }
        let modulus = Self.modulus(bits: 2048)
        #expect(try Self.error(Self.rs256([0] + modulus)) == .malformed)
        #expect(try Self.error(Self.rs256(modulus.dropLast() + [0xFE])) == .malformed)
        #expect(try Self.error(Self.rs256([])) == .malformed)
    }

    @Test func `an RSA exponent is odd and bounded`() throws {
        let modulus = Self.modulus(bits: 2048)
        for e: [UInt8] in [[1, 0, 1], [1, 0, 3], [0xFF, 0xFF, 0xFF]] {
            #expect(try Self.error(Self.rs256(modulus, e: e)) == nil, "\(e)")
        }
        for e: [UInt8] in [
            [1], [3], [17], [2], [0xFF, 0xFF], [1, 0, 0], [1, 0, 2], [1, 0, 0, 1],
            [UInt8](repeating: 0xFF, count: 256),
        ] {
            #expect(try Self.error(Self.rs256(modulus, e: e)) == .exponent, "\(e)")
        }
        #expect(try Self.error(Self.rs256(modulus, e: [0, 1, 0, 1])) == .malformed)
        #expect(try Self.error(Self.rs256(modulus, e: [])) == .malformed)
    }

    @Test func `a signature of RS256 is by PKCS 1 with SHA-256 alone`() throws {
        let signer = try SoftwareAuthenticator(.rs256)
        let key = try PublicKey(cose: CBOR(try signer.coseKey()[...]))
        // The number one to the power of e is one: a padding that begins with zeros is none.
        #expect(try !key.verifies([UInt8](repeating: 0, count: 255) + [1], of: []))
        #expect(try !key.verifies([UInt8](repeating: 0xFF, count: 256), of: []))
        #expect(try !key.verifies([UInt8](repeating: 1, count: 512), of: []))
    }
}
