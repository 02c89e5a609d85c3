import CSQLite
import Foundation
import Identity
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// The plans by which SQLite reads lists of a large database, in its own words.
struct ListPlanTests {
    /// Entries of which five sixths are of one organization, and the others of 20 others; of one kind, by one actor and
    /// about one account there are only a few.
    static func entries(_ count: Int) -> String {
        """
        WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < \(count - 1))
        INSERT INTO audit_event (id, time, kind, actor_id, credential, account_id, organization_id, address, request_id)
        SELECT n, 1700000000 + n / 4,
            CASE WHEN n < 3 THEN 'account.erased' WHEN n % 3 = 0 THEN 'login.failed' ELSE 'login.succeeded' END,
            iif(n % 3 = 0, NULL, CASE WHEN n < 300 THEN 3 ELSE 1 END), 'none', CASE WHEN n % 500 = 0 THEN 7 ELSE 5 END,
            iif(n < \(count / 6 * 5), 1, 2 + n % 20), '192.0.2.1', 'r'
        FROM number
        """
    }
    static let members = """
        WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 99999)
        INSERT INTO account (id, email, email_key, name, provider, state, roles, created_at)
        SELECT n, 'a' || n || '@b', 'a' || n || '@b', 'a', 'Credentials', iif(n < 3, 'Inactive', 'Active'), 0, n / 100
        FROM number;
        INSERT INTO user (id, account_id, organization_id, state, roles, created_at)
        SELECT id, id, 1, 'Active', 2, created_at FROM account WHERE id >= 0;
        UPDATE account SET external_id = 'e' || id WHERE id >= 0;
        """
    static let credentials = """
        WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 49999)
        INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent)
        SELECT n, CAST(n AS BLOB), 5, n / 100, 1000, 2000, '', '' FROM number;
        INSERT INTO api_token (id, token_hash, name, account_id, organization_id, scopes, created_at)
        SELECT id, token_hash, 't', account_id, 1, '', created_at FROM session;
        """

    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.create(path: folder.path("p.sqlite3"))
    }

    private func fill(_ rows: String...) throws {
        let database = try TestDatabase(store.path)
        let organizations = (1...21).map { "(\($0), 'o\($0)', 'o', \($0))" }.joined(separator: ", ")
        try database.execute("INSERT INTO organization (id, slug, name, created_at) VALUES \(organizations)")
        for sql in rows + ["ANALYZE"] { try database.execute(sql) }
    }

    /// The queries of a list, in the words of `EXPLAIN QUERY PLAN`, and how many steps of SQLite's machine they took.
    private func queries(_ list: () throws -> Void) throws -> (plans: Set<String>, steps: Int) {
        let texts = Texts()
        let pointer = unsafe Unmanaged.passUnretained(texts).toOpaque()
        try store.read { transaction in
            _ = unsafe sqlite3_trace_v2(
                transaction.connection.handle, UInt32(SQLITE_TRACE_STMT),
                { _, texts, statement, _ in
                    guard let texts = unsafe texts, let statement = unsafe statement,
                        let text = unsafe sqlite3_expanded_sql(OpaquePointer(statement))
                    else { return 0 }
                    unsafe Unmanaged<Texts>.fromOpaque(texts).takeUnretainedValue().kept.append(String(cString: text))
                    unsafe sqlite3_free(text)
                    return 0
                }, pointer)
        }
        // By the same thread on the same connection, since nobody else reads.
        try list()
        return try store.read { transaction in
            let connection = transaction.connection
            _ = unsafe sqlite3_trace_v2(connection.handle, 0, nil, nil)
            var (plans, steps) = (Set<String>(), 0)
            for text in texts.kept where text.hasPrefix("SELECT") {
                plans.formUnion(try connection.all("EXPLAIN QUERY PLAN \(text)") { try $0.string(3) })
                let statement = try SQLiteStatement(connection, text)
                try statement.each { _ in true }
                steps += statement.takeSteps()
            }
            return (plans, steps)
        }
    }

    private final class Texts { var kept: [String] = [] }

    static let filters: [AuditFilter] = {
        let organizations: [Identifier<Organization>?] = [nil, Identifier(rawValue: 1)]
        let kinds: [AuditEvent.Kind?] = [nil, .accountErased, .loginFailed]
        let actors: [Identifier<Account>?] = [nil, Identifier(rawValue: 3), Identifier(rawValue: 1)]
        let accounts: [Identifier<Account>?] = [nil, Identifier(rawValue: 7)]
        let times: [(Timestamp?, Timestamp?)] = [
            (nil, nil), (Timestamp(secondsSince1970: 1_700_010_000), Timestamp(secondsSince1970: 1_700_020_000)),
        ]
        var filters: [AuditFilter] = []
        for organization in organizations {
            for kind in kinds {
                for actor in actors {
                    for account in accounts {
                        for (since, until) in times {
                            var filter = AuditFilter()
                            filter.organization = organization
                            filter.kind = kind
                            filter.actor = actor
                            filter.account = account
                            filter.since = since
                            filter.until = until
                            filters.append(filter)
                        }
                    }
                }
            }
        }
        return filters
    }()

    /// Everything that a filter finds, by the plainest of queries.
    private func expected(_ filter: AuditFilter) throws -> [Int64] {
        try store.read { transaction in
            try transaction.all(
                """
                SELECT id FROM audit_event NOT INDEXED
                WHERE coalesce(organization_id = $1, TRUE) AND coalesce(kind = $2, $3) AND coalesce(actor_id = $4, $5)
                    AND coalesce(account_id = $6, TRUE) AND time >= $7 AND time < $8
                ORDER BY time DESC, sequence DESC
                """, filter.organization, filter.kind?.rawValue, filter.kind == nil, filter.actor, filter.actor == nil,
                filter.account, filter.since?.secondsSince1970 ?? 0, filter.until?.secondsSince1970 ?? Int64.max
            ) { try $0.number(0) }.value
        }
    }

    @Test func `each filter of the audit log finds what the plainest query finds, page after page`() throws {
        try fill(Self.entries(6000))
        for filter in Self.filters {
            let expected = try expected(filter)
            var (found, page) = ([Int64](), try store.auditEvents(filter, PageRequest(size: 100)))
            #expect(page.total == expected.count, "\(filter)")
            while found.count < 300 {
                found += page.items.map(\.id.column)
                guard let next = page.next else { break }
                page = try store.auditEvents(filter, PageRequest(size: 100, position: .after(next), counts: false))
            }
            #expect(found == Array(expected.prefix(found.count)), "\(filter)")
            #expect(found.count == min(expected.count, found.count < 300 ? expected.count : found.count))
            guard let place = try place(expected.count / 2, of: expected) else { continue }
            let after = try store.auditEvents(filter, PageRequest(size: 9, position: .after(place)))
            #expect(after.items.map(\.id.column) == Array(expected[(expected.count / 2 + 1)...].prefix(9)))
            #expect(after.previous != nil)
            let before = try store.auditEvents(filter, PageRequest(size: 9, position: .before(place)))
            #expect(before.items.map(\.id.column) == Array(expected[..<(expected.count / 2)].suffix(9)))
            #expect(before.next != nil)
        }
    }

    /// The place of the entry with a number in the list.
    private func place(_ number: Int, of list: [Int64]) throws -> Cursor? {
        guard number < list.count else { return nil }
        return try store.read { transaction in
            try transaction.first("SELECT time, sequence FROM audit_event WHERE id = $1", list[number]) { row in
                Cursor(major: try row.number(0), minor: try row.number(1))
            }.value
        }
    }

    @Test func `each filter of the audit log is a few ranges of one index, in its order`() throws {
        try fill(Self.entries(240_000))
        let middle = Cursor(major: 1_700_020_000, minor: 80_000)
        for filter in Self.filters where filter.organization != nil || filter.account == nil || filter.actor == nil {
            for position in [PageRequest.Position.first, .after(middle), .before(middle)] {
                let (plans, steps) = try queries {
                    _ = try store.auditEvents(filter, PageRequest(size: 20, position: position, counts: false))
                }
                for plan in plans {
                    // A first page of all entries begins at the end of an index, and goes on until it is full.
                    let isAll = filter == AuditFilter() && plan.hasPrefix("SCAN audit_event USING COVERING INDEX")
                    let isOfDetails = plan.hasPrefix("SCAN member VIRTUAL TABLE")
                    #expect(plan.hasPrefix("SEARCH audit_event ") || isAll || isOfDetails, "\(filter): \(plan)")
                    #expect(!plan.contains("TEMP B-TREE"), "\(filter): \(plan)")
                }
                let isOfBoth = filter.actor != nil && filter.account != nil
                #expect(isOfBoth || steps < 15_000, "\(filter) took \(steps) steps")
            }
        }
    }

    @Test func `a rare kind of a busy actor costs what its few entries cost`() throws {
        try fill(Self.entries(240_000))
        var filter = AuditFilter()
        (filter.organization, filter.kind) = (Identifier(rawValue: 1), .accountErased)
        filter.actor = Identifier(rawValue: 3)
        let (_, steps) = try queries {
            let page = try store.auditEvents(filter, PageRequest())
            #expect(page.items.count == 2 && page.total == 2)
        }
        #expect(steps < 1000)
    }

    @Test func `entries of more organizations than can be merged are found as well`() throws {
        for number in 0..<150 {
            try store.append(
                IdentityStoreContract.event(.logout, organization: Identifier(rawValue: UInt64(number)), target: "t"))
        }
        var filter = AuditFilter()
        filter.kind = .logout
        #expect(try store.auditEvents(filter, PageRequest(size: 100)).items.count == 100)
        #expect(try store.auditEvents(filter, PageRequest()).total == 150)
        filter.organization = Identifier(rawValue: 3)
        #expect(try store.auditEvents(filter, PageRequest()).total == 1)
    }

    @Test func `every other list is one range of one index`() throws {
        try fill(Self.members, Self.credentials)
        let organization = Identifier<Organization>(rawValue: 1)
        let account = Identifier<Account>(rawValue: 5)
        let now = Timestamp(secondsSince1970: 1500)
        let middle = Cursor(major: 250, minor: 25_000)
        for position in [PageRequest.Position.first, .after(middle), .before(middle)] {
            let page = PageRequest(size: 20, position: position, counts: false)
            var lists: [(String, () throws -> Void)] = [
                ("users", { _ = try store.users(in: organization, page) }),
                ("sessions", { _ = try store.sessions(of: account, at: now, idleSince: now + -600, page) }),
                ("organizations", { _ = try store.organizations(of: nil, page) }),
            ]
            for inside in [organization, nil] {
                for state in [Account.State.active, .inactive, nil] {
                    for email in ["a7@b", "a1@b", "nobody@b", nil] {
                        let filter = AccountFilter(organization: inside, emailKey: email, state: state)
                        lists.append(("accounts \(filter)", { _ = try store.accounts(filter, page) }))
                    }
                    for id in ["e7", "nobody"] {
                        let filter = AccountFilter(organization: inside, externalID: id, state: state)
                        lists.append(("accounts \(filter)", { _ = try store.accounts(filter, page) }))
                    }
                }
                for owner in [account, nil] {
                    let filter = APITokenFilter(account: owner, organization: inside)
                    lists.append(("tokens \(filter)", { _ = try store.apiTokens(filter, page) }))
                }
            }
            for (name, list) in lists {
                let (plans, steps) = try queries(list)
                for plan in plans {
                    // The first page of a whole table begins at the end of an index, and goes on until it is full.
                    #expect(!plan.hasPrefix("SCAN") || plan.contains(" INDEX "), "\(name): \(plan)")
                    // The users of the one account on the page are put in order.
                    #expect(!plan.contains("TEMP B-TREE") || name.hasPrefix("accounts"), "\(name): \(plan)")
                }
                #expect(steps < 5000, "\(name) took \(steps) steps")
            }
        }
    }

    @Test func `a search goes through the accounts once, in their order, however many pages it fills`() throws {
        try fill(Self.members)
        let filters = [
            AccountFilter(search: try AccountSearch(input: "A99999@")),
            AccountFilter(organization: Identifier(rawValue: 1), search: try AccountSearch(input: "A99999@")),
        ]
        for filter in filters {
            let (plans, steps) = try queries {
                let page = try store.accounts(filter, PageRequest(counts: false))
                #expect(page.items.map(\.email.address) == ["a99999@b"])
            }
            let index = filter.organization == nil ? "account_created" : "user_organization"
            #expect(plans.contains { $0.contains("INDEX \(index)") }, "\(plans)")
            // A hundred thousand accounts.
            #expect(steps < 3_500_000, "\(filter) took \(steps) steps")
        }
        var (position, count) = (PageRequest.Position.first, 0)
        let search = AccountFilter(search: try AccountSearch(input: "A9999"))
        while true {
            let page = try store.accounts(search, PageRequest(size: 3, position: position, counts: false))
            count += page.items.count
            guard let next = page.next else { break }
            position = .after(next)
        }
        #expect(count == 11)
    }

    @Test func `accounts of an organization are told apart by their state, whoever changes it`() throws {
        try fill(Self.members)
        let organization = Identifier<Organization>(rawValue: 1)
        func count(_ state: Account.State) throws -> Int? {
            try store.accounts(AccountFilter(organization: organization, state: state), PageRequest()).total
        }
        #expect(try count(.inactive) == 3)
        #expect(try count(.active) == 99_997)
        try store.write { _ = try $0.run("UPDATE account SET state = 'Inactive' WHERE id = 3") }
        try store.write { _ = try $0.run("UPDATE account SET state = 'Active' WHERE id = 0") }
        try store.write { _ = try $0.run("DELETE FROM user WHERE id = 1") }
        #expect(try count(.inactive) == 2)
        // It stands in a user that is added later too.
        try TestDatabase(store.path).execute(
            """
            INSERT INTO user (id, account_id, organization_id, state, roles, created_at)
            VALUES (1, 1, 1, 'Active', 2, 0)
            """)
        #expect(try count(.inactive) == 3)
    }

    @Test func `a list that takes long to count is not counted at each page, a short one is`() throws {
        let total = { try store.auditEvents(AuditFilter(), PageRequest(size: 1)).total }
        try store.append(IdentityStoreContract.event(.logout))
        #expect(try total() == 1)
        try store.append(IdentityStoreContract.event(.logout))
        #expect(try total() == 2)
        try store.write { _ = try $0.run(Self.entries(240_000)) }
        #expect(try total() == 240_002)
        try store.append(IdentityStoreContract.event(.logout))
        #expect(try total() == 240_002)
        #expect(try store.auditEvents(AuditFilter(), PageRequest(counts: false)).total == nil)
    }
}
