/// A reader of a file of any size, line by line, with a bound on the length of a line. A byte order mark at the start
/// of the file (RFC 3629, section 6), which some systems write before UTF-8, is not part of the first line.
///
/// ```swift
/// var reader = try LineReader(path: "accounts.jsonl", limit: 65536)
/// while let line = try reader.next() { … }
/// ```
struct LineReader: ~Copyable {
    /// A line without its line end.
    enum Line: Equatable {
        case text([UInt8])
        /// A line longer than the limit; none of it is kept.
        case tooLong
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var file: InputFile
    private let limit: Int
    private var unread: ArraySlice<UInt8> = []
    private var isAtEnd = false
    private var isAtStart = true

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: the file; `-` for standard input.
    ///   - limit: the most bytes of a line, without its end.
    /// - Throws: `CommandFailure.Code.noInput`.
    init(path: String, limit: Int) throws(CommandFailure) {
        file = try InputFile(path: path)
        self.limit = limit
    }

    /// The next line; `nil` at the end.
    ///
    /// - Throws: `CommandFailure.Code.ioError`.
    mutating func next() throws(CommandFailure) -> Line? {
        let line = try readLine()
        defer { isAtStart = false }
        guard isAtStart, case .text(let bytes) = line, bytes.starts(with: Self.byteOrderMark) else { return line }
        return .text(Array(bytes.dropFirst(Self.byteOrderMark.count)))
    }

    private mutating func readLine() throws(CommandFailure) -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        while try fill() {
            let end = unread.firstIndex(of: UInt8(ascii: "\n"))
            let part = unread[..<(end ?? unread.endIndex)]
            isTooLong = isTooLong || line.count + part.count > limit
            if isTooLong { line = [] } else { line += part }
            unread = unread[min(part.endIndex + 1, unread.endIndex)...]
            if end != nil { return isTooLong ? .tooLong : .text(line) }
        }
        if isTooLong { return .tooLong }
        return line.isEmpty ? nil : .text(line)
    }

    /// Reads more bytes if none are left in the buffer.
    ///
    /// - Returns: whether the buffer has bytes.
    private mutating func fill() throws(CommandFailure) -> Bool {
        if unread.isEmpty && !isAtEnd {
            // The buffer would be copied while a part of it is held.
            unread = []
            unread = try file.next() ?? []
            isAtEnd = unread.isEmpty
        }
        return !unread.isEmpty
    }
}
