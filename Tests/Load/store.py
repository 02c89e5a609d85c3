"""The store itself, without a web server: commits that share a sync, and lookups in a small and a large database."""

import subprocess

from bench import PROCESSORS
from figures import Figure, at_least, median, ratios
from installation import unprivileged

WRITERS = 32


def measure(bench):
    accounts = bench.scale.small
    one, many = turns(bench, ("sessions", "small", 1, accounts), ("sessions", "small", WRITERS, accounts))
    small, large = turns(
        bench, ("lookups", "small", PROCESSORS, bench.scale.small), ("lookups", "large", PROCESSORS, bench.scale.large))
    return [
        Figure(f"durable new sessions/s from {WRITERS} threads ÷ from one", at_least(3), ratios(many, one),
               f"{median(many):,.0f} ÷ {median(one):,.0f}"),
        Figure(f"login's lookup: lookups/s with {bench.scale.large:,} accounts ÷ with {bench.scale.small:,}",
               at_least(0.9), ratios(large, small), f"{median(large):,.0f} ÷ {median(small):,.0f}"),
    ]


def turns(bench, *loads):
    rates = [[] for _ in loads]
    for _ in range(bench.scale.rounds):
        for number, (operation, name, threads, accounts) in enumerate(loads):
            command = [
                bench.program("StoreLoad"), operation, bench.installations[name].database, str(threads),
                str(bench.scale.store), str(accounts)]
            output = subprocess.run(unprivileged(command), check=True, stdout=subprocess.PIPE, text=True).stdout
            rates[number].append(float(output))
    return rates
