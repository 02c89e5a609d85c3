import Glibc
import System

/// The place of a key file: its name in an open folder, and the part beside it that becomes the next file.
struct KeyFilePlace {
    let path: String
    private let folderPath: String
    private let name: String
    private let folder: Descriptor

    /// The name of the file that is being written.
    private var partName: String { "\(name).new" }

    /// Opens the folder of a key file.
    ///
    /// - Throws: `KeyFileFault`.
    init(_ path: String) throws(KeyFileFault) {
        let slash = path.lastIndex(of: "/")
        let name = String(slash.map { path[path.index(after: $0)...] } ?? path[...])
        let folderPath = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !["", ".", ".."].contains(name) else {
            throw .system(reason: "\(path) is not the name of a file", code: EISDIR)
        }
        do throws(SystemError) {
            folder = Descriptor(
                try valueOrErrno("open") { unsafe Glibc.open(folderPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        } catch {
            throw KeyFileFault(path, error.code)
        }
        (self.path, self.folderPath, self.name) = (path, folderPath, name)
    }

    /// Locks the folder until this value goes away.
    ///
    /// - Throws: `EWOULDBLOCK` if another process has the lock.
    func lockFolder() throws(SystemError) {
        _ = try valueOrErrno("flock") { flock(folder.number, LOCK_EX | LOCK_NB) }
    }

    /// Opens the file.
    func open() throws(SystemError) -> OpenKeyFile { try OpenKeyFile(folder.number, name) }

    /// Tells whether a file that was opened has the name still.
    func holds(_ file: OpenKeyFile) throws(SystemError) -> Bool {
        var present = stat()
        _ = try valueOrErrno("fstatat") { unsafe fstatat(folder.number, name, &present, AT_SYMLINK_NOFOLLOW) }
        return present.st_dev == file.information.st_dev && present.st_ino == file.information.st_ino
    }

    /// Tells whether anything has the name.
    var isTaken: Bool {
        var present = stat()
        return unsafe fstatat(folder.number, name, &present, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// Writes the part, onto the disk. One that an interrupted run left is replaced: nobody is writing it, since this
    /// process has the lock.
    ///
    /// - Throws: `KeyFileFault.notWritten`; then there is no part.
    func write(_ keys: KeyFile, mode: mode_t, owner: (uid_t, gid_t)?) throws(KeyFileFault) {
        do throws(SystemError) {
            removePart()
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
            let part = Descriptor(try valueOrErrno("open") { unsafe openat(folder.number, partName, flags, 0o600) })
            try keys.withText { (text) throws(SystemError) in try Self.write(text, to: part) }
            var information = stat()
            _ = try valueOrErrno("fstat") { unsafe fstat(part.number, &information) }
            if let (user, group) = owner, user != information.st_uid || group != information.st_gid {
                _ = try valueOrErrno("fchown") { fchown(part.number, user, group) }
            }
            _ = try valueOrErrno("fchmod") { fchmod(part.number, mode) }
            _ = try valueOrErrno("fsync") { fsync(part.number) }
        } catch {
            removePart()
            throw .notWritten(reason: pathFault("\(folderPath)/\(partName)", error.code))
        }
    }

    private static func write(_ text: borrowing [UInt8], to part: Descriptor) throws(SystemError) {
        var done = 0
        while done < text.count {
            let start = done
            done += try valueOrErrno("write") {
                unsafe text.withUnsafeBytes { text in
                    unsafe Glibc.write(part.number, text.baseAddress?.advanced(by: start), text.count - start)
                }
            }
        }
    }

    /// Gives the part the name, in place of the present file.
    func rename() throws(SystemError) {
        _ = try valueOrErrno("renameat") { unsafe renameat(folder.number, partName, folder.number, name) }
        _ = try valueOrErrno("fsync") { fsync(folder.number) }
    }

    /// Gives the part the name as well.
    ///
    /// - Throws: `EEXIST` if something has it: in place of `renameat`, which would replace another file.
    func link() throws(SystemError) {
        _ = try valueOrErrno("linkat") { unsafe linkat(folder.number, partName, folder.number, name, 0) }
        _ = try valueOrErrno("fsync") { fsync(folder.number) }
    }

    /// Removes the part, or its name beside the file's.
    func removePart() { _ = unsafe unlinkat(folder.number, partName, 0) }
}
