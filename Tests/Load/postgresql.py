"""The store on PostgreSQL, beside the same on SQLite and beside what libpq can do, over a Unix socket."""

import os
import shutil
import time

import responders
import unchanged
from bench import ARGON2ID, SCRYPT
from cluster import Cluster, PosternOnPostgreSQL
from figures import Figure, at_least, at_most, median, ratios
from login import measure_scheme
from process import cpu_seconds, resident
from startup import cgi_environment, run
from store import turns
from web import verifies

CONNECTIONS = 16
# The store's own, for writes.
WRITERS = 8
LIMIT = "pglookup"


def fill(bench):
    """Starts the server, and fills the databases."""
    cluster = Cluster(os.path.join(bench.folder, "postgresql"), bench.processes)
    scale = bench.scale
    schemes = {"pg-small": (scale.small, SCRYPT, None), "pg-large": (scale.large, SCRYPT, None)}
    if bench.newer_openssl:
        schemes["pg-argon2id"] = (scale.small, ARGON2ID, bench.newer_openssl)
    for name, (accounts, scheme, library) in schemes.items():
        database = name.replace("-", "_")
        postern = PosternOnPostgreSQL(
            os.path.join(bench.folder, name), bench.binary, scheme, library, cluster, database)
        postern.make()
        postern.seed(accounts)
        bench.installations[name] = postern
    bench.cluster = cluster
    bench.limits[LIMIT] = [bench.program(LIMIT), bench.socket(LIMIT), cluster.conninfo("pg_small"), str(CONNECTIONS)]


def measure(bench):
    verify, engines, growth = measure_verify(bench)
    principals = lambda threads, seconds: store_load(bench, "principals", threads, seconds)
    return [
        verify, engines, measure_lookups(bench), measure_sessions(bench), measure_login(bench), growth,
        responders.measure(bench, principals), *unchanged.measure(bench), measure_idle(bench), measure_cgi(bench)]


def measure_verify(bench):
    rates, shares = verify_turns(bench)
    of = lambda name, other: f"{median(rates[name]):,.0f} ÷ {median(rates[other]):,.0f}"
    large = f"{bench.scale.large:,} accounts ÷ with {bench.scale.small:,}"
    return [
        Figure(f"verify, {CONNECTIONS} connections: requests/s ÷ a C responder's with one libpq lookup", at_least(0.95),
               ratios(rates["pg-small"], rates[LIMIT]),
               f"{of('pg-small', LIMIT)}; processor time: the responder's {median(shares['responder']):.1f} ÷ "
               f"{median(shares['limit responder']):.1f} µs, the database's {median(shares['database']):.1f} ÷ "
               f"{median(shares['limit database']):.1f} µs", rates=rates["pg-small"]),
        Figure("verify: requests/s on PostgreSQL ÷ on SQLite", at_least(0.6),
               ratios(rates["pg-small"], rates["small"]), of("pg-small", "small"), rates=rates["pg-small"]),
        Figure(f"verify: requests/s with {large}", at_least(0.85), ratios(rates["pg-large"], rates["pg-small"]),
               of("pg-large", "pg-small"), rates=rates["pg-large"]),
    ]


def verify_turns(bench):
    """Requests a second of each responder in each round, and processor time of a request in microseconds."""
    names = [LIMIT, "pg-small", "small", "pg-large"]
    requests = {
        name: bench.web.requests(f"postgresql-{name}.txt", verifies(
            "session", bench.installations["pg-small" if name == LIMIT else name].sessions[:bench.scale.small]))
        for name in names}
    rates = {name: [] for name in names}
    shares = {name: [] for name in ("responder", "database", "limit responder", "limit database")}
    with bench.serving(*names) as processes:
        for _ in range(bench.scale.rounds):
            for name, process in zip(names, processes):
                before = (cpu_seconds(process), database_seconds(bench, "pg_small"))
                load = bench.web.load(name, requests[name], CONNECTIONS, bench.scale.load)
                after = (cpu_seconds(process), database_seconds(bench, "pg_small"))
                rates[name].append(load.rate)
                if name in ("pg-small", LIMIT):
                    prefix = "limit " if name == LIMIT else ""
                    for part, start, end in zip(("responder", "database"), before, after):
                        shares[prefix + part].append(1e6 * (end - start) / load.requests)
    return rates, shares


def database_seconds(bench, database):
    return sum(cpu_seconds(process) for process in bench.cluster.backends(database))


def measure_lookups(bench):
    few, some, many = turns(bench, *(store_load(bench, "principals", threads) for threads in (2, 16, 40)))
    return Figure("lookups of a principal through the store: from 40 threads ÷ from 2", at_least(1), ratios(many, few),
                  f"{median(many):,.0f} ÷ {median(few):,.0f}; from 16 {median(some):,.0f}", rates=many)


def measure_sessions(bench):
    """Beside the same statements over as many connections, in C: each a round trip of its own, and as the store does."""
    limit = [bench.program("pgsessions"), bench.cluster.conninfo("pg_small"), "16", str(WRITERS), str(bench.scale.store)]
    ours, single, pipelined = turns(bench, store_load(bench, "sessions", 16), limit, [*limit, "pipelined"])
    return Figure("durable new sessions/s from 16 threads ÷ with one statement a round trip", at_least(1.4),
                  ratios(ours, single), f"{median(ours):,.0f} ÷ {median(single):,.0f}, over {WRITERS} connections each; "
                  f"the same in C, in two round trips: {median(pipelined):,.0f}", rates=ours)


def store_load(bench, operation, threads, seconds=None):
    return [bench.store_load, operation, bench.cluster.uri("pg_small"), str(threads),
            str(bench.scale.store if seconds is None else seconds), str(bench.scale.small)]


def measure_login(bench):
    return measure_scheme(bench, "Argon2id on PostgreSQL", ARGON2ID, "pg-argon2id", bench.scale.argon2id, 0.88)


def measure_idle(bench):
    values = {"small": [], "pg-small": []}
    for _ in range(bench.scale.rounds):
        for name, sizes in values.items():
            with bench.serving(name) as (process,):
                time.sleep(1.5)
                sizes.append(resident(process) / 2**20)
    return Figure("idle memory on PostgreSQL − on SQLite, 16 workers", at_most(12, "MiB"),
                  [one - other for one, other in zip(values["pg-small"], values["small"], strict=True)],
                  f"{median(values['pg-small']):.1f} − {median(values['small']):.1f} MiB")


def measure_cgi(bench):
    environments = {}
    for name in ("pg-small", "small"):
        postern = bench.installations[name]
        database = postern.database
        if name == "small":
            database = shutil.copy(database, os.path.join(bench.folder, "cgi-small.sqlite3"))
        environments[name] = cgi_environment(postern, database)
    times = {name: [] for name in environments}
    for _ in range(bench.scale.processes):
        for name, environment in environments.items():
            times[name].append(1e3 * run(bench.binary, environment))
    return Figure("a verify as a CGI process: on PostgreSQL ÷ on SQLite", at_most(2),
                  ratios(times["pg-small"], times["small"]),
                  f"{median(times['pg-small']):.2f} ÷ {median(times['small']):.2f} ms")
