import CPostgreSQL

/// An error of a connection to PostgreSQL, without any value of a statement.
struct PostgreSQLError: Error, Equatable {
    /// The kinds of errors, by what they leave behind.
    enum Kind: Equatable {
        /// The connection is lost, or could not be made.
        case lost
        /// The time was over; the connection is closed.
        case timedOut
        /// The server refused a statement, or the connection; it goes on.
        case server
        /// libpq is missing, or cannot do what it is asked for.
        case library
        /// A statement brought a warning if none may be.
        case warning
        /// A result has another type than the one that was asked for, which is never taken for NULL.
        case unreadable
    }

    /// The kind of error.
    let kind: Kind
    /// The server's code of five letters and digits; `nil` if it told none.
    let sqlState: String?
    /// The reason in the words of the server or of libpq.
    let message: String
    /// The server's hint.
    let hint: String?
    /// Tells whether the server may have got some of the statements: without that, nothing has happened.
    let wasSent: Bool
    /// The place of the statement that the server refused; the ones before it succeeded, the ones behind it did not
    /// run.
    let statementIndex: Int?

    init(
        _ kind: Kind, _ message: String, sqlState: String? = nil, hint: String? = nil, wasSent: Bool = false,
        statementIndex: Int? = nil
    ) {
        self.kind = kind
        self.sqlState = sqlState
        // A message is a part of one line of the log.
        self.message = String(decoding: message.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
        self.hint = hint
        self.wasSent = wasSent
        self.statementIndex = statementIndex
    }

    /// Reads an error of the server. Details are left out, since they hold values.
    @unsafe init(_ library: PostgreSQLLibrary, _ result: OpaquePointer, statementIndex: Int?) {
        let fields = unsafe ServerReport(library, result)
        let state = fields.sqlState
        // A class whose messages quote the value that does not fit.
        let isAboutValues = state?.hasPrefix("22") == true
        self.init(
            fields.endsConnection ? .lost : .server,
            isAboutValues ? "a value does not fit" : fields.message ?? "an error without a message",
            sqlState: state, hint: isAboutValues ? nil : fields.hint, wasSent: true, statementIndex: statementIndex)
    }

    /// The errors after which a server is asked for statements by their names no more: a pooler stands in between,
    /// which sends each transaction through another connection.
    static let ofNames: Set<String> = ["26000", "42P05", "08P01"]
}

/// An error or a notice, as the server reports it.
@safe struct ServerReport {
    private let library: PostgreSQLLibrary
    private let result: OpaquePointer

    @unsafe init(_ library: PostgreSQLLibrary, _ result: OpaquePointer) {
        self.library = library
        unsafe self.result = unsafe result
    }

    private func field(_ field: LibpqCode.Field) -> String? {
        unsafe library.functions.PQresultErrorField(result, CInt(field.rawValue)).map { unsafe String(cString: $0) }
    }

    var severity: String? { field(.severity) }
    var sqlState: String? { field(.sqlState) }
    var message: String? { field(.message) }
    var hint: String? { field(.hint) }

    /// Tells that the server closes the connection after it.
    var endsConnection: Bool { severity == "FATAL" || severity == "PANIC" }
}
