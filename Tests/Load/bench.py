"""What all measurements share: the folder, the programs, the databases and the web server."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from installation import Processes, hand_over, wait_for
from postern import Postern
from seed import seed
from web import Web

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMITS = {
    "usual": ["-lfcgi"], "poller": ["-lfcgi"], "hash": ["-lcrypto"], "cgi": ["-lfcgi", "-lsqlite3", "-lcrypto"],
    "lookup": ["-lsqlite3"],
}
POSTGRESQL_LIMITS = {"pglookup": ["-lfcgi", "-lpq", "-lcrypto"], "pgsessions": ["-lpq"]}
POSTGRESQL_HEADERS = "/usr/include/postgresql"
RELEASE = ["swift", "build", "-c", "release", "--static-swift-stdlib"]
PROCESSORS = len(os.sched_getaffinity(0))
SCRYPT = "scrypt:ln=15,r=8,p=3"
ARGON2ID = "argon2id:m=19456,t=2,p=1"
# The two limits of a verify, at 16 and 64 connections. The usual loop needs a thread for each connection.
CONSTANTS = {"usual-16": ("usual", 16), "usual-64": ("usual", 64), "poller": ("poller", 16)}


class Scale:
    """How much is measured, and for how long."""

    def __init__(self, quick):
        self.quick = quick
        self.rounds = 2 if quick else 5
        # For the p99 of 64 connections.
        self.tail_rounds = 2 if quick else 11
        self.connections = (16,) if quick else (16, 64)
        # Seconds for each turn of a load, of a loop over the hash, and of the store.
        self.load = 1 if quick else 3
        self.scrypt = 2 if quick else 6
        self.argon2id = 1 if quick else 3
        self.store = 0.4 if quick else 2
        self.logins = 3 if quick else 9
        self.processes = 15 if quick else 51
        self.small, self.middle, self.large = 1_000, 100_000, 100_000 if quick else 1_000_000
        # So that the 10,000th page is there.
        self.page_size = 5 if quick else 20


def note(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Bench:
    """One run. All of it is in a folder on a real disk, which goes away."""

    def __init__(self, scale, against=None, on_postgresql=False):
        """`against` is another binary, to be measured in turns with the present one."""
        self.scale, self.against, self.on_postgresql = scale, against, on_postgresql
        # Not /tmp, which may be memory: then nothing would wait for a disk.
        self.folder = tempfile.mkdtemp(prefix="postern-load-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.bin, self.log = os.path.join(self.folder, "bin"), os.path.join(self.folder, "log")
        for path in (self.bin, self.log):
            os.mkdir(path)
        hand_over(self.log)
        self.processes = Processes(self.log)
        self.installations = {}
        # Commands of limits that only one measurement has, by name.
        self.limits = {}
        self.newer_openssl = self.cluster = None

    def prepare(self, fill=None):
        """`fill` makes the installations beside the small one on SQLite; by default all that SQLite is measured with."""
        self.compile_limits()
        self.fetch_programs()
        self.install("small", self.scale.small)
        if fill:
            fill(self)
        else:
            self.fill_sqlite()
        names = [*CONSTANTS, *self.limits, *self.installations]
        self.web = self.start_web("nginx", {name: self.socket(name) for name in names})

    def fill_sqlite(self):
        scale = self.scale
        self.install("middle", scale.middle)
        if scale.large == scale.middle:
            self.installations["large"] = self.installations["middle"]
        else:
            self.install("large", scale.large)
        if self.newer_openssl:
            self.install("argon2id", scale.small, ARGON2ID, self.newer_openssl)

    def start_web(self, name, sockets, has_session=True):
        # A measurement that is made in turns starts its web server in each.
        folder = tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder)
        os.chmod(folder, 0o755)
        return Web(folder, self.log, self.processes, sockets, has_session)

    def compile_limits(self):
        for name, libraries in (LIMITS | (POSTGRESQL_LIMITS if self.on_postgresql else {})).items():
            source = os.path.join(ROOT, "Tests/Load/limits", f"{name}.c")
            subprocess.run(
                ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-I", POSTGRESQL_HEADERS, "-o",
                 self.program(name), source, *libraries], check=True)

    def fetch_programs(self):
        """Copies what is built already, or builds it: the servers' user may not see a clone in somebody's home."""
        shutil.copy(os.environ.get("POSTERN_BINARY") or build("postern"), self.program("postern"))
        shutil.copy(os.environ.get("POSTERN_STORE_LOAD") or build("StoreLoad"), self.program("StoreLoad"))
        if self.against:
            shutil.copy(self.against, self.program("postern-before"))
            # Its own driver of the store, where there is one beside it.
            store = os.path.join(os.path.dirname(self.against), "StoreLoad")
            if os.path.exists(store):
                shutil.copy(store, self.program("StoreLoad-before"))
        self.use("")
        fetched = subprocess.run(
            [os.path.join(ROOT, "deploy/test"), "--step", "fetch_newer_openssl"], cwd=ROOT, stdout=sys.stderr)
        if fetched.returncode == 0:
            self.newer_openssl = os.path.join(self.folder, "lib")
            os.mkdir(self.newer_openssl)
            shutil.copy(os.path.join(ROOT, ".build-openssl/lib/libcrypto.so.3"), self.newer_openssl)

    def use(self, side):
        """From here on the present binary is measured, or the one before it: "" or "-before"."""
        self.binary, self.store_load = self.program(f"postern{side}"), self.program(f"StoreLoad{side}")
        for postern in self.installations.values():
            postern.binary = self.binary

    def install(self, name, accounts, scheme=SCRYPT, library=None):
        note(f"{accounts:,} accounts")
        postern = Postern(os.path.join(self.folder, name), self.binary, scheme, library)
        postern.make()
        seed(postern, accounts)
        self.installations[name] = postern

    def program(self, name):
        return os.path.join(self.bin, name)

    @contextlib.contextmanager
    def launching(self, *names, has_session=True):
        """Starts responders, by the names that nginx has for them; gives their process identifiers."""
        with contextlib.ExitStack() as stack:
            processes = []
            for name in names:
                processes.append(self.start(name, has_session).pid)
                stack.callback(self.processes.stop_one, name)
            yield processes

    @contextlib.contextmanager
    def serving(self, *names, has_session=True):
        """The same, and waits until they serve."""
        with self.launching(*names, has_session=has_session) as processes:
            for name in names:
                wait_for(lambda: is_listening(self.socket(name)), name)
            yield processes

    def start(self, name, has_session):
        if name in self.limits:
            return self.processes.start(name, self.limits[name], has_session=has_session)
        if name in CONSTANTS:
            program, threads = CONSTANTS[name]
            command = [self.program(program), self.socket(name), str(threads)]
            return self.processes.start(name, command, has_session=has_session)
        postern = self.installations[name]
        return self.processes.start(name, [postern.binary, "serve"], postern.environment, has_session)

    def socket(self, name):
        return self.installations[name].socket if name in self.installations else os.path.join(self.log, f"{name}.sock")

    def close(self):
        self.processes.stop()
        shutil.rmtree(self.folder)


def is_listening(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def build(product):
    command = [*RELEASE, "--product", product]
    environment = {**os.environ, **({"POSTERN_LOAD": "1"} if product == "StoreLoad" else {})}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    folder = subprocess.run(
        [*command, "--show-bin-path"], cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    return os.path.join(folder.strip(), product)
