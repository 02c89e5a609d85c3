import Cryptography
import Foundation
import Identity
import Storage
import StoreContract
import Synchronization
import TestSupport
import Testing

/// Several responders that change the same things at the same time.
struct PostgreSQLConcurrencyTests {
    private let responders: PostgreSQLResponders
    private var contract: IdentityStoreContract { responders.contract }

    init() throws { responders = try PostgreSQLResponders() }

    // keycloak#13684
    @Test func `uses of the same sessions are noted in any order while they are pruned, without a deadlock`() throws {
        let account = try contract.add("ann@example.test")
        let sessions = try (0..<60).map { _ in
            let session = try contract.session(of: account, lifetime: 1000)
            _ = try contract.begin(session, of: account)
            return session
        }
        let now = contract.now
        concurrently(6) { number in
            for round in 0..<15 {
                // A dictionary has an order of its own each time that it is made.
                let uses = Dictionary(
                    uniqueKeysWithValues: sessions.shuffled().map { (CredentialID.session($0.id), now + Int64(round)) })
                if number < 4 {
                    try responders[number].noteUse(of: uses)
                } else {
                    _ = try responders[number].pruneSessions(at: now, idleSince: now + -1, future: nil, limit: 20)
                }
            }
        }
        let noted = try responders.connection().number(
            "SELECT count(*) FROM session WHERE last_seen > ?",
            [
                now.secondsSince1970
            ])
        // A use of a row that is being changed is left out, and noted the next time.
        #expect(try #require(noted) > 30)
    }

    @Test func `all counters are cleared after the attempt that is being counted`() throws {
        let (now, keys) = (contract.now, [ThrottleKey(bytes: [7])])
        let isCounting = Atomic(false)
        concurrently(2) { number in
            if number == 0 {
                try responders[0].changeCounters(keys, repeats: true) { _ in
                    isCounting.store(true, ordering: .releasing)
                    // The other would be done by now, and the rows that this one has read would come back.
                    usleep(300_000)
                    return [keys[0]: ThrottleCounter(attempts: 3, since: now, blockedUntil: now, expiresAt: now + 60)]
                }
                return
            }
            while !isCounting.load(ordering: .acquiring) { usleep(1_000) }
            let event = try IdentityStoreContract.event(.logout)
            #expect(try responders[1].clearCounters(nil, event: event) == 1)
        }
        #expect(try responders[0].counters(keys).isEmpty)
    }

    // authelia#3637, hexpm PR#1552
    @Test func `logins, revocations and changes of one account in parallel all come to an end`() throws {
        let account = try contract.add("ann@example.test")
        concurrently(12) { number in
            let store = responders[number]
            for round in 0..<8 {
                switch number % 4 {
                case 0: _ = try contract.begin(contract.session(of: account), of: account, in: store)
                case 1:
                    try store.endSessions(.all, of: account.id, event: IdentityStoreContract.ending)
                case 2: try responders.rename(account, to: "Ann \(number).\(round)", by: store)
                default:
                    _ = try store.removeAPITokens(APITokenFilter(account: account.id)) { token in
                        try IdentityStoreContract.event(.tokenRevoked, target: "\(token.id)")
                    }
                }
            }
        }
        #expect(try contract.store.account(account.id)?.givenName?.hasPrefix("Ann ") == true)
    }

    // zitadel#8672, zitadel#7710
    @Test func `of a hundred changes of one account none is lost`() throws {
        let account = try contract.add("ann@example.test")
        concurrently(25) { number in
            for _ in 0..<4 {
                let outcome = try untilTaken {
                    try responders[number].change(.account(account.id)) { present, _ in
                        var edit = AccountEdit(
                            present, events: [try IdentityStoreContract.event(.accountChanged, account: present.id)],
                            ending: IdentityStoreContract.ending)
                        edit.account.givenName = String((Int(present.givenName ?? "") ?? 0) + 1)
                        return edit
                    }
                }
                guard case .changed = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
            }
        }
        #expect(try contract.store.account(account.id)?.givenName == "100")
        var filter = AuditFilter()
        filter.kind = .accountChanged
        #expect(try contract.store.auditEvents(filter, PageRequest()).total == 100)
    }

    @Test func `the last owners who leave at once leave one`() throws {
        let names = (0..<6).map { "owner\($0)@example.test" }
        let owners = try names.map { try contract.add($0, roles: [.appOwner]) }
        let organization = contract.organization.id
        let first = try #require(try contract.store.account(emailKey: "owner@example.test"))
        concurrently(owners.count + 1) { number in
            let account = ([first] + owners)[number]
            _ = try responders[number].change(.account(account.id)) { present, _ in
                var edit = AccountEdit(
                    present, events: [try IdentityStoreContract.event(.accountChanged, account: present.id)],
                    ending: IdentityStoreContract.ending)
                for index in edit.account.users.indices { edit.account.users[index].state = .inactive }
                return edit
            }
        }
        let left = try responders.connection().number(
            #"SELECT count(*) FROM "user" WHERE organization_id = ? AND state = 'Active' AND (roles & 8) <> 0"#,
            [Int64(bitPattern: organization.rawValue)])
        #expect(left == 1)
    }

