"""Three PostgreSQL servers on hosts of their own: one is the primary, the others stream from it, and a commit is on one
of them before it is acknowledged."""

import os
import shutil
import signal
import subprocess
import time

from network import CommandError, mount_memory, run

BINARIES = "/usr/lib/postgresql/15/bin"
AS_POSTGRES = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")
SETTINGS = {
    # What a killed process has written is in the kernel's memory, which outlives it: no disk is to be waited for.
    "fsync": "off", "full_page_writes": "off", "wal_level": "replica", "wal_keep_size": "128MB",
    "synchronous_standby_names": "'ANY 1 (n1, n2, n3)'", "synchronous_commit": "on",
    "shared_buffers": "32MB", "max_wal_size": "128MB", "max_connections": "100", "hot_standby": "on",
    "wal_sender_timeout": "3s", "wal_receiver_timeout": "3s", "wal_retrieve_retry_interval": "200ms",
    "wal_receiver_status_interval": "1s", "log_min_messages": "warning", "log_line_prefix": "'%m [%p] '",
    # Neither that of the responders nor UTC: no moment may hang on it.
    "timezone": "'Asia/Kolkata'",
    # A connection that nobody is left behind is noticed.
    "tcp_keepalives_idle": "3", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "3", "tcp_user_timeout": "5000",
}


class Node:
    """One server. `ask` reaches it by its Unix socket, so also where its host is cut off."""

    def __init__(self, network, name, folder, logs):
        self.network, self.name, self.folder = network, name, os.path.join(folder, name)
        self.address = network.add(name)
        self.log = os.path.join(logs, f"{name}.log")
        self.process = None
        os.makedirs(self.folder)
        # A disk of its own, which can be full.
        mount_memory(self.folder, "512m")
        shutil.chown(self.folder, "postgres", "postgres")

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    def execute(self, *command, timeout=60):
        return run(*self.network.command(self.name, *AS_POSTGRES, *command), timeout=timeout, cwd=self.folder)

    def initialize(self):
        self.execute(
            f"{BINARIES}/initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--no-sync", "--no-instructions")
        with open(os.path.join(self.data, "pg_hba.conf"), "a", encoding="utf-8") as file:
            file.write("host all all 10.16.0.0/24 trust\nhost replication all 10.16.0.0/24 trust\n")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in SETTINGS.items())

    def copy(self, primary):
        """Becomes a copy of the primary, which follows it once it is started."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.execute(
            f"{BINARIES}/pg_basebackup", "--pgdata", self.data, "--host", primary.address, "--username=postgres",
            "--checkpoint=fast", "--no-sync", "--wal-method=stream")
        open(os.path.join(self.data, "standby.signal"), "w", encoding="utf-8").close()
        with open(os.path.join(self.data, "postgresql.auto.conf"), "w", encoding="utf-8") as file:
            file.write(f"primary_conninfo = '{self.connection_to(primary)}'\n")
        for name in ("standby.signal", "postgresql.auto.conf"):
            shutil.chown(os.path.join(self.data, name), "postgres", "postgres")

    def connection_to(self, primary):
        return (
            f"host={primary.address} user=postgres application_name={self.name} connect_timeout=2 keepalives_idle=2"
            " keepalives_interval=1 keepalives_count=2 tcp_user_timeout=3000")

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.network.command(
                    self.name, *AS_POSTGRES, f"{BINARIES}/postgres", "-D", self.data, "-k", self.folder,
                    "-c", f"listen_addresses={self.address}"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_for(self.is_answering, f"{self.name} to answer, see {self.log}", 60)

    def is_answering(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended by itself, see {self.log}")
        try:
            return self.ask("SELECT 1") == "1"
        except CommandError:
            return False

    def ask(self, sql, database="postgres", timeout=10):
        """The result of a statement, as psql prints it."""
        return self.execute(
            "psql", "--host", self.folder, "--username=postgres", "--dbname", database, "--no-psqlrc", "--quiet",
            "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", sql, timeout=timeout).strip()

    def signal(self, number):
        """Signals all processes of its host."""
        for pid in self.network.processes(self.name):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        """Ends it as a loss of power would."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def stop(self):
        """Ends it in order: it hands the rest of its log to its standbys first."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)

    def is_replaying(self):
        return self.ask("SELECT pg_is_in_recovery()") == "t"


def wait_for(condition, what, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.05)


class Cluster:
    NAMES = ("n1", "n2", "n3")
    # Whether somebody else finds out that the primary is lost.
    promotes_by_itself = False

    def __init__(self, network, folder, logs):
        self.nodes = [Node(network, name, folder, logs) for name in self.NAMES]
        self.primary = self.nodes[0]
        self.primary.initialize()
        self.primary.start()
        for node in self.standbys:
            node.copy(self.primary)
            node.start()
        self.wait_until_synchronous(2)

    @property
    def standbys(self):
        return [node for node in self.nodes if node is not self.primary]

    def wait_until_synchronous(self, standbys, seconds=30):
        count = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum' AND state = 'streaming'"
        wait_for(
            lambda: int(self.primary.ask(count)) >= standbys, f"{standbys} standbys of {self.primary.name}", seconds)

    def uri(self, database, user):
        hosts = ",".join(f"{node.address}:5432" for node in self.nodes)
        return f"postgresql://{user}@{hosts}/{database}?target_session_attrs=read-write&sslmode=disable"

    def promote(self):
        """Makes the standby the primary that has the most of the log.

        Both standbys stop listening to the old primary first. From then on it can acknowledge nothing, since no standby
        confirms it, and one of them has all that it ever acknowledged. The other one follows that one, so that the new
        primary has its standby when it begins.

        Returns the moment when the new one began to take writes.
        """
        for node in self.standbys:
            node.ask("ALTER SYSTEM SET primary_conninfo = ''")
            node.ask("SELECT pg_reload_conf()")
        for node in self.standbys:
            wait_for(
                lambda node=node: node.ask("SELECT count(*) FROM pg_stat_wal_receiver") == "0",
                f"{node.name} to stop listening", 10)
        chosen = max(self.standbys, key=self.received)
        follower = next(node for node in self.standbys if node is not chosen)
        follower.ask(f"ALTER SYSTEM SET primary_conninfo = '{follower.connection_to(chosen)}'")
        follower.ask("SELECT pg_reload_conf()")
        if chosen.ask("SELECT pg_promote(true, 30)", timeout=40) != "t":
            raise RuntimeError(f"{chosen.name} was not promoted, see {chosen.log}")
        moment = time.monotonic()
        chosen.ask("ALTER SYSTEM RESET primary_conninfo")
        self.primary = chosen
        return moment

    @staticmethod
    def received(node):
        """How much of the log a standby has, in bytes."""
        return int(node.ask(
            "SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - pg_lsn '0/0'").partition(".")[0])

    def rejoin(self, node):
        """Makes an old primary, which has ended, a standby of the new one."""
        node.copy(self.primary)
        node.start()
        self.wait_until_synchronous(2)

    def stop(self):
        for node in self.nodes:
            if node.process and node.process.poll() is None:
                node.kill()
