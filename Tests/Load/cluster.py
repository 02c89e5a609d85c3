"""A PostgreSQL server of one's own on a Unix socket, and databases in it that are filled like those of SQLite."""

import glob
import os
import subprocess

from installation import PATH, hand_over, unprivileged, wait_for
from postern import Postern
from seed import CREDENTIALS, bearer_token, digest

ROLE = "postern"
# So that the large database is in memory, and no checkpoint comes in a turn: both programs of a comparison have the same.
SETTINGS = {
    "listen_addresses": "", "max_connections": "200", "shared_buffers": "1GB", "max_wal_size": "8GB",
    "checkpoint_timeout": "1h", "autovacuum": "off",
}
# The password is the owner's, for all of them. Identifiers are random, moments follow one another. The schema's own
# trigger would look each account up again: none of these is inactive.
ACCOUNTS = """
    SET session_replication_role = replica;
    INSERT INTO account (id, email, email_key, name, provider, state, roles, password_hash, home_id, created_at)
    SELECT {random}, address, address, substr(address, 1, 14), 'Credentials', 'Active', 0, {hash}, {organization}, {start} + n
    FROM (SELECT n, 'account' || lpad(n::TEXT, 7, '0') || '@example.com' AS address
          FROM generate_series(0, {accounts} - 1) AS n) AS numbered;
    INSERT INTO "user" (id, account_id, organization_id, state, roles, created_at)
    SELECT {random}, id, {organization}, 'Active', 2, created_at FROM account WHERE email LIKE 'account%';
    """
AUDIT = """
    SELECT make_audit_month(moment) FROM generate_series({start}, {start} + {accounts} + 2592000, 1209600) AS moment;
    INSERT INTO audit_event (id, time, kind, actor_id, credential, credential_id, account_id, organization_id, address,
        request_id, details)
    SELECT {random}, created_at, 'account.registered', {owner}, 'api_token', {token}, id, {organization}, '203.0.113.7',
        md5(id::TEXT), '{{"roles":"AppMember"}}'
    FROM account WHERE email LIKE 'account%';
    """
SESSIONS = """
    INSERT INTO session (id, token_hash, account_id, created_at, last_seen, expires_at, address, user_agent)
    SELECT {random}, hash::BYTEA, account, {now}, {now}, {now} + 14 * 86400, '203.0.113.7',
        'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101'
    FROM credential;
    """
# 64 random bits.
RANDOM = "('x' || substr(md5(random()::TEXT || random()::TEXT), 1, 16))::BIT(64)::BIGINT"


class Cluster:
    def __init__(self, folder, processes):
        self.folder, self.processes = folder, processes
        self.programs = max(glob.glob("/usr/lib/postgresql/*/bin"))
        os.makedirs(folder)
        hand_over(folder)
        self.run("initdb", "--pgdata", self.data, "--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--locale",
                 "C.UTF-8", "--no-sync")
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        # The server's own process: `setpriv` becomes it.
        self.pid = self.processes.start(
            "postgresql", [self.program("postgres"), "-D", self.data, "-k", self.folder, *options]).pid
        wait_for(self.is_ready, "PostgreSQL")

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    def program(self, name):
        return os.path.join(self.programs, name)

    def run(self, name, *arguments, text=None):
        return subprocess.run(
            unprivileged([self.program(name), *arguments]), input=text, text=True, check=True, capture_output=True,
            env={"PATH": PATH, "LANG": "C.UTF-8"}).stdout

    def is_ready(self):
        done = subprocess.run(
            unprivileged([self.program("pg_isready"), "--quiet", "--host", self.folder]), env={"PATH": PATH})
        return done.returncode == 0

    def sql(self, database, text):
        """Runs statements; returns the rows of the last one as lines, with bars between the values."""
        return self.run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--host",
            self.folder, "--username", ROLE, "--dbname", database, text=text).strip()

    def create(self, database):
        self.run("createdb", "--host", self.folder, "--username", ROLE, database)

    def conninfo(self, database):
        """What libpq takes."""
        return f"host={self.folder} user={ROLE} dbname={database}"

    def uri(self, database):
        """What Postern takes."""
        return f"postgresql://{ROLE}@/{database}?host={self.folder}"

    def wait_until_unused(self):
        """Waits until the processes have ended that served connections, but for one that asks."""
        used = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        wait_for(lambda: self.sql("postgres", used) == "1", "PostgreSQL")

    def backends(self, database):
        """The processes that serve a database's connections."""
        rows = self.sql("postgres", f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}'")
        return [int(row) for row in rows.split()]


class PosternOnPostgreSQL(Postern):
    def __init__(self, folder, binary, scheme, library, cluster, database):
        super().__init__(folder, binary, scheme, library)
        self.cluster, self.name = cluster, database
        cluster.create(database)
        self.database = cluster.uri(database)

    def seed(self, accounts):
        """Fills it with as many accounts and credentials as `seed` fills one of SQLite with."""
        sql = lambda text: self.cluster.sql(self.name, text)
        owner, organization, start = sql(
            "SELECT account.id, home_id, created_at FROM account").split("|")
        values = {
            "random": RANDOM, "accounts": accounts, "owner": owner, "organization": organization,
            "hash": f"(SELECT password_hash FROM account WHERE id = {owner})", "now": start,
            "token": sql("SELECT id FROM api_token LIMIT 1"), "start": int(start) - accounts,
        }
        self.owner = f"acct_{int(owner) & (1 << 64) - 1:016x}"
        sql(ACCOUNTS.format(**values))
        sql(AUDIT.format(**values))
        self.add_sessions(sql, values)
        sql("VACUUM (ANALYZE, FREEZE); CHECKPOINT")

    def add_sessions(self, sql, values):
        owners = sql(f"SELECT id FROM account WHERE email LIKE 'account%' ORDER BY id LIMIT {CREDENTIALS}").split()
        self.sessions = [bearer_token("pss_") for _ in owners]
        rows = "".join(f"\\\\x{digest(token).hex()}\t{owner}\n" for token, owner in zip(self.sessions, owners))
        sql("CREATE TEMPORARY TABLE credential (hash TEXT, account BIGINT); COPY credential FROM STDIN;\n"
            f"{rows}\\.\n{SESSIONS.format(**values)}")
