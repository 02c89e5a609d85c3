import Glibc
import Identity
import System

/// The system calls of the store on files as such.
enum FileSystem {
    /// The identity of the file that a path leads to.
    struct FileID: Equatable {
        let device: UInt64
        let number: UInt64

        /// - Returns: `nil` if there is none, or it cannot be seen.
        init?(_ path: String) {
            var information = stat()
            // Not handed over as it is, of which a copy would be made.
            guard unsafe path.withCString({ unsafe stat($0, &information) }) == 0 else { return nil }
            device = UInt64(information.st_dev)
            number = UInt64(information.st_ino)
        }
    }

    /// The bytes in a file; `nil` if there is none.
    static func size(_ path: String) -> Int64? {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        return Int64(information.st_size)
    }

    /// Makes an empty file for this user alone beside another, with a name of its own.
    static func makeTemporary(beside path: String) throws(StoreError) -> String {
        var name = Array("\(path).XXXXXX".utf8CString)
        close(try call("make a file beside \(path)", at: path + ".") { unsafe mkstemp(&name) })
        return unsafe name.withUnsafeBufferPointer { unsafe $0.baseAddress.map { unsafe String(cString: $0) } } ?? path
    }

    /// Waits until a file, or the names in a folder, are on disk.
    static func synchronize(_ path: String) throws(StoreError) {
        let descriptor = try call("open \(path)", at: path) { unsafe open(path, O_RDONLY | O_CLOEXEC) }
        defer { close(descriptor) }
        try call("write \(path) to disk", at: path) { fsync(descriptor) }
    }

    /// Gives a file another name in place of whatever has it.
    static func move(_ path: String, to other: String) throws(StoreError) {
        try call("rename \(path) to \(other)", at: other) { unsafe rename(path, other) }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) throws(StoreError) {
        try call("remove \(path)", at: path, unless: [ENOENT]) { unsafe unlink(path) }
    }

    /// Tells a regular file, or a path that leads to nothing visible, from directories, FIFOs and devices.
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

    /// Makes a system call.
    ///
    /// - Parameters:
    ///   - action: the purpose of the call, for people.
    ///   - path: the path that the call is about, of which the error tells the fault.
    ///   - expected: the error numbers that are no failure.
    /// - Returns: its result; -1 if it ended with an expected error number.
    /// - Throws: `StoreError.Kind.unavailable`.
    @discardableResult
    static func call(
        _ action: @autoclosure () -> String, at path: String, unless expected: [Int32] = [], _ body: () -> Int32
    ) throws(StoreError) -> Int32 {
        do {
            return try valueOrErrno("", body)
        } catch {
            if expected.contains(error.code) { return -1 }
            throw StoreError(.unavailable, "could not \(action()): \(pathFault(path, error.code))")
        }
    }
}
