import Foundation
import Identity
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// The making of the tables, their versions and their rights.
struct PostgreSQLSchemaTests {
    let schema: PostgreSQLTestSchema

    init() throws { schema = try PostgreSQLTestSchema() }

    private func expectUnusable(_ words: String, _ open: () throws -> Void) {
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    private func open() throws -> PostgreSQLStore {
        try PostgreSQLStore(schema.base, schema: schema.name, random: PostgreSQLTestSchema.random)
    }

    private func migrate(_ migrations: [PostgreSQLSchema.Migration]) throws {
        try schema.query("CREATE SCHEMA IF NOT EXISTS \(schema.name)", as: schema.base)
        let connection = try schema.connection()
        defer { connection.close() }
        try SchemaMigrator(
            connection: connection, target: schema.target, backoff: Backoff(random: PostgreSQLTestSchema.random),
            deadline: .now + .seconds(60), migrations: migrations
        ).migrate()
    }

    @Test func `a database without tables is refused, and left as it is`() throws {
        expectUnusable("postern init") { _ = try open() }
        #expect(try schema.number("SELECT count(*) FROM pg_tables WHERE schemaname = '\(schema.name)'") == 0)
    }

    @Test func `a read finds no text with U+0000, and does not fail by it`() throws {
        let store = try schema.store()
        let found = try store.read { transaction in
            try transaction.first("SELECT 1 FROM account WHERE name = $1", "a\u{0}b") { _ in true }.value
        }
        #expect(found == nil)
    }

    @Test func `tables are made once, and made again without harm`() throws {
        _ = try schema.store()
        _ = try schema.store()
        _ = try open()
        #expect(try schema.number("SELECT count(*) FROM migration") == PostgreSQLSchema.version)
    }

    // authentik#23876, hexpm PR#1817
    @Test func `six make them at once, and one that is killed midway leaves nothing half done`() throws {
        // It has the lock and half of the tables when it ends.
        try schema.query("CREATE SCHEMA \(schema.name)", as: schema.base)
        let killed = try schema.connection()
        let first = PostgreSQLSchema.version001.prefix(4).map { PostgreSQLStatement($0) }
        _ = try killed.exchange(
            [
                PostgreSQLStatement("BEGIN"),
                PostgreSQLStatement(
                    "SELECT pg_advisory_xact_lock(\(PostgreSQLSchema.advisoryLock), hashtext('migration'))"),
            ] + first, deadline: .now + .seconds(60))
        concurrently(7) { number in
            if number == 6 {
                Thread.sleep(forTimeInterval: 0.1)
                killed.close()
            } else {
                _ = try schema.store(.single)
            }
        }
        #expect(try schema.number("SELECT count(*) FROM migration") == PostgreSQLSchema.version)
        _ = try open()
    }

    @Test(arguments: [
        (["account", "\"user\""], "(account, user)"), (["migration"], "migration"), (["session"], "(session)"),
    ])
    func `tables of another program are named, and nothing is made beside them`(others: [String], words: String) throws
    {
        try schema.query("CREATE SCHEMA \(schema.name)", as: schema.base)
        for other in others { try schema.query("CREATE TABLE \(other) (id INT, name TEXT)") }
        for _ in 0..<2 {
            expectUnusable("of another program") { _ = try schema.store() }
            expectUnusable(words) { _ = try schema.store() }
        }
        #expect(
            try schema.number("SELECT count(*) FROM pg_tables WHERE schemaname = '\(schema.name)'")
                == Int64(others.count))
    }

    @Test func `tables with other names are left in peace`() throws {
        try schema.query("CREATE SCHEMA \(schema.name)", as: schema.base)
        try schema.query("CREATE TABLE accounts (id INT)")
        _ = try schema.store()
        #expect(try schema.number("SELECT count(*) FROM accounts") == 0)
    }

    @Test func `an older version is refused until it is brought up to date`() throws {
        try migrate([PostgreSQLSchema.migrations[0]])
        expectUnusable("postern init") { _ = try open() }
        _ = try schema.store()
        _ = try open()
    }

