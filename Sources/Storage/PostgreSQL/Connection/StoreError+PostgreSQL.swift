import Identity

extension StoreError {
    /// Gives an error of PostgreSQL the form that callers know.
    ///
    /// - Parameter target: the database, for the message.
    init(_ error: PostgreSQLError, at target: PostgreSQLTarget) {
        let (kind, remedy) = Self.meaning(of: error)
        let state = error.sqlState.map { "SQLSTATE \($0): " } ?? ""
        // The statement's values may be personal data, so details and hints are left out.
        self.init(kind, "database \(target): \(remedy) (\(state)\(error.message))")
    }

    /// Runs work on a database of PostgreSQL, and gives its errors the form that callers know.
    static func wrapping<Value>(
        _ target: PostgreSQLTarget, _ body: () throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as PostgreSQLError {
            throw StoreError(error, at: target)
        } catch {
            throw StoreError(.unexpected, "database \(target): \(error)")
        }
    }

    private static func meaning(of error: PostgreSQLError) -> (Kind, String) {
        switch error.kind {
        case .timedOut:
            return (
                .unavailable,
                "the server did not answer in time: see that it runs, what its load is, and in pg_stat_replication "
                    + "that its synchronous standby acknowledges"
            )
        case .library: return (.unusable, "the client library cannot be used")
        case .warning:
            return (.unavailable, "the server warned of a write, so it may not be safe: see its standbys")
        case .unreadable: return (.damaged, "a column has another type than this version expects: please report this")
        case .lost, .server: break
        }
        if let (_, kind, remedy) = phrases.first(where: { error.message.contains($0.phrase) }) { return (kind, remedy) }
        guard let state = error.sqlState else {
            return (.unavailable, "the connection is lost or could not be made: see that the server runs")
        }
        // The longest beginning that is in the table.
        for length in [5, 4, 3, 2] {
            if let meaning = meanings[String(state.prefix(length))] { return meaning }
        }
        return (.unexpected, "please report this")
    }

    /// The faults that only their words tell, those of libpq or pgbouncer. As long as the process has no locale, they
    /// are in English.
    private static let phrases: [(phrase: String, kind: Kind, remedy: String)] = [
        (
            "no password supplied", .unusable,
            "the server asks for a password, and the password file (PGPASSFILE, else ~/.pgpass) gives none: see that "
                + "it has a line for this server, that this user owns it, and that its mode is 0600"
        ),
        ("session is read-only", .unavailable, noPrimary), ("server is in hot standby mode", .unavailable, noPrimary),
        (
            "certificate verify failed", .unusable,
            "the certificate of the server is of another authority than that of sslrootcert, or has expired: name the "
                + "file of its authority"
        ),
        (
            "does not match host name", .unusable,
            "the certificate of the server has another name than the one in POSTERN_DATABASE: write the name that it "
                + "has, or give the server a certificate with this one"
        ),
        (
            "root certificate file", .unusable,
            "the file of the authority cannot be read: name it by sslrootcert, and see that this user may read it"
        ),
        (
            "statement pooling", .unusable,
            "a pooler in between gives each statement another connection: set pool_mode = transaction"
        ),
    ]

    private static let noPrimary =
        "no server of the URI takes writes: each that answers is a standby, or default_transaction_read_only is set"

    private static let meanings: [String: (Kind, String)] = [
        "08": (.unavailable, "the connection is broken: see the network, and that the server runs"),
        "08P01": (.unavailable, "a pooler in between does not understand this connection: see its log"),
        "22021": (.unexpected, "a text has the character U+0000, which PostgreSQL does not keep: please report this"),
        "22P05": (.unusable, "the database cannot hold all texts: make one with the encoding UTF8"),
        "23": (.unavailable, "other transactions were in the way: try again"),
        "23514": (.unexpected, "a value breaks a condition of a table: please report this"),
        "25006": (
            .unavailable, "the server takes no writes, since it is a standby: name all servers in POSTERN_DATABASE"
        ),
        "25P03": (.unavailable, "a transaction was idle for too long: see the load of this host"),
        "26000": (.unavailable, "a pooler in between knows no prepared statements"),
        "28": (
            .unusable,
            "the server does not let this role in: see pg_hba.conf, and the password file (PGPASSFILE) or certificate"
        ),
        "3D000": (.unusable, "there is no such database: make it, with the encoding UTF8, and run postern init"),
        "3F000": (.unusable, "there is no such schema: run postern init"),
        "40": (.unavailable, "other transactions were in the way: try again"),
        "42": (.unusable, "the tables are not those of this version: run postern init"),
        "42501": (.unusable, "the role lacks rights: run postern init as the owner, which gives them"),
        "42P07": (.unusable, "the database has tables of another program: make an empty one"),
        "42P05": (.unavailable, "a pooler in between mixes prepared statements up"),
        "53": (.unavailable, "the server has no room left: see its log"),
        "53100": (.unavailable, "the server's disk is full: make room"),
        "53200": (.unavailable, "the server has no memory left"),
        "53300": (
            .unavailable,
            "the server has no connection left: raise max_connections or the role's limit, or put a pooler in between"
        ),
        "55P03": (
            .unavailable,
            "another transaction holds a lock for too long: end it (pg_stat_activity says which); with the wait_event "
                + "SyncRep, commits wait for a synchronous standby, and none acknowledges: see pg_stat_replication"
        ),
        "57014": (
            .unavailable,
            "a statement took too long: see the server's load, and in pg_stat_replication that its synchronous standby "
                + "acknowledges"
        ),
        "57P": (.unavailable, "the server is starting or stopping: wait, or start it"),
        "57P04": (.unusable, "the database was dropped: restore it"),
        "57P05": (.unavailable, "the server ended an idle connection: leave idle_session_timeout at 0"),
        "58": (.unavailable, "the server cannot use its disk: see its log"),
        "F0000": (.unavailable, "the server's configuration file is wrong: see its log"),
        "XX001": (.damaged, "the database is damaged: restore a backup"),
        "XX002": (.damaged, "an index is damaged: run REINDEX, and see the server's disk"),
        "XX": (.unexpected, "the server has met an error of its own: see its log"),
    ]
}
