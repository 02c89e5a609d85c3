-- A database of the oldest schema (migration 001), with data, as its program wrote it. A migration that was released is
-- never changed, and neither is this file. It is brought up to date by tests of the store and of the Debian package.
-- owner@example.test has the password "a fine owner's passphrase", ann@ and the inactive bob@ have "northern lights".
-- API token: pst_DCQrvJRjvLk75xuNE44XRPMh6yu9zYKqf05tGKZGc1p04Also
PRAGMA application_id = 1347638350;
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('001');

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

INSERT INTO organization (id, slug, name, created_at)
    VALUES (-4036256730468793562, 'aurora-labs', 'Aurora Labs', 1795621045);
INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles, password_hash, created_at)
    VALUES (-7719704488849393643, 'ann@example.test', 'ann@example.test', 'Ann Lee', 'Ann', 'Lee', 'Credentials', 'Active', 0, '$scrypt$ln=15,r=8,p=3$de+Dq/pPKyLKZcd+8+EbrA$NAOm+naSD11FuDjIykzZo8x7CV2JxyJaLEgboYIIhQs', 1795621073);
INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles, password_hash, created_at)
    VALUES (-5690909404281876754, 'owner@example.test', 'owner@example.test', 'owner', NULL, NULL, 'Credentials', 'Active', 0, '$scrypt$ln=15,r=8,p=3$CnydQgW5/oPtCBZLyUPIWg$5GczVP9KYVoR1JWrq+3ZkE1toIez5+Y4y4exzrFtiFg', 1795621045);
INSERT INTO account (id, email, email_key, name, given_name, family_name, provider, state, roles, password_hash, created_at)
    VALUES (-1133277981416256782, 'bob@example.test', 'bob@example.test', 'bob', NULL, NULL, 'Credentials', 'Inactive', 0, '$scrypt$ln=15,r=8,p=3$T/rlcjt8MBuMVLlvZCZK8w$pceXNEHLuyN3Nya0ZzgpZmDXtlZUWIWNB5PDTQ4iarc', 1795621073);
INSERT INTO user (id, account_id, organization_id, name, state, roles, created_at)
    VALUES (-502845825785794693, -5690909404281876754, -4036256730468793562, NULL, 'Active', 8, 1795621045);
INSERT INTO user (id, account_id, organization_id, name, state, roles, created_at)
    VALUES (1738009448171631202, -7719704488849393643, -4036256730468793562, NULL, 'Active', 4, 1795621073);
INSERT INTO user (id, account_id, organization_id, name, state, roles, created_at)
    VALUES (3557308299094503490, -1133277981416256782, -4036256730468793562, NULL, 'Active', 2, 1795621073);
INSERT INTO session (id, token_hash, account_id, created_at, expires_at, address, user_agent)
    VALUES (-712122134926510597, x'c1b1b6f7ad4d62c4e1134c18dd61119cb910dbdc0ff8624fbe8c7e40ed4cfe0b', -7719704488849393643, 1795621074, 1796830674, '', '');
INSERT INTO api_token (id, token_hash, name, account_id, organization_id, scopes, created_at, valid_until)
    VALUES (2955203290437749369, x'804eba26ce31d2067c899c8220445ad796f6546cef543a3f3ed6679e9291c23c', 'app', -5690909404281876754, -4036256730468793562, 'register login', 1795621049, NULL);
COMMIT;
