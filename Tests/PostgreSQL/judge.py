"""The verdict on a campaign: figures, and the faults that may not be."""

import json
import time

from responder import Client
from workload import TOLERATED_GUESSES

BATCH = 500


def token_of(text):
    return json.loads(text)["token"]


def progress(record):
    with record.lock:
        return (
            f"{record.acknowledged} writes acknowledged, {record.rounds} rounds of revocation,"
            f" {len(record.faults)} faults")


def number_of(identifier):
    """The number in the database of an identifier of the API."""
    value = int(identifier.rpartition("_")[2], 16)
    return value - (1 << 64 if value >= 1 << 63 else 0)


def count(node, table, identifiers):
    """How many of them are in a table."""
    numbers = [str(number_of(identifier)) for identifier in identifiers]
    found = 0
    for start in range(0, len(numbers), BATCH):
        some = ",".join(numbers[start:start + BATCH])
        found += int(node.ask(f"SELECT count(*) FROM {table} WHERE id IN ({some})", database="postern", timeout=60))
    return found


def lost_writes(campaign):
    """What was acknowledged and is not in the database of the primary, or still is though it was removed."""
    record, primary = campaign.workload.record, campaign.cluster.primary
    lost = sum(len(ids) - count(primary, table, ids) for table, ids in record.stored.items())
    back = sum(count(primary, table, ids) for table, ids in record.removed.items())
    return lost, back


def excess_guesses(campaign, unsaved_for):
    """Guesses that were checked beyond the tolerated ones, and how many of them a promotion explains.

    No commit of a throttle counter waits for a standby, so a promotion may lose those of the last moment.
    """
    beyond = explained = 0
    for moments in campaign.workload.record.guesses.values():
        excess = max(0, len(moments) - TOLERATED_GUESSES)
        unsaved = sum(
            any(failover.lost - unsaved_for <= moment <= failover.began for failover in campaign.faults.failovers)
            for moment in moments)
        explained += min(excess, unsaved)
        if excess > unsaved:
            beyond += excess - unsaved
            print(f"    guesses at one account: {since_failovers(campaign, moments)}")
    return beyond, explained


def since_failovers(campaign, moments):
    """Moments as seconds since the primary was lost the last time."""
    told = []
    for moment in moments:
        before = [failover for failover in campaign.faults.failovers if failover.lost - 5 <= moment]
        told.append(f"{moment - before[-1].lost:+.2f} s ({before[-1].name})" if before else "before all")
    return ", ".join(told)


def first_answers(campaign, probes, good):
    """The seconds from each promotion to the first good answer of each responder that it serves, by failover."""
    found = []
    for failover in campaign.faults.failovers:
        found.append([])
        for number in failover.served:
            moments = [at for at, status in probes[number] if at >= failover.began and status == good]
            found[-1].append(min(moments, default=float("inf")) - failover.began)
    return found


def print_first_answers(campaign, verifies, logins):
    """Prints them all."""
    print("\nseconds from a promotion to the first good answers, by responder")
    print("| failover | lost for | verify | login |\n| --- | --: | --- | --- |")
    for failover, *firsts in zip(campaign.faults.failovers, verifies, logins):
        seconds = (" ".join(f"{first:.2f}" for first in some) for some in firsts)
        print(f"| {failover.name} | {failover.began - failover.lost:.1f} | {' | '.join(seconds)} |")


def hanging_threads(campaign):
    """What the responders still have in hand once nobody calls, and those that do not end in order."""
    hanging = 0
    end = time.monotonic() + 15
    for responder in campaign.responders:
        while True:
            status = read_status(responder)
            busy = status["workers"]["in_hand"] - 1 + status["hashing"]["running"] + status["hashing"]["waiting"]
            if busy <= 0 or time.monotonic() > end:
                break
            time.sleep(0.2)
        hanging += max(0, busy)
    for responder in campaign.responders:
        code = responder.stop()
        if code != 0:
            campaign.workload.record.fault(f"{responder.name} ended with {code}, see {responder.log}")
    return hanging


def read_status(responder):
    client = Client(responder)
    try:
        return client.call("GET", "/status").json
    finally:
        client.close()


def print_record(record):
    """Prints how often each call got which status, and what may not be."""
    for (operation, status), number in sorted(record.statuses.items()):
        print(f"    {operation}: {status} × {number}")
    for fault in record.faults[:40]:
        print(f"    FAULT {fault}")


class Goals:
    """The bounds of a verdict.

    `first_answer` and `unsaved_for` are times in seconds: the longest from a promotion to a good answer, and that before
    the loss of a primary from which throttle counters may be lost. The others are the fewest that tell something.
    """

    def __init__(self, first_answer, unsaved_for, failovers, acknowledged, rounds):
        self.first_answer, self.unsaved_for = first_answer, unsaved_for
        self.failovers, self.acknowledged, self.rounds = failovers, acknowledged, rounds


def report(campaign, goals):
    """Prints the figures. Returns whether all is as it has to be."""
    record, failovers = campaign.workload.record, campaign.faults.failovers
    lost, back = lost_writes(campaign)
    beyond, explained = excess_guesses(campaign, goals.unsaved_for)
    verifies = first_answers(campaign, record.verifies, 204)
    logins = first_answers(campaign, record.logins, 200)
    hanging = hanging_threads(campaign)
    longest_verify, longest_login = (max(sum(firsts, []), default=0) for firsts in (verifies, logins))
    accepted = [fault for fault in record.faults if "to a revoked token" in fault]
    refused = [fault for fault in record.faults if "to a good token" in fault or "to the right password" in fault]
    print(f"""
| figure | found | goal |
| --- | --: | --: |
| failovers | {len(failovers)} | ≥ {goals.failovers} |
| writes acknowledged | {record.acknowledged} | ≥ {goals.acknowledged} |
| of them lost, or undone | {lost + back} | 0 |
| rounds of revocation | {record.rounds} | ≥ {goals.rounds} |
| refusals by a responder after one | {record.checks} | |
| revoked credentials accepted | {len(accepted)} | 0 |
| good credentials refused because of the store | {len(refused)} | 0 |
| accounts guessed at | {len(record.guesses)} | |
| guesses checked beyond the throttle | {beyond} | 0 |
| the same, of the last {goals.unsaved_for} s before a promotion | {explained} | |
| longest time from a promotion to a good verify | {longest_verify:.2f} s | {goals.first_answer} s |
| longest time from a promotion to a login | {longest_login:.2f} s | {goals.first_answer} s |
| longest time of an answer | {record.longest:.1f} s | |
| hanging threads | {hanging} | 0 |
| other faults | {len(record.faults) - len(accepted) - len(refused)} | 0 |""")
    print_first_answers(campaign, verifies, logins)
    print_record(record)
    is_enough = (
        len(failovers) >= goals.failovers and record.acknowledged >= goals.acknowledged
        and record.rounds >= goals.rounds)
    is_fast = max(longest_verify, longest_login) <= goals.first_answer
    return is_enough and is_fast and not (lost or back or beyond or hanging or record.faults)
