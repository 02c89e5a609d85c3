/// The modules of a QR code: those of its patterns, which all codes of a version share, and those of its data.
struct QRMatrix {
    let size: Int
    private var isDark: [Bool]
    private var isOfPattern: [Bool]

    /// Draws the patterns (ISO/IEC 18004, section 6.3).
    init(_ version: QRVersion) {
        size = version.size
        isDark = [Bool](repeating: false, count: size * size)
        isOfPattern = isDark
        for place in 0..<size {
            draw(6, place, place % 2 == 0)
            draw(place, 6, place % 2 == 0)
        }
        for (column, row) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawRings(column, row, reach: 4) }
        let places = version.alignments
        for column in places {
            for row in places where !isInCorner(column, row) { drawRings(column, row, reach: 2) }
        }
        drawFormat(mask: 0)
        if version.number >= 7 { drawVersion(version.number) }
    }

    /// True for a dark module.
    subscript(column: Int, row: Int) -> Bool { isDark[row * size + column] }

    private mutating func draw(_ column: Int, _ row: Int, _ dark: Bool) {
        isDark[row * size + column] = dark
        isOfPattern[row * size + column] = true
    }

    /// True if an alignment pattern would lie on a finder pattern.
    private func isInCorner(_ column: Int, _ row: Int) -> Bool {
        let end = size - 7
        return [(6, 6), (6, end), (end, 6)].contains { $0 == (column, row) }
    }

    /// Draws a finder pattern with its separator, or an alignment pattern: squares around a center.
    private mutating func drawRings(_ column: Int, _ row: Int, reach: Int) {
        for y in max(row - reach, 0)...min(row + reach, size - 1) {
            for x in max(column - reach, 0)...min(column + reach, size - 1) {
                let distance = max(abs(x - column), abs(y - row))
                draw(x, y, reach == 4 ? distance != 2 && distance != 4 : distance != 1)
            }
        }
    }

    /// Draws level and mask, twice (section 7.9).
    private mutating func drawFormat(mask: Int) {
        // Level M is 0.
        var remainder = mask
        for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9) * 0x537 }
        let bits = (mask << 10 | remainder) ^ 0x5412
        let first = (0...5).map { (8, $0) } + [(8, 7), (8, 8), (7, 8)] + (9..<15).map { (14 - $0, 8) }
        let second = (0..<8).map { (size - 1 - $0, 8) } + (8..<15).map { (8, size - 15 + $0) }
        for places in [first, second] {
            for (bit, (column, row)) in places.enumerated() { draw(column, row, bits >> bit & 1 == 1) }
        }
        draw(8, size - 8, true)
    }

    /// Draws the number of the version, twice (section 7.10).
    private mutating func drawVersion(_ number: Int) {
        var remainder = number
        for _ in 0..<12 { remainder = remainder << 1 ^ (remainder >> 11) * 0x1F25 }
        let bits = number << 12 | remainder
        for bit in 0..<18 {
            let (far, near) = (size - 11 + bit % 3, bit / 3)
            draw(far, near, bits >> bit & 1 == 1)
            draw(near, far, bits >> bit & 1 == 1)
        }
    }

    /// Draws codewords in columns of two modules, from the right to the left, up and down in turns (section 7.7.3).
    mutating func fill(_ codewords: [UInt8]) {
        var bit = 0
        // The column of the timing pattern is left out.
        for (number, right) in ((8..<size).reversed() + (1..<7).reversed()).enumerated() where number % 2 == 0 {
            for step in 0..<size {
                let row = number % 4 == 0 ? size - 1 - step : step
                for column in [right, right - 1] where !isOfPattern[row * size + column] && bit < 8 * codewords.count {
                    isDark[row * size + column] = codewords[bit / 8] >> (7 - bit % 8) & 1 == 1
                    bit += 1
                }
            }
        }
    }

    /// The code with one of the eight masks (section 7.8.2).
    func masked(by mask: Int) -> QRMatrix {
        var masked = self
        for row in 0..<size {
            for column in 0..<size where !isOfPattern[row * size + column] && Self.turns(mask, column, row) {
                masked.isDark[row * size + column].toggle()
            }
        }
        masked.drawFormat(mask: mask)
        return masked
    }

    private static func turns(_ mask: Int, _ column: Int, _ row: Int) -> Bool {
        let product = column * row
        return switch mask {
        case 0: (column + row) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (column + row) % 3 == 0
        case 4: (column / 3 + row / 2) % 2 == 0
        case 5: product % 2 + product % 3 == 0
        case 6: (product % 2 + product % 3) % 2 == 0
        default: ((column + row) % 2 + product % 3) % 2 == 0
        }
    }
}

extension QRMatrix {
    /// The measure of what makes a code hard to read (section 7.8.3).
    var penalty: Int {
        let rows = (0..<size).map { row in (0..<size).map { self[$0, row] } }
        let columns = (0..<size).map { column in (0..<size).map { self[column, $0] } }
        let lines = (rows + columns).map { Self.penalty(ofRuns: $0) + Self.penalty(ofFinders: $0) }
        return lines.reduce(0, +) + penaltyOfSquares + penaltyOfBalance
    }

    /// Runs of five modules and more.
    private static func penalty(ofRuns line: [Bool]) -> Int {
        var (penalty, length) = (0, 0)
        for (place, isDark) in line.enumerated() {
            length = place > 0 && line[place - 1] == isDark ? length + 1 : 1
            if length == 5 { penalty += 3 } else if length > 5 { penalty += 1 }
        }
        return penalty
    }

    /// Parts that look like a finder pattern.
    private static func penalty(ofFinders line: [Bool]) -> Int {
        let finder = [true, false, true, true, true, false, true]
        let light = [Bool](repeating: false, count: 4)
        return (0...line.count - 11).count { start in
            let part = line[start..<start + 11]
            return part.elementsEqual(finder + light) || part.elementsEqual(light + finder)
        } * 40
    }

    /// Squares of two by two modules.
    private var penaltyOfSquares: Int {
        (0..<size - 1).map { row in
            (0..<size - 1).count { column in
                let isDark = self[column, row]
                return self[column + 1, row] == isDark && self[column, row + 1] == isDark
                    && self[column + 1, row + 1] == isDark
            }
        }.reduce(0, +) * 3
    }

    /// Dark modules that are far from half of all.
    private var penaltyOfBalance: Int {
        let all = size * size
        let dark = (0..<size).map { row in (0..<size).count { self[$0, row] } }.reduce(0, +)
        return abs(20 * dark - 10 * all) / all * 10
    }
}
