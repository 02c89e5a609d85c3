"""Responders on hosts of their own, and a client that speaks FastCGI to them over their Unix sockets, which no cut of
the network touches."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys

from cluster import wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The benchmark speaks FastCGI too.
sys.path.append(os.path.join(ROOT, "Tests", "Load"))

from fastcgi import Connection

AS_NOBODY = ("setpriv", "--reuid=www-data", "--regid=www-data", "--clear-groups", "--no-new-privs", "--")
OWNER = "owner@example.test"
PASSWORD = "a fine owner's passphrase"
# Far beyond every deadline: who has no answer by then has met a thread that hangs.
PATIENCE = 40


class Responder:
    def __init__(self, network, name, folder, logs, binary, database):
        self.network, self.name, self.binary = network, name, binary
        self.folder = os.path.join(folder, name)
        self.socket = os.path.join(self.folder, "postern.sock")
        self.log = os.path.join(logs, f"{name}.log")
        self.process = None
        network.add(name)
        os.makedirs(self.folder, mode=0o755)
        shutil.chown(self.folder, "www-data", "www-data")
        self.environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "POSTERN_CONFIG": "/dev/null",
            "TZ": "America/St_Johns", "PGTZ": "America/St_Johns",
            "POSTERN_DATABASE": database, "POSTERN_LISTEN": f"unix:{self.socket}", "POSTERN_SOCKET_MODE": "0666",
            "POSTERN_PUBLIC_LOGIN": "true", "POSTERN_LOG_LEVEL": "notice",
            # The cheapest that is allowed: this is not about hashing.
            "POSTERN_PASSWORD_HASH": "argon2id:m=7168,t=5,p=1", "POSTERN_HASH_SLOTS": "1",
            # Five guesses, and no further one while a campaign lasts.
            "POSTERN_THROTTLE_LOGIN": "5/1d-2d", "POSTERN_THROTTLE_ADDRESS": "1000000/15m",
            "POSTERN_THROTTLE_ACCOUNT": "1000000/1h",
            "POSTERN_THROTTLE_TOKEN": "1000000/15m", "POSTERN_THROTTLE_REGISTRATION": "1000000/1h",
        }

    def execute(self, *arguments, standard_input=""):
        """Runs a command of the program on this host."""
        done = subprocess.run(
            self.network.command(self.name, *AS_NOBODY, self.binary, *arguments), input=standard_input, text=True,
            capture_output=True, env=self.environment, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"postern {' '.join(arguments)}: {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.network.command(self.name, *AS_NOBODY, self.binary, "serve"), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=self.environment, start_new_session=True)
        wait_for(self.is_listening, f"{self.name} to listen, see {self.log}", 30)

    def is_listening(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} has ended by itself, see {self.log}")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.socket) == 0

    def stop(self):
        """Ends it in order; one that does not has a thread that hangs."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        try:
            return self.json.get("code")
        except (ValueError, AttributeError):
            return None

    @property
    def session(self):
        """The token in the cookie of a login."""
        cookie = next(value for name, value in self.fields if name == "set-cookie")
        return cookie.partition("=")[2].partition(";")[0]


class Client:
    """Calls one responder, one request after the other on a connection that is kept."""

    def __init__(self, responder):
        self.responder = responder
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def call(self, method, path, token=None, body=None, address="127.0.0.1"):
        """An answer; an error where the connection is lost, or nothing comes in time."""
        content = json.dumps(body).encode() if body is not None else b""
        variables = {
            "REQUEST_METHOD": method, "REQUEST_URI": f"/api/v1{path}", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": address, "CONTENT_LENGTH": str(len(content)),
        }
        if content:
            variables["CONTENT_TYPE"] = "application/json"
        if token:
            variables["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        try:
            if not self.connection:
                self.connection = Connection(self.responder.socket, PATIENCE)
            head, body = self.connection.exchange(variables.items(), content)
        except OSError:
            self.close()
            raise
        fields = [
            (name.lower(), value.strip())
            for name, _, value in (line.partition(":") for line in head.decode().split("\r\n"))]
        status = next((int(value.split()[0]) for name, value in fields if name == "status"), 200)
        return Answer(status, fields, body)
