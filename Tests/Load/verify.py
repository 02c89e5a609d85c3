"""Verify and `GET /auth/session` through nginx, beside responders that answer a constant."""

from figures import Figure, at_least, at_most, median, ratios
from process import cpu_seconds
from web import verifies

KINDS = {"session": "session cookie", "api_token": "API token"}
CALLER = "/api/v1/auth/session"


def measure(bench):
    postern = bench.installations["middle"]
    requests = {
        "session": bench.web.requests("sessions.txt", verifies("session", postern.sessions)),
        "api_token": bench.web.requests("api_tokens.txt", verifies("api_token", postern.api_tokens)),
        "caller": bench.web.requests("callers.txt", verifies("session", postern.sessions, CALLER)),
    }
    figures, microseconds = [], {}
    for connections in bench.scale.connections:
        rates, p99, cpu = measure_turns(bench, requests, connections)
        usual = f"usual-{connections}"
        for kind, title in KINDS.items():
            for limit, name in ((usual, "the usual loop"), ("poller", "our loop")):
                figures.append(Figure(
                    f"verify, {title}, {connections} connections: requests/s ÷ a constant's on {name}", at_least(0.95),
                    ratios(rates[kind], rates[limit]),
                    f"{median(rates[kind]):,.0f} ÷ {median(rates[limit]):,.0f}",
                    is_headline=(kind, limit) == ("session", "usual-16"), rates=rates[kind]))
            figures.append(Figure(
                f"verify, {title}, {connections} connections: p99 ÷ a constant's on the usual loop", at_most(1.2),
                ratios(p99[kind], p99[usual]),
                f"{1e3 * median(p99[kind]):.2f} ÷ {1e3 * median(p99[usual]):.2f} ms", rates=p99[kind]))
        if "caller" in rates:
            figures.append(Figure(
                f"GET /auth/session, {connections} connections: requests/s ÷ a constant's on the usual loop",
                at_least(0.85), ratios(rates["caller"], rates[usual]),
                f"{median(rates['caller']):,.0f} ÷ {median(rates[usual]):,.0f}", rates=rates["caller"]))
            figures.append(Figure("CPU of a GET /auth/session", at_most(20, "µs"), cpu["caller"]))
        microseconds.setdefault("usual", cpu[usual])
        for kind in KINDS:
            microseconds.setdefault(kind, cpu[kind])
    for kind, title in KINDS.items():
        figures.append(Figure(
            f"CPU of a verify, {title}", at_most(25, "µs"), microseconds[kind],
            f"a constant on the usual loop: {median(microseconds['usual']):.1f} µs"))
    return figures


def measure_turns(bench, requests, connections):
    """Requests a second, p99 in seconds and CPU time of a request in microseconds, of each responder in each round."""
    # Who answers, and what is asked. The constants get the same requests.
    turns = {f"usual-{connections}": "session", "poller": "session", "session": "session", "api_token": "api_token"}
    if connections == 16:
        turns["caller"] = "caller"
    # The tail of a second with 64 connections hangs on a few moments of the scheduler: it takes more turns to compare.
    rounds = bench.scale.rounds if connections == 16 else bench.scale.tail_rounds
    rates, p99, cpu = ({name: [] for name in turns} for _ in range(3))
    with bench.serving(f"usual-{connections}", "poller", "middle") as (usual, poller, middle):
        processes = {f"usual-{connections}": usual, "poller": poller}
        for _ in range(rounds):
            for name, kind in turns.items():
                process = processes.get(name, middle)
                before = cpu_seconds(process)
                load = bench.web.load(
                    name if name in processes else "middle", requests[kind], connections, bench.scale.load)
                cpu[name].append(1e6 * (cpu_seconds(process) - before) / load.requests)
                rates[name].append(load.rate)
                p99[name].append(load.p99)
    return rates, p99, cpu
