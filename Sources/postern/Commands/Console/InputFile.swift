import Glibc
import System

/// A file of any size, or standard input, read part by part.
///
/// ```swift
/// var file = try InputFile(path: "accounts.json")
/// while let part = try file.next() { … }
/// ```
@safe struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let name: String
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Opens a file.
    ///
    /// - Parameter path: the file; `-` for standard input.
    /// - Throws: `CommandFailure.Code.noInput`.
    init(path: String) throws(CommandFailure) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC)
        // The read fails for a directory, which open(2) accepts.
        guard descriptor >= 0, read(descriptor, nil, 0) == 0 else {
            let code = errno
            throw CommandFailure(.noInput, pathFault(name, code))
        }
    }

    deinit { close(descriptor) }

    /// The next part, of at most 64 KiB; `nil` at the end.
    ///
    /// - Throws: `CommandFailure.Code.ioError`.
    mutating func next() throws(CommandFailure) -> ArraySlice<UInt8>? {
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            let code = errno
            if count > 0 { return buffer[..<count] }
            if count == 0 { return nil }
            guard code == EINTR else { throw CommandFailure(.ioError, pathFault(name, code)) }
        }
    }
}
