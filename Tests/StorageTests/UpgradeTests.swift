import Cryptography
import Foundation
import Identity
import TestSupport
import Testing

@testable import Storage

/// A database of the oldest schema, with data, brought up to date.
struct UpgradeTests {
    let folder: TemporaryFolder
    let fixture: String
    var path: String { folder.path("p.sqlite3") }

    init() throws {
        folder = try TemporaryFolder()
        fixture = try Repository.text("Tests/Upgrade/001.sql")
        try TestDatabase(path).execute(fixture)
    }

    @Test func `the oldest schema is the one that the first migration makes`() throws {
        let other = folder.path("other")
        try migrate(other, upTo: "001")
        func schema(_ path: String) throws -> [String] {
            try TestDatabase(path).column(
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'grdb_%' ORDER BY name")
        }
        // The indentation is that of the source.
        func words(_ sql: [String]) -> [String] {
            sql.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        }
        #expect(try words(schema(path)) == words(schema(other)))
    }

    private func migrate(_ path: String, upTo last: String) throws {
        try Schema.migrate(SQLiteConnection(path, readonly: false, busyTimeout: 5), upTo: last)
    }

    @Test func `it is refused until it is brought up to date, and can be backed up before`() throws {
        let error = try #require(throws: StoreError.self) { _ = try SQLiteStore(path: path) }
        #expect(error.kind == .unusable)
        let report = try SQLiteStore.backUp(path, to: folder.path("backup.sqlite3"))
        #expect(report.accounts == 3)
        #expect(report.version == "001")
        _ = try SQLiteStore.create(path: path)
        _ = try SQLiteStore(path: path)
    }

    @Test func `an account's home is the organization of its oldest user, and a token has no ceiling`() throws {
        try migrate(path, upTo: "002")
        try TestDatabase(path).execute(
            """
            INSERT INTO organization (id, slug, name, created_at) VALUES (1, 'one', 'One', 5), (2, 'two', 'Two', 6);
            INSERT INTO account (id, email, email_key, name, provider, state, roles, created_at)
            VALUES (7, 'a@b.test', 'a@b.test', 'a', 'Credentials', 'Active', 0, 5),
                (8, 'c@d.test', 'c@d.test', 'c', 'Credentials', 'Active', 0, 5);
            INSERT INTO user (id, account_id, organization_id, state, roles, created_at)
            VALUES (3, 7, 1, 'Active', 2, 20), (4, 7, 2, 'Active', 8, 10);
            INSERT INTO api_token (id, token_hash, name, account_id, organization_id, scopes, created_at)
            VALUES (9, x'00', 't', 7, 2, 'admin', 11);
            """)
        let store = try SQLiteStore.create(path: path)
        #expect(try store.account(Identifier(rawValue: 7))?.home == Identifier(rawValue: 2))
        #expect(try #require(try store.account(Identifier(rawValue: 8))).home == nil)
        let tokens = try store.apiTokens(APITokenFilter(id: Identifier(rawValue: 9)), PageRequest()).items
        #expect(tokens.map(\.token.roleCeiling) == [nil])
    }

    @Test func `all its data is there, and passwords and tokens are good`() throws {
        let store = try SQLiteStore.create(path: path)
        let scheme = try #require(PasswordScheme(setting: "scrypt:ln=15,r=8,p=3"))
        let hasher = PasswordHasher(scheme: scheme, concurrency: 1, queueLength: 1, random: OpenSSLRandomSource())
        let clock = Timestamp(secondsSince1970: 1_795_700_000)
        let service = AuthenticationService(
            store: store, hasher: hasher, throttle: ThrottlePolicy(), sessionLifetime: 3600, sessionIdleTimeout: 1800,
            clock: WallClock { clock })
        let accounts = try store.accounts(AccountFilter(), PageRequest(size: 10)).items
        #expect(
            accounts.sorted { $0.email.address < $1.email.address }.map { "\($0.email.address) \($0.name) \($0.state)" }
                == [
                    "ann@example.test Ann Lee active", "bob@example.test bob inactive",
                    "owner@example.test owner active",
                ])
        let organization = try service.organization(named: "aurora-labs")
        #expect(organization.name == "Aurora Labs")
        #expect(!organization.autoJoin)
        #expect(accounts.allSatisfy { $0.home == organization.id })
        #expect(organization.defaultRoles == RoleSet([.appMember]))

        let password = Password(utf8: Array("northern lights".utf8))
        let login = try service.login(email: "ann@example.test", password: password, by: Caller(.anonymous))
        #expect(login.account.users.map(\.roles) == [RoleSet([.appAdmin])])
        #expect(try service.authenticate(bearer: login.token.text) != nil)
        let bob = try #require(accounts.first { $0.state == .inactive }).id
        #expect(throws: AuthenticationError.accountInactive(bob)) {
            try service.login(
                email: "bob@example.test", password: Password(utf8: Array("northern lights".utf8)),
                by: Caller(.anonymous))
        }
        let token = try #require(fixture.firstMatch(of: /API token: (pst_\w+)/)).1
        let program = try #require(try service.authenticate(bearer: String(token)))
        #expect(program.scopes.names == ["register", "login"])
        #expect(program.organization == organization.id)
        #expect(program.roleCeiling == nil)
    }

    /// Writes an account as an earlier version did.
    private func addAccount(_ id: Int, _ email: String, key: String, name: String = "n") throws {
        try TestDatabase(path).execute(
            """
            INSERT INTO account (id, email, email_key, name, provider, state, roles, created_at)
            VALUES (?, ?, ?, ?, 'Credentials', 'Active', 0, 0)
            """, [id, email, key, name])
    }

    @Test func `an address with an internationalized domain is found in either spelling, and none is lost`() throws {
        try addAccount(1, "Ann@Bücher.example", key: "ann@bücher.example")
        try addAccount(2, "x@straße.example", key: "x@strasse.example")
        // Two accounts that are one by today's rules: that in A-labels keeps its key.
        try addAccount(3, "bob@例え.test", key: "bob@例え.test")
        try addAccount(4, "bob@xn--r8jz45g.test", key: "bob@xn--r8jz45g.test")
        let store = try SQLiteStore.create(path: path)
        func id(_ email: String) throws -> UInt64? {
            try store.account(emailKey: #require(EmailAddress(email)).key)?.id.rawValue
        }
        #expect(try id("ann@bücher.example") == 1 && id("ann@xn--bcher-kva.example") == 1)
        #expect(try id("x@straße.example") == 2 && id("x@strasse.example") == nil)
        #expect(try id("bob@例え.test") == 4)
        #expect(try store.account(Identifier(rawValue: 3))?.email.key == "bob@例え.test")
        #expect(try store.accountsWithOutdatedKeys() == [Identifier(rawValue: 3)])
        // Once the other one is gone, it is found.
        try TestDatabase(path).execute("DELETE FROM account WHERE id = 4")
        #expect(try SQLiteStore.create(path: path).accountsWithOutdatedKeys() == [])
        #expect(try id("bob@xn--r8jz45g.test") == 3)
    }

    @Test func `a name that was made too long to be saved again is cut between characters`() throws {
        let long = String(repeating: "👨‍👩‍👧‍👦", count: 60)
        try addAccount(1, "ann@example.org", key: "ann@example.org", name: long)
        let store = try SQLiteStore.create(path: path)
        let name = try #require(try store.account(Identifier(rawValue: 1))?.name)
        #expect(name == String(repeating: "👨‍👩‍👧‍👦", count: 36))
    }
}
