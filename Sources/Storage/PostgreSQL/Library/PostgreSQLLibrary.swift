import CPostgreSQL
import Cryptography
import System

/// PostgreSQL's client library, libpq, which is loaded when the first connection is made.
///
/// Linked, it would cost each start 2.1 ms and, with locked memory, 9.7 MiB: Kerberos, LDAP, SASL and GnuTLS come
/// along. A host with SQLite need not have it.
@safe final class PostgreSQLLibrary: Sendable {
    /// The first version with pipelines: PostgreSQL 14.
    private static let leastVersion: CInt = 140_000

    private static let loaded = Result { () throws(PostgreSQLError) in try PostgreSQLLibrary("libpq.so.5") }

    /// The library of this process.
    ///
    /// - Throws: `PostgreSQLError` of the kind `library`.
    static func load() throws(PostgreSQLError) -> PostgreSQLLibrary { try loaded.get() }

    // Pointers to functions of a library that stays loaded. libpq's functions may be called on any thread, as long as
    // each connection is used by one at a time.
    let functions: postern_libpq

    /// Loads the library.
    ///
    /// - Parameter name: its name, as the loader wants it.
    init(_ name: String) throws(PostgreSQLError) {
        do throws(CryptographyError) {
            // Before libpq does it, in another way.
            try OpenSSL.setUp()
        } catch {
            throw PostgreSQLError(.library, "\(error)")
        }
        do throws(DynamicLibrary.LoadError) {
            functions = try Self.functions(of: DynamicLibrary(name))
        } catch {
            throw PostgreSQLError(
                .library,
                "\(error): PostgreSQL needs libpq of version 14 or newer; on Debian install the package libpq5")
        }
        let version = functions.PQlibVersion()
        guard version >= Self.leastVersion else {
            throw PostgreSQLError(
                .library, "\(name) has version \(version / 10_000): PostgreSQL needs libpq of version 14 or newer")
        }
    }

    private static func functions(of library: DynamicLibrary) throws(DynamicLibrary.LoadError) -> postern_libpq {
        // The shim has the types of <libpq-fe.h>, which are part of version 5 of the library's interface.
        func symbol<Function>(_ name: String) throws(DynamicLibrary.LoadError) -> Function {
            try unsafe library.symbol(name, as: Function.self)
        }
        return try unsafe postern_libpq(
            PQlibVersion: symbol("PQlibVersion"),
            PQconnectStartParams: symbol("PQconnectStartParams"),
            PQconnectPoll: symbol("PQconnectPoll"),
            PQfinish: symbol("PQfinish"),
            PQstatus: symbol("PQstatus"),
            PQsocket: symbol("PQsocket"),
            PQerrorMessage: symbol("PQerrorMessage"),
            PQparameterStatus: symbol("PQparameterStatus"),
            PQserverVersion: symbol("PQserverVersion"),
            PQtransactionStatus: symbol("PQtransactionStatus"),
            PQsslInUse: symbol("PQsslInUse"),
            PQsetErrorVerbosity: symbol("PQsetErrorVerbosity"),
            PQsetNoticeReceiver: symbol("PQsetNoticeReceiver"),
            PQsetnonblocking: symbol("PQsetnonblocking"),
            PQenterPipelineMode: symbol("PQenterPipelineMode"),
            PQsendPrepare: symbol("PQsendPrepare"),
            PQsendQueryPrepared: symbol("PQsendQueryPrepared"),
            PQsendQueryParams: symbol("PQsendQueryParams"),
            PQpipelineSync: symbol("PQpipelineSync"),
            PQflush: symbol("PQflush"),
            PQconsumeInput: symbol("PQconsumeInput"),
            PQisBusy: symbol("PQisBusy"),
            PQgetResult: symbol("PQgetResult"),
            PQclear: symbol("PQclear"),
            PQresultStatus: symbol("PQresultStatus"),
            PQresultErrorField: symbol("PQresultErrorField"),
            PQcmdStatus: symbol("PQcmdStatus"),
            PQcmdTuples: symbol("PQcmdTuples"),
            PQntuples: symbol("PQntuples"),
            PQnfields: symbol("PQnfields"),
            PQftype: symbol("PQftype"),
            PQfformat: symbol("PQfformat"),
            PQgetisnull: symbol("PQgetisnull"),
            PQgetlength: symbol("PQgetlength"),
            PQgetvalue: symbol("PQgetvalue"))
    }
}

/// The values of libpq's enumerations that matter here.
enum LibpqCode {
    /// `ConnStatusType`: the connection can be used.
    static let connectionOK: CInt = 0

    /// `PostgresPollingStatusType`.
    enum Polling: CInt {
        case failed = 0
        case reading, writing, done
    }

    /// `ExecStatusType`.
    enum Status: CInt {
        case emptyQuery = 0
        case commandOK, rowsOK, copyOut, copyIn, badResponse, notice, error, copyBoth, oneRow, synchronized, aborted
    }

    /// `PGVerbosity`: messages with SQLSTATEs.
    static let verbose: CInt = 2

    /// The fields of an error or a notice (`PG_DIAG_…`).
    enum Field: UInt8 {
        case severity = 0x56  // V: never translated
        case sqlState = 0x43  // C
        case message = 0x4D  // M
        case hint = 0x48  // H
    }
}
