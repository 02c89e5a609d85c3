"""What users of SQLite pay for the second engine: beside a binary of before it, whose databases are the same."""

import json
import os
import re
import shutil
import subprocess
import time

from bench import ARGON2ID
from figures import Figure, at_most, median, ratios
from installation import OWNER_PASSWORD
from process import resident
from startup import cgi_environment, run

TITLE = "SQLite alone, ÷ before PostgreSQL: "
# The function of libargon2 in which the instructions of the hash are, which count for nothing.
HASH = "argon2_ctx"
SIDES = ("", "-before")


def measure(bench):
    goal = at_most(1.02)
    titles = [TITLE + name for name in ("instructions of a login", "a verify as a CGI process", "idle memory")]
    if not bench.against:
        return [Figure(title, goal, [], "needs --against with a binary of before") for title in titles]
    with_unit = lambda values, unit: f"{median(values['']):,.2f} ÷ {median(values['-before']):,.2f} {unit}"
    figures = []
    for title, take, unit in zip(titles, (instructions, processes, idle), ("million", "ms", "MiB")):
        values = {side: [] for side in SIDES}
        take(bench, values)
        figures.append(Figure(title, goal, ratios(values[""], values["-before"]), with_unit(values, unit)))
    return figures


def instructions(bench, values):
    """Of a login as a CGI process, from its start to its end, but for the hash itself."""
    postern = bench.installations["small"]
    body = json.dumps({"email": "account0000001@example.com", "password": OWNER_PASSWORD}).encode()
    for side in SIDES:
        database = shutil.copy(postern.database, os.path.join(bench.folder, f"login{side}.sqlite3"))
        environment = {
            **cgi_environment(postern, database), "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/auth/login",
            "REQUEST_URI": "/api/v1/auth/login", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": f"Bearer {postern.tokens['app']['token']}", "POSTERN_PASSWORD_HASH": ARGON2ID,
        }
        del environment["HTTP_COOKIE"]
        command = [bench.program(f"postern{side}")]
        # The first one renews the hash.
        count(command, environment, body)
        for _ in range(bench.scale.rounds):
            of_hash = count(command, environment, body, f"--toggle-collect={HASH}")
            values[side].append((count(command, environment, body) - of_hash) / 1e6)


def count(command, environment, body, *options):
    """The instructions of a request as a CGI process."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *options, *command], input=body,
        env={"PATH": os.environ["PATH"], **environment}, capture_output=True, check=True)
    if not done.stdout.startswith(b"Status: 200"):
        raise RuntimeError(f"{done.stdout.decode()} {done.stderr.decode()}")
    return int(re.search(rb"Collected : (\d+)", done.stderr)[1])


def processes(bench, values):
    postern = bench.installations["small"]
    environments = {
        side: cgi_environment(postern, shutil.copy(postern.database, os.path.join(bench.folder, f"cgi{side}.sqlite3")))
        for side in SIDES}
    for _ in range(bench.scale.processes):
        for side in SIDES:
            values[side].append(1e3 * run(bench.program(f"postern{side}"), environments[side]))


def idle(bench, values):
    for _ in range(bench.scale.rounds):
        for side in SIDES:
            bench.use(side)
            with bench.serving("small") as (process,):
                time.sleep(1)
                values[side].append(resident(process) / 2**20)
    bench.use("")
