import Identity

/// The role of responders: it reads and writes rows, makes no table, and changes no entry of the audit log.
struct ServeRole {
    let connection: PostgreSQLConnection
    let target: PostgreSQLTarget
    let deadline: ContinuousClock.Instant

    /// Makes a role if there is none, and gives it its rights.
    ///
    /// - Throws: `StoreError.Kind.unusable` if the owner may make no role; `PostgreSQLError`.
    func grant(to name: String) throws {
        let isThere =
            try connection.exchange(
                [PostgreSQLStatement("SELECT 1 FROM pg_roles WHERE rolname = $1", [.text(name)])], deadline: deadline
            )[0].rowCount > 0
        if !isThere { try make(name) }
        try renew(Self.quoted(name))
    }

    private func make(_ name: String) throws {
        let role = Self.quoted(name)
        do throws(PostgreSQLError) {
            _ = try connection.exchange([PostgreSQLStatement("CREATE ROLE \(role) LOGIN")], deadline: deadline)
        } catch {
            switch error.sqlState {
            case "42710", "23505": break  // Another process was first.
            case "42501":
                throw StoreError(
                    .unusable,
                    "there is no role \(name), and the owner of the tables may make none: "
                        + "have an administrator of \(target) run CREATE ROLE \(role) LOGIN")
            default: throw error
            }
        }
    }

    /// Gives its rights, on what a migration may have added, to each role that serves already: one that may begin
    /// sessions. A role that only reads, such as a dashboard's, stays without more.
    func renewAll() throws {
        let roles = try connection.exchange(
            [
                PostgreSQLStatement(
                    """
                    SELECT DISTINCT rolname FROM pg_class
                    CROSS JOIN LATERAL aclexplode(relacl) AS right_of JOIN pg_roles ON pg_roles.oid = right_of.grantee
                    WHERE pg_class.oid = CAST('session' AS REGCLASS) AND right_of.privilege_type = 'INSERT'
                        AND right_of.grantee <> relowner
                    """)
            ], deadline: deadline
        )[0].all { try $0.string(0) }
        for role in roles { try renew(Self.quoted(role)) }
    }

    private func renew(_ role: String) throws {
        let schema = try connection.exchange([PostgreSQLStatement("SELECT current_schema()")], deadline: deadline)[0]
            .first { Self.quoted(try $0.string(0)) }
        guard let schema else { throw StoreError(.unusable, "\(target) has no schema for the tables") }
        var statements = ["GRANT USAGE ON SCHEMA \(schema) TO \(role)"]
        statements += PostgreSQLSchema.rights.map { tables, rights in "GRANT \(rights) ON \(tables) TO \(role)" }
        statements += (PostgreSQLSchema.functions + PostgreSQLSchema.triggers).map { function in
            "GRANT EXECUTE ON FUNCTION \(function) TO \(role)"
        }
        _ = try connection.exchange(
            statements.map { PostgreSQLStatement($0) }, deadline: deadline)
    }

    /// A name as SQL has it.
    static func quoted(_ name: String) -> String {
        "\"\(name.replacing("\"", with: "\"\""))\""
    }
}
