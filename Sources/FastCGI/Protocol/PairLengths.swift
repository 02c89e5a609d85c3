/// Walks over a stream of names and values (FastCGI 1.0, section 3.4) and looks only at their lengths.
///
/// libfcgi allocates memory for each pair before it has come, and ends the process when there is not as much.
struct PairLengths {
    /// The most bytes of a name and its value together.
    private static let limit = 1 << 16

    /// The bytes of the current pair's name and value that are still to come.
    private var rest = 0
    /// The length that is being read, and the number of its bytes that are missing.
    private var length = 0
    private var missing = 0
    /// The length of the name, while that of the value is being read.
    private var nameLength: Int?

    /// Takes the next part of the stream.
    ///
    /// - Returns: false when a pair is longer than any may be.
    mutating func areBounded(in part: Span<UInt8>) -> Bool {
        var index = 0
        while index < part.count {
            if rest > 0 {
                let count = min(rest, part.count - index)
                (rest, index) = (rest - count, index + count)
                continue
            }
            let byte = Int(part[index])
            index += 1
            if missing > 0 {
                (length, missing) = (length << 8 | byte, missing - 1)
            } else if byte & 0x80 != 0 {
                (length, missing) = (byte & 0x7F, 3)
            } else {
                length = byte
            }
            if missing == 0 && !endLength() { return false }
        }
        return true
    }

    private mutating func endLength() -> Bool {
        guard let name = nameLength else {
            nameLength = length
            return length <= Self.limit
        }
        (rest, nameLength) = (name + length, nil)
        return rest <= Self.limit
    }
}
