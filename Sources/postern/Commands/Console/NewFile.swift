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
    /// True for a whole file that could not get its name: it stays as it is, since nobody can write it again.
    private var isLeftAside = false

    /// The name under which it is written.
    private var partPath: String { "\(path).part" }

    /// Makes the file, so that it is known early whether it can be made.
    ///
    /// - Throws: `CommandFailure.Code.ioError`, also if there is a file of that name.
    init(path: String) throws(CommandFailure) {
        // A symbolic link is a file of that name too, wherever it leads.
        guard unsafe faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0 else { throw Self.exists(path) }
        let opened = unsafe open("\(path).part", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let code = errno
        guard opened >= 0 else {
            let remedy = code == EEXIST ? ": another run writes it or left it. Delete it, or give another name" : ""
            throw CommandFailure(.ioError, pathFault("\(path).part", code) + remedy)
        }
        self.path = path
        descriptor = opened
    }

    deinit {
        // Already under its own name if it is finished.
        if !isLeftAside { unsafe unlink(partPath) }
        close(descriptor)
    }

    /// Adds a text.
    ///
    /// - Throws: `CommandFailure.Code.ioError`.
    func write(_ text: String) throws(CommandFailure) {
        buffer += text.utf8
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Puts the file under its name, on disk. If only the name can't be had, the file stays whole under the name with
    /// `.part` behind it, which the error tells.
    ///
    /// - Throws: `CommandFailure.Code.ioError`, also if a file of that name has come meanwhile.
    func finish() throws(CommandFailure) {
        try flush()
        guard fsync(descriptor) == 0 else { throw failure(errno) }
        guard unsafe link(partPath, path) == 0 else {
            let code = errno
            isLeftAside = true
            throw CommandFailure(.ioError, "\(path): \(errorText(code)): what belongs there is in \(partPath)")
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
