/// The tables, and how a database of an older version becomes one of this version.
///
/// A migration that was released is never changed: what comes later is a migration of its own. Those that a database
/// went through stand in the table `grdb_migrations`, which has its name from the library that made the first ones.
enum Schema {
    /// Marks a database file as Postern's (`PRAGMA application_id`): "PSTN".
    static let applicationID: Int64 = 0x5053_544E

    /// The migrations in their order, by name.
    private static let migrations = [
        ("001", [version001]), ("002", [version002]), ("003", version003), ("004", [version004]),
        ("005", [version005]), ("006", version006),
    ]

    /// The version of a database, compared with this program's.
    enum Age {
        case older, current, newer
    }

    /// - Returns: the age, and the name of the newest migration that the database went through.
    static func age(_ db: SQLiteConnection) throws -> (Age, newest: String?) {
        let applied = try applied(db)
        let isKnown = applied.isSubset(of: migrations.map(\.0))
        let isCurrent = migrations.allSatisfy { applied.contains($0.0) }
        return (isKnown ? isCurrent ? .current : .older : .newer, applied.max())
    }

    /// Brings a database up to date, each migration in a transaction of its own.
    ///
    /// - Parameter last: the name of the last one that is wanted; `nil` for all.
    static func migrate(_ db: SQLiteConnection, upTo last: String? = nil) throws {
        try db.execute("CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        for (name, parts) in migrations where last.map({ name <= $0 }) ?? true {
            _ = try db.transaction(immediate: true) {
                // Another process may have come first.
                guard try !applied(db).contains(name) else { return .rollback(()) }
                for part in parts { try db.execute(part) }
                try db.run("INSERT INTO grdb_migrations (identifier) VALUES ($1)", name)
                return .commit(())
            }
        }
    }

    private static func applied(_ db: SQLiteConnection) throws -> Set<String> {
        let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'grdb_migrations'"
        guard try db.first(table, read: { _ in true }) != nil else { return [] }
        return Set(try db.all("SELECT identifier FROM grdb_migrations") { try $0.string(0) })
    }

    private static let version001 = """
        CREATE TABLE organization (
            id INTEGER PRIMARY KEY,
            slug TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE account (
            id INTEGER PRIMARY KEY,
            email TEXT NOT NULL,
            email_key TEXT NOT NULL,
            name TEXT NOT NULL,
            given_name TEXT,
            family_name TEXT,
            provider TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('Active', 'Inactive')),
            roles INTEGER NOT NULL CHECK (roles BETWEEN 0 AND 255),
            password_hash TEXT,
            created_at INTEGER NOT NULL
        ) STRICT;

        CREATE UNIQUE INDEX account_email_key ON account (email_key);

        -- A name of NULL is the account's.
        CREATE TABLE user (
            id INTEGER PRIMARY KEY,
            account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
            organization_id INTEGER NOT NULL REFERENCES organization ON DELETE CASCADE,
            name TEXT,
            state TEXT NOT NULL CHECK (state IN ('Active', 'Inactive')),
            roles INTEGER NOT NULL CHECK (roles BETWEEN 0 AND 255),
            created_at INTEGER NOT NULL
        ) STRICT;

        CREATE UNIQUE INDEX user_account_organization ON user (account_id, organization_id);

        CREATE TABLE session (
            id INTEGER PRIMARY KEY,
            token_hash BLOB NOT NULL UNIQUE,
            account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL
        ) STRICT;

        CREATE INDEX session_account ON session (account_id);

        CREATE TABLE api_token (
            id INTEGER PRIMARY KEY,
            token_hash BLOB NOT NULL UNIQUE,
            name TEXT NOT NULL,
            account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
            organization_id INTEGER NOT NULL REFERENCES organization ON DELETE CASCADE,
            scopes TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            valid_until INTEGER
        ) STRICT;

        CREATE INDEX api_token_account ON api_token (account_id);
        """

    /// A credential of kind `api_token` or `session` has an identifier. Entries of the audit log outlive what they
    /// name, so that no column of theirs refers to another table.
    private static let version002 = """
        ALTER TABLE account ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX account_created ON account (created_at);
        CREATE INDEX account_inactive ON account (created_at) WHERE state = 'Inactive';

        CREATE INDEX user_account ON user (account_id, created_at);
        CREATE INDEX user_organization ON user (organization_id, created_at);
        CREATE INDEX user_owner ON user (organization_id) WHERE roles & 8;

        ALTER TABLE organization ADD COLUMN display_name TEXT;
        ALTER TABLE organization ADD COLUMN auto_join INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE organization ADD COLUMN default_roles INTEGER NOT NULL DEFAULT 2;
        ALTER TABLE organization ADD COLUMN email_regex TEXT;

        ALTER TABLE session ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
        UPDATE session SET last_seen = created_at;
        -- With the moment, by which those that are over are passed by without a look at each of them.
        DROP INDEX session_account;
        CREATE INDEX session_account ON session (account_id, expires_at);

        ALTER TABLE api_token ADD COLUMN last_used_at INTEGER;

        CREATE TABLE audit_event (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id INTEGER NOT NULL,
            time INTEGER NOT NULL,
            kind TEXT NOT NULL,
            actor_id INTEGER,
            -- A list of more than two makes SQLite fill a temporary table for each entry.
            credential TEXT NOT NULL CHECK (credential IN ('none', 'command_line')
                OR credential IN ('api_token', 'session')),
            credential_id INTEGER,
            account_id INTEGER,
            target TEXT,
            organization_id INTEGER,
            address TEXT NOT NULL,
            request_id TEXT NOT NULL,
            details TEXT
        ) STRICT;

        CREATE INDEX audit_event_time ON audit_event (time);
        CREATE INDEX audit_event_organization ON audit_event (organization_id);
        CREATE INDEX audit_event_account ON audit_event (account_id);

        -- A counter of attempts; the key is a digest of what is counted and for whom.
        CREATE TABLE throttle (
            key BLOB PRIMARY KEY,
            attempts INTEGER NOT NULL,
            since INTEGER NOT NULL,
            blocked_until INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX throttle_expires ON throttle (expires_at);

        CREATE TRIGGER audit_event_is_append_only BEFORE UPDATE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        """
}
