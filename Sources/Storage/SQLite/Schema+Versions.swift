/// The third version to the sixth, those of several subjects in parts by subject.
extension Schema {
    static let version003 = [rights003, audit003]

    /// The home of an account, whose administrators have rights over it, is the organization where it was made: of
    /// older accounts that of the oldest user. A ceiling of roles is the bit of one role as in `RoleSet`; tokens that
    /// were made without one have none.
    private static let rights003 = """
        ALTER TABLE account ADD COLUMN home_id INTEGER REFERENCES organization ON DELETE SET NULL;
        UPDATE account SET home_id = (
            SELECT organization_id FROM user WHERE user.account_id = account.id ORDER BY created_at, id LIMIT 1);
        ALTER TABLE api_token ADD COLUMN role_ceiling INTEGER
            CHECK (role_ceiling BETWEEN 1 AND 128 AND role_ceiling & (role_ceiling - 1) = 0);
        """

    /// Lists: an index for each way to filter one, with the keys of its order at the end; what an account's state is
    /// stands in its users too, so that an organization's inactive ones have an index.
    ///
    /// The audit log: an entry can only be deleted if the newest pruning entry says so, which is written first and
    /// stays. What that one allows is deleted at once, so nothing is left that could be deleted later without another.
    ///
    /// Erasure: there is a row while the -wal file may still hold what was erased; its number tells one erasure from
    /// the next.
    private static let audit003 = """
        DROP INDEX audit_event_organization;
        DROP INDEX audit_event_account;
        CREATE INDEX audit_event_organization ON audit_event (organization_id, kind, time);
        CREATE INDEX audit_event_actor ON audit_event (actor_id, organization_id, kind, time)
            WHERE actor_id IS NOT NULL;
        -- With the actor at the end, so that a filter on both needs no look at the rows.
        CREATE INDEX audit_event_account ON audit_event (account_id, organization_id, kind, time, sequence, actor_id)
            WHERE account_id IS NOT NULL;
        CREATE INDEX audit_event_pruning ON audit_event (sequence) WHERE kind = 'audit.pruned';

        -- SQLite 3.40 lets no trigger read JSON by its own functions (trusted_schema).
        CREATE TRIGGER audit_event_is_only_pruned BEFORE DELETE ON audit_event
        WHEN NOT coalesce((
            SELECT OLD.time < unixepoch(substr(details, instr(details, '"before":"') + 10, 20))
                AND OLD.sequence < sequence
            FROM audit_event INDEXED BY audit_event_pruning WHERE kind = 'audit.pruned'
            ORDER BY sequence DESC LIMIT 1), FALSE)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only: it can only be pruned'); END;

        DROP INDEX session_account;
        CREATE INDEX session_account ON session (account_id, created_at);

        DROP INDEX api_token_account;
        CREATE INDEX api_token_account ON api_token (account_id, created_at);
        CREATE INDEX api_token_organization ON api_token (organization_id, created_at);
        CREATE INDEX api_token_created ON api_token (created_at);
        CREATE INDEX organization_created ON organization (created_at);

        ALTER TABLE user ADD COLUMN account_is_inactive INTEGER NOT NULL DEFAULT 0;
        UPDATE user SET account_is_inactive = 1
            WHERE account_id IN (SELECT id FROM account WHERE state = 'Inactive');
        CREATE INDEX user_inactive ON user (organization_id, created_at) WHERE account_is_inactive;
        CREATE TRIGGER account_state AFTER UPDATE OF state ON account WHEN OLD.state <> NEW.state
        BEGIN UPDATE user SET account_is_inactive = NEW.state = 'Inactive' WHERE account_id = NEW.id; END;
        CREATE TRIGGER user_of_inactive_account AFTER INSERT ON user
        WHEN (SELECT state FROM account WHERE id = NEW.account_id) = 'Inactive'
        BEGIN UPDATE user SET account_is_inactive = 1 WHERE id = NEW.id; END;

        CREATE TABLE erasure (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL) STRICT;
        """

    /// The identifier of an account in the system that it was imported from. Most accounts have none, so that the index
    /// has those alone that have one.
    static let version004 = """
        ALTER TABLE account ADD COLUMN external_id TEXT CHECK (length(external_id) BETWEEN 1 AND 255);
        CREATE UNIQUE INDEX account_external_id ON account (external_id) WHERE external_id IS NOT NULL;
        """

    /// Figures of the installation as a whole, each in a row of its own.
    static let version005 = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    static let version006 = [secrets006, secondFactors006]

    /// Secrets of the installation itself, sealed under the key that `key_id` names.
    private static let secrets006 = """
        CREATE TABLE secret (
            name TEXT PRIMARY KEY,
            key_id INTEGER NOT NULL,
            sealed BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX secret_key ON secret (key_id, name);
        """
}
