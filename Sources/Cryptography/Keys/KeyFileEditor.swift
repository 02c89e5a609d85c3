import Glibc
import System

/// The right to change a key file: one process at a time has it, and it is given back when this value goes away.
///
/// ```swift
/// let editor = try KeyFileEditor(path: "/etc/postern/keys")
/// var file = try editor.read()
/// try file.add(key)
/// try editor.replace(with: file)
/// ```
///
/// A file is written beside the other one, and takes its name once it is on disk: at each moment there is a whole one
/// under that name, whatever happens.
public struct KeyFileEditor: ~Copyable {
    /// The mode of a new file.
    private static let mode: mode_t = 0o400

    private let path: String
    private let folderPath: String
    private let name: String
    /// The folder, which is locked: a lock of the file itself would not hold for the one that takes its place.
    private let folder: Descriptor

    /// The name of the file that is being written.
    private var partName: String { "\(name).new" }
    private var partPath: String { "\(folderPath)/\(partName)" }

    /// Opens and locks the folder of a key file.
    ///
    /// - Throws: `KeyFileFault`, `.busy` where another process has the lock.
    public init(path: String) throws(KeyFileFault) {
        let slash = path.lastIndex(of: "/")
        let name = String(slash.map { path[path.index(after: $0)...] } ?? path[...])
        let folderPath = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !["", ".", ".."].contains(name) else {
            throw .system(reason: "\(path) is not the name of a file", code: EISDIR)
        }
        folder = try Self.locked(folderPath, for: path)
        (self.path, self.folderPath, self.name) = (path, folderPath, name)
    }

    private static func locked(_ folder: String, for path: String) throws(KeyFileFault) -> Descriptor {
        do throws(SystemError) {
            let descriptor = Descriptor(
                try valueOrErrno("open") { unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
            _ = try valueOrErrno("flock") { flock(descriptor.number, LOCK_EX | LOCK_NB) }
            return descriptor
        } catch {
            throw error.code == EWOULDBLOCK ? .busy(folder: folder) : KeyFileFault(path, error.code)
        }
    }

    /// Reads the file.
    ///
    /// - Throws: `KeyFileFault`.
    public func read() throws(KeyFileFault) -> KeyFile { try openFile().read(path, isTrusted: false) }

    /// Writes a file where there is none, with mode 0400.
    ///
    /// - Throws: `KeyFileFault`, also where something has that name.
    public func create(_ file: KeyFile) throws(KeyFileFault) {
        try write(file, mode: Self.mode, owner: nil)
        defer { _ = unsafe unlinkat(folder.number, partName, 0) }
        do throws(SystemError) {
            // In place of `renameat`, which would replace another file.
            _ = try valueOrErrno("linkat") { unsafe linkat(folder.number, partName, folder.number, name, 0) }
            _ = try valueOrErrno("fsync") { fsync(folder.number) }
        } catch {
            let reason = "\(path) exists already, and its keys are not replaced: see `postern key add`"
            throw error.code == EEXIST ? .system(reason: reason, code: EEXIST) : KeyFileFault(path, error.code)
        }
    }

    /// Puts a file in place of the present one, with the same owner, group and mode.
    ///
    /// - Throws: `KeyFileFault`.
    public func replace(with file: KeyFile) throws(KeyFileFault) {
        let present = try openFile().information
        do throws(KeyFileFault) {
            try write(file, mode: present.st_mode & 0o600, owner: (present.st_uid, present.st_gid))
            do throws(SystemError) {
                _ = try valueOrErrno("renameat") { unsafe renameat(folder.number, partName, folder.number, name) }
                _ = try valueOrErrno("fsync") { fsync(folder.number) }
            } catch {
                throw KeyFileFault(path, error.code)
            }
        } catch {
            // Gone already where it has its name.
            _ = unsafe unlinkat(folder.number, partName, 0)
            throw error
        }
    }

    private func openFile() throws(KeyFileFault) -> OpenKeyFile {
        do throws(SystemError) {
            return try OpenKeyFile(folder.number, name)
        } catch {
            throw KeyFileFault(path, error.code)
        }
    }

    /// Writes the file beside the present one, onto the disk. One that an interrupted run left is replaced: nobody is
    /// writing it, since this process has the lock.
    private func write(_ file: KeyFile, mode: mode_t, owner: (uid_t, gid_t)?) throws(KeyFileFault) {
        do throws(SystemError) {
            _ = unsafe unlinkat(folder.number, partName, 0)
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
            let part = Descriptor(try valueOrErrno("open") { unsafe openat(folder.number, partName, flags, 0o600) })
            try file.withText { (text) throws(SystemError) in try Self.write(text, to: part) }
            var information = stat()
            _ = try valueOrErrno("fstat") { unsafe fstat(part.number, &information) }
            if let (user, group) = owner, user != information.st_uid || group != information.st_gid {
                _ = try valueOrErrno("fchown") { fchown(part.number, user, group) }
            }
            _ = try valueOrErrno("fchmod") { fchmod(part.number, mode) }
            _ = try valueOrErrno("fsync") { fsync(part.number) }
        } catch {
            _ = unsafe unlinkat(folder.number, partName, 0)
            throw KeyFileFault(partPath, error.code)
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
}
