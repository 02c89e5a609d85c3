import Glibc
import Identity

/// The system calls of the store on files as such.
enum FileSystem {
    /// The identity of the file that a path leads to.
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

    /// The bytes in a file; `nil` where there is none.
    static func size(_ path: String) -> Int64? {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        return Int64(information.st_size)
    }

    /// Makes an empty file for this user alone beside another, with a name of its own.
    static func makeTemporary(beside path: String) throws(StoreError) -> String {
        var name = Array("\(path).XXXXXX".utf8CString)
        let descriptor = unsafe mkstemp(&name)
        guard descriptor >= 0 else { throw failure(errno, "make a file beside \(path)") }
        close(descriptor)
        return unsafe name.withUnsafeBufferPointer { unsafe $0.baseAddress.map { unsafe String(cString: $0) } } ?? path
    }

    /// Waits until a file, or the names in a folder, are on disk.
    static func synchronize(_ path: String) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, "open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(errno, "write \(path) to disk") }
    }

    /// Gives a file another name in place of whatever has it.
    static func move(_ path: String, to other: String) throws(StoreError) {
        guard unsafe rename(path, other) == 0 else { throw failure(errno, "rename \(path) to \(other)") }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) throws(StoreError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure(errno, "remove \(path)") }
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

    /// The error of a system call.
    ///
    /// - Parameter code: `errno`, read right behind the call.
    static func failure(_ code: Int32, _ action: String) -> StoreError {
        StoreError(.unavailable, "could not \(action): \(unsafe String(cString: strerror(code)))")
    }
}
