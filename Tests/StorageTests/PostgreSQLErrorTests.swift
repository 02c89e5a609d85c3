import Identity
import Testing

@testable import Storage

struct PostgreSQLErrorTests {
    private let target: PostgreSQLTarget

    init() throws { target = try PostgreSQLTarget("postgresql://auth@db1,db2/postern") }

    @Test(arguments: [
        ("40001", StoreError.Kind.unavailable, "try again"), ("40P01", .unavailable, "try again"),
        ("25006", .unavailable, "standby"), ("55P03", .unavailable, "lock"), ("57014", .unavailable, "too long"),
        ("53100", .unavailable, "disk is full"), ("53200", .unavailable, "memory"),
        ("53300", .unavailable, "max_connections"), ("53999", .unavailable, "no room"),
        ("57P01", .unavailable, "starting or stopping"), ("57P02", .unavailable, "starting or stopping"),
        ("57P03", .unavailable, "starting or stopping"), ("57P04", .unusable, "dropped"),
        ("08006", .unavailable, "network"), ("08P01", .unavailable, "pooler"), ("26000", .unavailable, "pooler"),
        ("42P05", .unavailable, "pooler"), ("28000", .unusable, "pg_hba.conf"), ("28P01", .unusable, "PGPASSFILE"),
        ("3D000", .unusable, "no such database"), ("3F000", .unusable, "schema"), ("42P01", .unusable, "postern init"),
        ("42P07", .unusable, "another program"), ("42703", .unusable, "postern init"), ("42501", .unusable, "rights"),
        ("22P05", .unusable, "UTF8"),
        ("XX001", .damaged, "backup"), ("XX002", .damaged, "REINDEX"), ("XX000", .unexpected, "its log"),
        ("58030", .unavailable, "disk"), ("22021", .unexpected, "report"), ("23503", .unavailable, "try again"),
        ("23505", .unavailable, "try again"), ("23514", .unexpected, "report"), ("0A000", .unexpected, "report"),
        ("P0001", .unexpected, "report"),
    ])
    func `each SQLSTATE has its kind and its remedy`(state: String, kind: StoreError.Kind, words: String) {
        let error = StoreError(PostgreSQLError(.server, "the words", sqlState: state), at: target)
        #expect(error.kind == kind)
        #expect(error.description.contains(words), "\(error)")
        #expect(error.description.contains("SQLSTATE \(state): the words"))
        #expect(error.description.contains("auth@db1:5432,db2:5432/postern"))
    }

    @Test(arguments: [
        ("fe_sendauth: no password supplied", StoreError.Kind.unusable, "0600"),
        ("connection to server at \"db1\" failed: session is read-only", .unavailable, "takes writes"),
        ("server is in hot standby mode", .unavailable, "takes writes"),
        ("transaction blocks not allowed in statement pooling mode", .unusable, "pool_mode = transaction"),
    ])
    func `a fault that only its words tell has its remedy`(message: String, kind: StoreError.Kind, words: String) {
        let error = StoreError(PostgreSQLError(.lost, message), at: target)
        #expect(error.kind == kind && error.description.contains(words), "\(error)")
    }

    @Test func `a message stays on one line`() {
        #expect(PostgreSQLError(.lost, "a\n\tb").message == "a  b")
    }

    @Test(arguments: [
        (PostgreSQLError.Kind.lost, StoreError.Kind.unavailable), (.timedOut, .unavailable), (.library, .unusable),
        (.warning, .unavailable), (.unreadable, .damaged), (.server, .unavailable),
    ])
    func `an error without a SQLSTATE has a kind too`(kind: PostgreSQLError.Kind, meaning: StoreError.Kind) {
        #expect(StoreError(PostgreSQLError(kind, "the words"), at: target).kind == meaning)
    }

    @Test(arguments: [
        (
            "connection to server at \"db1\" (192.0.2.1), port 5432 failed: FATAL:  28P01: password authentication "
                + "failed for user \"auth\"\nLOCATION:  auth_failed, auth.c:335\n",
            "28P01",
            "connection to server at \"db1\" (192.0.2.1), port 5432 failed: FATAL: password authentication failed for "
                + "user \"auth\""
        ),
        (
            "FATAL:  08P01: unsupported startup parameter: options\n", "08P01",
            "FATAL: unsupported startup parameter: options"
        ),
        ("FATAL:  3D000: x\nDETAIL:  a value\nHINT:  another\n", "3D000", "FATAL: x"),
        ("connection refused\n\tIs the server running?\n", nil, "connection refused; Is the server running?"),
        ("FATAL:  short: x", nil, "FATAL:  short: x"), (":  28P01", nil, ":  28P01"), ("", nil, ""),
    ])
    func `the message of a refused connection gives its SQLSTATE, and no details`(
        text: String, state: String?, message: String
    ) {
        let error = ConnectionAttempt.parsed(text)
        #expect(error.sqlState == state && error.message == message)
        #expect(error.kind == (state == nil ? .lost : .server) && !error.wasSent)
    }

    @Test func `a host without libpq is told what to install`() {
        let error = #expect(throws: PostgreSQLError.self) { try PostgreSQLLibrary("libpq.so.none") }
        #expect(error?.kind == .library && error?.message.contains("install the package libpq5") == true)
        // A library that lacks the functions.
        let other = #expect(throws: PostgreSQLError.self) { try PostgreSQLLibrary("libc.so.6") }
        #expect(other?.message.contains("libc.so.6 has no function PQ") == true, "\(other?.message ?? "")")
    }
}
