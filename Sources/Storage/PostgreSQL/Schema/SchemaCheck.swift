import Identity

/// The check of a database before it is used: that its tables are there, whole, and of a version for this program.
enum SchemaCheck {
    private static let query = PostgreSQLStatement(
        """
        SELECT version, oldest, (SELECT count(*) FROM meta WHERE name = 'copying'), getdatabaseencoding()
        FROM migration ORDER BY version DESC LIMIT 1
        """)

    /// - Parameters:
    ///   - program: the version that the program knows.
    ///   - isForCopy: whether it goes on with a copy that is not complete, which keeps everything else out.
    /// - Throws: `StoreError.Kind.unusable`; `PostgreSQLError`.
    static func check(
        _ connection: PostgreSQLConnection, _ target: PostgreSQLTarget, for program: Int64, isForCopy: Bool = false,
        deadline: ContinuousClock.Instant
    ) throws {
        let result: PostgreSQLResult
        do throws(PostgreSQLError) {
            result = try connection.exchange([query], deadline: deadline)[0]
        } catch {
            throw reason(error, target)
        }
        let found = try result.first { row in
            let version = SchemaVersion(newest: try row.number(0), oldest: try row.number(1))
            return (version, isCopying: try row.number(2) > 0, encoding: try row.string(3))
        }
        guard let (version, isCopying, encoding) = found else {
            throw StoreError(.unusable, "\(target) has no version: finish its making with `postern init`")
        }
        try check(version, for: program, target)
        guard encoding == "UTF8" else {
            throw StoreError(.unusable, "\(target) has the encoding \(encoding): make a database with UTF8")
        }
        guard !isCopying || isForCopy else {
            throw StoreError(
                .unusable, "\(target) is the target of a copy that has not ended: finish it with `postern copy`")
        }
    }

    /// The reason for which the version could not be read.
    private static func reason(_ error: PostgreSQLError, _ target: PostgreSQLTarget) -> any Error {
        switch error.sqlState {
        case "42P01":
            StoreError(
                .unusable, "\(target) has no tables of Postern: make them with `postern init`, as the owner")
        case _ where isOfOtherTable(error): otherMigration(target)
        case "42501":
            StoreError(
                .unusable,
                "the role may not read Postern's tables in \(target): grant it the rights with "
                    + "`postern init --serve-role NAME`, as the owner of the tables")
        default: error
        }
    }

    /// - Throws: `StoreError.Kind.unusable` unless this program may run on the tables.
    private static func check(
        _ version: SchemaVersion, for program: Int64, _ target: PostgreSQLTarget
    ) throws(StoreError) {
        switch version.age(for: program) {
        case .usable: break
        case .older:
            throw StoreError(
                .unusable,
                "the tables in \(target) are of an older version: bring them up to date with "
                    + "`postern init`")
        case .newer: throw newer(target)
        }
    }

    /// Tells that the table of the versions has other columns than ours: there is none, it is of another type, or what
    /// it is asked for does not exist for that type.
    static func isOfOtherTable(_ error: PostgreSQLError) -> Bool {
        ["42703", "42804", "42883", "42809"].contains(error.sqlState)
    }

    static func otherMigration(_ target: PostgreSQLTarget) -> StoreError {
        StoreError(
            .unusable,
            "\(target) has a table of another program, migration: make an empty database, and name it in "
                + "POSTERN_DATABASE")
    }

    static func newer(_ target: PostgreSQLTarget) -> StoreError {
        StoreError(
            .unusable,
            "the tables in \(target) are of a newer version of Postern, which this one does not know: "
                + "install that version, or newer")
    }
}
