import FoundationEssentials
import Glibc
import Identity

/// What the store does with files as such.
enum FileSystem {
    /// Which file a path leads to.
    struct FileID: Equatable {
        let device: UInt64
        let number: UInt64

        /// - Returns: `nil` where there is none, or it cannot be seen.
        init?(_ path: String) {
            var information = stat()
            // Not handed over as it is, of which a copy would be made.
            guard unsafe path.withCString({ unsafe stat($0, &information) }) == 0 else { return nil }
            device = UInt64(information.st_dev)
            number = UInt64(information.st_ino)
        }
    }

    /// How many bytes a file has; `nil` where there is none.
    static func size(_ path: String) -> Int64? {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        return Int64(information.st_size)
    }

    /// Makes an empty file for this user alone beside another, with a name of its own.
    static func makeTemporary(beside path: String) throws(StoreError) -> String {
        var name = Array("\(path).XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&name)
        guard descriptor >= 0 else { throw failure("make a file beside \(path)") }
        close(descriptor)
        return unsafe name.withUnsafeBufferPointer { unsafe $0.baseAddress.map { unsafe String(cString: $0) } } ?? path
    }

    /// Waits until a file, or what a folder names, is on disk.
    static func synchronize(_ path: String) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write \(path) to disk") }
    }

    /// Gives a file another name in place of whatever has it.
    static func move(_ path: String, to other: String) throws(StoreError) {
        guard unsafe rename(path, other) == 0 else { throw failure("rename \(path) to \(other)") }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) throws(StoreError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure("remove \(path)") }
    }

    /// Whether a path leads to a regular file, or to nothing that could be seen.
    static func isFileOrMissing(_ path: String) -> Bool {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return true }
        return information.st_mode & S_IFMT == S_IFREG
    }

    static func exists(_ path: String) -> Bool { FileID(path) != nil }

    /// The folder that a file is in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// What went wrong just now, by `errno`.
    static func failure(_ what: String) -> StoreError {
        let code = errno
        return StoreError(.unavailable, "could not \(what): \(unsafe String(cString: strerror(code)))")
    }
}
