"""What was measured on what, and the two pages that show it."""

import os
import platform
import re
import sqlite3
import ssl
import subprocess
import time

from bench import ARGON2ID, PROCESSORS, ROOT, SCRYPT
from cluster import SETTINGS
from figures import table

RESULTS = os.path.join(ROOT, "Tests/Load/RESULTS.md")
RESULTS_POSTGRESQL = os.path.join(ROOT, "Tests/Load/RESULTS-PostgreSQL.md")
README = os.path.join(ROOT, "README.md")
BEGIN, END = "<!-- begin: written by Tests/Load/run -->", "<!-- end: written by Tests/Load/run -->"


def facts(bench):
    """Where and how it was measured."""
    scale = bench.scale
    return (
        f"{place(bench)}, SQLite {sqlite3.sqlite_version}; everything on one machine. "
        f"Medians of {scale.rounds} rounds in turns (least to most). {scale.middle:,} accounts where nothing else is "
        f"said, {circumstances()}")


def facts_of_postgresql(bench):
    """The same of the measurements on PostgreSQL."""
    scale, settings = bench.scale, ", ".join(f"`{name} = {value or chr(39) * 2}`" for name, value in SETTINGS.items())
    version = bench.cluster.sql("postgres", "SHOW server_version").split()[0]
    return (
        f"{place(bench)}, SQLite {sqlite3.sqlite_version}, PostgreSQL {version} with {settings}, on a Unix socket; "
        f"everything on one machine, so that the database's processor time counts. Medians of {scale.rounds} rounds in "
        f"turns (least to most). {scale.small:,} accounts where nothing else is said, {circumstances()}")


def place(bench):
    commit = output("git", "-C", ROOT, "rev-parse", "--short", "HEAD").strip() or "no commit"
    changed = " with changes" if output("git", "-C", ROOT, "status", "--porcelain", "Sources", "Package.swift") else ""
    nginx = re.search(r"nginx/([\d.]+)", output("nginx", "-v", error=True))[1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {commit}{changed}, on {PROCESSORS} processors ({processor()}), "
        f"{memory:.0f} GiB, {filesystem(bench.folder)}, Linux {platform.release()}, nginx {nginx}, "
        f"{' '.join(ssl.OPENSSL_VERSION.split()[:2])}")


def circumstances():
    return (
        f"{SCRYPT} or {ARGON2ID}, `POSTERN_THROTTLE=false`, `POSTERN_LOG_LEVEL=notice`, nginx without TLS, limits and "
        "access log for all alike.")


def output(*command, error=False):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stderr if error else done.stdout


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    return found[1] if found else platform.machine()


def filesystem(folder):
    return output("findmnt", "--noheadings", "--output", "FSTYPE", "--target", folder).strip()


def write(text, figures):
    """All of it into RESULTS.md, the headlines into the README."""
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write(
            "# Results of the benchmark\n\nWritten by `Tests/Load/run`, which explains itself with `--help`. ✗ marks a goal "
            f"that was missed.\n\n{text}\n\n{table(figures)}\n")
    with open(README, encoding="utf-8") as file:
        before, begin, rest = file.read().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise RuntimeError("README.md has lost the two comments between which the table stands")
    headlines = table([figure for figure in figures if figure.is_headline])
    with open(README, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{headlines}\n\n{END}{after}")


def write_postgresql(text, figures):
    with open(RESULTS_POSTGRESQL, "w", encoding="utf-8") as file:
        file.write(
            "# Results of the benchmark on PostgreSQL\n\nWritten by `Tests/Load/run --postgresql`. ✗ marks a goal that was "
            f"missed.\n\n{text}\n\n{table(figures)}\n")
