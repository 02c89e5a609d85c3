import Cryptography
import Foundation
import Identity
import StoreContract
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A schema of one test, in the cluster of all tests. It is gone with this value.
final class PostgreSQLTestSchema: Sendable {
    let base: PostgreSQLTarget
    let name: String
    let target: PostgreSQLTarget
    /// Tells that its cluster outlives the test.
    private let isDropped: Bool

    /// - Parameter cluster: the cluster; by default that of all tests.
    convenience init(_ cluster: PostgreSQLCluster? = nil) throws {
        try self.init(in: (cluster ?? PostgreSQLCluster.shared()).uri, isDropped: true)
    }

    /// - Parameters:
    ///   - uri: the URI of the database.
    ///   - isDropped: whether its cluster outlives the test.
    init(in uri: String, isDropped: Bool) throws {
        base = try PostgreSQLTarget(uri)
        name = "t_" + UUID().uuidString.lowercased().replacing("-", with: "_")
        target = try base.inSchema(name)
        self.isDropped = isDropped
    }

    deinit {
        guard isDropped else { return }
        _ = try? query("DROP SCHEMA IF EXISTS \(name) CASCADE")
    }

    /// Makes the tables and opens them, like another responder each time.
    func store(
        _ connections: PostgreSQLStore.Connections = .init(lookups: 2, readers: 2, writers: 4),
        fencing: PostgreSQLStore.Fencing = .automatic, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> PostgreSQLStore {
        try PostgreSQLStore.create(
            base, schema: name, connections: connections, fencing: fencing, random: Self.random, report: report)
    }

    /// Draws a number.
    static let random: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

    /// Runs statements past the store, in one transaction unless they say otherwise.
    @discardableResult
    func query(_ statements: String..., as target: PostgreSQLTarget? = nil) throws -> [PostgreSQLResult] {
        let connection = try PostgreSQLConnection(target ?? self.target, deadline: .now + .seconds(60))
        defer { connection.close() }
        return try connection.exchange(
            statements.map { PostgreSQLStatement($0) }, deadline: .now + .seconds(60))
    }

    /// The first number of the first row.
    func number(_ sql: String) throws -> Int64? { try query(sql)[0].first { $0.integer(0) } ?? nil }

    /// Connects to the schema.
    func connection() throws -> PostgreSQLConnection {
        try PostgreSQLConnection(target, deadline: .now + .seconds(60))
    }
}

/// An organization with an account, in a store of PostgreSQL.
struct PostgreSQLInstallation {
    let schema: PostgreSQLTestSchema
    let store: PostgreSQLStore
    let organization: Organization
    let account: Account
    let now = Timestamp(secondsSince1970: 1_770_559_965)

    init(
        _ connections: PostgreSQLStore.Connections = .init(lookups: 2, readers: 2, writers: 4),
        in schema: PostgreSQLTestSchema? = nil
    ) throws {
        self.schema = try schema ?? PostgreSQLTestSchema()
        store = try self.schema.store(connections)
        organization = Organization(
            id: try IdentityStoreContract.id(), slug: "example", name: "Example", createdAt: now)
        account = try IdentityStoreContract.account(
            "owner@example.test", in: organization.id, roles: [.appOwner], at: now)
        #expect(
            try store.initialize(
                organization, owner: account, passwordHash: "$h$owner",
                events: [IdentityStoreContract.event(.organizationCreated)]))
    }

    /// A session that is not begun yet.
    func session() throws -> Session {
        Session(
            id: try IdentityStoreContract.id(), tokenHash: TokenHash(bytes: try OpenSSLRandomSource().bytes(32)),
            account: account.id, createdAt: now, lastSeen: now, expiresAt: now + 3600, address: "192.0.2.1",
            userAgent: "test")
    }

    /// Begins a session of the account.
    @discardableResult
    func begin(_ session: Session, in other: PostgreSQLStore? = nil) throws -> Account? {
        try (other ?? store).begin(
            session, proof: .password(verified: "$h$owner", renewed: nil), replaced: nil,
            attempt: ThrottleReservation()
        ) { try IdentityStoreContract.event(.loginSucceeded, account: $0.id, target: "\(session.id)") }
    }

    /// Ends a session of the account.
    func end(_ session: Session, in other: PostgreSQLStore? = nil) throws -> Int {
        try (other ?? store).endSessions(.one(session.id), of: account.id) { credential in
            try IdentityStoreContract.event(.sessionEnded, account: account.id, target: "\(credential)")
        }
    }

    /// Tells that a session is accepted.
    func accepts(_ session: Session, in other: PostgreSQLStore? = nil) throws -> Bool {
        try (other ?? store).principal(session: session.tokenHash, at: now, idleSince: now + -60) != nil
    }
}
