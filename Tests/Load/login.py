"""Login through nginx, beside the hash alone."""

import os
import subprocess

from bench import ARGON2ID, PROCESSORS, SCRYPT
from figures import Figure, at_least, median, ratios
from web import logins, slope


def measure(bench):
    # Beside the shorter hash the rest of a login counts for more: 0.93 is what no program in reach has beaten.
    return [
        measure_scheme(bench, "scrypt", SCRYPT, "middle", bench.scale.scrypt, 0.97),
        measure_scheme(bench, "Argon2id", ARGON2ID, "argon2id", bench.scale.argon2id, 0.93),
    ]


def measure_scheme(bench, name, scheme, responder, seconds, least):
    title = f"login, {name}: logins/s ÷ the hash alone on {PROCESSORS} threads"
    if responder not in bench.installations:
        return Figure(title, at_least(least), [], "a libcrypto that has it cannot be had here")
    postern = bench.installations[responder]
    requests = bench.web.requests(f"logins-{name}.txt", logins(postern.tokens["app"]["token"], bench.scale.small))
    rates, limits = [], []
    with bench.serving(responder):
        for _ in range(bench.scale.rounds):
            limits.append(slope(hash_stamps(bench, scheme, postern.library, seconds)))
            # Enough that no slot ever waits for the next request.
            rates.append(slope(bench.web.load(responder, requests, 4 * PROCESSORS, seconds, "stamps").stamps))
    return Figure(
        title, at_least(least), ratios(rates, limits), f"{median(rates):.1f} ÷ {median(limits):.1f}",
        is_headline=name == "scrypt", rates=rates)


def hash_stamps(bench, scheme, library, seconds):
    environment = {**os.environ, **({"LD_LIBRARY_PATH": library} if library else {})}
    output = subprocess.run(
        [bench.program("hash"), scheme, str(PROCESSORS), str(seconds)], check=True, capture_output=True, text=True,
        env=environment).stdout
    return [float(line) for line in output.split()]
