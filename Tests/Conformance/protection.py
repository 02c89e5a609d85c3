"""The rows for locations that a web server protects with Postern: who comes through, and what the application is told of
the caller."""

import os
import re
import time

import protected
import totp
from applications import Applications
from cases import Difference, expect, require, LOGIN
from client import Client
from forging import FORGERIES, MEMBER, MEMBER_PASSWORD, organization_is_fixed, over_http2, in_trailers
from installation import OWNER, OWNER_PASSWORD

NAMES = ["Account", "User", "Org", "Email", "Roles"]
ENROLLED = "enrolled@example.test"
ENROLLED_PASSWORD = "an enrolled one's passphrase"
NOT_APPLICABLE = "–"


class Caller:
    """Somebody who has logged in through the server under test, and asks one of its applications."""

    def __init__(self, server, prefix, email=OWNER, password=OWNER_PASSWORD, **more):
        self.server = server
        self.prefix = prefix
        self.client = Client(server.port, server.certificate)
        self.token = server.installation.tokens["app"]["token"]
        login = expect(self.client.call(
            "POST", LOGIN, body={"email": email, "password": password, **more}, token=self.token),
            200)
        self.cookie = ("Cookie", login.value("set-cookie").split(";")[0])
        self.account = login.json

    @property
    def login_time(self):
        answer = expect(self.client.call("GET", "/api/v1/auth/session", self.cookie), 200)
        return answer.json["authentication"]["authenticated_at"]

    @property
    def truth(self):
        user = self.account["users"][0]
        return {"Account": self.account["id"], "User": user["id"], "Org": user["org_id"],
                "Email": self.account["email"], "Roles": ",".join(self.account["roles"])}

    def call(self, below="", *fields, method="GET", **options):
        return self.client.call(method, f"{self.prefix}{below}today", *fields, **options)

    def told(self, answer):
        """What the application can take for who is calling: a list of values for each name. A field's name counts in
        every spelling, since some applications take every mark in one for the same."""
        told = {name: [] for name in NAMES}
        for field, value in answer.json["fields"]:
            for name in NAMES:
                if re.sub("[^a-z0-9]", "-", field.lower()) == f"x-auth-{name.lower()}":
                    told[name].append(value)
        return told

    def require_truth(self, answer, roles=None, login_time=None):
        """That the application is told what Postern says, and nothing else, by fields or by variables. `roles` are those
        of a credential that has not all of the account's; `login_time` is told where the age of the login is asked for."""
        require(answer.status == 200, f"{answer.status}")
        truth = {**self.truth, "Roles": roles} if roles else self.truth
        variables = {name: answer.json["variables"].get(f"AUTH_{name.upper()}") for name in NAMES}
        told = self.told(answer)
        times = [value for field, value in answer.json["fields"]
                 if re.sub("[^a-z0-9]", "-", field.lower()) == "x-auth-time" and value]
        told_time = [login_time] if login_time and self.server.tells_by_fields else []
        require(times == told_time, f"it is told the time {times} for {told_time}")
        time_variable = answer.json["variables"].get("AUTH_TIME") or None
        if self.server.tells_by_fields:
            require(told == {name: [value] for name, value in truth.items()}, f"it is told {told}")
        else:
            require(not any(any(values) for values in told.values()), f"it is told {told}")
        if any(variables.values()):
            require(variables == truth, f"it is told {variables}")
            require(time_variable == login_time, f"it is told the time {time_variable} for {login_time}")
        elif not self.server.tells_by_fields:
            require(self.prefix in self.server.untold, "it is told nothing")
            require(not time_variable, f"it is told the time {time_variable}")


def shows(answer, caller, body=0, roles=None, login_time=None):
    caller.require_truth(answer, roles, login_time)
    require(answer.json["body"] == body, f"a body of {answer.json['body']} bytes")


def nobody(caller):
    answer = caller.call()
    require(answer.status == 401, f"{answer.status}")
    require("Bearer" in (answer.value("www-authenticate") or ""), "no WWW-Authenticate")


def wrong_credentials(caller):
    for fields in ([("Cookie", "__Host-postern_session=pss_x")], [("Authorization", "Bearer pst_x")]):
        answer = caller.call("", *fields)
        require(answer.status == 401, f"{answer.status}")


def session(caller):
    shows(caller.call("", caller.cookie), caller)


def api_token(caller):
    shows(caller.call(token=caller.token), caller, roles="AppAdmin")


def role(caller):
    answer = caller.call("admin/", caller.cookie)
    require(answer.status == 403, f"{answer.status}")
    asked = caller.call("admin/", caller.cookie, ("POSTERN_REQUIRED_ROLE", "AppGuest"),
                        ("Auth-Required-Role", "AppGuest"))
    require(asked.status == 403, f"{asked.status}: a client chooses the role")
    shows(caller.call("owner/", caller.cookie), caller)


