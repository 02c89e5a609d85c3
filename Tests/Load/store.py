"""The store itself, without a web server: commits that share a sync, and lookups in a small and a large database."""

import subprocess

from bench import PROCESSORS
from figures import Figure, at_least, median, ratios
from installation import unprivileged

WRITERS = 32


def measure(bench):
    accounts = bench.scale.small
    writes, lookups, limit = ["StoreLoad", "sessions"], ["StoreLoad", "lookups"], ["lookup"]
    one, many = turns(bench, (writes, "small", 1, accounts), (writes, "small", WRITERS, accounts))
    small, large, least, most = turns(
        bench, (lookups, "small", PROCESSORS, accounts), (lookups, "large", PROCESSORS, bench.scale.large),
        (limit, "small", PROCESSORS, accounts), (limit, "large", PROCESSORS, bench.scale.large))
    return [
        Figure(f"durable new sessions/s from {WRITERS} threads ÷ from one", at_least(3), ratios(many, one),
               f"{median(many):,.0f} ÷ {median(one):,.0f}"),
        Figure(f"login's lookup: lookups/s with {bench.scale.large:,} accounts ÷ with {bench.scale.small:,}",
               at_least(0.9), ratios(large, small),
               f"{median(large):,.0f} ÷ {median(small):,.0f}; in C, by SQLite's own interface and the same index, "
               f"{median(ratios(most, least)):.3g}"),
    ]


def turns(bench, *loads):
    rates = [[] for _ in loads]
    for _ in range(bench.scale.rounds):
        for number, ((program, *operation), name, threads, accounts) in enumerate(loads):
            command = [
                bench.program(program), *operation, bench.installations[name].database, str(threads),
                str(bench.scale.store), str(accounts)]
            output = subprocess.run(unprivileged(command), check=True, stdout=subprocess.PIPE, text=True).stdout
            rates[number].append(float(output))
    return rates
