"""What more accounts cost: a verify, a page far behind, and the disk."""

import sqlite3
import time

from fastcgi import Connection
from figures import Figure, at_least, at_most, median, ratios
from web import verifies

PAGE = 10_000


def measure(bench):
    return [measure_verify(bench), measure_pages(bench), measure_disk(bench)]


def measure_verify(bench):
    rates = {"large": [], "small": []}
    requests = {
        # As many in both: it is the accounts that grow.
        name: bench.web.requests(
            f"growth-{name}.txt", verifies("session", bench.installations[name].sessions[:bench.scale.small]))
        for name in rates}
    with bench.serving(*rates):
        for _ in range(bench.scale.rounds):
            for name, values in rates.items():
                values.append(bench.web.load(name, requests[name], 16, bench.scale.load).rate)
    return Figure(
        f"verify: requests/s with {bench.scale.large:,} accounts ÷ with {bench.scale.small:,}", at_least(0.9),
        ratios(rates["large"], rates["small"]), f"{median(rates['large']):,.0f} ÷ {median(rates['small']):,.0f}",
        rates=rates["large"])


def measure_pages(bench):
    postern, size = bench.installations["large"], bench.scale.page_size
    cursor, first = place_before(postern, (PAGE - 1) * size)
    paths = [f"/api/v1/account?page_size={size}", f"/api/v1/account?page_size={size}&after={cursor}"]
    times = [[], []]
    with bench.serving("large"), Connection(postern.socket) as connection:
        if first not in connection.get(paths[1], postern.tokens["app"]["token"])[:40].decode():
            raise RuntimeError(f"page {PAGE} does not begin with {first}")
        for _ in range(bench.scale.processes):
            for path, values in zip(paths, times):
                start = time.perf_counter()
                connection.get(path, postern.tokens["app"]["token"])
                values.append(time.perf_counter() - start)
    return Figure(
        f"page {PAGE:,} of {bench.scale.large:,} accounts ÷ page 1", at_most(1.2), ratios(times[1], times[0]),
        f"{1e3 * median(times[1]):.2f} ÷ {1e3 * median(times[0]):.2f} ms, through the socket")


def place_before(postern, offset):
    """The cursor behind so many of the owner's accounts, and the identifier of the next."""
    database = sqlite3.connect(postern.database)
    rows = database.execute(
        "SELECT created_at, id, account_id FROM user ORDER BY created_at, id LIMIT 2 OFFSET ?", [offset - 1]).fetchall()
    database.close()
    (created_at, identifier, _), (_, _, following) = rows
    return f"{created_at:016x}{identifier % 2**64:016x}", f"acct_{following % 2**64:016x}"


def measure_disk(bench):
    postern = bench.installations["middle"]
    return Figure(
        "database, an account with one user and no session", at_most(700, "bytes"), [postern.bytes_per_account],
        f"with the audit entry of its registration: {postern.bytes_with_audit:.0f} bytes")
