/// The fourth version, the fifth and the sixth: second factors.
///
/// Each changes one table that is in use, and locks no other: with accounts and sessions both locked, it would wait in
/// a circle with a login that has the first and wants the second. None of the new columns has a default that would be
/// written into each row.
extension PostgreSQLSchema {
    /// The factors of accounts. The methods that an account has stand in its row too (`account.factors`), where each
    /// request finds them.
    static let version004 = [
        "ALTER TABLE account ADD COLUMN factors BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE account ADD COLUMN last_factor BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE account ADD COLUMN user_handle BYTEA",
        """
        CREATE TABLE factor (
            id BIGINT PRIMARY KEY,
            account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
            kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('totp', 'passkey', 'security_key')),
            name TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            last_used_at BIGINT,
            expires_at BIGINT,
            key_id BIGINT,
            sealed BYTEA,
            last_step BIGINT,
            credential_id BYTEA UNIQUE,
            public_key BYTEA,
            signature_count BIGINT,
            transports TEXT COLLATE "C",
            aaguid BYTEA,
            backup_eligible BIGINT,
            backed_up BIGINT
        )
        """,
        "CREATE INDEX factor_account ON factor (account_id, created_at, id)",
        "CREATE INDEX factor_key ON factor (key_id, id) WHERE key_id IS NOT NULL",
        "CREATE INDEX factor_expires ON factor (expires_at) WHERE expires_at IS NOT NULL",
        """
        CREATE TABLE recovery_code (
            account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
            digest BYTEA NOT NULL,
            PRIMARY KEY (account_id, digest)
        )
        """,
        """
        CREATE TABLE pending_login (
            id BIGINT PRIMARY KEY,
            token_hash BYTEA NOT NULL UNIQUE,
            account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
            api_token_id BIGINT,
            network TEXT NOT NULL,
            challenge BYTEA,
            failures BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX pending_login_account ON pending_login (account_id, created_at, id)",
        "CREATE INDEX pending_login_expires ON pending_login (expires_at)",
        """
        CREATE TABLE trusted_device (
            id BIGINT PRIMARY KEY,
            token_hash BYTEA NOT NULL UNIQUE,
            account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
            created_at BIGINT NOT NULL,
            last_used_at BIGINT,
            expires_at BIGINT NOT NULL,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL
        )
        """,
        "CREATE INDEX trusted_device_account ON trusted_device (account_id, created_at, id)",
        "CREATE INDEX trusted_device_expires ON trusted_device (expires_at)",
        "CREATE TABLE used_challenge (digest BYTEA PRIMARY KEY, expires_at BIGINT NOT NULL)",
        "CREATE INDEX used_challenge_expires ON used_challenge (expires_at)",
    ]

    /// The proofs on which a session rests. One from before, or of an older program, was authenticated when it began.
    static let version005 = [
        "ALTER TABLE session ADD COLUMN methods BIGINT NOT NULL DEFAULT 1",
        "ALTER TABLE session ADD COLUMN authenticated_at BIGINT",
        "ALTER TABLE session ADD COLUMN second_factor_at BIGINT",
        """
        CREATE TABLE ceremony (
            session_id BIGINT NOT NULL REFERENCES session ON DELETE CASCADE,
            purpose TEXT COLLATE "C" NOT NULL CHECK (purpose IN ('enrol', 'confirm')),
            challenge BYTEA NOT NULL,
            usage TEXT COLLATE "C",
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (session_id, purpose)
        )
        """,
        "CREATE INDEX ceremony_expires ON ceremony (expires_at)",
        """
        CREATE TABLE rotated_token (
            token_hash BYTEA PRIMARY KEY,
            session_id BIGINT NOT NULL REFERENCES session ON DELETE CASCADE
        )
        """,
        "CREATE INDEX rotated_token_session ON rotated_token (session_id)",
    ]

    /// The policy of an organization: the place in `SecondFactorPolicy.allCases`.
    static let version006 = [
        """
        ALTER TABLE organization ADD COLUMN second_factor BIGINT NOT NULL DEFAULT 1
            CHECK (second_factor BETWEEN 1 AND 3)
        """
    ]
}
