/// The first version: all that SQLite's schema has, in the form that many responders need.
///
/// Numbers, moments and flags are BIGINT, so that every statement is the same for both engines. What is compared byte
/// by byte is `COLLATE "C"`: the locale of a database, which an update of the C library may change, orders none of it.
extension PostgreSQLSchema {
    static let version001 = organizations001 + accounts001 + credentials001 + audit001 + auditRules001 + others001

    private static let organizations001 = [
        """
        CREATE TABLE organization (
            id BIGINT PRIMARY KEY,
            slug TEXT COLLATE "C" NOT NULL UNIQUE,
            name TEXT NOT NULL,
            display_name TEXT,
            auto_join BIGINT NOT NULL DEFAULT 0,
            default_roles BIGINT NOT NULL DEFAULT 2,
            email_regex TEXT,
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX organization_created ON organization (created_at, id)",
    ]

    /// A name of NULL is the account's. What an account's state is stands in its users too, so that an organization's
    /// inactive ones have an index.
    private static let accounts001 = [
        """
        CREATE TABLE account (
            id BIGINT PRIMARY KEY,
            email TEXT NOT NULL,
            email_key TEXT COLLATE "C" NOT NULL,
            name TEXT NOT NULL,
            given_name TEXT,
            family_name TEXT,
            provider TEXT COLLATE "C" NOT NULL,
            state TEXT COLLATE "C" NOT NULL CHECK (state IN ('Active', 'Inactive')),
            roles BIGINT NOT NULL CHECK (roles BETWEEN 0 AND 255),
            must_change_password BIGINT NOT NULL DEFAULT 0,
            password_hash TEXT COLLATE "C",
            home_id BIGINT REFERENCES organization ON DELETE SET NULL,
            external_id TEXT COLLATE "C" CHECK (length(external_id) BETWEEN 1 AND 255),
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX account_email_key ON account (email_key)",
        "CREATE INDEX account_created ON account (created_at, id)",
        "CREATE INDEX account_inactive ON account (created_at, id) WHERE state = 'Inactive'",
        "CREATE UNIQUE INDEX account_external_id ON account (external_id) WHERE external_id IS NOT NULL",
        // The deletion of an organization looks for the accounts whose home it is.
        "CREATE INDEX account_home ON account (home_id)",
        """
        CREATE TABLE "user" (
            id BIGINT PRIMARY KEY,
            account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
            organization_id BIGINT NOT NULL REFERENCES organization ON DELETE CASCADE,
            name TEXT,
            state TEXT COLLATE "C" NOT NULL CHECK (state IN ('Active', 'Inactive')),
            roles BIGINT NOT NULL CHECK (roles BETWEEN 0 AND 255),
            account_is_inactive BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX user_account_organization ON \"user\" (account_id, organization_id)",
        "CREATE INDEX user_account ON \"user\" (account_id, created_at, id)",
        "CREATE INDEX user_organization ON \"user\" (organization_id, created_at, id)",
        "CREATE INDEX user_owner ON \"user\" (organization_id) WHERE (roles & 8) <> 0",
        """
        CREATE INDEX user_inactive ON "user" (organization_id, created_at, id) WHERE account_is_inactive <> 0
        """,
        """
        CREATE FUNCTION account_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE "user" SET account_is_inactive = CASE WHEN NEW.state = 'Inactive' THEN 1 ELSE 0 END
            WHERE account_id = NEW.id;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER account_state AFTER UPDATE OF state ON account FOR EACH ROW
        WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION account_state()
        """,
        """
        CREATE FUNCTION user_of_inactive_account() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.account_is_inactive :=
                (SELECT CASE WHEN state = 'Inactive' THEN 1 ELSE 0 END FROM account WHERE id = NEW.account_id);
            NEW.account_is_inactive := coalesce(NEW.account_is_inactive, 0);
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER user_of_inactive_account BEFORE INSERT ON "user" FOR EACH ROW
        EXECUTE FUNCTION user_of_inactive_account()
        """,
    ]

    /// No index has `last_seen` or `last_used_at`: an update of these alone then writes no index (a heap-only tuple).
    /// Expired sessions are found by a BRIN, which takes a page where a B-tree would take 2 GB for 10⁸ sessions.
    private static let credentials001 = [
        """
        CREATE TABLE session (
            id BIGINT PRIMARY KEY,
            token_hash BYTEA NOT NULL UNIQUE,
            account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
            created_at BIGINT NOT NULL,
            last_seen BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL
        )
        """,
        "CREATE INDEX session_account ON session (account_id, created_at, id)",
        "CREATE INDEX session_expires ON session USING brin (expires_at) WITH (pages_per_range = 32)",
        """
        CREATE TABLE api_token (
            id BIGINT PRIMARY KEY,
            token_hash BYTEA NOT NULL UNIQUE,
            name TEXT NOT NULL,
            account_id BIGINT NOT NULL REFERENCES account ON DELETE CASCADE,
            organization_id BIGINT NOT NULL REFERENCES organization ON DELETE CASCADE,
            scopes TEXT NOT NULL,
            role_ceiling BIGINT
                CHECK (role_ceiling BETWEEN 1 AND 128 AND (role_ceiling & (role_ceiling - 1)) = 0),
            created_at BIGINT NOT NULL,
            valid_until BIGINT,
            last_used_at BIGINT
        )
        """,
        "CREATE INDEX api_token_account ON api_token (account_id, created_at, id)",
        "CREATE INDEX api_token_organization ON api_token (organization_id, created_at, id)",
        "CREATE INDEX api_token_created ON api_token (created_at, id)",
        """
        CREATE TABLE throttle (
            key BYTEA PRIMARY KEY,
            attempts BIGINT NOT NULL,
            since BIGINT NOT NULL,
            blocked_until BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX throttle_expires ON throttle (expires_at)",
    ]

    /// Figures of the installation; the responders, each with its last heartbeat; and the timelines, each with the
    /// moment at which it was seen first, in microseconds of the server's clock.
    private static let others001 = [
        "CREATE TABLE meta (name TEXT COLLATE \"C\" PRIMARY KEY, value BIGINT NOT NULL)",
        "CREATE TABLE responder (id BIGINT PRIMARY KEY, beat BIGINT NOT NULL) WITH (fillfactor = 50)",
        "CREATE TABLE timeline (number BIGINT PRIMARY KEY, seen_at BIGINT NOT NULL)",
        "INSERT INTO timeline (number, seen_at) VALUES (\(PostgreSQLSchema.timelineNumber), 0)",
    ]
}
