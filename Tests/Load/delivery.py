"""What is delivered: the size of the binary and of the package, and how long a fresh clone takes to build."""

import os
import shutil
import subprocess
import tempfile
import time

from bench import RELEASE, ROOT
from figures import Figure, at_most


def measure(bench):
    return [measure_binary(bench), measure_package(bench), measure_build(bench)]


def measure_binary(bench):
    stripped = shutil.copy(bench.binary, os.path.join(bench.folder, "stripped"))
    subprocess.run(["strip", "--strip-unneeded", stripped], check=True)
    return Figure("release binary, stripped", at_most(20, "MB"), [os.path.getsize(stripped) / 1e6])


def measure_package(bench):
    title, goal = "the Debian package", at_most(7, "MB")
    if bench.scale.quick or not shutil.which("dpkg-buildpackage") or not shutil.which("dh"):
        return Figure(title, goal, [], "not built in a quick run, nor without debhelper")
    package = subprocess.run(
        [os.path.join(ROOT, "deploy/deb/build"), "--only", "deb", "--into", os.path.join(bench.folder, "deb")], check=True,
        env={**os.environ, "POSTERN_BINARY": bench.binary}, stdout=subprocess.PIPE, text=True).stdout.strip()
    return Figure(title, goal, [os.path.getsize(package) / 1e6])


def measure_build(bench):
    """A clone of what is committed; its dependencies come from SwiftPM's cache, where they were fetched before."""
    title, goal = "first release build from a fresh clone", at_most(70, "s")
    if bench.scale.quick:
        return Figure(title, goal, [], "not in a quick run")
    folder = tempfile.mkdtemp(prefix="clone-", dir=bench.folder)
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    start = time.perf_counter()
    subprocess.run([*RELEASE, "--product", "postern"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return Figure(title, goal, [time.perf_counter() - start])
