import Identity
import TestSupport
import Testing

@testable import Storage

/// Encrypted connections to a server whose certificate an authority has signed, with passwords from a file.
struct PostgreSQLEncryptionTests {
    private let server: EncryptedPostgreSQL

    init() throws { server = try EncryptedPostgreSQL() }

    private func expectUnusable(_ uri: String, _ words: String) throws {
        let target = try PostgreSQLTarget(uri)
        let error = #expect(throws: StoreError.self) {
            _ = try PostgreSQLStore.examine(target, clock: { .zero })
        }
        #expect(error?.kind == .unusable)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("passphrase") == false)
    }

    @Test func `a server is believed by its name, its authority and nothing less, and the error says what is wrong`()
        throws
    {
        let report = try PostgreSQLStore.examine(
            PostgreSQLTarget(server.uri(passwords: "right")), clock: { .zero })
        #expect(report.isEncrypted)
        #expect(report.role == "ann" && report.schemaVersion == nil)
        // The same server by a name that its certificate does not have.
        try expectUnusable(server.uri(host: "127.0.0.1", passwords: "right"), "has another name")
        try expectUnusable(server.uri(authority: "other.pem", passwords: "right"), "is of another authority")
        try expectUnusable(server.uri(authority: "missing.pem", passwords: "right"), "missing.pem")
        try expectUnusable(server.uri(authority: "missing.pem", passwords: "right"), "sslrootcert")
    }

    @Test func `a password comes from a file, and from nowhere else`() throws {
        try expectUnusable(server.uri(passwords: "wrong"), "password file (PGPASSFILE)")
        try expectUnusable(server.uri(passwords: "missing"), "password file (PGPASSFILE")
        let uri = server.uri().replacing("ann@", with: "ann:a%20fine%20passphrase@")
        let fault = #expect(throws: PostgreSQLTarget.Fault.self) {
            _ = try PostgreSQLTarget(uri)
        }
        #expect(fault?.description.contains("PGPASSFILE") == true)
        #expect(fault?.description.contains("fine") == false)
    }

    @Test func `a connection without encryption is refused by the server, and the error names its rules`() throws {
        let plain = server.uri(passwords: "right").replacing("verify-full", with: "disable")
        try expectUnusable(plain, "pg_hba.conf")
    }
}
