"""What happens to machines and networks. Each fault ends with a cluster of three that is whole."""

import concurrent.futures
import os
import socket
import struct
import threading
import time

from cluster import wait_for
from network import CommandError


class Failover:
    """A promotion: when the old primary was lost, when the new one began, and whom it serves."""

    def __init__(self, name, lost, began, served):
        self.name, self.lost, self.began, self.served = name, lost, began, served


class Faults:
    def __init__(self, network, cluster, responders, random):
        self.network, self.cluster, self.responders, self.random = network, cluster, responders, random
        self.failovers = []
        # The time for which a responder with an old primary may still answer, and that for which a promotion is new.
        self.grace = 10

    def fail_over(self, name, lose, detect=(0.5, 4), served=None):
        """Loses the primary, and has another one. Returns the old one, which may still run."""
        old = self.cluster.primary
        lost = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor() as beside:
            losing = beside.submit(lose, old)
            if not self.cluster.promotes_by_itself:
                losing.result()
                time.sleep(self.random.uniform(*detect))
            began = self.cluster.promote()
            losing.result()
        served = range(len(self.responders)) if served is None else served
        self.failovers.append(Failover(name, lost, began, list(served)))
        return old

    def rejoin(self, old):
        if old.process.poll() is None:
            old.kill()
        self.network.heal(old.name)
        self.cluster.rejoin(old)

    # --- Failovers ---

    def kill(self):
        """The primary loses its power."""
        self.rejoin(self.fail_over("killed", lambda node: node.kill()))

    def switch_over(self):
        """The primary is stopped in order, for an upgrade say."""
        self.rejoin(self.fail_over("stopped in order", lambda node: node.stop(), (0, 1)))

    def freeze(self):
        """The primary stands still, and is fenced before it comes back."""
        self.rejoin(self.fail_over("frozen, fenced", lambda node: node.freeze(), (3, 6)))

    def thaw(self):
        """The primary stands still and comes back as a primary, which nobody has told of the other."""
        old = self.fail_over("frozen, back unfenced", lambda node: node.freeze(), (3, 6))
        time.sleep(self.random.uniform(0.5, 4))
        old.thaw()
        time.sleep(self.grace)
        self.rejoin(old)

    def cut_silently(self):
        """No packet comes to the primary or from it; then it is there again for a while, unfenced."""
        old = self.fail_over("cut silently, back unfenced", lambda node: self.network.cut(node.name), (3, 6))
        time.sleep(self.random.uniform(0.5, 4))
        self.network.heal(old.name)
        time.sleep(self.grace)
        self.rejoin(old)

    def cut_loudly(self):
        """Each packet to the primary is answered by a reset."""
        self.rejoin(self.fail_over("cut loudly", lambda node: self.network.cut(node.name, loudly=True)))

    def part(self):
        """One responder stays with the old primary on the far side of a cut, on which nobody knows of the new one."""
        alone = self.random.randrange(len(self.responders))

        def lose(node):
            others = [other.name for other in self.responders if other is not self.responders[alone]]
            standbys = [standby.name for standby in self.cluster.standbys]
            self.network.cut(node.name, standbys + others)
            self.network.cut(self.responders[alone].name, standbys)

        served = [number for number in range(len(self.responders)) if number != alone]
        old = self.fail_over("parted, one responder with the old primary", lose, (3, 6), served)
        time.sleep(self.grace + 4)
        old.kill()
        self.network.heal(self.responders[alone].name)
        self.rejoin(old)

    def hand_over(self):
        """The primary is told to let another one take its place, and is a standby from then on."""
        self.fail_over("handed over", self.cluster.hand_over)
        self.cluster.wait_until_synchronous(2)

    # --- Faults without a promotion ---

    def slow_standbys(self):
        """One standby stands still, which nobody may notice; then both, for less than the heartbeat's patience."""
        first, second = self.cluster.standbys
        first.freeze()
        time.sleep(4)
        second.freeze()
        time.sleep(7)
        first.thaw()
        second.thaw()
        self.cluster.wait_until_synchronous(2)

    def no_standbys(self):
        """No standby answers for so long that no responder can know whether its primary still is one."""
        for node in self.cluster.standbys:
            node.freeze()
        time.sleep(self.grace + 4)
        for node in self.cluster.standbys:
            node.thaw()
        self.cluster.wait_until_synchronous(2)

    def fill_disk(self):
        """The primary's disk is full, and has room again."""
        primary = self.cluster.primary
        ballast = os.path.join(primary.folder, "ballast")
        file = os.open(ballast, os.O_WRONLY | os.O_CREAT, 0o600)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            fill(file)
            try:
                primary.ask("SELECT pg_switch_wal()", timeout=2)
            except CommandError:
                pass
            time.sleep(0.2)
        os.close(file)
        os.remove(ballast)
        time.sleep(1)
        if primary.process.poll() is not None:
            primary.start()
        wait_for(primary.is_answering, f"{primary.name} to have room", 60)
        self.cluster.wait_until_synchronous(2, 60)

    def fill_connections(self):
        """Others have taken all connections of the primary, and those of the responders are lost."""
        primary, taken = self.cluster.primary, []
        is_over = threading.Event()
        thread = threading.Thread(target=occupy, args=(self.network, primary, taken, is_over))
        thread.start()
        time.sleep(0.5)
        for _ in range(4):
            primary.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postern'"
                " AND application_name LIKE 'postern%'")
            time.sleep(1.5)
        is_over.set()
        thread.join()
        for connection in taken:
            connection.close()


def fill(file):
    """Writes until the disk has no room, not for a single byte."""
    size = 1 << 16
    while size:
        try:
            os.write(file, bytes(size))
        except OSError:
            size //= 2


def occupy(network, node, taken, is_over):
    """Takes each connection that the server gives away, by its Unix socket, which needs no network."""
    content = b"\0\3\0\0user\0postern\0database\0postern\0application_name\0others\0\0"
    hello = struct.pack(">I", len(content) + 4) + content
    while not is_over.is_set():
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(5)
        try:
            connection.connect(os.path.join(node.folder, ".s.PGSQL.5432"))
            connection.sendall(hello)
            is_welcome = connection.recv(1) == b"R"
        except OSError:
            is_welcome = False
        if is_welcome:
            taken.append(connection)
        else:
            connection.close()
            time.sleep(0.02)
