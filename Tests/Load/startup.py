"""A process that starts: until it answers, what it takes when it waits, as CGI, and as a command."""

import os
import shutil
import subprocess
import time

from fastcgi import Connection
from figures import Figure, at_most, median, ratios
from process import resident


def measure(bench):
    return [measure_start(bench), measure_idle(bench), *measure_cgi(bench), measure_version(bench)]


def measure_start(bench):
    postern = bench.installations["large"]
    token = postern.sessions[0]
    times = []
    for _ in range(max(5, bench.scale.processes // 5)):
        if os.path.exists(postern.socket):
            os.remove(postern.socket)
        start = time.perf_counter()
        with bench.launching("large"):
            first_answer(postern.socket, token)
            times.append(1e3 * (time.perf_counter() - start))
    return Figure(
        f"exec to the first 200 through the socket, {bench.scale.large:,} accounts", at_most(12, "ms"), times,
        "`GET /auth/session`, which asks the database", is_headline=True)


def first_answer(path, token):
    deadline = time.perf_counter() + 30
    while True:
        try:
            with Connection(path) as connection:
                return connection.get("/api/v1/auth/session", token)
        except (FileNotFoundError, ConnectionRefusedError):
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.0002)


def measure_idle(bench):
    values = []
    for _ in range(bench.scale.rounds):
        with bench.serving("middle") as (process,):
            time.sleep(0.5)
            values.append(resident(process) / 2**20)
    return Figure("resident memory, started and idle, 16 workers", at_most(12, "MiB"), values, is_headline=True)


def measure_cgi(bench):
    postern = bench.installations["middle"]
    # A copy of one's own: to become its owner first would take time that counts for both programs.
    database = shutil.copy(postern.database, os.path.join(bench.folder, "cgi.sqlite3"))
    environment = cgi_environment(postern, database)
    times = {"postern": [], "cgi": []}
    for _ in range(bench.scale.processes):
        for name, values in times.items():
            program = postern.binary if name == "postern" else bench.program(name)
            values.append(1e3 * run(program, environment))
    shown = f"{median(times['postern']):.2f} ÷ {median(times['cgi']):.2f} ms"
    return [
        Figure("a verify as a CGI process ÷ a C program with the same libraries and lookup", at_most(1.5),
               ratios(times["postern"], times["cgi"]), shown),
        Figure("a verify as a CGI process", at_most(15, "ms"), times["postern"]),
    ]


def cgi_environment(postern, database):
    """The meta-variables of a verify, and the settings."""
    return {
        **postern.environment, "POSTERN_DATABASE": database, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1", "SCRIPT_NAME": "", "PATH_INFO": "/api/v1/auth/verify",
        "REQUEST_URI": "/api/v1/auth/verify", "QUERY_STRING": "", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": f"__Host-postern_session={postern.sessions[0]}",
    }


def measure_version(bench):
    command, times = [bench.installations["middle"].binary, "--version"], []
    for _ in range(bench.scale.processes):
        start = time.perf_counter()
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, close_fds=False)
        times.append(1e3 * (time.perf_counter() - start))
    return Figure("`postern --version`, start to end", at_most(3, "ms"), times)


def run(program, environment):
    """Runs a CGI program; returns how long it took, from exec to its end."""
    start = time.perf_counter()
    done = subprocess.run(
        [program], env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=True, close_fds=False)
    seconds = time.perf_counter() - start
    if not done.stdout.startswith(b"Status: 204"):
        raise RuntimeError(f"{program}: {done.stdout.decode()} {done.stderr.decode()}")
    return seconds
