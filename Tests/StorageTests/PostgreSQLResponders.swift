import Cryptography
import Identity
import Storage
import StoreContract
import TestSupport
import Testing

/// Several responders on one database of PostgreSQL, each with a store of its own, and past them a connection.
struct PostgreSQLResponders {
    /// The first store, with an organization in it.
    let contract: IdentityStoreContract
    let stores: [PostgreSQLStore]
    private let uri: String?

    /// - Parameters:
    ///   - number: the number of responders.
    ///   - uri: the URI of the database; `nil` for that of all tests.
    init(_ number: Int = 3, in uri: String? = nil) throws {
        let folder = try TemporaryFolder()
        self.uri = uri
        stores = try (0..<number).map { _ in try TestSchemas.open(folder, in: uri) }
        contract = try IdentityStoreContract(folder: folder, store: stores[0])
    }

    /// The store that takes a request, of those that arrive one after the other.
    subscript(_ request: Int) -> PostgreSQLStore { stores[request % stores.count] }

    /// The name of the schema.
    var schema: String { TestSchemas.name(of: contract.folder) }

    /// A connection past the stores.
    func connection() throws -> TestPostgreSQL {
        try TestPostgreSQL(uri, schema: schema)
    }

    /// The domain on each of the stores, with passwords that cost next to nothing.
    func services(_ throttle: ThrottlePolicy = ThrottlePolicy()) throws -> [AuthenticationService] {
        let now = contract.now
        return stores.map { store in
            AuthenticationService(
                store: store,
                hasher: PasswordHasher(
                    choice: .named(TestInstallation.cheapScheme), concurrency: 2, queueLength: 256,
                    random: OpenSSLRandomSource()),
                throttle: throttle, sessionLifetime: 3600, sessionIdleTimeout: 1800,
                clock: WallClock(now: { now }, uptime: { .zero }))
        }
    }

    /// Changes an account's given name.
    @discardableResult
    func rename(_ account: Account, to name: String, by store: any IdentityStore) throws -> AccountEdit.Outcome {
        try store.change(.account(account.id)) { present, _ in
            var edit = AccountEdit(
                present, events: [try IdentityStoreContract.event(.accountChanged, account: present.id)],
                ending: IdentityStoreContract.ending)
            edit.account.givenName = name
            return edit
        }
    }

    /// Tells whether a session is accepted.
    func accepts(_ session: Session, by store: any IdentityStore) throws -> Bool {
        try store.principal(session: session.tokenHash, at: contract.now, idleSince: contract.now + -3600) != nil
    }
}
