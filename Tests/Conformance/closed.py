"""The routes that are for this machine only, behind another base path: the rows, and the servers for them.

What the shipped configurations take for this machine is one address of loopback here; every other is the world.
"""

import os

import servers
from cases import Difference, require
from client import Client

BASE = "/tenant/api"
HERE, WORLD = "127.0.0.2", "127.0.0.1"
ROUTES = ["metrics", "status", "health/live", "health/ready"]


def behind(kind, allowed):
    """The server with another base path, and with the text by which its configuration says who may come."""
    class Closed(kind):
        def __init__(self, installation, certificate, key):
            installation.settings["POSTERN_BASE_PATH"] = BASE
            super().__init__(installation, certificate, key)

        def is_ready(self):
            try:
                return Client(self.port, self.certificate).call("GET", f"{BASE}/openapi.json").status == 200
            except OSError:
                return False

        def changed(self, text):
            for old, new in allowed:
                require(old in text, f"its configuration has no longer '{old}'")
                text = text.replace(old, new)
            return text

        def site(self):
            return self.changed(super().site())

        def adjust(self, folder):
            super().adjust(folder)
            path = os.path.join(folder, "postern.conf")
            with open(path, encoding="utf-8") as file:
                site = file.read()
            self.write("nginx/postern.conf", self.changed(site))
    return Closed


SERVERS = [
    behind(servers.Nginx, [("location /api/v1/ {", f"location {BASE}/ {{"), ("allow 127.0.0.1;", f"allow {HERE};")]),
    behind(servers.Apache, [("Require local", f"Require ip {HERE}")]),
    behind(servers.ApacheCGI, [("Require local", f"Require ip {HERE}"),
                               ("SetEnv POSTERN_DATABASE", f"SetEnv POSTERN_BASE_PATH {BASE}\nSetEnv POSTERN_DATABASE")]),
    behind(servers.Lighttpd, [(r'"^(127\.|::1$)"', '"^' + HERE.replace(".", r"\.") + '$"')]),
    behind(servers.Caddy, [("not remote_ip 127.0.0.0/8 ::1", f"not remote_ip {HERE}")]),
]


def is_open(answer):
    return answer.status == 200 or b"postern_" in answer.body or b'"status":"ok"' in answer.body


def closed(here, world, paths):
    """That what is there for this machine is 403 for the world, and nothing of it open. How many are there."""
    count = 0
    for path in paths:
        inside, outside = here.call("GET", path), world.call("GET", path)
        require(not is_open(outside), f"{path} is {outside.status} for the world")
        if is_open(inside):
            count += 1
            require(outside.status == 403, f"{path} is {outside.status} for the world")
    return count


def as_they_are(here, world):
    count = closed(here, world, [f"{BASE}/{route}" for route in ROUTES])
    # A CGI run has no figures.
    require(count in (2, 4), f"only {count} routes are there for this machine")


def encoded(here, world):
    """Each letter of the path, percent-encoded alone."""
    paths = []
    for route in ROUTES:
        path = f"{BASE}/{route}"
        letters = [index for index, character in enumerate(path) if character.isalpha()]
        paths += [f"{path[:index]}%{ord(path[index]):02x}{path[index + 1:]}" for index in letters]
    require(closed(here, world, paths) > 20, "encoded letters are no letters")


def misspelled(here, world):
    paths = []
    for route in ROUTES:
        last = route.rpartition("/")[2]
        for tail in ["/", "//", ";", ";x=y", "?x=y", "%0a", "%20", "%2f", "%3f", "%3b", ".", "/.", "/x/..", "#", "%23"]:
            paths.append(f"{BASE}/{route}{tail}")
        for head in ["/", "./", "x/../", "%2e/", "%2f", "x%2f..%2f", ";/", "/x/../"]:
            paths.append(f"{BASE}/{head}{route}")
        paths += [f"/{BASE}/{route}", f"/.{BASE}/{route}", f"{BASE.replace('/', '//')}/{route}", f"{BASE}%2f{route}",
                  f"{BASE}/{route.upper()}", f"{BASE}/{route.replace('/', '//')}", f"{BASE}/{route.replace('/', '%2f')}",
                  f"/api/v1/{route}", f"/api/v1/..{BASE}/{route}", f"https://localhost{BASE}/{route}", f"{BASE}/x/{last}"]
    closed(here, world, paths)


ROWS = {
    "metrics, status and health, behind POSTERN_BASE_PATH": as_they_are,
    "with an encoded letter": encoded,
    "in other spellings": misspelled,
}


def run_rows(server):
    """The cells of one column."""
    cells = {}
    try:
        server.start()
        server.wait_until_ready()
        here, world = (Client(server.port, server.certificate, source) for source in (HERE, WORLD))
        for name, row in ROWS.items():
            try:
                row(here, world)
                cells[name] = "✓"
            except Difference as difference:
                cells[name] = f"✗ {difference}"
    finally:
        server.stop()
    return cells
