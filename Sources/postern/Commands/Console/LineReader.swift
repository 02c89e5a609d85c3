import Glibc
import System

/// A reader of a file of any size, line by line, with a bound on the length of a line. A byte order mark at the start
/// of the file (RFC 3629, section 6), which some systems write before UTF-8, is not part of the first line.
///
/// ```swift
/// var reader = try LineReader(path: "accounts.jsonl", limit: 65536)
/// while let line = try reader.next() { … }
/// ```
@safe struct LineReader: ~Copyable {
    /// A line without its line end.
    enum Line: Equatable {
        case text([UInt8])
        /// A line longer than the limit; none of it is kept.
        case tooLong
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let descriptor: Int32
    private let limit: Int
    private let name: String
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var unread: Range<Int> = 0..<0
    private var isAtEnd = false
    private var isAtStart = true

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: the file; `-` for standard input.
    ///   - limit: the most bytes of a line, without its end.
    /// - Throws: `CommandFailure.Code.noInput`.
    init(path: String, limit: Int) throws(CommandFailure) {
        self.limit = limit
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC)
        // The read fails for a directory, which open(2) accepts.
        guard descriptor >= 0, read(descriptor, nil, 0) == 0 else {
            let code = errno
            throw CommandFailure(.noInput, pathFault(name, code))
        }
    }

    deinit { close(descriptor) }

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
            let end = buffer[unread].firstIndex(of: UInt8(ascii: "\n"))
            let part = unread.lowerBound..<(end ?? unread.upperBound)
            isTooLong = isTooLong || line.count + part.count > limit
            if isTooLong { line = [] } else { line += buffer[part] }
            unread = min(part.upperBound + 1, unread.upperBound)..<unread.upperBound
            if end != nil { return isTooLong ? .tooLong : .text(line) }
        }
        if isTooLong { return .tooLong }
        return line.isEmpty ? nil : .text(line)
    }

    /// Reads more bytes if none are left in the buffer.
    ///
    /// - Returns: whether the buffer has bytes.
    private mutating func fill() throws(CommandFailure) -> Bool {
        while unread.isEmpty && !isAtEnd {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            let code = errno
            if count < 0 && code == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure(.ioError, pathFault(name, code))
            }
            unread = 0..<count
            isAtEnd = count == 0
        }
        return !unread.isEmpty
    }
}