    @Test func `a newer version is used as long as it says that it can be`() throws {
        _ = try schema.store()
        try schema.query("INSERT INTO migration (version, oldest) VALUES (99, \(PostgreSQLSchema.version))")
        _ = try open()
        _ = try schema.store()
        try schema.query("UPDATE migration SET oldest = 99 WHERE version = 99")
        expectUnusable("newer version") { _ = try open() }
        expectUnusable("newer version") { _ = try schema.store() }
    }

    @Test(
        arguments: [
            (0, 0, .older), (1, 1, .older), (2, 1, .usable), (2, 2, .usable), (3, 2, .usable), (3, 3, .newer),
        ] as [(Int64, Int64, SchemaVersion.Age)])
    func `the oldest program that may run decides, behind the newest migration`(
        newest: Int64, oldest: Int64, age: SchemaVersion.Age
    ) {
        #expect(SchemaVersion(newest: newest, oldest: oldest).age(for: 2) == age)
    }

    @Test func `responders of the previous version go on while the tables are brought up to date`() throws {
        // As far as a released program knows them.
        try migrate(Array(PostgreSQLSchema.migrations.prefix(2)))
        let old = try PostgreSQLStore(
            schema.base, schema: schema.name, knowing: 2, random: PostgreSQLTestSchema.random)
        try schema.query(Self.previousOrganization, Self.previousAccount, Self.previousUser)
        let isDone = Atomic(false)
        let written = Atomic<Int64>(0)
        concurrently(5) { number in
            if number == 0 {
                _ = try schema.store(.single)
                Thread.sleep(forTimeInterval: 0.2)
                isDone.store(true, ordering: .relaxed)
                return
            }
            let connection = try schema.connection()
            defer { connection.close() }
            var own = 0
            while !isDone.load(ordering: .relaxed) || own < 20 {
                own += 1
                // Operations that are the same in both versions, and statements that are not.
                try old.append(IdentityStoreContract.event(.logout))
                let id = written.add(1, ordering: .relaxed).newValue
                let found = try connection.exchange(
                    [PostgreSQLStatement(Self.previousSession(id)), PostgreSQLStatement(Self.previousPrincipal(id))],
                    deadline: .now + .seconds(60))
                #expect(try found[1].first { $0.integer(0) } == 8)
            }
        }
        let count = written.load(ordering: .relaxed)
        #expect(try schema.number("SELECT count(*) FROM audit_event") == count)
        #expect(try schema.number("SELECT count(*) FROM session") == count)
        #expect(try schema.number("SELECT max(version) FROM migration") == PostgreSQLSchema.version)
        // Both versions run on, and the new one reads the sessions of the old one rightly.
        try old.append(IdentityStoreContract.event(.logout))
        let new = try open()
        try new.append(IdentityStoreContract.event(.logout))
        let hash = TokenHash(bytes: (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) })
        let now = Timestamp(secondsSince1970: 1)
        let principal = try #require(try new.principal(session: hash, at: now, idleSince: now + -60))
        #expect(
            principal.assurance?.authentication == SessionAuthentication(methods: .password, authenticatedAt: now))
    }

    // Statements as the second version has them.
    private static let previousOrganization = """
        INSERT INTO organization (id, slug, name, display_name, auto_join, default_roles, email_regex, created_at)
        VALUES (7, 'example', 'Example', NULL, 0, 2, NULL, 1)
        """
    private static let previousAccount = """
        INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles,
            must_change_password, password_hash, home_id, created_at, external_id)
        VALUES (8, 'owner@example.test', 'owner@example.test', 'Owner', NULL, NULL, 'Credentials', 'Active', 0, 0, '$h',
            7, 1, NULL)
        """
    private static let previousUser = """
        INSERT INTO "user" (id, account_id, organization_id, name, state, roles, created_at)
        VALUES (9, 8, 7, NULL, 'Active', 8, 1)
        """

    private static func previousSession(_ id: Int64) -> String {
        """
        INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent)
        VALUES (\(id), int8send(\(id)), 8, 1, 1, 7200, '192.0.2.1', 'test')
        """
    }

    private static func previousPrincipal(_ id: Int64) -> String {
        """
        SELECT account.id FROM session JOIN account ON account.id = session.account_id
        LEFT JOIN "user" ON "user".id = (
            SELECT id FROM "user" AS own WHERE own.account_id = account.id AND own.state = 'Active'
            ORDER BY own.created_at, own.id LIMIT 1)
        WHERE session.token_hash = int8send(\(id)) AND account.state = 'Active'
        """
    }

    @Test func `the target of a copy that has not ended is refused`() throws {
        _ = try schema.store()
        try schema.query("INSERT INTO meta (name, value) VALUES ('copying', 1)")
        expectUnusable("postern copy") { _ = try open() }
    }

    @Test func `a role that serves makes no table, and changes no entry of the audit log`() throws {
        let role = "serve_\(schema.name)"
        defer { _ = try? schema.query("DROP OWNED BY \(role)", "DROP ROLE \(role)") }
        let owner = try PostgreSQLStore.create(
            schema.base, schema: schema.name, serveRole: role, random: PostgreSQLTestSchema.random)
        // Again, without it: its rights stay.
        _ = try schema.store()
        let uri = try PostgreSQLCluster.shared().uri.replacing("postgres@", with: "\(role)@")
        let target = try PostgreSQLTarget(uri)
        let store = try PostgreSQLStore(target, schema: schema.name, random: PostgreSQLTestSchema.random)
        try store.append(IdentityStoreContract.event(.logout))
        try store.append(IdentityStoreContract.event(.logout, at: Timestamp(secondsSince1970: 1_000_000_000)))
        #expect(try store.auditEvents(AuditFilter(), PageRequest()).items.count == 2)
        try store.checkReadiness()
        let before = Timestamp(secondsSince1970: 1_100_000_000)
        #expect(try store.pruneAudit(before: before, event: IdentityStoreContract.event(.auditPruned)) == 1)
        #expect(try owner.auditEvents(AuditFilter(), PageRequest()).items.count == 2)
        for statement in [
            "CREATE TABLE own (x BIGINT)", "UPDATE audit_event SET kind = 'x'", "DELETE FROM audit_event",
            "TRUNCATE audit_event", "ALTER TABLE session ADD COLUMN x BIGINT", "DROP TABLE session",
            "UPDATE migration SET oldest = 0", "DELETE FROM timeline", "SELECT audit_pruning()",
            "CREATE FUNCTION own() RETURNS BIGINT LANGUAGE sql AS 'SELECT 1'",
            // Years ahead of the clock, or long before it.
            Self.pruning(at: "9000000000000000000"), Self.pruning(at: "1000"), "SELECT make_audit_month(7258118399)",
        ] {
            let error = #expect(throws: PostgreSQLError.self, "\(statement)") {
                try schema.query(statement, as: target.inSchema(schema.name))
            }
            #expect(error?.sqlState == "42501", "\(statement): \(error?.message ?? "")")
        }
    }
    /// An entry that allows the removal of all others, at a place of its own choice.
    private static func pruning(at sequence: String) -> String {
        """
        INSERT INTO audit_event (sequence, id, time, kind, credential, address, request_id, details)
        VALUES (\(sequence), 1, CAST(extract(epoch FROM clock_timestamp()) AS BIGINT), 'audit.pruned', 'none', '', '',
            '{"before": "2199-01-01T00:00:00Z"}')
        """
    }

    @Test func `a role that only reads gets no more rights when the tables are made again`() throws {
        let role = "read_\(schema.name)"
        _ = try schema.store()
        defer { _ = try? schema.query("DROP OWNED BY \(role)", "DROP ROLE \(role)") }
        try schema.query(
            "CREATE ROLE \(role)", "GRANT USAGE ON SCHEMA \(schema.name) TO \(role)",
            "GRANT SELECT ON ALL TABLES IN SCHEMA \(schema.name) TO \(role)")
        _ = try schema.store()
        for table in ["session", "account", "meta", "audit_event"] {
            let rights = "SELECT CAST(has_table_privilege('\(role)', '\(table)', 'INSERT, UPDATE, DELETE') AS INT)"
            #expect(try schema.number(rights) == 0, "\(table)")
        }
    }
}
