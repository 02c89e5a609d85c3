"""The same three servers under Patroni with etcd, as the manual has them: nobody but Patroni promotes and demotes.

There is no watchdog, since no kernel of a test has one: a primary that stood still and comes back still answers for a
moment, until Patroni on its host has seen that another one leads.
"""

import json
import os
import shutil
import subprocess
import time

from cluster import AS_POSTGRES, BINARIES, SETTINGS, Cluster, Node, wait_for
from network import CommandError

# Those of the manual. A primary that is lost is replaced when its time to live is over: the shortest that Patroni takes,
# which has to be at least once the second and twice the third.
TIMES = {"ttl": 20, "loop_wait": 5, "retry_timeout": 5}


class PatroniNode(Node):
    """A host with a server, Patroni and a member of etcd."""

    def __init__(self, network, name, folder, logs):
        super().__init__(network, name, folder, logs)
        self.etcd = None
        self.logs = logs

    def write_settings(self, nodes):
        """Patroni reads JSON too, which is YAML."""
        self.members = ",".join(f"{node.name}=http://{node.address}:2380" for node in nodes)
        parameters = {
            name: value.strip("'") for name, value in SETTINGS.items() if name not in ("synchronous_standby_names",)}
        # pg_rewind refuses a server without them, and a copy of one that was a standby may be damaged.
        parameters["full_page_writes"] = "on"
        settings = {
            "scope": "postern", "name": self.name,
            "etcd3": {"hosts": [f"{node.address}:2379" for node in nodes]},
            "restapi": {"listen": f"{self.address}:8008", "connect_address": f"{self.address}:8008"},
            "bootstrap": {
                "dcs": {
                    **TIMES, "maximum_lag_on_failover": 0, "synchronous_mode": True, "synchronous_mode_strict": True,
                    "postgresql": {"use_pg_rewind": True, "use_slots": False, "parameters": parameters},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "no-sync"],
            },
            "postgresql": {
                "listen": f"{self.address}:5432", "connect_address": f"{self.address}:5432", "data_dir": self.data,
                "bin_dir": BINARIES, "pgpass": os.path.join(self.folder, "pgpass"),
                "authentication": {"superuser": {"username": "postgres"}, "replication": {"username": "postgres"}},
                "parameters": {"unix_socket_directories": self.folder},
                "pg_hba": [
                    "local all all trust", "host all all 10.16.0.0/24 trust",
                    "host replication all 10.16.0.0/24 trust"],
                "remove_data_directory_on_diverged_timelines": True, "remove_data_directory_on_rewind_failure": True,
            },
            "watchdog": {"mode": "off"},
        }
        self.settings = os.path.join(self.folder, "patroni.json")
        with open(self.settings, "w", encoding="utf-8") as file:
            json.dump(settings, file)
        shutil.chown(self.settings, "postgres", "postgres")

    def spawn(self, name, *command):
        with open(os.path.join(self.logs, f"{self.name}-{name}.log"), "ab") as log:
            return subprocess.Popen(
                self.network.command(self.name, *AS_POSTGRES, *command), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, cwd=self.folder, env={**os.environ, "HOME": self.folder})

    def start(self):
        client, peer = f"http://{self.address}:2379", f"http://{self.address}:2380"
        self.etcd = self.spawn(
            "etcd", "etcd", "--name", self.name, "--data-dir", os.path.join(self.folder, "etcd"),
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--listen-client-urls", client,
            "--advertise-client-urls", client, "--initial-cluster", self.members)
        self.process = self.spawn("patroni", "patroni", self.settings)

    def kill(self):
        super().kill()
        self.etcd.wait()

    def stop(self):
        """Patroni hands the rest of the log over, and gives up the lead."""
        self.process.terminate()
        self.process.wait(timeout=60)

    def is_leading(self):
        try:
            return self.ask("SELECT NOT pg_is_in_recovery()") == "t"
        except CommandError:
            return False


class PatroniCluster(Cluster):
    promotes_by_itself = True

    def __init__(self, network, folder, logs):
        self.nodes = [PatroniNode(network, name, folder, logs) for name in self.NAMES]
        for node in self.nodes:
            node.write_settings(self.nodes)
            node.start()
        # It starts the first server more than once.
        self.primary = self.nodes[0]
        self.wait_until_synchronous(2, 120)

    def wait_until_synchronous(self, standbys, seconds=90):
        """Of two standbys one is synchronous, and the other takes its place."""
        count = "SELECT count(*) FILTER (WHERE sync_state = 'sync'), count(*) FROM pg_stat_replication"

        def is_whole():
            try:
                self.primary = next((node for node in self.nodes if node.is_leading()), self.primary)
                return self.primary.ask(count) == f"1|{standbys}"
            except CommandError:
                return False

        wait_for(is_whole, f"{standbys} standbys of {self.primary.name}", seconds)

    def promote(self):
        """Waits until Patroni has promoted another one. Returns the moment when it began."""
        old = self.primary
        others = [node for node in self.nodes if node is not old]
        wait_for(lambda: any(node.is_leading() for node in others), "Patroni to promote another one", 90)
        moment = time.monotonic()
        self.primary = next(node for node in others if node.is_leading())
        return moment

    @staticmethod
    def hand_over(node):
        """Has Patroni choose another one."""
        node.execute("patronictl", "--config-file", node.settings, "switchover", "--leader", node.name, "--force")

    def rejoin(self, node):
        """A host that has ended starts again; of the rest Patroni takes care."""
        if node.process.poll() is not None:
            if node.etcd.poll() is None:
                node.kill()
            node.start()
        self.wait_until_synchronous(2)
