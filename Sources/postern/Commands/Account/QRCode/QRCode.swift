/// A QR code of bytes (ISO/IEC 18004) with error correction of level M, which makes up for 15 % of it.
///
/// ```swift
/// if let code = QRCode(uri) { try Terminal.print(code.text) }
/// ```
struct QRCode {
    /// The modules, without the quiet zone.
    let matrix: QRMatrix

    /// Makes the code of a text; `nil` if it has more than 666 bytes.
    init?(_ text: String) {
        guard let version = QRVersion(holding: text.utf8.count) else { return nil }
        var plain = QRMatrix(version)
        plain.fill(version.codewords(of: Array(text.utf8)))
        // The mask with the least penalty: readers find it in the code (section 7.8).
        let masked = (0..<8).map { plain.masked(by: $0) }
        guard let best = masked.min(by: { $0.penalty < $1.penalty }) else { return nil }
        matrix = best
    }

    /// The light modules around a code that readers need (section 5.3.8).
    private static let quietZone = 4

    /// The code for a terminal, in lines of blocks that are two modules high. What is light is drawn, as most terminals
    /// are dark.
    var text: String {
        let range = -Self.quietZone..<matrix.size + Self.quietZone
        let lines = stride(from: range.lowerBound, to: range.upperBound, by: 2).map { row in
            range.map { column in
                switch (isLight(column, row), isLight(column, row + 1)) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }.joined()
        }
        return lines.joined(separator: "\n")
    }

    private func isLight(_ column: Int, _ row: Int) -> Bool {
        let all = 0..<matrix.size
        return !all.contains(column) || !all.contains(row) || !matrix[column, row]
    }
}
