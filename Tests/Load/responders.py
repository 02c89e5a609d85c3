"""Several responders on one database, each with a processor of its own: by simulation, since no machine here has as many.

It rests on the processor time of a lookup, of the store and of the database, which is measured in the same run: from one
thread, whose lookups go alone, and from forty, whose lookups go in batches. Between the two it is taken for linear in the
size of a batch.
"""

import collections
import heapq
import resource
import subprocess

from figures import Figure, at_least, median
from installation import unprivileged
from process import children_seconds

THREADS, CONNECTIONS, LARGEST = 40, 2, 64
# The processors of the database in the figure, and in the row's detail.
DATABASE_PROCESSORS, FEWER = 4, 2

Batch = collections.namedtuple("Batch", "size store database")


def measure(bench, command):
    """`command` makes the driver's command from a number of threads and of seconds."""
    ratios, details = [], []
    for _ in range(bench.scale.rounds):
        alone, batched = (measure_batch(bench, command, threads) for threads in (1, THREADS))
        store, database = line(alone, batched, "store"), line(alone, batched, "database")
        rates = {
            (responders, processors): simulate(responders, processors, store, database)
            for responders in (1, 3) for processors in (DATABASE_PROCESSORS, FEWER)}
        ratios.append(rates[3, DATABASE_PROCESSORS] / rates[1, DATABASE_PROCESSORS])
        details.append((*(rates[key] for key in sorted(rates)), *store, *database, batched.size))
    one_fewer, one, three_fewer, three, *rest = (median(values) for values in zip(*details))
    return Figure(
        f"three responders ÷ one, each with a processor, the database with {DATABASE_PROCESSORS}: lookups of the store, "
        "simulated", at_least(2.5), ratios,
        f"{three:,.0f} ÷ {one:,.0f}, with {FEWER} processors {three_fewer:,.0f} ÷ {one_fewer:,.0f}; from the processor time "
        "of a batch of n lookups, store {:.0f} + {:.1f} n µs and database {:.0f} + {:.1f} n µs, measured with n = 1 and {:.0f}"
        .format(*rest), rates=[])


def measure_batch(bench, command, threads):
    """The size of a batch, and the processor time that it takes, in seconds."""
    # What comes before the lookups is subtracted.
    _, size, store, database = run(bench, command(threads, 0))
    rate, size, whole_store, whole_database = run(bench, command(threads, bench.scale.store))
    batches = rate * bench.scale.store / size
    return Batch(size, (whole_store - store) / batches, (whole_database - database) / batches)


def run(bench, command):
    """Lookups a second, lookups a batch, and the processor time of the driver and of the database, in seconds."""
    database, own = children_seconds(bench.cluster.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(unprivileged(command), check=True, stdout=subprocess.PIPE, text=True).stdout
    bench.cluster.wait_until_unused()
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    rate, size = (float(word) for word in output.split())
    store = now.ru_utime + now.ru_stime - own.ru_utime - own.ru_stime
    return rate, size, store, children_seconds(bench.cluster.pid) - database


def line(alone, batched, part):
    """A batch's own time and that of each lookup in it, in microseconds."""
    each = (getattr(batched, part) - getattr(alone, part)) / (batched.size - alone.size)
    return 1e6 * (getattr(alone, part) - each * alone.size), 1e6 * each


class Processors:
    """Processors that take what comes one after the other."""

    def __init__(self, number):
        self.free_at = [0.0] * number

    def run(self, now, time):
        """The moment at which it is done."""
        end = max(now, heapq.heappop(self.free_at)) + time
        heapq.heappush(self.free_at, end)
        return end


class Responder:
    def __init__(self):
        self.waiting, self.connections, self.processor = THREADS, CONNECTIONS, Processors(1)


def simulate(responders, processors, store, database, end=1e6):
    """Lookups a second: each thread asks again as soon as it has its answer.

    Half of the store's time comes before a batch is sent, and half when its answer is there.
    """
    done, events, count = 0, [], 0
    database_processors = Processors(processors)
    time_of = lambda costs, size: max(0, costs[0] + costs[1] * size)

    def add(moment, step, responder, size):
        nonlocal count
        count += 1
        heapq.heappush(events, (moment, count, step, responder, size))

    def begin(now, responder):
        while responder.connections and responder.waiting:
            size = min(LARGEST, responder.waiting)
            responder.waiting -= size
            responder.connections -= 1
            add(responder.processor.run(now, time_of(store, size) / 2), "sent", responder, size)

    for _ in range(responders):
        begin(0, Responder())
    while events and events[0][0] < end:
        now, _, step, responder, size = heapq.heappop(events)
        if step == "sent":
            add(database_processors.run(now, time_of(database, size)), "answered", responder, size)
        elif step == "answered":
            add(responder.processor.run(now, time_of(store, size) / 2), "done", responder, size)
        else:
            done += size
            responder.waiting += size
            responder.connections += 1
            begin(now, responder)
    return 1e6 * done / end
