"""The store itself, without a web server: commits that share a sync, and lookups in a small and a large database."""

import subprocess

from figures import Figure, at_least, median, ratios
from installation import unprivileged

WRITERS = 32


def measure(bench):
    one, many = turns(bench, sessions(bench, 1), sessions(bench, WRITERS))
    small, large, least, most = turns(
        bench, lookups(bench, "small"), lookups(bench, "large"), limit(bench, "small"), limit(bench, "large"))
    return [
        Figure(f"durable new sessions/s from {WRITERS} threads ÷ from one", at_least(3), ratios(many, one),
               f"{median(many):,.0f} ÷ {median(one):,.0f}", rates=many),
        # A large database is slower for every program: memory that is in no cache of the processor has to be read.
        Figure(f"login's lookup: lookups/s with {bench.scale.large:,} accounts ÷ with {bench.scale.small:,}, "
               "÷ the same of a lookup in C by SQLite's own interface",
               at_least(1), ratios(ratios(large, small), ratios(most, least)),
               f"{median(ratios(large, small)):.3g} ({median(large):,.0f} ÷ {median(small):,.0f}) ÷ "
               f"{median(ratios(most, least)):.3g} ({median(most):,.0f} ÷ {median(least):,.0f})", rates=large),
    ]


def sessions(bench, threads):
    return store_load(bench, "sessions", "small", threads)


def lookups(bench, name):
    return store_load(bench, "lookups", name, 1)


def store_load(bench, operation, name, threads):
    return [bench.store_load, operation, bench.installations[name].database, str(threads),
            str(bench.scale.store), str(getattr(bench.scale, name))]


def limit(bench, name):
    return [bench.program("lookup"), bench.installations[name].database, str(bench.scale.store),
            str(getattr(bench.scale, name))]


def turns(bench, *commands):
    rates = [[] for _ in commands]
    for _ in range(bench.scale.rounds):
        for values, command in zip(rates, commands):
            output = subprocess.run(unprivileged(command), check=True, stdout=subprocess.PIPE, text=True).stdout
            values.append(float(output.split()[0]))
    return rates
