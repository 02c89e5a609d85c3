/// A version of QR codes, by which their size goes, with error correction of level M (ISO/IEC 18004, table 9).
struct QRVersion {
    /// The codewords for error correction in each block.
    private static let correction = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26]
    /// The blocks.
    private static let blocks = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]

    /// The number, 1 to 20.
    let number: Int

    /// Takes a number of 1 to 20.
    init(number: Int) {
        self.number = number
    }

    /// Finds the smallest version that holds so many bytes; `nil` if none does.
    init?(holding count: Int) {
        let found = (1...Self.blocks.count).map { QRVersion(number: $0) }.first { version in
            version.headerBits + 8 * count <= 8 * version.dataCount
        }
        guard let found else { return nil }
        self = found
    }

    /// The modules of a side.
    var size: Int { 17 + 4 * number }

    /// The places of the alignment patterns, in both directions (annex E).
    var alignments: [Int] {
        guard number > 1 else { return [] }
        let count = number / 7 + 2
        let step = (number * 4 + count * 2 + 1) / (count * 2 - 2) * 2
        return [6] + (0..<count - 1).reversed().map { size - 7 - $0 * step }
    }

    /// The codewords, those for error correction included.
    private var codewordCount: Int {
        var modules = (16 * number + 128) * number + 64
        if number >= 2 {
            let count = number / 7 + 2
            modules -= (25 * count - 10) * count - 55
        }
        if number >= 7 { modules -= 36 }
        return modules / 8
    }

    private var blockCount: Int { Self.blocks[number - 1] }
    private var correctionCount: Int { Self.correction[number - 1] }
    private var dataCount: Int { codewordCount - blockCount * correctionCount }
    /// The bits of the number of bytes (table 3).
    private var countBits: Int { number < 10 ? 8 : 16 }
    private var headerBits: Int { 4 + countBits }

    /// The codewords of bytes, in the order in which they are drawn (sections 7.4 to 7.6).
    func codewords(of bytes: [UInt8]) -> [UInt8] {
        let data = data(of: bytes)
        let shortCount = blockCount - codewordCount % blockCount
        let shortLength = codewordCount / blockCount - correctionCount
        var (blocks, start) = ([[UInt8]](), 0)
        for number in 0..<blockCount {
            let end = start + shortLength + (number < shortCount ? 0 : 1)
            blocks.append(Array(data[start..<end]))
            start = end
        }
        let code = ReedSolomon(degree: correctionCount)
        return Self.interleaved(blocks) + Self.interleaved(blocks.map { code.remainder(of: $0) })
    }

    /// The data codewords: mode, number and bytes, filled up.
    private func data(of bytes: [UInt8]) -> [UInt8] {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) {
            for place in (0..<count).reversed() { bits.append(value >> place & 1 == 1) }
        }
        append(0b0100, 4)
        append(bytes.count, countBits)
        for byte in bytes { append(Int(byte), 8) }
        append(0, min(4, 8 * dataCount - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var data = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        while data.count < dataCount { data.append(data.count % 2 == padParity(bits.count) ? 0xEC : 0x11) }
        return data
    }

    /// The parity of the place of the first byte that fills up.
    private func padParity(_ bitCount: Int) -> Int { bitCount / 8 % 2 }

    /// The first bytes of all blocks, the second ones, and so on.
    private static func interleaved(_ blocks: [[UInt8]]) -> [UInt8] {
        (0..<(blocks.map(\.count).max() ?? 0)).flatMap { place in
            blocks.compactMap { $0.indices.contains(place) ? $0[place] : nil }
        }
    }
}

/// The code of Reed and Solomon over the field of 256 elements by x⁸ + x⁴ + x³ + x² + 1 (ISO/IEC 18004, section 7.5).
private struct ReedSolomon {
    /// The coefficients of the generator but for the first, which is one.
    private let divisor: [UInt8]

    init(degree: Int) {
        var divisor = [UInt8](repeating: 0, count: degree - 1) + [1]
        var root: UInt8 = 1
        for _ in 0..<degree {
            for place in divisor.indices {
                divisor[place] = Self.product(divisor[place], root)
                if place + 1 < degree { divisor[place] ^= divisor[place + 1] }
            }
            root = Self.product(root, 2)
        }
        self.divisor = divisor
    }

    /// The codewords for error correction of a block.
    func remainder(of data: [UInt8]) -> [UInt8] {
        var remainder = [UInt8](repeating: 0, count: divisor.count)
        for byte in data {
            let factor = byte ^ remainder[0]
            remainder = Array(remainder.dropFirst()) + [0]
            for place in remainder.indices { remainder[place] ^= Self.product(divisor[place], factor) }
        }
        return remainder
    }

    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        (0..<8).reversed().reduce(UInt8(0)) { product, place in
            let doubled = product << 1 ^ (product & 0x80 != 0 ? 0x1D : 0)
            return right >> place & 1 == 1 ? doubled ^ left : doubled
        }
    }
}
