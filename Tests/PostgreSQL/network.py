"""Hosts of one network, each a network namespace behind a bridge, that can be cut off from one another.

Everything is in the namespaces of this process, so that it ends with it, however that ends.
"""

import os
import subprocess


class CommandError(Exception):
    """A command that failed, with what it said."""


def run(*command, **options):
    """Runs a command, which has to succeed, and returns what it prints."""
    try:
        done = subprocess.run(command, text=True, capture_output=True, stdin=subprocess.DEVNULL, **options)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{' '.join(command)}: not done after {error.timeout} s") from None
    if done.returncode != 0:
        raise CommandError(f"{' '.join(command)}: {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def mount_memory(path, size="2g"):
    """Mounts a file system in memory, which this process and its children alone see."""
    run("mount", "-t", "tmpfs", "-o", f"mode=755,size={size}", "tmpfs", path)


class Network:
    def __init__(self):
        self.addresses = {}
        run("mkdir", "-p", "/run/netns")
        mount_memory("/run/netns")
        run("ip", "link", "add", "bridge", "type", "bridge", "forward_delay", "0")
        run("ip", "link", "set", "bridge", "up")

    def add(self, host):
        """Adds a host with an address of its own."""
        number = len(self.addresses) + 1
        self.addresses[host] = f"10.16.0.{number}"
        run("ip", "netns", "add", host)
        run("ip", "link", "add", f"to-{host}", "type", "veth", "peer", "name", "eth0", "netns", host)
        run("ip", "link", "set", f"to-{host}", "master", "bridge", "up")
        self.on(host, "ip", "address", "add", f"{self.addresses[host]}/24", "dev", "eth0")
        self.on(host, "ip", "link", "set", "eth0", "up")
        self.on(host, "ip", "link", "set", "lo", "up")
        return self.addresses[host]

    @staticmethod
    def command(host, *command):
        """The command that runs another one on a host."""
        return ["nsenter", f"--net=/run/netns/{host}", "--", *command]

    @staticmethod
    def processes(host):
        """The processes that run on a host."""
        network = os.stat(f"/run/netns/{host}").st_ino
        found = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and os.stat(f"/proc/{entry}/ns/net").st_ino == network:
                    found.append(int(entry))
            except OSError:
                pass  # it has ended
        return found

    def on(self, host, *command):
        return run(*self.command(host, *command))

    def cut(self, host, peers=None, loudly=False):
        """Cuts a host off from some others, or from all.

        Silently, packets vanish, as with a dead machine or a switch without power. Loudly, each is answered by a reset,
        as by a machine that has lost its programs, or a firewall.
        """
        verdict = "meta l4proto tcp reject with tcp reset" if loudly else "drop"
        peers = [self.addresses[peer] for peer in peers or self.addresses if peer != host]
        self.heal(host)
        self.on(
            host, "nft",
            "add table ip cut;"
            "add chain ip cut in { type filter hook input priority 0; };"
            "add chain ip cut out { type filter hook output priority 0; };"
            f"add rule ip cut in ip saddr {{ {', '.join(peers)} }} {verdict};"
            f"add rule ip cut out ip daddr {{ {', '.join(peers)} }} {verdict};")

    def heal(self, host):
        """Ends a cut, if there is one."""
        self.on(host, "nft", "add table ip cut; delete table ip cut")
