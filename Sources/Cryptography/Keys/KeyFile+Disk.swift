import Glibc
import System

/// The key file on disk.
extension KeyFile {
    /// Reads a key file, and makes sure that nobody but its owner and root can read or change it.
    ///
    /// - Parameters:
    ///   - path: a plain file that is no symbolic link, with mode 0400 or 0600, which belongs to root or to this user;
    ///     root may read that of any user.
    ///   - credentials: the folder in which systemd has the credentials of a service (`CREDENTIALS_DIRECTORY`). Of a
    ///     file in it neither mode nor owner are looked at: systemd sees to them, and since version 254 gives 0440.
    /// - Throws: `KeyFileFault`.
    public static func read(_ path: String, credentials: String? = nil) throws(KeyFileFault) -> KeyFile {
        let file: OpenKeyFile
        do throws(SystemError) {
            file = try OpenKeyFile(AT_FDCWD, path)
        } catch {
            throw KeyFileFault(path, error.code)
        }
        return try file.read(path, isTrusted: isCredential(path, credentials))
    }

    /// True for a file that lies in the folder of credentials itself.
    public static func isCredential(_ path: String, _ folder: String?) -> Bool {
        guard let folder, folder.utf8.first == UInt8(ascii: "/"), let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        else { return false }
        return path[..<slash].utf8.elementsEqual(folder.utf8)
    }
}

/// A key file that is open, so that what is checked is what is read.
struct OpenKeyFile {
    private let descriptor: Descriptor
    /// The owner, group and mode.
    let information: stat

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - folder: the descriptor of the folder of a path that is not absolute.
    ///   - name: the path; a symbolic link at its end is not followed.
    init(_ folder: Int32, _ name: String) throws(SystemError) {
        // O_NONBLOCK: opening a FIFO without a writer would block.
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW
        let descriptor = Descriptor(try valueOrErrno("open") { unsafe openat(folder, name, flags) })
        var information = stat()
        _ = try valueOrErrno("fstat") { unsafe fstat(descriptor.number, &information) }
        (self.descriptor, self.information) = (descriptor, information)
    }

    /// Locks the file until it is closed.
    ///
    /// - Throws: `EWOULDBLOCK` if another process has the lock.
    func lock() throws(SystemError) {
        _ = try valueOrErrno("flock") { flock(descriptor.number, LOCK_EX | LOCK_NB) }
    }

    /// Reads the keys.
    ///
    /// - Parameters:
    ///   - path: the path, for the words of a fault.
    ///   - isTrusted: whether mode and owner are left alone.
    /// - Throws: `KeyFileFault`.
    func read(_ path: String, isTrusted: Bool) throws(KeyFileFault) -> KeyFile {
        guard information.st_mode & S_IFMT == S_IFREG else { throw .unsafe(reason: "\(path) is not a plain file") }
        if !isTrusted { try checkAccess(path) }
        var text = [UInt8](repeating: 0, count: KeyFile.maximumLength + 1)
        defer { WipedBytes.wipe(&text) }
        do throws(SystemError) {
            let count = try fill(&text)
            text.removeLast(text.count - count)
        } catch {
            throw KeyFileFault(path, error.code)
        }
        return try KeyFile(text: text)
    }

    private func checkAccess(_ path: String) throws(KeyFileFault) {
        guard information.st_mode & 0o7177 == 0 else {
            let mode = String(information.st_mode & 0o7777, radix: 8)
            throw .unsafe(
                reason: "\(path) has the mode 0\(mode), and not 0400 or 0600, so that others may read the keys or "
                    + "change them: run `chmod 0400 \(path)`; if others could read it, make new keys")
        }
        let (owner, user) = (information.st_uid, geteuid())
        guard owner == 0 || owner == user || user == 0 else {
            throw .unsafe(
                reason: "\(path) belongs to the user \(owner), and neither to root nor to this user (\(user)): change "
                    + "its owner by `chown`")
        }
    }

    /// - Returns: the number of bytes that were read.
    private func fill(_ text: inout [UInt8]) throws(SystemError) -> Int {
        var count = 0
        while count < text.count {
            let start = count
            let added = try valueOrErrno("pread") {
                unsafe text.withUnsafeMutableBytes { text in
                    let rest = unsafe text.baseAddress?.advanced(by: start)
                    return unsafe pread(descriptor.number, rest, text.count - start, off_t(start))
                }
            }
            if added == 0 { break }
            count += added
        }
        return count
    }
}

extension KeyFileFault {
    /// The fault of a system call on a path.
    init(_ path: String, _ code: Int32) {
        if code == ELOOP {
            self = .unsafe(reason: "\(path) is a symbolic link, behind which anything may be put: name the file itself")
        } else {
            self = .system(reason: pathFault(path, code), code: code)
        }
    }
}
