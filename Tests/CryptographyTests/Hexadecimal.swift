import System

/// The bytes that hexadecimal digits stand for.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.utf8.compactMap { Hex.value($0) }
    precondition(digits.count == hex.utf8.count && digits.count.isMultiple(of: 2), "not hexadecimal: \(hex)")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
