import Foundation
import Glibc
import StoreContract
import TestSupport
import Testing

@testable import Identity
@testable import Storage

/// Databases with rules of a language, or in a time zone, that are not those of the program.
struct PostgreSQLLocaleTests {
    /// Makes a database in the cluster of the tests, and removes it.
    private static func withDatabase(_ options: String, _ body: (String) throws -> Void) throws {
        let shared = try PostgreSQLCluster.shared().uri
        let name = TestSchemas.name(of: try TemporaryFolder())
        let superuser = try TestPostgreSQL(shared)
        _ = try superuser.rows("CREATE DATABASE \(name) TEMPLATE template0 \(options)")
        defer { _ = try? superuser.rows("DROP DATABASE IF EXISTS \(name) WITH (FORCE)") }
        try body(try #require(uri(shared, database: name)))
    }

    /// The URI of another database of the same server.
    private static func uri(_ uri: String, database: String) -> String? {
        guard let scheme = uri.range(of: "://"), let slash = uri[scheme.upperBound...].firstIndex(of: "/") else {
            return nil
        }
        let query = uri[slash...].firstIndex(of: "?").map { String(uri[$0...]) } ?? ""
        return "\(uri[..<slash])/\(database)\(query)"
    }

    // SMF#9594, django-authtools#11
    @Test(arguments: [
        "ENCODING 'UTF8' LOCALE 'C'", "ENCODING 'UTF8' LOCALE 'C.UTF-8'",
        "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'",
        "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk'",
        "ENCODING 'UTF8' LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'und-u-ks-level1'",
    ])
    func `an address is one in every case and form, and two are two, whatever the database's language`(
        _ options: String
    ) throws {
        try Self.withDatabase(options) { uri in
            let contract = try PostgreSQLResponders(1, in: uri).contract
            let store = contract.store
            // Of each pair, the second is the first in another case or form; all pairs are different addresses.
            let pairs = [
                ("INGRID@example.test", "ingrid@EXAMPLE.test"), ("ıngrid@example.test", "ıngrid@Example.test"),
                ("Zoe\u{308}@example.test", "zoë@example.test"), ("zoe@example.test", "ZOE@example.test"),
                ("Straße@example.test", "STRASSE@example.test"), ("Ａnn@example.test", "ａnn@example.test"),
                ("ann@example.test", "ANN@example.test"),
            ]
            for (first, second) in pairs {
                let account = try contract.add(first)
                let same = try IdentityStoreContract.account(second, in: contract.organization.id, at: contract.now)
                let event = try IdentityStoreContract.event(.accountRegistered)
                #expect(try !store.insert(same, passwordHash: "$h", event: event), "\(second)")
                let key = EmailAddress.lookupKey(second)
                #expect(try store.account(emailKey: key)?.id == account.id, "\(second)")
            }
            let all = try store.accounts(AccountFilter(), PageRequest(size: 100))
            #expect(all.total == pairs.count + 1)
            // Slugs are told apart byte by byte.
            for slug in ["a-b", "ab", "aa", "z", "å"] {
                let organization = Organization(
                    id: try IdentityStoreContract.id(), slug: slug, name: slug, createdAt: contract.now)
                #expect(try store.insert(organization, event: IdentityStoreContract.event(.organizationCreated)))
                #expect(try store.organization(slug)?.id == organization.id)
            }
        }
    }

    // supabase/auth PR#1916, metabase#12379
    @Test func `a server in another time zone keeps the same moments, and the months of the log are UTC's`() throws {
        try Self.keepsMoments(zone: "Asia/Kolkata")
    }

    @Test func `so it does for a program in a third one, as its environment says`() async {
        // The environment is the whole process's. What libpq finds there goes before the server's own.
        await #expect(processExitsWith: .success) {
            for name in ["TZ", "PGTZ"] { unsafe setenv(name, "America/St_Johns", 1) }
            tzset()
            try PostgreSQLLocaleTests.keepsMoments(zone: "America/St_Johns")
        }
    }

    /// Writes around the end of a month to a server in Asia/Kolkata.
    ///
    /// - Parameter zone: the zone of the connections.
    private static func keepsMoments(zone: String) throws {
        try withDatabase("ENCODING 'UTF8' LOCALE 'C'") { uri in
            let superuser = try TestPostgreSQL(uri)
            let database = try #require(try superuser.value("SELECT CAST(current_database() AS TEXT)"))
            _ = try superuser.rows("ALTER DATABASE \(database) SET timezone = 'Asia/Kolkata'")
            let responders = try PostgreSQLResponders(1, in: uri)
            try #require(try responders.connection().value("SHOW timezone") == zone)
            let (contract, store) = (responders.contract, responders.contract.store)
            let account = try contract.add("ann@example.test", at: contract.now)
            try #require(try store.account(account.id)?.createdAt == contract.now)
            // The last second of 2026-01-31 and the first of 2026-02-01 in UTC: 5:30 h into February there.
            let border = Timestamp(secondsSince1970: 1_769_904_000)
            for moment in [border + -1, border] {
                try store.append(IdentityStoreContract.event(.logout, at: moment, target: "at the border"))
            }
            var filter = AuditFilter()
            (filter.since, filter.until) = (border + -1, border + 1)
            let found = try store.auditEvents(filter, PageRequest()).items.filter { $0.target == "at the border" }
            try #require(found.map(\.time) == [border, border + -1])
            let places = try responders.connection().column(
                "SELECT CAST(CAST(tableoid AS regclass) AS TEXT) FROM audit_event WHERE target = ? ORDER BY time",
                ["at the border"])
            try #require(Set(places).count == 2, "\(places)")
        }
    }
}
