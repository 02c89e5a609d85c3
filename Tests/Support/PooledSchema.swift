import Foundation
import Synchronization

@testable import Storage

/// A schema that several tests use one after the other.
final class PooledSchema: Sendable {
    let name: String
    private let target: PostgreSQLTarget
    /// A connection past the stores. One thread at a time uses it: the one that takes the schema out of its pool.
    private let connection: PostgreSQLConnection
    private let content: SchemaContent
    private let stores = Mutex<[OpenedStore]>([])

    private struct OpenedStore {
        weak let store: PostgreSQLStore?
    }

    init() throws {
        name = "test_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        target = try PostgreSQLTarget(PostgreSQLCluster.shared().uri)
        _ = try PostgreSQLStore.create(target, schema: name, connections: .single, random: Self.random)
        connection = try PostgreSQLConnection(target.inSchema(name), deadline: Self.deadline)
        content = try SchemaContent(of: name, connection)
    }

    /// Opens a store.
    func store() throws -> PostgreSQLStore {
        let store = try PostgreSQLStore(target, schema: name, connections: .asNeeded, random: Self.random)
        stores.withLock { $0.append(OpenedStore(store: store)) }
        return store
    }

    /// Tells that somebody has a store that is open.
    var isInUse: Bool { stores.withLock { stores in stores.contains { $0.store != nil } } }

    /// Brings it back to the state of a new one.
    ///
    /// - Returns: `false` if that can't be done.
    func empty() -> Bool {
        stores.withLock { $0 = [] }
        return (try? content.restore(connection)) ?? false
    }

    /// Removes it from the database.
    func drop() {
        connection.close()
        try? TestPostgreSQL(schema: name).execute("DROP SCHEMA IF EXISTS \(name) CASCADE")
    }

    private static let random: @Sendable () -> UInt64 = { UInt64.random(in: 0 ... .max) }
    private static var deadline: ContinuousClock.Instant { .now + .seconds(60) }
}

extension PostgreSQLStore.Connections {
    /// One connection for transactions one after the other, and up to eight for those at once. Each takes the server
    /// some milliseconds to begin, and more to plan its first statements, and few tests need another.
    fileprivate static var asNeeded: Self {
        var connections = Self(lookups: 8, readers: 8, writers: 8)
        connections.isShared = true
        return connections
    }
}
