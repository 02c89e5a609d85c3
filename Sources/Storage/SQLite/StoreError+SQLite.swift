import CSQLite
import Glibc
import Identity
import System

/// An error of SQLite.
struct SQLiteError: Error {
    /// The extended result code.
    let code: Int32
    /// The reason in SQLite's words, without any value of the statement.
    let message: String
    /// The error number of the system call that failed; 0 if none did.
    let systemCode: Int32

    init(code: Int32, message: String, systemCode: Int32 = 0) {
        (self.code, self.message, self.systemCode) = (code, message, systemCode)
    }

    /// The error that a call on a connection has just returned.
    @unsafe init(_ connection: OpaquePointer, _ code: Int32) {
        unsafe self.init(
            code: code, message: String(cString: sqlite3_errmsg(connection)),
            systemCode: sqlite3_system_errno(connection))
    }

    static let outOfMemory = SQLiteError(code: SQLITE_NOMEM, message: "out of memory")

    /// The code without the part that extends it.
    var primaryCode: Int32 { code & 0xFF }
}

extension StoreError {
    /// Runs work on a database, and gives its errors the form that callers know.
    static func wrapping<Value>(_ path: String, _ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            let (kind, words) = meaning(of: error, path)
            // The statement's values may be personal data, so only code and message are kept.
            throw StoreError(kind, "database \(path): \(words) (SQLite \(error.code): \(error.message))")
        } catch {
            throw StoreError(.unexpected, "database \(path): \(error)")
        }
    }

    /// The error of a path that leads to a directory, a FIFO or a device in place of a database.
    init(notAFile path: String) {
        var information = stat()
        let isFolder = unsafe stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
        self.init(
            .unusable,
            isFolder
                ? "\(path) is a directory, not a regular file: name a file in it, such as \(path)/postern.sqlite3"
                : "\(path) is not a regular file, and so not a database: name another one")
    }

    private static func meaning(of error: SQLiteError, _ path: String) -> (Kind, String) {
        // 522: SQLITE_IOERR_SHORT_READ, a macro that Swift does not see.
        if error.code == 522 { return (.damaged, "the file or its -wal was cut: stop Postern, and restore a backup") }
        switch error.primaryCode {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
            return (
                .unavailable,
                "another process holds the lock for too long: end it (`fuser \(path)` says which), or wait"
            )
        case SQLITE_FULL: return (.unavailable, pathFault(path, ENOSPC))
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_AUTH: return refusal(of: error, path)
        case SQLITE_IOERR: return (.unavailable, pathFault(path, error.systemCode == 0 ? EIO : error.systemCode))
        case SQLITE_NOMEM: return (.unavailable, "the host has no memory left")
        case SQLITE_NOTADB: return (.unusable, "the file is not a database: name another one, or restore a backup")
        case SQLITE_CORRUPT: return (.damaged, "the file is damaged: restore a backup")
        default: return (.unexpected, "please report this")
        }
    }

    /// The reason for which SQLite may not open or write a database, which it does not tell: it needs the file, those
    /// beside it, and to make files in their folder.
    private static func refusal(of error: SQLiteError, _ path: String) -> (Kind, String) {
        let file = (try? FileSystem.resolve(path)) ?? path
        let files = [""] + SQLiteStore.companions.filter { FileSystem.exists(file + $0) }
        let obstacles = files.map { (file + $0, R_OK | W_OK) } + [(FileSystem.folder(of: file), W_OK | X_OK)]
        for (path, mode) in obstacles {
            guard let (path, code) = pathObstacle(path, mode: mode) else { continue }
            return (code == ENOENT || code == ENOTDIR ? .unusable : .unavailable, pathFault(path, code))
        }
        if error.systemCode != 0 { return (.unavailable, pathFault(path, error.systemCode)) }
        return (
            .unavailable, "see that the file, its -wal and -shm files and their folder can be written by this user"
        )
    }
}
