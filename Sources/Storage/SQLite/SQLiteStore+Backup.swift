import Glibc
public import Identity
import System

extension SQLiteStore {
    /// The suffixes of the files that SQLite keeps beside a database.
    static let companions = ["-wal", "-journal", "-shm"]

    /// Copies a database, which may be in use, to a file of its own that needs no other beside it.
    ///
    /// The copy has all that was committed before the call, is for this user alone, and has its name only when it is
    /// whole, checked and on disk. An older copy of that name is replaced.
    ///
    /// - Throws: `StoreError.Kind.unusable` if there is no database or the file may not be replaced, `.damaged`
    ///   if the copy is not sound; else as the system says.
    public static func backUp(_ path: String, to file: String) throws(StoreError) -> DatabaseReport {
        let database = try FileSystem.resolve(path)
        try checkTarget(file, of: database)
        guard FileSystem.exists(database) else { throw noDatabase(path, at: database) }
        let temporary = try FileSystem.makeTemporary(beside: file)
        defer { removeTemporary(temporary) }
        try copy(database, to: temporary, journalMode: "DELETE")
        let report = try soundReport(temporary, of: path)
        try FileSystem.synchronize(temporary)
        try FileSystem.move(temporary, to: file)
        try FileSystem.synchronize(FileSystem.folder(of: file))
        return report
    }

