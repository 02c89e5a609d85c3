/// The part of the sixth version for second factors.
extension Schema {
    /// The methods that an account has stand in its row too (`account.factors`), where each request finds it; so do the
    /// proofs on which a session rests. A session from before, or of an older program, was authenticated when it began.
    static let secondFactors006 = """
        ALTER TABLE account ADD COLUMN factors INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE account ADD COLUMN last_factor INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE account ADD COLUMN user_handle BLOB;
        ALTER TABLE session ADD COLUMN methods INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE session ADD COLUMN authenticated_at INTEGER;
        ALTER TABLE session ADD COLUMN second_factor_at INTEGER;
        ALTER TABLE organization ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 1
            CHECK (second_factor BETWEEN 1 AND 3);

        -- A generator that is not confirmed yet has a moment at which it expires.
        CREATE TABLE factor (
            id INTEGER PRIMARY KEY,
            account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
            kind TEXT NOT NULL CHECK (kind IN ('totp', 'passkey', 'security_key')),
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            last_used_at INTEGER,
            expires_at INTEGER,
            key_id INTEGER,
            sealed BLOB,
            last_step INTEGER,
            credential_id BLOB UNIQUE,
            public_key BLOB,
            signature_count INTEGER,
            transports TEXT,
            aaguid BLOB,
            backup_eligible INTEGER,
            backed_up INTEGER
        ) STRICT;
        CREATE INDEX factor_account ON factor (account_id, created_at, id);
        CREATE INDEX factor_key ON factor (key_id, id) WHERE key_id IS NOT NULL;
        CREATE INDEX factor_expires ON factor (expires_at) WHERE expires_at IS NOT NULL;

        CREATE TABLE recovery_code (
            account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
            digest BLOB NOT NULL,
            PRIMARY KEY (account_id, digest)
        ) STRICT, WITHOUT ROWID;

        -- A login that waits for its second factor.
        CREATE TABLE pending_login (
            id INTEGER PRIMARY KEY,
            token_hash BLOB NOT NULL UNIQUE,
            account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
            api_token_id INTEGER,
            network TEXT NOT NULL,
            challenge BLOB,
            failures INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX pending_login_account ON pending_login (account_id, created_at, id);
        CREATE INDEX pending_login_expires ON pending_login (expires_at);

        CREATE TABLE trusted_device (
            id INTEGER PRIMARY KEY,
            token_hash BLOB NOT NULL UNIQUE,
            account_id INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            last_used_at INTEGER,
            expires_at INTEGER NOT NULL,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL
        ) STRICT;
        CREATE INDEX trusted_device_account ON trusted_device (account_id, created_at, id);
        CREATE INDEX trusted_device_expires ON trusted_device (expires_at);

        -- The challenge of a session, for one purpose at a time: 'enrol' or 'confirm'.
        CREATE TABLE ceremony (
            session_id INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
            purpose TEXT NOT NULL CHECK (purpose IN ('enrol', 'confirm')),
            challenge BLOB NOT NULL,
            usage TEXT,
            expires_at INTEGER NOT NULL,
            PRIMARY KEY (session_id, purpose)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX ceremony_expires ON ceremony (expires_at);

        -- The challenges of logins by a passkey alone that were used, by their SHA-256.
        CREATE TABLE used_challenge (
            digest BLOB PRIMARY KEY,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX used_challenge_expires ON used_challenge (expires_at);

        -- The tokens that sessions had before a confirmation gave them others.
        CREATE TABLE rotated_token (
            token_hash BLOB PRIMARY KEY,
            session_id INTEGER NOT NULL REFERENCES session ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX rotated_token_session ON rotated_token (session_id);
        """
}
