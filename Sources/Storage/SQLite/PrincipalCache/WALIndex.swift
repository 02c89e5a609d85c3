import CSQLite
import Synchronization

/// The wal-index of a connection: the memory that all connections to a database share, in all processes, with the end
/// of the last commit (SQLite, "WAL-mode File Format", section 2).
@safe struct WALIndex {
    /// The mark of a commit: the header of the wal-index while it was the last one, without its second copy.
    ///
    /// It holds a counter of transactions, the end of the log, a checksum over all of it and two salts. A commit
    /// changes it before it returns, so whoever reads the same bytes again reads the same database. Commits of
    /// different files may look the same.
    struct Commit: Equatable, Sendable {
        private let file: FileSystem.FileID
        private let words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

        /// - Returns: `nil` if there is no log: then there are no salts, and every state looks the same.
        fileprivate init?(_ header: UnsafeRawPointer, of file: FileSystem.FileID) {
            self.file = file
            unsafe words = header.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64).self)
            if words.4 == 0 { return nil }
        }

        static func == (left: Self, right: Self) -> Bool {
            left.words.0 == right.words.0 && left.words.1 == right.words.1 && left.words.2 == right.words.2
                && left.words.3 == right.words.3 && left.words.4 == right.words.4 && left.words.5 == right.words.5
                && left.file == right.file
        }
    }

    /// The size of a part of the wal-index, which is mapped as one.
    private static let regionSize: Int32 = 32 << 10

    /// Stays mapped for as long as the connection is open.
    private let header: UnsafeRawPointer
    private let databaseFile: FileSystem.FileID

    /// - Parameter opened: a connection in WAL mode that has read something.
    /// - Returns: `nil` if its wal-index cannot be read.
    init?(_ opened: DatabaseFiles.Opened) {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = unsafe sqlite3_file_control(
            opened.connection.handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        guard code == SQLITE_OK, let file = unsafe file, let methods = unsafe file.pointee.pMethods,
            unsafe methods.pointee.iVersion >= 2
        else { return nil }
        var region: UnsafeMutableRawPointer?
        guard unsafe methods.pointee.xShmMap?(file, 0, Self.regionSize, 0, &region) == SQLITE_OK,
            let region = unsafe region
        else { return nil }
        unsafe header = UnsafeRawPointer(region)
        databaseFile = opened.file
    }

    /// The last commit. One that is being made may already count, or half of it: such bytes are no other commit's.
    var commit: Commit? {
        // Queries before this have read the database before it, and queries after it read it after.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        defer { atomicMemoryFence(ordering: .sequentiallyConsistent) }
        return unsafe Commit(header, of: databaseFile)
    }
}
