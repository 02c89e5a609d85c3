import Foundation

@testable import Storage

/// All that a new schema has: its structure, and the rows that are there from the beginning.
struct SchemaContent {
    private let restoring: [PostgreSQLStatement]
    private let inspection: PostgreSQLStatement
    private let structure: String

    /// Looks at a schema that is new.
    init(of name: String, _ connection: PostgreSQLConnection) throws {
        let newest = try Self.ask(
            """
            SELECT CAST(max(CAST(oid AS BIGINT)) AS TEXT) FROM pg_class WHERE relnamespace = '\(name)'::regnamespace
            """, connection)
        inspection = PostgreSQLStatement(Self.inspection(of: name, newest: newest.first ?? "0"))
        structure = try Self.ask(inspection.sql, connection).first ?? ""
        let tables = try Self.ask(
            """
            SELECT CAST(quote_ident(relname) AS TEXT) FROM pg_class
            WHERE relnamespace = '\(name)'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            """, connection)
        let deletions = tables.map { PostgreSQLStatement("DELETE FROM \(name).\($0)") }
        let insertions = try tables.flatMap { table in
            try Self.ask("SELECT CAST(row_to_json(row) AS TEXT) FROM \(name).\(table) AS row", connection).map { row in
                PostgreSQLStatement(
                    """
                    INSERT INTO \(name).\(table)
                    SELECT * FROM json_populate_record(CAST(NULL AS \(name).\(table)), CAST(CAST($1 AS TEXT) AS JSON))
                    """, [.text(row)])
            }
        }
        // As a replica, without triggers: the audit log lets nobody remove an entry, and nothing has to cascade.
        let start = ["BEGIN", "SET LOCAL session_replication_role = replica", "SET LOCAL lock_timeout = '5s'"]
        restoring = start.map { PostgreSQLStatement($0) } + deletions + insertions
    }

    /// Empties the schema, and puts back the rows of its beginning.
    ///
    /// - Returns: `false` if its structure is not the one of its beginning any more.
    func restore(_ connection: PostgreSQLConnection) throws -> Bool {
        let results = try connection.exchange(
            restoring + [inspection, PostgreSQLStatement("COMMIT")], deadline: .now + .seconds(60))
        return try results[restoring.count].first { try $0.string(0) } == structure
    }

    /// Asks for the versions of the catalogue's rows on the tables, their indexes, columns, triggers and the functions:
    /// whatever changes one of them makes it another row. Months of the audit log that were made since may stay.
    ///
    /// Nor is it the same if tables have grown so large that dead rows would slow down the next test.
    private static func inspection(of name: String, newest: String) -> String {
        """
        WITH relation AS (
            SELECT oid, xmin FROM pg_class WHERE relnamespace = '\(name)'::regnamespace
                AND NOT (relname ~ '^audit_event_[0-9]{4}_[0-9]{2}' AND CAST(oid AS BIGINT) > \(newest))
        ), part AS (
            SELECT 'r' || oid || ' ' || CAST(xmin AS TEXT) AS version FROM relation
            UNION ALL
            SELECT 'c' || attrelid || ' ' || attnum || ' ' || CAST(pg_attribute.xmin AS TEXT)
            FROM pg_attribute JOIN relation ON relation.oid = attrelid
            UNION ALL
            SELECT 't' || pg_trigger.oid || ' ' || CAST(pg_trigger.xmin AS TEXT)
            FROM pg_trigger JOIN relation ON relation.oid = tgrelid
            UNION ALL
            SELECT 'f' || oid || ' ' || CAST(xmin AS TEXT) FROM pg_proc WHERE pronamespace = '\(name)'::regnamespace
        )
        SELECT CAST(md5(string_agg(version, ',' ORDER BY version)) AS TEXT)
            || CASE WHEN \(size(of: name)) > 8000000 THEN ' large' ELSE '' END
        FROM part
        """
    }

    private static func size(of name: String) -> String {
        """
        (SELECT sum(pg_relation_size(oid)) FROM pg_class
            WHERE relnamespace = '\(name)'::regnamespace AND relkind = 'r')
        """
    }

    /// The first column of a statement's rows.
    private static func ask(_ sql: String, _ connection: PostgreSQLConnection) throws -> [String] {
        try connection.exchange([PostgreSQLStatement(sql)], deadline: .now + .seconds(60))[0].all { try $0.string(0) }
    }
}
