import Cryptography
import Foundation
import Identity
public import Storage

/// The schemas of tests that make them on purpose: one for each folder, which goes away with it.
public enum TestSchemas {
    /// The name of a folder's schema.
    public static func name(of folder: TemporaryFolder) -> String {
        "test_" + folder.path.suffix(36).lowercased().filter { $0 != "-" }
    }

    /// Makes the tables of a folder's schema if they are missing, and opens a store in it: another responder.
    ///
    /// - Parameter uri: the URI of the database; `nil` for that of all tests.
    public static func open(
        _ folder: TemporaryFolder, in uri: String? = nil,
        connections: PostgreSQLStore.Connections = PostgreSQLStore.Connections()
    ) throws -> PostgreSQLStore {
        let target = try PostgreSQLTarget(uri ?? PostgreSQLCluster.shared().uri)
        let schema = name(of: folder)
        folder.atEnd(schema) {
            let connection = try? TestPostgreSQL(uri, schema: schema)
            try? connection?.execute("DROP SCHEMA IF EXISTS \(schema) CASCADE")
        }
        return try PostgreSQLStore.create(
            target, schema: schema, connections: connections, random: { UInt64.random(in: 0 ... .max) })
    }
}
