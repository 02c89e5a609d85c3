import Identity

/// The tables on PostgreSQL, and how those of an older version become those of this one.
///
/// A migration that was released is never changed: what comes later is a migration of its own. Each is made in one
/// transaction with its row in the table `migration`, which names the oldest program that may still run on it, by the
/// version of its schema: so responders can be upgraded one after the other, after the database.
enum PostgreSQLSchema {
    /// One step from a version to the next.
    struct Migration {
        let version: Int64
        /// The oldest program that may still run, by the version that it knows.
        let oldest: Int64
        let statements: [String]
    }

    static let migrations = [
        Migration(version: 1, oldest: 1, statements: version001),
        Migration(version: 2, oldest: 1, statements: version002),
        Migration(version: 3, oldest: 1, statements: version003),
        Migration(version: 4, oldest: 1, statements: version004),
        Migration(version: 5, oldest: 1, statements: version005),
        Migration(version: 6, oldest: 1, statements: version006),
    ]

    /// The version that this program knows.
    static let version = migrations.last?.version ?? 0

    /// The first key of this program's advisory locks: "PSTN".
    static let advisoryLock: Int32 = 0x5053_544E

    /// The number of the timeline that the server writes. It is another one after each promotion.
    static let timelineNumber =
        "CAST(CAST('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS BIT(32)) AS BIGINT)"

    /// The tables that a responder reads and writes, with the rights that it needs on them.
    static let rights = [
        (
            "organization, account, \"user\", session, api_token, throttle, meta, responder, secret, "
                + "factor, recovery_code, pending_login, trusted_device, ceremony, used_challenge, rotated_token",
            "SELECT, INSERT, UPDATE, DELETE"
        ),
        ("audit_event, timeline", "SELECT, INSERT"), ("migration", "SELECT"),
    ]
    /// The names of the tables with rows.
    static let tables = [
        "account", "api_token", "audit_event", "ceremony", "factor", "meta", "organization", "pending_login",
        "recovery_code", "responder", "rotated_token", "secret", "session", "throttle", "timeline", "trusted_device",
        "used_challenge", "user",
    ]
    /// The functions that a responder calls, which run with their owner's rights.
    static let functions = ["make_audit_month(BIGINT)", "prune_audit(BIGINT, BIGINT)", "audit_month_end(TEXT)"]
    /// The functions that run along with what a responder does.
    static let triggers = ["account_state()", "user_of_inactive_account()", "audit_event_is_of_the_present()"]
    /// All functions, each of which looks for tables in the schema of its own only.
    static let allFunctions =
        functions + triggers + ["audit_pruning()", "audit_event_is_append_only()"]
}

/// The version of the tables of a database, as its table `migration` says.
struct SchemaVersion: Equatable {
    /// The newest migration that the database went through; 0 for none.
    let newest: Int64
    /// The oldest program that may still run on it.
    let oldest: Int64

    /// The version of a database compared with a program's.
    enum Age {
        /// The program may not run on it before `postern init`.
        case older
        case usable
        /// The program may not run on it at all.
        case newer
    }

    /// Compares it with a program that knows the migrations up to a version.
    func age(for program: Int64) -> Age {
        if newest < program { return .older }
        return oldest > program ? .newer : .usable
    }
}
