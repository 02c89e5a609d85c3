public import Identity

/// A copy of an installation from a SQLite database into an empty PostgreSQL database.
///
/// It streams table after table in the order of their keys, a batch a transaction, so that an interrupted copy goes on
/// where it was: at the greatest key in the target. Then it reads both sides again, and compares the number of rows and
/// a digest of each batch. Until that is done nothing serves the target.
///
///     let report = try DatabaseCopy.run(from: "/var/lib/postern/postern.sqlite3", to: target, random: random) { _ in }
public enum DatabaseCopy {
    /// The state of a copy that runs.
    public struct Progress: Sendable {
        /// The steps that each table goes through.
        public enum Step: Sendable {
            case copying, comparing
        }

        public let step: Step
        /// The table's name.
        public let table: String
        /// Its rows that are done, and all of them.
        public let done: Int
        public let rows: Int
    }

    /// The result of a copy: both sides have the same rows.
    public struct Report: Sendable {
        /// A table, its number of rows, and a digest of them (SHA-256), the same on both sides.
        public struct Table: Sendable {
            public let name: String
            public let rows: Int
            public let digest: [UInt8]
        }

        public let tables: [Table]
        /// True if an earlier run had begun it.
        public let wasResumed: Bool
    }

    /// Copies a database, or goes on with a copy that was interrupted.
    ///
    /// - Parameters:
    ///   - path: the SQLite database, which no process may have open.
    ///   - target: the PostgreSQL database; its tables are made if there are none.
    ///   - random: as for `PostgreSQLStore.init`.
    ///   - progress: is told of each batch.
    /// - Throws: `StoreError.Kind.unusable` if the source is not a database of this version, the target is not
    ///   empty or another copy's, or the two differ at the end; `.unavailable` while a process has the source open;
    ///   else as the engines say.
    public static func run(
        from path: String, to target: PostgreSQLTarget, random: @escaping @Sendable () -> UInt64,
        progress: (Progress) -> Void
    ) throws(StoreError) -> Report {
        let source = try CopySource(path: path)
        let target = CopyTarget(store: try PostgreSQLStore.createForCopy(target, random: random))
        let wasResumed = try target.begin(try source.fingerprint())
        if let (first, last) = try source.auditSpan() { try target.makeMonths(from: first, through: last) }
        for table in CopiedTable.all { try copy(table, from: source, to: target, progress) }
        var tables: [Report.Table] = []
        for table in CopiedTable.all {
            let digest = try compare(table, source, target, progress)
            tables.append(Report.Table(name: table.name, rows: digest.rows, digest: digest.bytes))
        }
        // A query by a bad plan is slow, and no reason to keep what is complete from being served.
        target.gatherStatistics()
        try target.finish(with: try source.assuranceDefaults())
        return Report(tables: tables, wasResumed: wasResumed)
    }

    private static func copy(
        _ table: CopiedTable, from source: CopySource, to target: CopyTarget, _ progress: (Progress) -> Void
    ) throws(StoreError) {
        let rows = try source.count(table)
        var key = try target.greatestKey(of: table)
        var done = try key.map { (key) throws(StoreError) in try source.count(table, through: key) } ?? 0
        while true {
            progress(Progress(step: .copying, table: table.name, done: done, rows: rows))
            let batch = try source.rows(of: table, after: key)
            guard let last = batch.last else { return }
            try target.insert(batch, into: table)
            key = table.key(of: last)
            done += batch.count
        }
    }

    /// Compares a table batch by batch.
    ///
    /// - Returns: the digest that both have.
    private static func compare(
        _ table: CopiedTable, _ source: CopySource, _ target: CopyTarget, _ progress: (Progress) -> Void
    ) throws(StoreError) -> CopyDigest {
        let rows = try source.count(table)
        var (wanted, found) = (CopyDigest(), CopyDigest())
        var key: [SQLArgument]?
        while true {
            progress(Progress(step: .comparing, table: table.name, done: wanted.rows, rows: rows))
            let (left, right) = (
                try source.rows(of: table, after: key), try target.rows(of: table, after: key)
            )
            wanted.add(left)
            found.add(right)
            guard wanted == found else {
                throw StoreError(
                    .unusable,
                    "the copy of the table \(table.name) differs from the source behind its row "
                        + "\(wanted.rows - left.count): the source was changed after the copy had begun, or "
                        + "something else has written into the target. Empty the target (`DROP SCHEMA`, or another "
                        + "database), and begin again")
            }
            guard let last = left.last else { return wanted }
            key = table.key(of: last)
        }
    }
}