def nested(caller):
    answer = caller.call("example/admin/", caller.cookie)
    require(answer.status == 403, f"a stricter one below is {answer.status}")
    for below in ("admin/member/", "admin/everybody/"):
        shows(caller.call(below, caller.cookie), caller)


def enrolled(caller):
    """Somebody with two factors, who has logged in once: a code serves once."""
    server = caller.server
    if not hasattr(server, "enrolled"):
        server.enrolled = Caller(server, caller.prefix, ENROLLED, ENROLLED_PASSWORD, code=totp.code(server.secret))
    server.enrolled.prefix = caller.prefix
    return server.enrolled


def asking(factor, age):
    """The locations that ask for two factors or not, and for a recent login, a login of the last second, or none."""
    return [below for below, asked in protected.REQUIREMENTS.items() if (asked.factor, asked.age) == (factor, age)]


def two_factors(caller):
    """The owner has one factor, as has every token."""
    person = enrolled(caller)
    for below in asking(True, None) + asking(True, 3600):
        for credential in ({"token": caller.token}, {}):
            answer = caller.call(below, *([] if credential else [caller.cookie]), **credential)
            require(answer.status == 403, f"{below} without a second factor is {answer.status}")
        login_time = person.login_time if below in asking(True, 3600) else None
        shows(person.call(below, person.cookie), person, login_time=login_time)
    below = caller.call("factor/everybody/", caller.cookie)
    if getattr(caller.server, "inherits_assurance", False):
        require(below.status == 403, f"below such a location it is {below.status}")
    else:
        shows(below, caller)


def recent(caller):
    person = enrolled(caller)
    for below in asking(False, 3600):
        shows(caller.call(below, caller.cookie), caller, login_time=caller.login_time)
        # A token has no age.
        shows(caller.call(below, token=caller.token), caller, roles="AppAdmin")
    # More than a second after both have logged in.
    time.sleep(max(0, caller.server.began + 2.1 - time.monotonic()))
    for who, below in [(caller, "stale/"), (person, "stale/"), (person, "factor-stale/")]:
        answer = who.call(below, who.cookie)
        require(answer.status == 401, f"{below} is {answer.status}")


def mistyped(caller):
    """The owner reaches every role of an organization, and somebody else has two factors and a recent login."""
    if caller.prefix != "/proxy/":
        return NOT_APPLICABLE
    server, person = caller.server, enrolled(caller)
    for number, text in enumerate(server.mistyped + server.mistyped_assurance):
        who = caller if number < len(server.mistyped) else person
        answer = who.call(f"mistyped-{number}/", who.cookie)
        # Apache takes an empty age for one second.
        require(answer.status in (400, 401, 403, 500), f"'{text}' is answered {answer.status}")
    for lines in getattr(server, "unloadable", []):
        require(not server.loads(lines), f"'{lines}' is taken")
    return None


def reordered(caller):
    """Two factors and a recent login are asked for in front of the role. nginx and lighttpd take that for mistyped."""
    if caller.prefix != "/proxy/" or not isinstance(caller.server, (protected.ProtectedApache, protected.ProtectedCaddy)):
        return NOT_APPLICABLE
    person = enrolled(caller)
    require(caller.call("reordered/", caller.cookie).status in (400, 403), "one factor is enough")
    answer = person.call("reordered/", person.cookie)
    if answer.status != 400:
        shows(answer, person, login_time=person.login_time)
    return None


def unasked(caller):
    """Modules of the web server in an order in which the application comes before the question."""
    if not hasattr(caller.server, "reordered") or caller.prefix != "/proxy/":
        return NOT_APPLICABLE
    with caller.server.reordered():
        for fields in ([], [caller.cookie]):
            answer = caller.call("", *fields)
            require(answer.status == 500 and not answer.body, f"{answer.status}")
    return None


def body(caller):
    shows(caller.call("", caller.cookie, method="POST", body=b"x" * 5000), caller, 5000)


def body_in_chunks(caller):
    answer = caller.call("", caller.cookie, method="POST", body=b"x" * 5000, length=False)
    require(answer.status == 200, f"{answer.status}")


def upload(caller):
    """Two megabytes: nginx's own limit, where none is set, is one."""
    if not caller.server.takes_uploads:
        return NOT_APPLICABLE
    sent = b"x" * 2_000_000
    below = "upload/" if isinstance(caller.server, protected.ProtectedNginx) else ""
    shows(caller.call(below, caller.cookie, method="POST", body=sent), caller, len(sent))
    chunked = caller.call(below, caller.cookie, method="POST", body=sent, length=False)
    require(chunked.status == 200, f"in chunks {chunked.status}")
    if below:
        for length in (True, False):
            large = caller.call(below, caller.cookie, method="POST", body=sent + sent, length=length)
            require(large.status == 413, f"over the location's own limit: {large.status}")
    return None


