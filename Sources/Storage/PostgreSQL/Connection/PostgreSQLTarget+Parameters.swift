import Glibc
import Synchronization

extension PostgreSQLTarget {
    /// The settings of each connection. None of them asks for rights.
    ///
    /// - A statement ends after 5 s, the wait for a lock after 2 s, a transaction that nobody continues after 5 s.
    /// - Notices below a warning would cost bytes and be dropped. Names are found in one schema, and nowhere else.
    /// - A compiled plan (`jit`) costs 50 to 200 ms if the planner overestimates, and no statement here would win it
    ///   back.
    var settings: [(name: String, value: String)] {
        [
            ("search_path", schema ?? "public"), ("statement_timeout", "5s"), ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "5s"), ("client_min_messages", "warning"), ("jit", "off"),
        ]
    }

    /// The query for the settings that a connection has: a pooler may be told to drop them silently
    /// (`ignore_startup_parameters`), and the role may have the same ones by itself. The last two columns are the
    /// timeline of the server, 0 for a standby, and the moment at which it began to run: a crash throws its statistics
    /// away, and does not count as a start if the postmaster has survived it.
    var questionForSettings: PostgreSQLStatement {
        let list = settings.map { "current_setting('\($0.name)')" }
        return PostgreSQLStatement(
            """
            SELECT \(list.joined(separator: ", ")),
                CASE WHEN pg_is_in_recovery() THEN 0 ELSE \(PostgreSQLSchema.timelineNumber) END,
                CAST(1000000 * extract(epoch FROM
                    greatest(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time())) AS BIGINT)
            """)
    }

    /// The statement by which a transaction brings its settings along, if a pooler stands in between. They end with
    /// the transaction, so no other client of the pooler gets them.
    var settingsOfTransaction: PostgreSQLStatement {
        let list = settings.enumerated().map { "set_config('\($1.name)', $\($0 + 1), true)" }
        return PostgreSQLStatement("SELECT \(list.joined(separator: ", "))", settings.map { .text($0.value) })
    }

    /// The parameters of libpq for a connection to one server.
    ///
    /// - Parameters:
    ///   - address: the server's address, if its name was looked up.
    ///   - environment: gives a variable of the process.
    /// - Throws: `PostgreSQLError` if a variable of libpq would change the target. Only PGPASSFILE may be set, since
    ///   the password file is the operator's business.
    func connectionParameters(
        _ host: Host, address: String?, environment: (String) -> String?
    ) throws(PostgreSQLError) -> [(name: String, value: String)] {
        var all = parameters
        all["host"] = host.name
        all["port"] = String(host.port)
        all["hostaddr"] = address
        all["user"] = user ?? Self.systemUser
        all["dbname"] = database
        all["sslmode"] = encryption.rawValue
        all["target_session_attrs"] = parameters["target_session_attrs"] ?? "read-write"
        all["application_name"] = "postern \(schema ?? "public")"
        all["client_encoding"] = "UTF8"
        all["channel_binding"] = parameters["channel_binding"] ?? "prefer"
        all["gssencmode"] = "disable"
        all["sslcompression"] = "0"
        all["sslsni"] = "1"
        all["ssl_min_protocol_version"] = "TLSv1.2"
        all["connect_timeout"] = "3"
        all["keepalives_idle"] = "5"
        all["keepalives_interval"] = "2"
        all["keepalives_count"] = "3"
        all["tcp_user_timeout"] = "5000"
        if !findings.refusesOptions.load(ordering: .relaxed) {
            all["options"] = settings.map { "-c \($0.name)=\($0.value)" }.joined(separator: " ")
        }
        for (name, variable) in Self.variables where all[name] == nil {
            guard let value = environment(variable), !value.isEmpty else { continue }
            throw PostgreSQLError(.library, "\(variable) is set, which would change the database: unset it")
        }
        return all.map { ($0, $1) }
    }

    /// The variables from which libpq takes a parameter that it was not given.
    private static let variables = [
        "hostaddr": "PGHOSTADDR", "options": "PGOPTIONS", "password": "PGPASSWORD", "service": "PGSERVICE",
        "requirepeer": "PGREQUIREPEER", "sslcert": "PGSSLCERT", "sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR",
        "sslkey": "PGSSLKEY", "sslrootcert": "PGSSLROOTCERT", "sslnegotiation": "PGSSLNEGOTIATION",
        "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION", "require_auth": "PGREQUIREAUTH",
        "load_balance_hosts": "PGLOADBALANCEHOSTS", "user": "PGUSER",
    ]

    /// The name of the user as whom the process runs; `nil` if the system has none.
    private static var systemUser: String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 * 1024) { buffer in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard let base = buffer.baseAddress else { return nil }
            let code = unsafe getpwuid_r(geteuid(), &entry, base, buffer.count, &found)
            guard code == 0, unsafe found != nil, let name = unsafe entry.pw_name else { return nil }
            return unsafe String(cString: name)
        }
    }
}
