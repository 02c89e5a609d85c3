/// A search for the name that somebody meant who mistyped one.
enum NearestName {
    /// The beginning of all names, which counts for nothing, whether it is there or not.
    private static let prefix = "POSTERN_"
    /// The most bytes of a name that are looked at: the comparison takes quadratic time.
    private static let limit = 64

    /// The name that differs by the fewest letters added, left out, replaced or swapped with their neighbour: one, or
    /// one in four of a longer name.
    ///
    /// ```swift
    /// NearestName.of("POSTERN_WORKRES", among: ["POSTERN_LISTEN", "POSTERN_WORKERS"])   // POSTERN_WORKERS
    /// ```
    ///
    /// - Returns: `nil` if none is near.
    static func of(_ name: String, among names: [String]) -> String? {
        let wanted = stem(name)
        let most = max(1, wanted.count / 4)
        let near = names.map { ($0, distance(wanted, stem($0))) }.filter { $0.1 <= most && $0.1 < wanted.count }
        return near.min { $0.1 < $1.1 }?.0
    }

    private static func stem(_ name: String) -> [UInt8] {
        let bytes = Array(name.utf8.prefix(limit + prefix.utf8.count)).map { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
        }
        return Array(bytes.starts(with: prefix.utf8) ? bytes.dropFirst(prefix.utf8.count) : bytes[...])
    }

    /// The number of edits from one text to another, where two letters that are swapped are one (optimal string
    /// alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var (before, last) = ([Int](), Array(0...right.count))
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(replaced, last[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, before[column - 1] + 1)
                }
                next.append(least)
            }
            (before, last) = (last, next)
        }
        return last[right.count]
    }
}
