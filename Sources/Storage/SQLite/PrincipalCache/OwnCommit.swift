import GRDB

/// A commit that is made by a connection of this process, and the one before it.
struct OwnCommit {
    private let index: WALIndex
    private let before: WALIndex.Commit
    private let dataVersion: Int64

    /// - Parameters:
    ///   - db: a connection inside of a transaction that has the lock, so that nobody else commits before it has.
    ///   - file: the database file that it is on.
    /// - Returns: `nil` where nothing tells one commit from another.
    init?(_ db: Database, of file: FileSystem.FileID) throws {
        guard let index = WALIndex(db, of: file), let before = index.commit,
            let dataVersion = try Self.dataVersion(db)
        else { return nil }
        (self.index, self.before, self.dataVersion) = (index, before, dataVersion)
    }

    /// The commit before, and the one that the connection has just made.
    ///
    /// - Parameter db: the connection, outside of a transaction and with no statement under way, so that it looks for the
    ///   commits of others once more.
    /// - Returns: `nil` where there was one.
    func ends(_ db: Database) throws -> (before: WALIndex.Commit, after: WALIndex.Commit)? {
        // In this order: the version shows that what was read before is the connection's own.
        guard let after = index.commit, try Self.dataVersion(db) == dataVersion else { return nil }
        return (before, after)
    }

    /// Changes with each commit that another connection makes, of whatever process, and never with an own one (SQLite,
    /// "PRAGMA data_version").
    private static func dataVersion(_ db: Database) throws -> Int64? {
        try PreparedQuery(db, sql: "PRAGMA data_version").first { $0.number(0) } ?? nil
    }
}
