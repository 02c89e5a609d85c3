import Testing

@testable import Cryptography

struct CBORTests {
    private func read(_ hex: String) throws(CBORError) -> CBOR { try CBOR(bytes(hex: hex.filter { $0 != " " })[...]) }

    @Test(
        "RFC 8949, appendix A: integers",
        arguments: [
            ("00", 0), ("01", 1), ("0a", 10), ("17", 23), ("1818", 24), ("1819", 25), ("1864", 100), ("1903e8", 1000),
            ("1a000f4240", 1_000_000), ("1b000000e8d4a51000", 1_000_000_000_000), ("20", -1), ("29", -10),
            ("3863", -100), ("3903e7", -1000), ("1b7fffffffffffffff", Int.max), ("3b7fffffffffffffff", Int.min),
        ])
    func integers(_ hex: String, _ number: Int) throws {
        #expect(try read(hex).integer == number)
    }

    @Test(arguments: ["1bffffffffffffffff", "1b8000000000000000", "3b8000000000000000", "3bffffffffffffffff"])
    func `an integer beyond 64 bits with a sign is read and is none`(_ hex: String) throws {
        #expect(try read(hex).integer == nil)
    }

    @Test func `strings, arrays and maps of RFC 8949, appendix A`() throws {
        #expect(try read("40").bytes == [])
        #expect(try read("4401020304").bytes == [1, 2, 3, 4])
        for (hex, text) in [
            ("60", ""), ("6161", "a"), ("6449455446", "IETF"), ("62225c", "\"\\"), ("62c3bc", "ü"), ("63e6b0b4", "水"),
            ("64f0908591", "\u{10151}"),
        ] { #expect(try read(hex).text == text) }
        for hex in [
            "80", "83010203", "8301820203820405", "f4", "f5", "f6",
            "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        ] {
            let item = try read(hex)
            #expect(item.entryCount == nil && item.bytes == nil && item.text == nil && item.integer == nil)
        }
        #expect(try read("a0").entryCount == 0)
        let map = try read("a26161016162820203")
        #expect(map.entryCount == 2 && map["a"]?.integer == 1 && map["b"]?.encoded == [0x82, 2, 3] && map["c"] == nil)
        let numbers = try read("a201020304")
        #expect(numbers[1]?.integer == 2 && numbers[3]?.integer == 4 && numbers[2] == nil && numbers["1"] == nil)
    }

    @Test func `keys may stand in any order, and a value of another type is not the one asked for`() throws {
        let map = try read("a3 20 05  03 26  61 61 43010203")
        #expect(map[-1]?.integer == 5 && map[3]?.integer == -7 && map["a"]?.bytes == [1, 2, 3])
        #expect(map["a"]?.integer == nil && map["a"]?.text == nil && map[3]?.bytes == nil && map[3]?[1] == nil)
        #expect(try read("6161").isText("a"))
        #expect(try !read("6161").isText("ab") && !read("6161").isText("") && !read("4161").isText("a"))
    }

    // duo-labs/webauthn#66, swift-webauthn PR#61, go-webauthn PR#762
    @Test(arguments: [
        ("", CBORError.tooShort), ("18", .tooShort), ("19 01", .tooShort), ("1b 00000001 000000", .tooShort),
        ("42 01", .tooShort), ("61", .tooShort), ("81", .tooShort), ("a1 01", .tooShort), ("a1", .tooShort),
        ("00 00", .trailingBytes), ("a0 f6", .trailingBytes),
        // indefinite lengths, also inside
        ("5f 41 00 ff", .indefiniteLength), ("7f 61 61 ff", .indefiniteLength), ("9f ff", .indefiniteLength),
        ("bf ff", .indefiniteLength), ("81 9f ff", .indefiniteLength), ("a1 01 bf ff", .indefiniteLength),
        ("ff", .reserved), ("81 ff", .reserved),
        // longer than needed
        ("18 17", .notShortest), ("19 00ff", .notShortest), ("1a 0000ffff", .notShortest),
        ("1b 00000000ffffffff", .notShortest), ("38 17", .notShortest), ("58 01 00", .notShortest),
        ("78 01 61", .notShortest), ("98 01 00", .notShortest), ("b8 01 01 01", .notShortest),
        ("59 0001 00", .notShortest),
        // tags, floats and other simple values
        ("c0 60", .tag), ("d8 20 60", .tag), ("d9 d9f7 a0", .tag), ("c2 41 01", .tag), ("f9 0000", .simpleValue),
        ("fa 47c35000", .simpleValue), ("fb 3ff199999999999a", .simpleValue), ("f9 7e00", .simpleValue),
        ("f7", .simpleValue), ("e0", .simpleValue), ("f0", .simpleValue), ("f8 ff", .simpleValue),
        ("f8 14", .simpleValue), ("f8 18", .simpleValue),
        // reserved heads
        ("1c", .reserved), ("1d", .reserved), ("1e", .reserved), ("3c", .reserved), ("5d", .reserved),
        ("7e", .reserved), ("9c", .reserved), ("bd", .reserved), ("fc", .reserved), ("1f", .indefiniteLength),
        // keys
        ("a2 01 00 01 00", .repeatedKey), ("a2 61 61 00 61 61 01", .repeatedKey),
        ("a3 01 00 20 00 20 00", .repeatedKey),
        ("a1 01 a2 03 00 03 00", .repeatedKey), ("81 a2 03 00 03 00", .repeatedKey), ("a1 40 00", .keyType),
        ("a1 80 00", .keyType), ("a1 a0 00", .keyType), ("a1 f5 00", .keyType), ("a1 f6 00", .keyType),
        // text
        ("61 ff", .notUTF8), ("62 c3 28", .notUTF8), ("63 ed a0 80", .notUTF8), ("a1 61 80 00", .notUTF8),
        ("62 c0 80", .notUTF8),
    ])
    func `a form that is not accepted`(_ hex: String, _ error: CBORError) {
        #expect(throws: error, "\(hex)") { try read(hex) }
    }

    @Test func `the same number as integer and text, or with another sign, is another key`() throws {
        #expect(try read("a3 01 00 61 31 00 20 00").entryCount == 3)
    }

    @Test func `levels are bounded at four, of arrays and maps alike`() throws {
        for open in ["81", "a101"] {
            let opened = { String(repeating: open, count: $0) }
            #expect(throws: Never.self) { try read(opened(4) + "00") }
            #expect(throws: Never.self) { try read(opened(3) + "80") }
            #expect(throws: CBORError.tooDeep) { try read(opened(5) + "00") }
            #expect(throws: CBORError.tooDeep) { try read(opened(4) + "80") }
            // As deep as a body is long: no stack is used for it.
            #expect(throws: CBORError.tooDeep) { try read(opened(8000)) }
        }
    }

    // duo-labs/webauthn#66, swift-webauthn PR#61, go-webauthn PR#762
    @Test(arguments: [
        "5bffffffffffffffff", "5b7fffffffffffffff", "7bffffffffffffffff", "9bffffffffffffffff", "9b7fffffffffffffff",
        "bb7fffffffffffffff", "bbffffffffffffffff", "5affffffff", "9affffffff00", "baffffffff0000", "9a0fffffff",
    ])
    func `a length beyond the bytes costs nothing`(_ hex: String) {
        #expect(throws: CBORError.tooShort) { try read(hex) }
        #expect(throws: CBORError.tooShort) { try read("81" + hex) }
        #expect(throws: CBORError.tooShort) { try read("a101" + hex) }
    }

    @Test func `entries of a map, and the bytes of all, are bounded`() throws {
        func map(_ count: Int) -> [UInt8] {
            [0xB8, UInt8(count)] + (0..<UInt8(count)).flatMap { $0 < 24 ? [$0, 0] : [0x18, $0, 0] }
        }
        #expect(try CBOR(map(CBOR.maximumEntries)[...]).entryCount == CBOR.maximumEntries)
        #expect(throws: CBORError.tooManyEntries) { try CBOR(map(CBOR.maximumEntries + 1)[...]) }
        let longest = [0x59, 0x3F, 0xFD] + [UInt8](repeating: 0, count: CBOR.maximumLength - 3)
        #expect(try CBOR(longest[...]).bytes?.count == CBOR.maximumLength - 3)
        let longer = [0x59, 0x3F, 0xFE] + [UInt8](repeating: 0, count: CBOR.maximumLength - 2)
        #expect(throws: CBORError.tooShort) { try CBOR(longer[...]) }
        // An array of as many items as there are bytes.
        let wide = [0x99, 0x3F, 0xFD] + [UInt8](repeating: 0, count: CBOR.maximumLength - 3)
        #expect(throws: Never.self) { try CBOR(wide[...]) }
    }

    @Test func `no part of an item is one, but an item may have others behind it`() throws {
        let item = bytes(hex: "a301020326215820") + [UInt8](0..<32)
        for count in 0..<item.count { #expect(throws: CBORError.tooShort) { try CBOR(item[..<count]) } }
        let two = item + [0xA0]
        #expect(throws: CBORError.trailingBytes) { try CBOR(two[...]) }
        let first = try CBOR(prefixOf: two[...])
        #expect(Array(first.encoded) == item)
        #expect(try CBOR(two[first.encoded.endIndex...]).entryCount == 0)
        #expect(first[-2]?.bytes?.count == 32)
    }

    @Test func `whatever is built is read back`() throws {
        var seed: UInt64 = 17
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        func head(_ type: UInt8, _ number: Int) -> [UInt8] {
            switch number {
            case ..<24: [type << 5 | UInt8(number)]
            case ..<256: [type << 5 | 24, UInt8(number)]
            default: [type << 5 | 25, UInt8(number >> 8), UInt8(number & 255)]
            }
        }
        func item(_ depth: Int) -> [UInt8] {
            switch next(depth < 4 ? 7 : 5) {
            case 0: return head(0, next(60000))
            case 1: return head(1, next(60000))
            case 2:
                let count = next(40)
                return head(2, count) + (0..<count).map { _ in UInt8(next(256)) }
            case 3:
                let count = next(40)
                return head(3, count) + (0..<count).map { _ in UInt8(0x20 + next(95)) }
            case 4: return [0xF4 + UInt8(next(3))]
            case 5: return head(4, 3) + item(depth + 1) + item(depth + 1) + item(depth + 1)
            default:
                return head(5, 3) + [0x01] + item(depth + 1) + [0x61, 0x6B] + item(depth + 1) + [0x20] + item(depth + 1)
            }
        }
        for _ in 0..<500 {
            let values = [item(1), item(1), item(1)]
            let map = head(5, 3) + [0x61, 0x61] + values[0] + [0x38, 0x20] + values[1] + [0x05] + values[2]
            let read = try CBOR(map[...])
            let found = [read["a"], read[-33], read[5]].map { $0.map { Array($0.encoded) } }
            #expect(found == values)
            #expect(throws: CBORError.self) { try CBOR(map.dropLast()) }
            #expect(throws: CBORError.trailingBytes) { try CBOR((map + [0])[...]) }
        }
    }
}
