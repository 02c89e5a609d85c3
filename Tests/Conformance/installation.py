"""An installation of Postern in a folder of its own, made and served by the program's own commands."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time

OWNER = "owner@example.test"
OWNER_PASSWORD = "a fine owner's passphrase"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

# SIGTERM ends a run like an error, so that it ends the processes that it has started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def unprivileged(command):
    """The command as the web servers' user, where this runs as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups", "--no-new-privs", "--"] + command


def hand_over(path):
    """Gives a file or folder to the user that `unprivileged` runs as."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("www-data")
        os.chown(path, user.pw_uid, user.pw_gid)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Processes:
    """What was started, so that it can be ended."""

    def __init__(self, log_folder):
        self.log_folder = log_folder
        self.running = []

    def start(self, name, command, environment=None, has_session=True):
        """Starts a program, in a group of its own, so that it ends as a whole.

        The kernel may give each session the same share of the processors (autogroup), as it does to services. A thread's
        priority then counts among those of its session only.
        """
        with open(os.path.join(self.log_folder, f"{name}.log"), "ab") as log:
            process = subprocess.Popen(
                unprivileged(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=has_session,
                process_group=None if has_session else 0, env={"PATH": PATH, "LANG": "C.UTF-8", **(environment or {})})
        self.running.append((name, process))
        return process

    def stop(self):
        while self.running:
            self.end(self.running.pop()[1])

    def stop_one(self, name):
        entry = next(entry for entry in self.running if entry[0] == name)
        self.running.remove(entry)
        self.end(entry[1])

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # Its workers, should it have left some: the group is its own.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Installation:
    def __init__(self, folder, binary):
        self.folder = folder
        self.binary = binary
        self.database = os.path.join(folder, "data", "postern.sqlite3")
        self.socket = os.path.join(folder, "postern.sock")
        self.tokens = {}
        self.settings = {}
        for path in (folder, os.path.join(folder, "data"), os.path.join(folder, "log")):
            os.makedirs(path, exist_ok=True)
            hand_over(path)

    @property
    def environment(self):
        return {
            "POSTERN_DATABASE": self.database, "POSTERN_LISTEN": f"unix:{self.socket}",
            # Few, so that a test can fill the line for hashing.
            "POSTERN_HASH_SLOTS": "1", "POSTERN_HASH_QUEUE": "4", **self.settings,
        }

    def run(self, *arguments, standard_input=""):
        return subprocess.run(
            unprivileged([self.binary, *arguments]), input=standard_input, text=True, capture_output=True, check=True,
            env={"PATH": PATH, "LANG": "C.UTF-8", **self.environment}).stdout

    def token(self, name, *scopes):
        """Makes an API token of the owner, whose roles end where the reference's call registers somebody."""
        made = json.loads(self.run(
            "token", "create", "--account", OWNER, "--name", name, "--json", "--role-ceiling", "AppAdmin",
            *[word for scope in scopes for word in ("--scope", scope)]))
        self.tokens[name] = made
        return made

    def make(self):
        self.run(
            "init", "--organization", "Example", "--slug", "example", "--owner", OWNER,
            standard_input=OWNER_PASSWORD + "\n")
        self.token("app", "register", "login")
        self.token("register only", "register")
        self.token("trusted", "login", "client-address")
        self.token("to be revoked", "login")

    def copy(self, folder):
        """Another installation that begins with the same contents."""
        other = Installation(folder, self.binary)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(self.database + suffix):
                shutil.copy(self.database + suffix, other.database + suffix)
                hand_over(other.database + suffix)
        other.tokens = self.tokens
        return other

    def serve(self, processes):
        processes.start("postern", [self.binary, "serve"], self.environment)
        self.wait_until_served()

    def wait_until_served(self):
        def is_served():
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(self.socket) == 0
        wait_for(is_served, self.socket)


def wait_for(condition, what):
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise TimeoutError(f"not there after 30 seconds: {what}")
