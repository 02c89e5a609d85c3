import Foundation
import TestSupport

/// A database of its own in the tests' cluster, with the two roles of the manual: one owns the tables, one serves.
final class PostgreSQLDatabase: Sendable {
    private let folder: String
    let name: String
    let owner: String
    let role: String

    /// A cluster of this process, if the tests' own one is somebody else's, perhaps behind a pooler.
    private static let own = Result { try PostgreSQLCluster() }

    init() throws {
        folder = try PostgreSQLCluster.shared().folder ?? Self.own.get().folder ?? ""
        name = "t_" + UUID().uuidString.prefix(8).lowercased()
        (owner, role) = ("\(name)_owner", "\(name)_role")
        try administer(
            [
                "CREATE ROLE \(owner) LOGIN", "CREATE ROLE \(role) LOGIN",
                "CREATE DATABASE \(name) OWNER \(owner) TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
                "REVOKE ALL ON DATABASE \(name) FROM PUBLIC", "GRANT CONNECT ON DATABASE \(name) TO \(role)",
            ])
    }

    deinit {
        try? administer(["DROP DATABASE \(name) WITH (FORCE)", "DROP ROLE \(owner)", "DROP ROLE \(role)"])
    }

    var uri: String { uri(of: role) }
    var ownerURI: String { uri(of: owner) }

    func uri(of role: String) -> String { "postgresql://\(role)@/\(name)?host=\(folder)" }

    private func administer(_ statements: [String]) throws {
        for statement in statements {
            let outcome = try run("psql", Self.arguments(folder, "postgres", "postgres", statement))
            guard outcome.status == 0 else { throw Deployment.Failure(what: "\(statement): \(outcome.errors)") }
        }
    }

    /// Runs a statement, and returns the lines of its rows, with `|` between their columns.
    @discardableResult
    func sql(_ statement: String, as role: String = "postgres") throws -> [String] {
        let outcome = try run("psql", Self.arguments(folder, role, name, statement))
        guard outcome.status == 0 else { throw Deployment.Failure(what: outcome.errors) }
        return outcome.text.split(separator: "\n").map { String($0) }
    }

    private static func arguments(_ folder: String, _ role: String, _ name: String, _ statement: String) -> [String] {
        ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", role, "-d", name, "-c", statement]
    }
}
