import CSQLite
import Identity

/// An error of SQLite.
struct SQLiteError: Error {
    /// The extended result code.
    let code: Int32
    /// The reason in SQLite's words, without any value of the statement.
    let message: String

    init(code: Int32, message: String) { (self.code, self.message) = (code, message) }

    /// The error that a call on a connection has just returned.
    @unsafe init(_ connection: OpaquePointer, _ code: Int32) {
        unsafe self.init(code: code, message: String(cString: sqlite3_errmsg(connection)))
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
            let (kind, advice) = meaning(of: error)
            // The statement's values may be personal data, so only code and message are kept.
            throw StoreError(kind, "database \(path): \(error.message) (SQLite \(error.code)); \(advice)")
        } catch {
            throw StoreError(.unexpected, "database \(path): \(error)")
        }
    }

    /// The error of a path that leads to a directory, a FIFO or a device in place of a database.
    init(notAFile path: String) {
        self.init(.unusable, "\(path) is not a regular file, and so not a database: name another one")
    }

    private static func meaning(of error: SQLiteError) -> (Kind, String) {
        // 522: SQLITE_IOERR_SHORT_READ, a macro that Swift does not see.
        if error.code == 522 { return (.damaged, "the file or its -wal was cut: stop Postern, and restore a backup") }
        return switch error.primaryCode {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
            (.unavailable, "another process holds the lock for too long: end it, or wait")
        case SQLITE_FULL:
            (.unavailable, "make room on its file system")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_AUTH:
            (.unavailable, "see that the file, its -wal and -shm files and their folder can be written by this user")
        case SQLITE_IOERR:
            (.unavailable, "see the system's log for faults of the disk")
        case SQLITE_NOMEM:
            (.unavailable, "the host has no memory left")
        case SQLITE_NOTADB:
            (.unusable, "the file is not a database: name another one, or restore a backup")
        case SQLITE_CORRUPT:
            (.damaged, "the file is damaged: restore a backup")
        default:
            (.unexpected, "please report this")
        }
    }
}
