"""What the kernel says of a process."""

import os
import time


def cpu_seconds(pid):
    return ticks(pid, 11) / os.sysconf("SC_CLK_TCK")


def children_seconds(pid):
    """The same of the children that have ended."""
    return ticks(pid, 13) / os.sysconf("SC_CLK_TCK")


def ticks(pid, field):
    """Two fields behind the name of the program: of a process's own code and of the kernel's for it."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[field]) + int(fields[field + 1])


def resident(pid, name="VmRSS"):
    """Bytes; "VmHWM" for the most there ever were."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def wait_until_idle(pid):
    """Waits until a process has finished what it was asked to do."""
    for _ in range(120):
        before = cpu_seconds(pid)
        time.sleep(0.25)
        if cpu_seconds(pid) - before <= 0.02:
            return
    raise TimeoutError(f"process {pid} is still busy after 30 seconds")
