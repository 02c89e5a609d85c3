import Glibc
import System

/// A file for its owner alone that is written aside, and appears under its name as a whole or not at all. It never
/// takes the place of another one.
///
/// ```swift
/// let file = try NewFile(path: "map.csv")
/// try file.write("id\n")
/// try file.finish()
/// ```
final class NewFile {
    private static let bufferSize = 1 << 16

    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// The name under which it is written.
    private var partPath: String { "\(path).part" }

    /// Makes the file, so that it is known early whether it can be made.
    ///
    /// - Throws: `CommandFailure.Code.ioError`, also where there is a file of that name.
    init(path: String) throws(CommandFailure) {
        guard unsafe access(path, F_OK) != 0 else { throw Self.exists(path) }
        let opened = unsafe open("\(path).part", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let code = errno
        guard opened >= 0 else { throw CommandFailure(.ioError, pathFault("\(path).part", code)) }
        self.path = path
        descriptor = opened
    }

    deinit {
        // Already under its own name where it is finished.
        unsafe unlink(partPath)
        close(descriptor)
    }

    /// Adds a text.
    ///
    /// - Throws: `CommandFailure.Code.ioError`.
    func write(_ text: String) throws(CommandFailure) {
        buffer += text.utf8
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Puts the file under its name, on disk.
    ///
    /// - Throws: `CommandFailure.Code.ioError`, also where a file of that name has come meanwhile.
    func finish() throws(CommandFailure) {
        try flush()
        guard fsync(descriptor) == 0 else { throw failure(errno) }
        guard unsafe link(partPath, path) == 0 else {
            let code = errno
            throw code == EEXIST ? Self.exists(path) : failure(code)
        }
    }

    private func flush() throws(CommandFailure) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            let code = errno
            guard count >= 0 || code == EINTR else { throw failure(code) }
            rest = rest.dropFirst(max(count, 0))
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private func failure(_ code: Int32) -> CommandFailure {
        CommandFailure(.ioError, pathFault(path, code))
    }

    private static func exists(_ path: String) -> CommandFailure {
        CommandFailure(.ioError, "\(path) exists already, and is not overwritten: give another name")
    }
}

extension NewFile {
    /// Adds a row of comma-separated values (RFC 4180), which ends with a line feed.
    ///
    /// - Throws: `CommandFailure.Code.ioError`.
    func writeRow(_ fields: [String]) throws(CommandFailure) {
        let texts = fields.map { field in
            field.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0A, 0x0D].contains($0) }
                ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
        }
        try write(texts.joined(separator: ",") + "\n")
    }
}
