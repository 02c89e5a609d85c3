"""Verify and login while 64 connections want filtered lists of the audit log, each another one, counted.

As with the flood of logins, Postern, nginx and wrk are in one session.
"""

import time

from figures import Figure, at_most, median, ratios
from flood import CONNECTIONS, Flood, Verifies, send
from web import logins, verifies

FILTERS = [
    "type=account.registered", "type=login.succeeded", "actor={owner}", "actor={owner}&type=login.failed",
    "account={owner}", "account={owner}&actor={owner}"]


def measure(bench):
    postern = bench.installations["middle"]
    web = bench.start_web(
        "nginx-lists", {name: bench.socket("middle") for name in ("middle", "flood")}, has_session=False)
    asked = web.requests("lists-verifies.txt", verifies("session", postern.sessions))
    token = postern.tokens["app"]["token"]
    wanted = web.requests("lists.txt", lists(postern, token))
    people = logins(token, bench.scale.middle)
    calm, flooded, counts = Verifies(bench, web, asked), Verifies(bench, web, asked), {"200": 0, "503": 0}
    alone, beside = [], []
    with bench.serving("middle", has_session=False):
        web.load("middle", asked, 16, 1)
        for _ in range(bench.scale.rounds):
            calm.measure()
            alone.append(login_time(bench, web, people))
            flood = Flood(bench, web, wanted)
            try:
                flooded.measure()
                beside.append(login_time(bench, web, people))
            finally:
                flood.end(counts)
    title = f"during a flood of lists ({CONNECTIONS} connections)"
    return [
        Figure(f"verify {title}: p99 ÷ p99 without", at_most(3), ratios(flooded.paused, calm.paused),
               f"{1e3 * median(flooded.paused):.2f} ÷ {1e3 * median(calm.paused):.2f} ms at {calm.rate:,.0f} a second; "
               f"{counts['200']:,} lists were answered 200, {counts['503']:,} were turned away with 503"),
        Figure(f"login {title}: time ÷ time without", at_most(2), ratios(beside, alone),
               f"{1e3 * median(beside):.0f} ÷ {1e3 * median(alone):.0f} ms, one after the other"),
    ]


def lists(postern, token):
    """Lists that begin at another moment each, so that no total is known from the one before."""
    now = int(time.time())
    for second in range(1000):
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 10_000_000 + second))
        query = FILTERS[second % len(FILTERS)].format(owner=postern.owner)
        yield ("GET", f"/api/v1/app/audit?{query}&since={since}", f"Authorization: Bearer {token}")


def login_time(bench, web, people):
    """The median time of some logins, in seconds."""
    times = []
    for login in people[:bench.scale.logins]:
        start = time.perf_counter()
        send(web.ports["middle"], *login)
        times.append(time.perf_counter() - start)
    return median(times)