def query(caller):
    answer = caller.client.call("GET", f"{caller.prefix}today?role=SuperAdmin&x=%20", caller.cookie)
    shows(answer, caller)
    require(answer.json["target"] == f"{caller.prefix}today?role=SuperAdmin&x=%20", answer.json["target"])


def verify_is_closed(caller):
    for path in ("/postern-verify", "/postern-verify/AppGuest"):
        answer = caller.client.call("GET", path, caller.cookie)
        require(answer.status == 404, f"{answer.status}")


def forgery(fields):
    """A row: the application is told the truth, or the request is refused. The time of a login is told where it is asked
    for, and never that of a token."""
    def row(caller):
        require(caller.call("", *fields).status in (400, 401, 403), "they let somebody through")
        login_time = caller.login_time
        asked = [(caller.call("", caller.cookie, *fields), {}),
                 (caller.call("recent/", caller.cookie, *fields), {"login_time": login_time}),
                 (caller.call("recent/", *fields, token=caller.token), {"roles": "AppAdmin"})]
        refused = {answer.status for answer, _ in asked} & {400, 403}
        if refused:
            require(len({answer.status for answer, _ in asked}) == 1, f"some are refused: {refused}")
            return f"✓ {refused.pop()}"
        for answer, told in asked:
            caller.require_truth(answer, **told)
        return None
    return row


def logged_out(caller):
    shows(caller.call("", caller.cookie), caller)
    expect(caller.client.call("POST", "/api/v1/auth/logout", caller.cookie, token=caller.token), 200)
    answer = caller.call("", caller.cookie)
    require(answer.status == 401, f"{answer.status}")


def down(caller):
    for name in [name for name, _ in caller.server.processes.running if name in ("postern", "authorizer")]:
        caller.server.processes.stop_one(name)
    answer = caller.call("", caller.cookie)
    require(answer.status >= 500, f"{answer.status}")


ROWS = {
    "without a credential: 401": nobody,
    "with a wrong one: 401": wrong_credentials,
    "with a session: the application is told who calls": session,
    "with an API token: the same": api_token,
    "too low a role: 403": role,
    "a location below another has its own requirement": nested,
    "two factors are asked for": two_factors,
    "a recent login is asked for, and its time told": recent,
    "a requirement that is mistyped lets nobody in": mistyped,
    "requirements in another order let nobody in with less": reordered,
    "modules in the wrong order let nobody in": unasked,
    "a body comes through": body,
    "a body in chunks comes through": body_in_chunks,
    "an upload of 2 MB comes through": upload,
    "path and query come through": query,
    "the question itself is not open to clients": verify_is_closed,
    **{f"forged: {name}": forgery(fields) for name, fields in FORGERIES.items()},
    "forged: in the trailer section": in_trailers,
    "forged: over HTTP/2": over_http2,
    "logged out: 401 at the next request": logged_out,
    "a client does not choose the organization": organization_is_fixed,
    "Postern is down: nobody comes through": down,
}


def cell(row, caller):
    try:
        return row(caller) or "✓"
    except Difference as difference:
        return f"✗ {difference}"


def enroll(server):
    """Makes somebody with a generator of one-time codes."""
    installation = server.installation
    installation.settings["POSTERN_KEY_FILE"] = os.path.join(installation.folder, "keys")
    installation.run("key", "create", "--file", installation.settings["POSTERN_KEY_FILE"])
    installation.run("account", "create", "--email", ENROLLED, "--organization", "example",
                     standard_input=ENROLLED_PASSWORD + "\n")
    added = installation.run("account", "factor", "add-totp", ENROLLED)
    server.secret = re.search("[?&]secret=([A-Z2-7]+)", added).group(1)


def run_rows(server):
    """The cells of the server's columns, one for each of its applications."""
    server.applications = Applications()
    # Some time before the other membership.
    server.installation.run("account", "create", "--email", MEMBER, "--organization", "example",
                            standard_input=MEMBER_PASSWORD + "\n")
    enroll(server)
    try:
        server.start()
        server.wait_until_ready()
        callers = {column: Caller(server, prefix) for column, prefix in server.columns.items()}
        enrolled(next(iter(callers.values())))
        server.began = time.monotonic()
        cells = {column: {} for column in callers}
        for name, row in ROWS.items():
            for column, caller in callers.items():
                cells[column][name] = cell(row, caller)
        return cells
    finally:
        server.stop()
        server.applications.stop()
