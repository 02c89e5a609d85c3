import GRDB

/// The tables, and how a database of an older version becomes one of this version.
///
/// A migration that was released is never changed: what comes later is a migration of its own.
enum Schema {
    /// Marks a database file as Postern's (`PRAGMA application_id`): "PSTN".
    static let applicationID: Int32 = 0x5053_544E

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("001") { db in try db.execute(sql: version001) }
        return migrator
    }

    /// Identifiers are their 64 random bits, moments are seconds since 1970, roles are the bits of `RoleSet`.
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
}
