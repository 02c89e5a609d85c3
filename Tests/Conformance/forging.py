"""The ways in which a client can try to say itself who is calling, or to make the application not hear of it."""

import itertools
import json
import subprocess

from cases import require

NAMES = ["Account", "User", "Org", "Email", "Roles", "Time"]
MEMBER = "member@example.test"
MEMBER_PASSWORD = "a member's long passphrase"


def spelled(first, second):
    return [(f"X{first}Auth{second}{name}", "forged") for name in NAMES]


FORGERIES = {
    "as they are": spelled("-", "-"),
    "in other letters": [(name.swapcase(), value) for name, value in spelled("-", "-")],
    "with underscores": spelled("_", "_") + spelled("_", "-") + spelled("-", "_"),
    "with dots": spelled(".", ".") + spelled(".", "-") + spelled("-", ".") + spelled("_", "."),
    "with exclamation marks": spelled("!", "!") + spelled("!", "-") + spelled("-", "!"),
    # All the others that a name may have (RFC 9110, section 5.6.2).
    "with another mark": [field for mark in "#$%&'*+^`|~" for field in spelled(mark, mark)],
    "twice": spelled("-", "-") * 2,
    "with a comma": [("X-Auth-Roles", "SuperAdmin, AppOwner")],
    "empty": [(name, "") for name, _ in spelled("-", "-") + spelled("_", "_")],
    "as variables": [(f"AUTH_{name.upper()}", "forged") for name in NAMES]
                    + [(f"Variable-AUTH_{name.upper()}", "forged") for name in NAMES],
    "dropped by Connection": [("Connection", "X-Auth-Roles, X-Auth-Account")],
    "dropped by Connection, in other words": [
        ("Connection", "close, x-auth-ROLES;x-auth-user"), ("Connection", '"X-Auth-Org" X-Auth-Email,keep-alive')],
    "dropped by an upgrade": [("Connection", "Upgrade,X-Auth-Account"), ("Upgrade", "websocket")],
    "dropped by other fields": [(name, "X-Auth-Roles, X-Auth-Account")
                                for name in ("Proxy-Connection", "Keep-Alive", "TE", "Trailer", "Upgrade")],
}


def in_trailers(caller):
    fields = [caller.cookie, ("Transfer-Encoding", "chunked"), ("Trailer", "X-Auth-Roles, X_Auth_Account"),
              ("Connection", "close")]
    head = caller.client.head("POST", f"{caller.prefix}today", fields)
    answer = caller.client.send(
        head + b"5\r\nhello\r\n0\r\nX-Auth-Roles: SuperAdmin\r\nX_Auth_Account: forged\r\n\r\n", "POST")
    if answer.status in (400, 403):
        return f"✓ {answer.status}"
    caller.require_truth(answer)
    return None


def over_http2(caller):
    forged = [f"header = \"{name}: {value}\"" for name, value in spelled("-", "-") + spelled("_", "_")]
    found = subprocess.run(
        ["curl", "--silent", "--noproxy", "*", "--max-time", "20", "--http2", "--cacert", caller.server.certificate,
         "--config", "-", "--write-out", "\n%{http_version} %{http_code}",
         f"https://localhost:{caller.client.port}{caller.prefix}today"],
        input="\n".join([f'header = "Cookie: {caller.cookie[1]}"', *forged]), text=True, capture_output=True,
        check=True).stdout
    text, _, outcome = found.rpartition("\n")
    if outcome == "2 403":
        return "✓ 403"
    require(outcome == "2 200", outcome)
    caller.require_truth(_Answer(json.loads(text)))
    return None


class _Answer:
    """What curl got, as `Caller` looks at it."""

    def __init__(self, content):
        self.status = 200
        self.json = content


def organization_is_fixed(caller):
    """A member of the one organization owns another one, and asks by every spelling of X-Org that the other counts."""
    server = caller.server
    if not hasattr(server, "member"):
        run = server.installation.run
        run("organization", "create", "Other", "--slug", "other")
        run("user", "add", "--organization", "other", "--role", "AppOwner", MEMBER)
        server.member = type(caller)(server, caller.prefix, MEMBER, MEMBER_PASSWORD)
    member = server.member
    member.prefix = caller.prefix
    example = caller.truth["Org"]
    for mark in ["-", "_", *".!#$%&'*+^`|~"]:
        chosen = (f"X{mark}Org", "other")
        answer = member.call("owner/", member.cookie, chosen)
        require(answer.status in (400, 403, 500), f"{chosen[0]} makes an owner of a member: {answer.status}")
        answer = member.call("example/", member.cookie, chosen)
        require(answer.status == 200, f"with {chosen[0]} {answer.status}")
        told = member.told(answer)["Org"] + [answer.json["variables"].get("AUTH_ORG")]
        require(set(told) <= {example, "", None}, f"with {chosen[0]} it is told {told}")
    require(member.call("owner/", member.cookie, ("X-Org", "example"), ("X-Org", "other")).status in (400, 403, 500),
            "X-Org twice makes an owner of a member")
