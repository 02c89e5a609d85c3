"""Verify while 64 connections want to log in, and what memory that takes.

How long a verify takes is measured beside a flood, so with pauses: connections that ask again at once share the
processors among them, and how long they wait then tells mostly how many there are. That is given as well. Postern, nginx
and wrk are in one session, so that the lower priority of the threads that hash counts beside all of them.
"""

import os
import re
import signal
import subprocess
import time
import urllib.request

from bench import PROCESSORS
from figures import Figure, at_most, median, ratios
from process import resident
from web import Load, logins, verifies

CONNECTIONS = 64
SCRYPT_MEMORY = 128 * 8 * 2**15


def measure(bench):
    postern = bench.installations["middle"]
    # Two ways to it: not all answers to the flood are successes.
    sockets = {name: bench.socket("middle") for name in ("middle", "flood")}
    web = bench.start_web("nginx-in-session", sockets, has_session=False)
    asked = web.requests("flood-verifies.txt", verifies("session", postern.sessions))
    login, *others = logins(postern.tokens["app"]["token"], bench.scale.middle)
    wanted = web.requests("flood.txt", others)
    calm, flooded, memory, counts = Verifies(bench, web, asked), Verifies(bench, web, asked), [], {"200": 0, "503": 0}
    for _ in range(bench.scale.rounds):
        # A new process for each round, since the most memory that one ever had is what is read.
        with bench.serving("middle", has_session=False) as (process,):
            web.load("middle", asked, 16, 1)
            # So that what the flood needs besides is in memory, as in any process that has served for a while.
            send(web.ports["middle"], *login)
            calm.measure()
            before = resident(process)
            flood = Flood(bench, web, wanted)
            try:
                flooded.measure()
            finally:
                flood.end(counts)
            memory.append(resident(process, "VmHWM") / (before + PROCESSORS * SCRYPT_MEMORY))
            # It would answer first whoever still waits for a hash.
            os.kill(process, signal.SIGKILL)
    detail = f"{counts['200']} logins were answered 200, {counts['503']:,} were turned away with 503"
    return [
        Figure(f"verify during a flood of logins ({CONNECTIONS} connections): p99 ÷ p99 without", at_most(3),
               ratios(flooded.paused, calm.paused),
               f"{1e3 * median(flooded.paused):.2f} ÷ {1e3 * median(calm.paused):.2f} ms at {calm.rate:,.0f} a second; "
               f"without pauses {1e3 * median(flooded.unpaused):.2f} ÷ {1e3 * median(calm.unpaused):.2f} ms; {detail}",
               is_headline=True, rates=flooded.paused),
        Figure("memory during that flood: the most ÷ (before + hash slots × scrypt's own)", at_most(1.05), memory,
               f"before {before / 2**20:.1f} MiB, {PROCESSORS} × {SCRYPT_MEMORY >> 20} MiB"),
    ]


def send(port, method, path, *rest):
    """Sends one request. An answer that is no success is an error."""
    *fields, body = rest
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body.encode(), dict(field.split(": ", 1) for field in fields), method=method)
    urllib.request.urlopen(request).close()


class Verifies:
    """The p99 of verifies from 16 connections, with pauses and without."""

    def __init__(self, bench, web, requests):
        self.bench, self.web, self.requests = bench, web, requests
        self.rates, self.paused, self.unpaused = [], [], []

    def measure(self):
        load = self.web.load("middle", self.requests, 16, self.bench.scale.load, "pauses")
        self.rates.append(load.rate)
        self.paused.append(load.p99)
        self.unpaused.append(self.web.load("middle", self.requests, 16, 1).p99)

    @property
    def rate(self):
        return median(self.rates)


class Flood:
    def __init__(self, bench, web, requests):
        self.log = os.path.join(bench.log, "flood.no-success.log")
        with open(self.log, encoding="utf-8") as log:
            self.already = len(log.read())
        self.process = subprocess.Popen(
            web.command("flood", requests, CONNECTIONS, 3600), stdout=subprocess.PIPE, text=True)
        # Until all slots are taken and the line is full.
        time.sleep(0.5)

    def end(self, counts):
        """Ends it, and adds what was answered. An answer other than 200 and 503 is an error."""
        self.process.send_signal(signal.SIGINT)
        load = Load(self.process.communicate(timeout=30)[0])
        with open(self.log, encoding="utf-8") as log:
            statuses = re.findall(r'" (\d{3}) ', log.read()[self.already:])
        if load.unanswered or set(statuses) - {"503"}:
            raise RuntimeError(f"the flood: {load.unanswered} requests without an answer; {sorted(set(statuses))}")
        counts["503"] += load.refused
        counts["200"] += load.requests - load.refused
