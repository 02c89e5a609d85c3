/// A point of Ed25519 in its encoding (RFC 8032, section 5.1.2): 255 bits of y, little-endian, and the sign of x.
enum Ed25519Point {
    /// Tells whether a point is one of the eight whose order divides 8, in any of their encodings. Under such a key
    /// anybody can sign: with the neutral point, one signature fits all messages.
    static func isOfSmallOrder(_ encoded: ArraySlice<UInt8>) -> Bool {
        var y = Array(encoded)
        guard let last = y.indices.last else { return false }
        y[last] &= 0x7F
        return smallOrder.contains(y)
    }

    /// The values of y of the eight points, as libsodium's `ge25519_has_small_order` has them: five, and p and p + 1,
    /// which are 0 and 1 in another encoding, with p = 2^255 - 19. The others plus p do not fit into 255 bits.
    private static let smallOrder: [[UInt8]] = [
        // 0, of order 4, and 1, the neutral point
        y(0, 0, 0), y(1, 0, 0),
        // Both of order 8
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
        // p - 1, of order 2, p and p + 1
        y(0xEC, 0xFF, 0x7F), y(0xED, 0xFF, 0x7F), y(0xEE, 0xFF, 0x7F),
    ]

    /// The 32 bytes of a value of which the 30 in the middle are the same.
    private static func y(_ first: UInt8, _ middle: UInt8, _ last: UInt8) -> [UInt8] {
        [first] + [UInt8](repeating: middle, count: 30) + [last]
    }
}
