"""nginx in front of every responder, each on a port of its own and otherwise alike, and the load that wrk makes."""

import json
import os
import socket
import statistics
import subprocess

from installation import free_port, hand_over, wait_for, OWNER_PASSWORD
from servers import shipped

# The site as it is shipped, without TLS, limits and access log, which cost all responders the same.
CONFIGURATION = """
worker_processes auto;
pid {folder}/nginx.pid;
error_log {log}/nginx.error.log;

events {{
    worker_connections 1024;
}}

http {{
    client_body_temp_path {folder}/temp/body;
    fastcgi_temp_path {folder}/temp/fastcgi;
    proxy_temp_path {folder}/temp/proxy;
    scgi_temp_path {folder}/temp/scgi;
    uwsgi_temp_path {folder}/temp/uwsgi;
    keepalive_requests 1000000000;

    include snippets/postern-maps.conf;

    # Each answer that is no success leaves a line. 499 is no answer: wrk ends with requests on their way.
    map $status $is_no_success {{
        default 1;
        ~^2 0;
        499 0;
    }}
{servers}
}}
"""
SERVER = """
    upstream {name} {{
        server unix:{socket} max_fails=0;
        keepalive 16;

        # An idle connection holds a thread of the usual loop: none shall be left over from an earlier turn.
        keepalive_timeout 1s;
    }}

    server {{
        listen 127.0.0.1:{port} backlog=1024;
        access_log {log}/{name}.no-success.log combined if=$is_no_success;

        location / {{
            include snippets/{name}.conf;
        }}
    }}
"""


class Load:
    """What wrk saw."""

    def __init__(self, output):
        words = next((line for line in output.splitlines() if line.startswith("load ")), "").split()
        if len(words) < 6:
            raise RuntimeError(f"wrk: {output}")
        # Those answered, those of them with 400 or more, and those without an answer.
        self.requests, self.refused, self.unanswered = int(words[1]), int(words[2]), int(words[5])
        self.seconds, self.p99 = float(words[3]), float(words[4])
        self.stamps = [float(word) for word in words[6:]]

    @property
    def rate(self):
        return self.requests / self.seconds


def slope(stamps):
    """How many a second: the straight line through when each was done. It does not matter where a turn begins or ends."""
    stamps = sorted(stamps)
    return statistics.linear_regression(stamps, range(len(stamps))).slope


class Web:
    def __init__(self, folder, log, processes, sockets, has_session=True):
        self.folder, self.log = folder, log
        self.ports = {name: free_port() for name in sockets}
        for path in ("", "snippets", "temp"):
            os.makedirs(os.path.join(self.folder, path), exist_ok=True)
            hand_over(os.path.join(self.folder, path))
        servers = "".join(
            SERVER.format(name=name, socket=path, port=self.ports[name], log=log) for name, path in sockets.items())
        self.write("nginx.conf", CONFIGURATION.format(folder=self.folder, log=log, servers=servers))
        self.write("snippets/postern-maps.conf", shipped("nginx/snippets/postern-maps.conf"))
        for name in sockets:
            self.write(f"snippets/{name}.conf", shipped(
                "nginx/snippets/postern-fastcgi.conf", ("fastcgi_pass postern;", f"fastcgi_pass {name};")))
        processes.start("nginx", [
            "nginx", "-p", f"{self.folder}/", "-c", f"{self.folder}/nginx.conf", "-e", f"{log}/nginx.error.log", "-g",
            "daemon off;"], has_session=has_session)
        wait_for(self.is_listening, "nginx")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def is_listening(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", next(iter(self.ports.values())))) == 0

    def requests(self, name, lines):
        """Writes the requests of a load; returns the file."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines("\t".join(line) + "\n" for line in lines)
        return path

    def command(self, name, requests, connections, seconds, mode=None):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wrk.lua")
        return [
            "wrk", "--threads", "1" if mode == "stamps" else "2", "--connections", str(connections), "--duration",
            str(seconds), "--timeout", "60", "--script", script, f"http://127.0.0.1:{self.ports[name]}", "--", requests,
            *([mode] if mode else [])]

    def load(self, name, requests, connections, seconds, mode=None):
        """Loads a responder. An answer that is no success, or none, is an error."""
        command = self.command(name, requests, connections, seconds, mode)
        load = Load(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        with open(os.path.join(self.log, f"{name}.no-success.log"), encoding="utf-8") as log:
            no_success = log.read()
        if load.unanswered or no_success:
            raise RuntimeError(
                f"{name}: {load.unanswered} requests without an answer, and no success:\n{no_success[:2000]}")
        return load


def verifies(kind, tokens, path="/api/v1/auth/verify"):
    """Requests that ask for the caller of each of the tokens."""
    field = "Cookie: __Host-postern_session=" if kind == "session" else "Authorization: Bearer "
    return [("GET", path, field + token) for token in tokens]


def logins(token, accounts):
    return [
        ("POST", "/api/v1/auth/login", f"Authorization: Bearer {token}", "Content-Type: application/json",
         json.dumps({"email": f"account{number:07}@example.com", "password": OWNER_PASSWORD}))
        for number in range(min(accounts, 1000))]