    /// Notes in a database that a backup of it was made, for `lastBackup`. A database of a version that has no place
    /// for it stays as it is.
    ///
    /// - Throws: as the system says, if the database cannot be written.
    public static func noteBackup(of path: String, at now: Timestamp) throws(StoreError) {
        let database = try FileSystem.resolve(path)
        try StoreError.wrapping(path) {
            let db = try connect(database, busyTimeout: 5, readonly: false)
            guard try Schema.age(db).0 == .current else { return }
            try db.run(
                """
                INSERT INTO meta (name, value) VALUES ('last_backup', $1)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, now)
        }
    }

    /// Puts a backup in the place of a database that nobody has open.
    ///
    /// If the path is a symbolic link, it stays one: what is replaced is the file that it leads to.
    ///
    /// - Parameter report: is told what had to be changed about the old files, so that nobody else can read them.
    /// - Returns: the path to which the old database and the files beside it were moved; `nil` if there was none.
    /// - Throws: `StoreError.Kind.unusable` if the file is not a backup, `.damaged` if it is not sound, `.unavailable`
    ///   if another process has the database open; else as the system says. Then nothing has changed.
    public static func restore(
        _ backup: String, to name: String, at now: Timestamp, report: (String) -> Void = { _ in }
    ) throws(StoreError) -> (kept: String?, report: DatabaseReport) {
        let path = try FileSystem.resolve(name)
        if let id = FileSystem.FileID(backup), id == FileSystem.FileID(path) {
            throw StoreError(.unusable, "\(backup) is the database itself: name a backup")
        }
        try requireBackup(backup)
        try DatabasePrivacy.enforce(on: path).forEach(report)
        let temporary = try FileSystem.makeTemporary(beside: path)
        defer { removeTemporary(temporary) }
        try copy(backup, to: temporary, journalMode: "WAL")
        let found = try soundReport(temporary, of: backup)
        let lock = try ExclusiveFileLock(path)
        defer { lock?.release() }
        try lock?.copyOwner(to: temporary)
        try FileSystem.synchronize(temporary)
        let stamp = "\(now)".filter { !"-:".contains($0) }
        let kept = try setAside(path, as: unusedName("\(path).before-restore-\(stamp)"))
        try FileSystem.move(temporary, to: path)
        try FileSystem.synchronize(FileSystem.folder(of: path))
        return (kept, found)
    }

    /// Looks whether a file can be a backup, without reading all of it.
    ///
    /// - Throws: `StoreError` if there is none, it cannot be read, or it is not a database of Postern's.
    public static func requireBackup(_ file: String) throws(StoreError) {
        if let (place, code) = pathObstacle(file, mode: R_OK) {
            throw StoreError(.unusable, "there is no backup \(file) to read: \(pathFault(place, code))")
        }
        guard FileSystem.exists(file) else { throw StoreError(.unusable, "there is no backup \(file)") }
        try StoreError.wrapping(file) {
            try checkOwner(try connect(file, busyTimeout: 5, readonly: true), path: file)
        }
    }

    /// Moves a database away. Its file goes first: if this is cut off, there is no database rather than half of one.
    private static func setAside(_ path: String, as kept: String) throws(StoreError) -> String? {
        let isThere = FileSystem.exists(path)
        if isThere { try FileSystem.move(path, to: kept) }
        try FileSystem.remove("\(path)-shm")
        for suffix in companions where FileSystem.exists(path + suffix) {
            try FileSystem.move(path + suffix, to: kept + suffix)
        }
        return isThere ? kept : nil
    }

    /// The name itself, else with the first number that makes it one of its own.
    private static func unusedName(_ name: String) -> String {
        func isUsed(_ name: String) -> Bool { ([""] + companions).contains { FileSystem.exists(name + $0) } }
        guard isUsed(name) else { return name }
        var number = 2
        while isUsed("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }

    private static func copy(_ source: String, to target: String, journalMode: String) throws(StoreError) {
        try StoreError.wrapping(source) {
            let from = try connect(source, busyTimeout: 5, readonly: true)
            try checkOwner(from, path: source)
            let to = try connect(target, busyTimeout: 5, readonly: false)
            try StoreError.wrapping(target) {
                try from.copy(to: to)
                try to.execute("PRAGMA journal_mode = \(journalMode)")
            }
        }
    }

    private static func soundReport(_ copy: String, of path: String) throws(StoreError) -> DatabaseReport {
        let report = try examine(copy)
        guard report.faults.isEmpty else {
            throw StoreError(
                .damaged, "\(path) is damaged: restore a backup; SQLite says: \(report.faults.joined(separator: "; "))")
        }
        return report
    }

    /// Removes a file that must not be taken for a copy, since it is not whole; that it stays does no other harm.
    private static func removeTemporary(_ temporary: String) {
        for suffix in [""] + companions { try? FileSystem.remove(temporary + suffix) }
    }

    private static func checkTarget(_ file: String, of path: String) throws(StoreError) {
        let folder = FileSystem.FileID(FileSystem.folder(of: file))
        let name = file.split(separator: "/").last ?? ""
        let isBeside = folder != nil && folder == FileSystem.FileID(FileSystem.folder(of: path))
        let ownName = path.split(separator: "/").last ?? ""
        let isOwn = ([""] + companions).contains { suffix in
            isBeside && name == ownName + suffix
                || FileSystem.FileID(file).map { $0 == FileSystem.FileID(path + suffix) } ?? false
        }
        guard !isOwn else { throw StoreError(.unusable, "\(file) is the database itself: name another file") }
        for suffix in companions where FileSystem.exists(file + suffix) {
            throw StoreError(
                .unusable, "there is a file \(file)\(suffix), which would spoil the copy: name another file")
        }
        var information = stat()
        guard unsafe lstat(file, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFREG else {
            let what = information.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
            throw StoreError(.unusable, "\(file) is \(what), which no copy replaces: name another file")
        }
    }
}

/// An exclusive lock on a database file, which nobody gets while a process, also this one, has the database open.
///
/// It is taken on the bytes that SQLite itself locks (https://sqlite.org/fileformat2.html#the_lock_byte_page): each
/// connection in WAL mode holds a shared lock there from its first read to its end. So it works on a damaged file too.
struct ExclusiveFileLock {
    private static let firstByte: off_t = 0x4000_0000
    private static let byteCount: off_t = 512

    private let descriptor: Descriptor

    /// - Returns: `nil` if there is no file.
    /// - Throws: `StoreError.Kind.unavailable`.
    init?(_ path: String) throws(StoreError) {
        let opened = try FileSystem.call("open \(path)", at: path, unless: [ENOENT]) {
            unsafe open(path, O_RDWR | O_CLOEXEC)
        }
        guard opened >= 0 else { return nil }
        descriptor = Descriptor(opened)
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = Self.firstByte
        range.l_len = Self.byteCount
        // Of the open file, so that it does not go when another descriptor of this process is closed.
        let isLocked = try FileSystem.call("lock \(path)", at: path, unless: [EAGAIN, EACCES]) {
            unsafe fcntl(opened, Self.setOpenFileLock, &range)
        }
        guard isLocked == 0 else {
            throw StoreError(.unavailable, "a process has \(path) open: stop it first (`fuser \(path)` says which)")
        }
    }

    /// `F_OFD_SETLK` of Linux, which is not in Glibc's module.
    private static let setOpenFileLock: Int32 = 37

    func release() { descriptor.close() }

    /// Gives another file the owner, group and mode of this one, so that the same users can use it.
    func copyOwner(to path: String) throws(StoreError) {
        var information = stat()
        try FileSystem.call("give \(path) the owner of the database", at: path) {
            let code = unsafe fstat(descriptor.number, &information)
            guard code == 0 else { return code }
            let changed = unsafe chmod(path, information.st_mode & 0o777)
            return changed == 0 ? unsafe chown(path, information.st_uid, information.st_gid) : changed
        }
    }
}