    // zitadel#8517
    @Test func `an entry of the audit log that is committed late is not missed by one who follows`() throws {
        let connection = try responders.connection()
        // Entries of the request `late` wait at their commit for a lock that this connection has.
        for statement in [
            """
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_advisory_xact_lock(4711, hashtext(TG_TABLE_SCHEMA)); RETURN NULL; END $$
            """,
            """
            CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.target = 'late') EXECUTE FUNCTION wait()
            """,
        ] { _ = try connection.rows(statement) }
        let store = responders[1]
        func page(_ position: PageRequest.Position) throws -> Page<AuditEvent> {
            try store.auditEvents(AuditFilter(), PageRequest(size: 20, position: position))
        }
        let cursor = try #require(try page(.first).items.isEmpty ? nil : Self.newest(store))
        for round in 0..<3 {
            _ = try connection.rows(
                "SELECT CAST(pg_advisory_lock(4711, hashtext(CAST(current_schema() AS TEXT))) AS TEXT)")
            let late = Background { [responders] in
                try responders[0].append(IdentityStoreContract.event(.logout, target: "late"))
            }
            try Self.waitUntilBlocked(connection)
            try store.append(IdentityStoreContract.event(.logout, target: "early \(round)"))
            // A follower reads up to here, and never looks back.
            let seen = try page(.before(cursor)).items.compactMap(\.target)
            #expect(!seen.contains("early \(round)"))
            _ = try connection.rows(
                "SELECT pg_advisory_unlock(4711, hashtext(CAST(current_schema() AS TEXT)))")
            try late.value()
            let found = try page(.before(cursor)).items.compactMap(\.target)
            #expect(found.count { $0 == "late" } == round + 1)
            #expect(found.contains("early \(round)"))
        }
    }

    /// The position of the newest entry, as a follower has it.
    private static func newest(_ store: any IdentityStore) throws -> Cursor? {
        try store.append(IdentityStoreContract.event(.logout, target: "old"))
        try store.append(IdentityStoreContract.event(.logout, target: "newest"))
        // The page after the newest entry begins right behind it.
        return try store.auditEvents(AuditFilter(), PageRequest(size: 1)).next
    }

    private static func waitUntilBlocked(_ connection: TestPostgreSQL) throws {
        for _ in 0..<600 {
            let waiting = """
                SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711 AND NOT granted
                AND objid = (CAST(hashtext(CAST(current_schema() AS TEXT)) AS BIGINT) & 4294967295)
                """
            if try connection.number(waiting) == 1 { return }
            usleep(2_000)
        }
        Issue.record("nobody waits for the lock")
    }

    @Test func `tables that six processes make at once, one of which is cut off, are made once and whole`() throws {
        let folder = try TemporaryFolder()
        let schema = TestSchemas.name(of: folder)
        let made = Mutex(0)
        let cutOff = Background { [responders] in
            // The first that shows up is ended in the middle of its work.
            let connection = try responders.connection()
            for _ in 0..<20_000 {
                let ended = try connection.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?",
                    ["postern \(schema)"])
                if !ended.isEmpty { return ended.count }
                usleep(500)
            }
            return 0
        }
        concurrently(6) { _ in
            do {
                _ = try TestSchemas.open(folder)
                made.withLock { $0 += 1 }
            } catch let error as StoreError {
                #expect(error.kind == .unavailable, "\(error)")
            }
        }
        let ended = try cutOff.value()
        #expect(ended > 0)
        // Each makes them over one connection: no more fail than were cut off.
        #expect(made.withLock { $0 } >= 6 - ended)
        // The next one finds all of it, or makes it.
        let wins = Mutex(0)
        concurrently(6) { number in
            let store = try TestSchemas.open(folder)
            let organization = Organization(
                id: try IdentityStoreContract.id(), slug: "o\(number)", name: "O", createdAt: contract.now)
            let owner = try IdentityStoreContract.account(
                "o@example.test", in: organization.id, roles: [.appOwner], at: contract.now)
            if try store.initialize(organization, owner: owner, passwordHash: "$h", events: []) {
                wins.withLock { $0 += 1 }
            }
        }
        #expect(wins.withLock { $0 } == 1)
    }
}
