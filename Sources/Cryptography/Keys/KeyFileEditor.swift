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
    private let place: KeyFilePlace
    /// The file, which is locked. It has the name until another one takes its place.
    private let file: OpenKeyFile

    /// Opens and locks a key file.
    ///
    /// - Throws: `KeyFileFault`, `.busy` if another process has the lock.
    public init(path: String) throws(KeyFileFault) {
        let place = try KeyFilePlace(path)
        file = try Self.locked(in: place)
        self.place = place
    }

    /// Locks the file that has the name. One that was replaced between its opening and its locking is nobody's any
    /// more: then the new one is meant.
    private static func locked(in place: KeyFilePlace) throws(KeyFileFault) -> OpenKeyFile {
        do throws(SystemError) {
            while true {
                let file = try place.open()
                try file.lock()
                if try place.holds(file) { return file }
            }
        } catch {
            throw error.code == EWOULDBLOCK ? .busy(place.path) : KeyFileFault(place.path, error.code)
        }
    }

    /// Reads the file.
    ///
    /// - Throws: `KeyFileFault`.
    public func read() throws(KeyFileFault) -> KeyFile { try file.read(place.path, isTrusted: false) }

    /// Puts a file in place of the present one, with the same owner, group and mode.
    ///
    /// - Throws: `KeyFileFault.notWritten`.
    public func replace(with keys: KeyFile) throws(KeyFileFault) {
        let present = file.information
        try place.write(keys, mode: present.st_mode & 0o600, owner: (present.st_uid, present.st_gid))
        do throws(SystemError) {
            try place.rename()
        } catch {
            // Gone already if it has its name.
            place.removePart()
            throw .notWritten(reason: pathFault(place.path, error.code))
        }
    }
}

extension KeyFile {
    /// The mode of a new file.
    private static let mode: mode_t = 0o400

    /// Writes a file if there is none, with mode 0400.
    ///
    /// - Throws: `KeyFileFault`: `.exists` if something has that name, `.busy` if another process makes a file in
    ///   its folder, `.notWritten`.
    public func create(at path: String) throws(KeyFileFault) {
        let place = try KeyFilePlace(path)
        do throws(SystemError) {
            // There is no file yet to be locked.
            try place.lockFolder()
        } catch {
            throw error.code == EWOULDBLOCK ? .busy(path) : .notWritten(reason: pathFault(path, error.code))
        }
        // Before anything is written: whoever changes that file writes under the same name.
        guard !place.isTaken else { throw .exists(path) }
        try write(at: place)
    }

    private func write(at place: KeyFilePlace) throws(KeyFileFault) {
        try place.write(self, mode: Self.mode, owner: nil)
        defer { place.removePart() }
        do throws(SystemError) {
            try place.link()
        } catch {
            throw error.code == EEXIST
                ? .exists(place.path) : .notWritten(reason: pathFault(place.path, error.code))
        }
    }
}
