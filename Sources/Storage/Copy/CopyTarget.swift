import Identity

/// The PostgreSQL database that a copy fills.
///
/// While the copy is unfinished a row of `meta` says so (`SchemaCheck`), and nothing but another run of the same copy
/// opens the database: half of the accounts would be refused, and a revocation could be lost to a later batch.
struct CopyTarget {
    /// The row of `meta` that says so. Its value is the fingerprint of the source.
    static let mark = "copying"
    /// The row of `meta` that says that a copy has ended, with the same value.
    private static let endMark = "copied"

    let store: PostgreSQLStore

    /// Marks the database as the target of a copy.
    ///
    /// - Parameter fingerprint: the source's.
    /// - Returns: `true` if the same copy was begun already.
    /// - Throws: `StoreError.Kind.unusable` if the database is not empty, or the target of another copy, or if
    ///   responders serve it.
    func begin(_ fingerprint: Int64) throws(StoreError) -> Bool {
        try store.write { transaction in
            transaction.leavesPrincipals()
            let known = transaction.first(
                "SELECT value FROM meta WHERE name = $1 FOR UPDATE", Self.mark
            ) { try $0.number(0) }
            // One that found the database without the mark goes on until its next heartbeat.
            let serving = transaction.first(
                "SELECT 1 FROM responder WHERE beat > extract(epoch FROM clock_timestamp()) - 30 LIMIT 1"
            ) { _ in true }
            let ended = transaction.first("SELECT 1 FROM meta WHERE name = $1", Self.endMark) { _ in true }
            let filled = CopiedTable.all.map { table in
                transaction.first("SELECT 1 FROM \(table.sqlName) LIMIT 1") { _ in table.name }
            }
            guard try serving.value == nil else { throw Self.served }
            if let known = try known.value {
                guard known == fingerprint else { throw Self.otherSource }
                return true
            }
            for table in filled {
                guard let name = try table.value else { continue }
                guard try ended.value == nil else { throw Self.isDone }
                throw StoreError(
                    .unusable,
                    "the database to copy into is not empty: its table \(name) has rows. A copy goes into an empty "
                        + "one, so that no account is mixed up with another. If a copy has succeeded already, go on "
                        + "with `postern init --schema-only --serve-role ROLE`")
            }
            transaction.run("INSERT INTO meta (name, value) VALUES ($1, $2)", Self.mark, fingerprint)
            return false
        }
    }

    private static let served = StoreError(
        .unusable,
        "responders serve the database to copy into, or did so within the last 30 seconds: stop them, and begin again")

    private static let isDone = StoreError(
        .unusable,
        "a copy into this database has ended already, and it can be served. For another one, empty it (DROP SCHEMA, or "
            + "another database), and begin again")

    private static let otherSource = StoreError(
        .unusable,
        "the database to copy into is the unfinished copy of another one, or of this one before it was changed: empty "
            + "it (DROP SCHEMA, or another database), and begin again")

    /// Makes the partitions of the audit log for a span of time.
    func makeMonths(from first: Int64, through last: Int64) throws(StoreError) {
        // No month is shorter, so that none is passed over.
        var moments = Array(stride(from: first, to: last, by: 28 * 86400)) + [last]
        while !moments.isEmpty {
            let some = moments.prefix(12)
            moments.removeFirst(some.count)
            try store.write { transaction in
                transaction.leavesPrincipals()
                for moment in some { transaction.run("SELECT make_audit_month($1)", moment) }
            }
        }
    }

    /// The key after which the copy goes on: batches are written in the order of their keys, each as a whole.
    func greatestKey(of table: CopiedTable) throws(StoreError) -> [SQLArgument]? {
        try store.read { try $0.greatestKey(of: table) }
    }

    func insert(_ rows: [CopiedRow], into table: CopiedTable) throws(StoreError) {
        let insertion = table.insertion(of: rows)
        try store.write { transaction in
            // New rows take no right away.
            transaction.leavesPrincipals()
            _ = transaction.rows(of: insertion) { _ in () }
        }
    }

    func rows(of table: CopiedTable, after key: [SQLArgument]?) throws(StoreError) -> [CopiedRow] {
        try store.read { try $0.copiedRows(of: table, after: key).value }
    }

    /// Lets the database be served.
    ///
    /// - Parameter defaults: those of the source; `nil` if it has none.
    func finish(with defaults: AssuranceDefaults?) throws(StoreError) {
        try store.write { transaction in
            transaction.leavesPrincipals()
            if let defaults { try transaction.note(defaults) }
            transaction.run("DELETE FROM meta WHERE name = $1", Self.endMark)
            transaction.run("UPDATE meta SET name = $1 WHERE name = $2", Self.endMark, Self.mark)
        }
    }

    /// Gives the planner its figures of the new tables. Those that do not come in time the server gathers itself,
    /// within some minutes.
    func gatherStatistics() {
        for table in CopiedTable.all {
            try? store.write { transaction in
                transaction.leavesPrincipals()
                transaction.run("ANALYZE \(table.sqlName)")
            }
        }
    }
}
