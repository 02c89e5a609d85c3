"""What schemathesis has to be told about this API beyond its description."""

import datetime
import ipaddress
import os
import random
import re

import schemathesis
from hypothesis import strategies
from schemathesis.core.parameters import ParameterLocation

# Not the one that hypothesis starts anew with the same seed.
clients = random.Random(os.environ["POSTERN_SEED"])

# The account, the user and the token of whoever calls.
OWN = set(os.environ["POSTERN_OWN"].split())

LOCAL = ("/health/", "/metrics", "/status")

# --- Formats that the description names and no standard does ---

moments = strategies.datetimes(
    min_value=datetime.datetime(1990, 1, 1), max_value=datetime.datetime(2090, 1, 1))


def text(moment, fraction, offset):
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + offset


def written(moments):
    """As RFC 3339 has it: in either case, with a fraction or without, and with an offset."""
    texts = strategies.builds(
        text, moments, strategies.sampled_from(["", ".5", ".999999999"]),
        strategies.sampled_from(["Z", "+00:00", "-00:00", "+05:45", "-11:30"]))
    return texts | texts.map(str.lower)


schemathesis.openapi.format("date-time", written(moments))
schemathesis.openapi.format(
    "posix-extended-regex",
    strategies.from_regex(r"\A(\.\*|[a-z]{1,8}\+?|\[a-z0-9\]\*)@[a-z]{1,12}(\\\.[a-z]{2,5}|\.\{2,5\}){1,2}\Z"))


def is_wrong(case, location):
    """Whether a part of the request is wrong on purpose. To schemathesis a hook that changes such a part has mended it."""
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode.is_negative


@schemathesis.hook
def before_call(context, case, kwargs):
    """Comes from another client each time, as behind a load balancer, so that no throttle turns it away."""
    address = str(ipaddress.IPv4Address(clients.randrange(0x0B000000, 0xDF000000)))
    if any(case.path.startswith(prefix) for prefix in LOCAL):
        address = "127.0.0.1"

    def forward(request):
        request.headers["X-Forwarded-For"] = address
        return request

    # Behind the back of schemathesis, which would else send the `Authorization` that it means to leave out.
    kwargs["auth"] = forward
    # An organization that is made up is refused before anything else is looked at: mostly name the one that is there.
    if "X-Org" in (case.headers or {}) and clients.randrange(8) and not is_wrong(case, ParameterLocation.HEADER):
        case.headers["X-Org"] = "example"
    # The description calls it a string, since generators of clients drop what has several forms.
    if "X-Client-Address" in (case.headers or {}) and not is_wrong(case, ParameterLocation.HEADER):
        client = clients.randrange(1 << 32)
        case.headers["X-Client-Address"] = clients.choice(
            ["", str(ipaddress.IPv4Address(client)), f"{ipaddress.IPv4Address(client)}:{client % 65536}",
             str(ipaddress.IPv6Address(client << 64)), f"[{ipaddress.IPv6Address(client << 64)}]:443"])
    # Two cursors at once are refused, and a generator mostly sends both.
    cursors = {"after", "before"} & set(case.query or {})
    if len(cursors) == 2 and clients.randrange(8) and not is_wrong(case, ParameterLocation.QUERY):
        del case.query[clients.choice(["after", "before"])]
    # Who erases, deactivates or revokes what all this is done with is refused from there on, and tests no more.
    if case.method != "GET":
        for name, value in (case.path_parameters or {}).items():
            if value in OWN:
                case.path_parameters[name] = value[:-1] + ("0" if value[-1] != "0" else "1")
    # A generator comes back to few addresses, and most of the accounts would be there already.
    if isinstance(case.body, dict) and not is_wrong(case, ParameterLocation.BODY):
        if case.path == "/auth/register" and clients.randrange(4):
            case.body = {**case.body, "email": f"{clients.randrange(1 << 48):x}@example.test"}
        # A token can't have ended already, for which JSON Schema has no word. After 400 years the calendar is the same.
        if re.match(r"\d{4}-", str(case.body.get("valid_until"))):
            end = case.body["valid_until"]
            case.body = {**case.body, "valid_until": f"{int(end[:4]) % 400 + 2400}{end[4:]}"}
        if case.body.get("revoke_existing") is True:
            case.body = {**case.body, "revoke_existing": False}


# What fits a schema and is refused all the same, since JSON Schema has no word for it: the most common passwords, a
# password that is the email address, and two cursors at once; and, since other members are ignored, those that a thing has
# and a request can't change.
BEYOND_SCHEMA = {("/password", "too_common"), ("/password", "equals_email"), ("before", "out_of_range")}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a failure counts."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 400:
        return True
    faults = response.json().get("errors", [])
    found = {
        (fault.get("pointer", fault.get("parameter")), fault["code"])
        for fault in faults if fault["code"] != "not_changeable"}
    return not faults or not found <= BEYOND_SCHEMA


@schemathesis.hook
def map_body(context, body):
    """The simplest password that a generator makes is one of the most common ones: it would see little else."""
    if isinstance(body, dict) and body.get("password") == "00000000" and "email" in body:
        return {**body, "password": "00000000 northern lights"}
    return body
