"""Faults of machines and networks under load, with three servers of PostgreSQL and three responders, and what may not
happen meanwhile.

It prints a line for each fault and a table of figures, and ends with 1 where anything happened that may not.
"""

import argparse
import os
import random
import shutil
import sys
import time

import judge
from cluster import AS_POSTGRES, Cluster, wait_for
from faults import Faults
from network import Network, mount_memory, run
from patroni import PatroniCluster
from responder import OWNER, PASSWORD, Client, Responder
from workload import Workload

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = "/srv"
SHORT = ["kill", "cut_loudly"]
# The seconds in which the rounds have to be done once all faults are over.
LONGEST = 1200
# Each failover three times and the others once: 21 promotions.
FAILOVERS = ["kill", "switch_over", "freeze", "thaw", "cut_silently", "cut_loudly", "part"]
# Under Patroni, each once.
UNDER_PATRONI = ["kill", "hand_over", *FAILOVERS[1:]]
LONG = judge.Goals(first_answer=2, unsaved_for=1, failovers=20, acknowledged=10_000, rounds=10_000)
OTHERS = ["slow_standbys", "no_standbys", "fill_disk", "fill_connections"]


def arguments():
    parser = argparse.ArgumentParser(prog="Tests/PostgreSQL/campaign", description=__doc__)
    parser.add_argument("--long", action="store_true", help="each failover three times, and all other faults")
    parser.add_argument("--short", action="store_true", help="two failovers, in about a minute (the default)")
    parser.add_argument("--patroni", action="store_true", help="servers under Patroni, each failover once")
    parser.add_argument("--only", action="append", choices=UNDER_PATRONI + OTHERS, help="these faults, in this order")
    parser.add_argument("--rounds", type=int, help="go on until so many revocations were tried")
    parser.add_argument("--seed", default=str(random.randrange(1 << 32)), help="of an earlier run")
    parser.add_argument("--logs", default=os.path.join(ROOT, ".build-logs", "postgresql"), help="where the logs go")
    return parser.parse_args()


def prepare(logs):
    """File systems in memory that this process alone sees, so that nothing of it is left."""
    os.makedirs(logs, exist_ok=True)
    for name in os.listdir(logs):
        os.remove(os.path.join(logs, name))
    mount_memory(FOLDER)
    # The servers look up their own user, which some machines let nobody do but root.
    users = os.path.join(FOLDER, "passwd")
    shutil.copy("/etc/passwd", users)
    os.chmod(users, 0o644)
    run("mount", "--bind", users, "/etc/passwd")


def copy_program():
    """The program, where every user may read it."""
    built = os.environ.get("POSTERN_BINARY") or os.path.join(ROOT, ".build", "debug", "postern")
    if not os.path.exists(built):
        sys.exit(f"{built} is not there: build it, or name another one in POSTERN_BINARY")
    return shutil.copy(built, os.path.join(FOLDER, "postern"))


class Campaign:
    def __init__(self, options):
        prepare(options.logs)
        self.random = random.Random(options.seed)
        network = Network()
        self.cluster = (PatroniCluster if options.patroni else Cluster)(network, FOLDER, options.logs)
        primary = self.cluster.primary
        primary.ask("CREATE ROLE postern LOGIN")
        primary.ask("CREATE DATABASE postern OWNER postern")
        program, database = copy_program(), self.cluster.uri("postern", "postern")
        self.responders = [
            Responder(network, name, FOLDER, options.logs, program, database) for name in ("r1", "r2", "r3")]
        first = self.responders[0]
        first.execute(
            "init", "--organization", "Example", "--slug", "example", "--owner", OWNER, standard_input=PASSWORD + "\n")
        made = first.execute(
            "token", "create", "--account", OWNER, "--name", "campaign", "--json", "--scope", "register", "--scope",
            "login")
        for responder in self.responders:
            responder.start()
        self.workload = Workload(self.responders, judge.token_of(made), options.seed)
        self.faults = Faults(network, self.cluster, self.responders, self.random)

    def run(self, faults, rounds, pause=2):
        self.workload.begin()
        wait_for(lambda: self.workload.record.rounds > 0, f"the first revocation, see {self.responders[0].log}", 30)
        time.sleep(pause)
        for name in faults:
            began = time.monotonic()
            print(f"{name}: {getattr(Faults, name).__doc__.splitlines()[0]}", flush=True)
            getattr(self.faults, name)()
            wait_for(self.is_whole, "all responders to write again", 60)
            # A revocation is answered when the promotion is no longer new.
            if self.faults.failovers:
                time.sleep(max(0, self.faults.failovers[-1].began + self.faults.grace + 2 - time.monotonic()))
            time.sleep(pause)
            print(f"    {time.monotonic() - began:.0f} s, {judge.progress(self.workload.record)}", flush=True)
        wait_for(lambda: self.workload.record.rounds >= rounds, f"{rounds} rounds of revocation", LONGEST)
        self.workload.end()

    def is_whole(self):
        return all(Client(responder).call("GET", "/health/ready").status == 200 for responder in self.responders)


def chosen(options, generator):
    """The faults, in their order."""
    if options.only:
        return options.only
    if options.patroni:
        return UNDER_PATRONI
    if not options.long:
        return SHORT
    failovers = FAILOVERS * 3
    generator.shuffle(failovers)
    return failovers + OTHERS


def goals_of(options, faults):
    """The goals of the long run, or those of a run beside other tests, where all takes longer: each fault that ends with a
    promotion has to have one, under load."""
    if options.long:
        return LONG
    return judge.Goals(
        first_answer=10, unsaved_for=5, failovers=sum(name not in OTHERS for name in faults), acknowledged=200, rounds=50)


def main():
    options = arguments()
    began = time.monotonic()
    print(f"seed {options.seed}, logs in {options.logs}", flush=True)
    campaign = Campaign(options)
    try:
        faults = chosen(options, campaign.random)
        goals = goals_of(options, faults)
        campaign.run(faults, options.rounds or goals.rounds)
        is_good = judge.report(campaign, goals)
    except TimeoutError:
        judge.print_record(campaign.workload.record)
        raise
    finally:
        campaign.workload.is_over.set()
        campaign.cluster.stop()
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
