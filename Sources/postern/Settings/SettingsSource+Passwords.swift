import Cryptography
import Glibc
import System

/// The files that settings of passwords name.
extension SettingsSource {
    /// The longest file of a key in bytes.
    private static let keyFileLimit = 4096

    /// Opens the list of breached passwords, or notes why it can't be used.
    ///
    /// - Returns: `nil` if the setting names none.
    mutating func breachedPasswords(checksOrder: Bool) -> BreachedPasswords? {
        let path = value(Settings.passwordBreached)
        guard !path.isEmpty else { return nil }
        do throws(BreachedPasswords.Fault) {
            let list = try BreachedPasswords(path: path)
            if checksOrder { try list.checkOrder() }
            return list
        } catch {
            note("\(Settings.passwordBreached.key)=\(path): \(error)")
            return nil
        }
    }

    /// Reads the signer key of a Firebase project, or notes why it can't be used.
    ///
    /// - Returns: `nil` if the setting names no file.
    mutating func firebaseSigner() -> Secret? {
        let (setting, path) = (Settings.firebaseSignerKeyFile, value(Settings.firebaseSignerKeyFile))
        guard !path.isEmpty else { return nil }
        do throws(SystemError) {
            var bytes = [UInt8](repeating: 0, count: Self.keyFileLimit)
            defer { WipedBytes.wipe(&bytes) }
            let mode = try Self.read(path, into: &bytes)
            if mode & 0o004 != 0 { warn("everybody may read the key in \(path): run `chmod o-r \(path)`") }
            if let key = FirebaseSignerKey.read(bytes) { return key }
            note(
                "\(setting.key)=\(path): expected one line, the base64_signer_key of the project's password hash "
                    + "parameters")
        } catch {
            noteUnreadable(setting, path, error.code)
        }
        return nil
    }

    /// Notes why the file of a key can't be read. A name that no file has may be the key itself, which nothing shows.
    private mutating func noteUnreadable(_ setting: Setting<String>, _ path: String, _ code: Int32) {
        if unsafe faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 {
            note("\(setting.key)=\(path): \(pathFault(path, code))")
        } else {
            let size = "\(path.utf8.count.of("byte", "bytes"))"
            hideText(of: setting, as: "(\(size), not shown)")
            note(
                "\(setting.key): cannot find the file that its \(size) name (\(errorText(code))). They are not shown, "
                    + "since they may be the key itself: put the key into a file, and name that")
        }
    }

    /// Reads a short file, and cuts the buffer to its length.
    ///
    /// - Returns: the file's mode.
    private static func read(_ path: String, into bytes: inout [UInt8]) throws(SystemError) -> mode_t {
        // O_NONBLOCK: opening a FIFO without a writer would block.
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let descriptor = Descriptor(try valueOrErrno("open") { unsafe open(path, flags) })
        var information = stat()
        _ = try valueOrErrno("fstat") { unsafe fstat(descriptor.number, &information) }
        let limit = bytes.count
        let count = try valueOrErrno("read") { unsafe Glibc.read(descriptor.number, &bytes, limit) }
        bytes.removeLast(limit - count)
        return information.st_mode
    }
}
