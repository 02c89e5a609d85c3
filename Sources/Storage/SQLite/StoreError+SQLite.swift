import GRDB
import Identity

extension StoreError {
    /// Runs database work, and gives what it throws the form that callers know.
    static func wrapping<Value>(_ path: String, _ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        } catch {
            throw StoreError(.unexpected, "database \(path): \(error)")
        }
    }

    /// The error of a path that leads to a directory, a FIFO or a device in place of a database.
    init(notAFile path: String) {
        self.init(.unusable, "\(path) is not a regular file, and so not a database: name another one")
    }

    private init(_ error: DatabaseError, path: String) {
        let (kind, advice) = Self.meaning(of: error.extendedResultCode)
        // The statement's arguments may be personal data, so only code and message are kept.
        let code = error.extendedResultCode.rawValue
        self.init(kind, "database \(path): \(error.message ?? "no message") (SQLite \(code)); \(advice)")
    }

    private static func meaning(of code: ResultCode) -> (Kind, String) {
        switch code {
        case .SQLITE_IOERR_SHORT_READ:
            (.damaged, "the file or its -wal was cut: stop Postern, and restore a backup")
        default: meaning(ofPrimary: code.primaryResultCode)
        }
    }

    private static func meaning(ofPrimary code: ResultCode) -> (Kind, String) {
        switch code {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            (.unavailable, "another process holds the lock for too long: end it, or wait")
        case .SQLITE_FULL:
            (.unavailable, "make room on its file system")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            (.unavailable, "see that the file, its -wal and -shm files and their folder can be written by this user")
        case .SQLITE_IOERR:
            (.unavailable, "see the system's log for faults of the disk")
        case .SQLITE_NOMEM:
            (.unavailable, "the host has no memory left")
        case .SQLITE_NOTADB:
            (.unusable, "the file is no database: name another one, or restore a backup")
        case .SQLITE_CORRUPT:
            (.damaged, "the file is damaged: restore a backup")
        default:
            (.unexpected, "please report this")
        }
    }
}
