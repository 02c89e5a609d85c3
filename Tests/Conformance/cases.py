"""The rows: what the contract says of the three routes of the reference, each as one function.

A case calls a server and says what it expects. It returns the answers that must be the same from every server.
"""

import concurrent.futures
import json
import re
import socket
import ssl
import subprocess

from client import Client

REGISTER = "/api/v1/auth/register"
LOGIN = "/api/v1/auth/login"
LOGOUT = "/api/v1/auth/logout"
SASHA = {"email": "sasha@auroralabs.com", "password": "northern lights over tromso"}
CALLER = ("X-Request-Id", "conformance-1")


class Difference(Exception):
    """What was not as expected."""


class Case:
    def __init__(self, name, call):
        self.name = name
        self.call = call


ALL = []


def case(name):
    def register(call):
        ALL.append(Case(name, call))
        return call
    return register


class Run:
    """One server under test."""

    def __init__(self, server):
        self.server = server
        self.client = Client(server.port, server.certificate)
        self.notes = {}

    def token(self, name):
        return self.server.installation.tokens[name]["token"]

    def call(self, method, path, *fields, token="app", **options):
        """Calls with an API token, by its name; with none, where that is `None`."""
        return self.client.call(method, path, CALLER, *fields, token=token and self.token(token), **options)


def expect(answer, status, code=None):
    if (answer.status, answer.code) != (status, code):
        raise Difference(f"{answer.status} {answer.code or ''}".strip())
    return answer


def require(condition, what):
    if not condition:
        raise Difference(what)


# --- The reference, literally ---

@case("register, as the reference shows it")
def _(run):
    answer = expect(run.call("POST", REGISTER, body={**SASHA, "roles": ["AppAdmin"]}), 200)
    run.notes["registered"] = answer.text
    keys = ["id", "email", "name", "given_name", "family_name", "provider", "users", "roles"]
    require(list(answer.json) == keys, "the keys or their order")
    require(answer.value("cache-control") == "no-store", "Cache-Control")
    require(answer.value("content-length") == str(len(answer.body)), "Content-Length")
    return [answer]


@case("login, as the reference shows it")
def _(run):
    answer = expect(run.call("POST", LOGIN, body=SASHA), 200)
    require(answer.text == run.notes["registered"], "the account is another than registered")
    cookie = answer.value("set-cookie") or ""
    found = re.fullmatch(
        r"(__Host-postern_session=(pss_[0-9A-Za-z]+)); Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=\d+", cookie)
    require(found, f"Set-Cookie: {cookie}")
    run.notes["cookie"], run.notes["session"] = found.groups()
    return [answer]


@case("logout, as the reference shows it")
def _(run):
    answer = expect(run.call("POST", LOGOUT, length=False), 200)
    require(answer.body == b'"ok"', "the body")
    return [answer]


@case("logout ends the session whose cookie comes along")
def _(run):
    answer = expect(run.call("POST", LOGOUT, ("Cookie", run.notes["cookie"])), 200)
    require("Max-Age=0" in (answer.value("set-cookie") or ""), "the cookie is not cleared")
    refused = run.client.call("POST", LOGOUT, CALLER, token=run.notes["session"])
    return [answer, expect(refused, 401, "invalid_token")]


# --- Registering ---

@case("an account that exists, in other letters")
def _(run):
    return [expect(run.call("POST", REGISTER, body={**SASHA, "email": "SASHA@AuroraLabs.com"}), 409, "account_exists")]


@case("of registrations at once one wins")
def _(run):
    body = {"email": "race@example.test", "password": "many at the same time"}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: run.call("POST", REGISTER, body=body), range(4)))
    statuses = sorted(answer.status for answer in answers)
    require(statuses == [200, 409, 409, 409], f"{statuses}")
    return sorted(answers, key=lambda answer: answer.status)


@case("every fault of a body")
def _(run):
    body = {"email": "no address", "password": "short", "roles": ["Emperor"], "name": 7}
    answer = expect(run.call("POST", REGISTER, body=body), 400, "invalid_request")
    pointers = [fault["pointer"] for fault in answer.json["errors"]]
    require(sorted(pointers) == ["/email", "/name", "/password", "/roles"] or "/roles/0" in pointers, f"{pointers}")
    return [answer]


@case("passwords that are refused")
def _(run):
    passwords = ["seven77", "x" * 1025, "password", "new@example.test"]
    return [expect(run.call("POST", REGISTER, body={"email": "new@example.test", "password": password}), 400,
                   "invalid_request") for password in passwords]


@case("a role above the token's own")
def _(run):
    body = {"email": "new@example.test", "password": "long enough for that", "roles": ["Admin"]}
    return [expect(run.call("POST", REGISTER, body=body), 403, "role_not_grantable")]


@case("another organization in X-Org")
def _(run):
    body = {"email": "new@example.test", "password": "long enough for that"}
    return [expect(run.call("POST", REGISTER, ("X-Org", "nowhere"), body=body), 403, "forbidden")]


@case("names, an umlaut, X-Org, and members that nobody knows")
def _(run):
    body = {"email": "zoe@example.test", "password": "übermäßig lang", "given_name": "Zoë", "family_name": "Ångström",
            "id": "acct_0000000000000000", "provider": "LDAP"}
    answer = expect(run.call("POST", REGISTER, ("X-Org", "example"), body=body), 200)
    require(answer.json["name"] == "Zoë Ångström" and answer.json["provider"] == "Credentials", "the account")
    require(answer.json["id"] != body["id"], "a client chose the identifier")
    return [answer]


# --- Logging in ---

@case("a wrong password, and nobody's address")
def _(run):
    wrong = expect(run.call("POST", LOGIN, body={**SASHA, "password": "southern lights"}), 401, "invalid_credentials")
    unknown = expect(
        run.call("POST", LOGIN, body={**SASHA, "email": "nobody@example.test"}), 401, "invalid_credentials")
    require(wrong.comparable == unknown.comparable, "the two can be told apart")
    return [wrong, unknown]


@case("an account that is not active")
def _(run):
    run.server.installation.run("account", "update", "zoe@example.test", "--state", "Inactive")
    body = {"email": "zoe@example.test", "password": "übermäßig lang"}
    return [expect(run.call("POST", LOGIN, body=body), 403, "account_inactive")]


@case("too many failures")
def _(run):
    body = {"email": "guessed@example.test", "password": "whatever it was"}
    client = ("X-Client-Address", "198.51.100.7")
    for _ in range(5):
        expect(run.call("POST", LOGIN, client, token="trusted", body=body), 401, "invalid_credentials")
    # The first wait is a second, which a slow machine may let pass; then it doubles.
    answers = (run.call("POST", LOGIN, client, token="trusted", body=body) for _ in range(5))
    answer = next((answer for answer in answers if answer.status != 401), None)
    require(answer, "401 ten times")
    expect(answer, 429, "too_many_attempts")
    require((answer.value("retry-after") or "").isdigit(), "Retry-After")
    expect(run.call("POST", LOGOUT), 200)
    return []


@case("more logins than can be hashed")
def _(run):
    # Each another's, so that none is held up by the failures of the others.
    bodies = [{"email": f"nobody{number}@example.test", "password": "whatever it was"} for number in range(12)]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda body: run.call("POST", LOGIN, body=body), bodies))
    statuses = {answer.status for answer in answers}
    require(statuses == {401, 503}, f"{sorted(statuses)}")
    refused = next(answer for answer in answers if answer.status == 503)
    require((refused.value("retry-after") or "").isdigit(), "Retry-After")
    expect(refused, 503, "overloaded")
    return []


# --- Who is calling ---

@case("no credential")
def _(run):
    answers = [expect(run.call("POST", path, token=None, body={}), 401, "unauthenticated")
               for path in (REGISTER, LOGIN, LOGOUT)]
    require(all(answer.value("www-authenticate") == 'Bearer realm="postern"' for answer in answers), "the challenge")
    return answers


@case("a malformed, a foreign and a mistyped token")
def _(run):
    return [expect(run.client.call("POST", LOGOUT, CALLER, token=token), 401, "invalid_token")
            for token in ("pst_x", "ghp_0123456789", run.token("app")[:-1] + "_")]


@case("a scope that lacks")
def _(run):
    return [expect(run.call("POST", LOGIN, token="register only", body=SASHA), 403, "insufficient_scope")]


@case("a token that was revoked a moment ago")
def _(run):
    good = expect(run.call("POST", LOGOUT, token="to be revoked"), 200)
    run.server.installation.run("token", "revoke", run.server.installation.tokens["to be revoked"]["id"])
    return [good, expect(run.call("POST", LOGOUT, token="to be revoked"), 401, "invalid_token")]


@case("Authorization twice")
def _(run):
    field = ("Authorization", f"Bearer {run.token('app')}")
    answer = run.client.call("POST", LOGOUT, CALLER, field, field)
    require(answer.status in (400, 401), f"{answer.status}")
    return []


@case("a cookie alone, from another origin and from the own")
def _(run):
    cookie = ("Cookie", "__Host-postern_session=pss_unknown")
    other = run.call("POST", LOGOUT, cookie, ("Origin", "https://evil.example"), token=None)
    own = run.call("POST", LOGOUT, cookie, ("Origin", f"https://localhost:{run.client.port}"), token=None)
    return [expect(other, 403, "cross_origin"), expect(own, 401, "invalid_token")]


@case("the client's address by whom it may be said")
def _(run):
    address = ("X-Client-Address", "no address")
    body = {"email": "nobody@example.test", "password": "whatever it was"}
    return [expect(run.call("POST", LOGIN, address, token="trusted", body=body), 400, "invalid_request"),
            expect(run.call("POST", LOGIN, address, body=body), 401, "invalid_credentials")]


@case("X_Client_Address and X.Client.Address are no X-Client-Address")
def _(run):
    addresses = [(f"X{mark}Client{mark}Address", "no address") for mark in "_.!~"] + [("X_Client-Address", "no address")]
    body = {"email": "nobody@example.test", "password": "whatever it was"}
    return [expect(run.call("POST", LOGIN, *addresses, token="trusted", body=body), 401, "invalid_credentials")]


@case("a forged X-Forwarded-For changes nothing")
def _(run):
    identifier = "forged-address"
    forged = [(name, "203.0.113.9") for name in ("X-Forwarded-For", "X-Real-IP", "Client-IP", "Proxy")]
    answer = run.client.call("POST", LOGOUT, ("X-Request-Id", identifier), *forged, token=run.token("app"))
    lines = [line for line in run.server.logged(f"id={identifier}") if "client=" in line]
    require(lines, "no line in the log")
    require(all("client=127.0.0.1 " in line + " " for line in lines), f"{lines[0]}")
    return [expect(answer, 200)]


# --- Bodies ---

@case("a body that is no JSON, no object, not UTF-8, or says a name twice")
def _(run):
    bodies = [b"{", b"", b"[]", b'"x"', b'{"email": "\xff"}', b'{"email": "a@b.example", "email": "c@d.example"}']
    answers = [run.call("POST", LOGIN, body=body) for body in bodies]
    for answer in answers:
        require(answer.status == 400 and answer.code in ("malformed_json", "invalid_request"), f"{answer.status}")
    return answers


@case("a body of another type, and one with a parameter")
def _(run):
    refused = [expect(run.call("POST", LOGIN, body=b"{}", content_type=name), 415, "unsupported_media_type")
               for name in ("text/plain", "application/x-www-form-urlencoded", None)]
    taken = run.call("POST", LOGIN, body=b"{}", content_type="application/json; charset=utf-8")
    return refused + [expect(taken, 400, "invalid_request")]


@case("a body of 16 KiB, and one byte more")
def _(run):
    body = json.dumps({"email": "nobody@example.test"}).encode()
    full = body + b" " * (16384 - len(body))
    return [expect(run.call("POST", LOGIN, body=full), 400, "invalid_request"),
            expect(run.call("POST", LOGIN, body=full + b" "), 413, "payload_too_large")]


@case("a body of 200 KB")
def _(run):
    answer = run.call("POST", LOGIN, body=b" " * 200_000)
    require(answer.status == 413, f"{answer.status}")
    require(answer.code == "payload_too_large", "413 in another form")
    return []


@case("a body in chunks")
def _(run):
    return [expect(run.call("POST", LOGIN, body={"email": "x", "password": "y"}, length=False), 401,
                   "invalid_credentials")]


@case("a body of 200 KB in chunks")
def _(run):
    answer = run.call("POST", LOGIN, body=b" " * 200_000, length=False)
    require(answer.status == 413, f"{answer.status}")
    require(answer.code == "payload_too_large", "413 in another form")
    return []


@case("a client that waits for 100 Continue")
def _(run):
    body = b'{"email": "nobody@example.test"}'
    fields = [CALLER, ("Authorization", f"Bearer {run.token('app')}"), ("Content-Type", "application/json"),
              ("Content-Length", str(len(body))), ("Expect", "100-continue"), ("Connection", "close")]
    with run.client.connect(timeout=10) as connection:
        connection.sendall(run.client.head("POST", LOGIN, fields))
        interim = connection.recv(1024)
        require(interim.startswith(b"HTTP/1.1 100"), "no 100 Continue")
        connection.sendall(body)
        return [expect(run.client.receive(connection, "POST"), 400, "invalid_request")]


@case("a client that hangs up in its body, and the next one")
def _(run):
    fields = [("Authorization", f"Bearer {run.token('app')}"), ("Content-Type", "application/json"),
              ("Content-Length", "5000")]
    for _ in range(3):
        with run.client.connect() as connection:
            connection.sendall(run.client.head("POST", LOGIN, fields) + b'{"email":')
    return [expect(run.call("POST", LOGIN, body={}), 400, "invalid_request")]


# --- Paths and methods ---

@case("paths that are nobody's")
def _(run):
    return [expect(run.call("GET", path), 404, "not_found") for path in ("/api/v1/nowhere", "/api/v1/auth/login/")]


@case("an encoded slash is no slash")
def _(run):
    return [expect(run.call("POST", "/api/v1/auth%2Flogin", body={}), 404, "not_found")]


@case("an encoded letter is the letter")
def _(run):
    return [expect(run.call("POST", "/api/v1/auth/l%6Fgin", body={}), 400, "invalid_request")]


@case("dot segments and empty segments lead to no route")
def _(run):
    for path in ("/api/v1/auth/../auth/login", "/api/v1/auth/%2e%2e/auth/login", "/api/v1//auth/login"):
        expect(run.call("POST", path, body={}), 404, "not_found")
    return []


@case("outside of the API there is nothing")
def _(run):
    for path in ("/index.html", "/api/v2/auth/login", "/api/v1"):
        answer = run.call("GET", path)
        require(answer.status == 404, f"{path}: {answer.status}")
        require(answer.code == "not_found", f"{path}: 404 in another form")
    return []


@case("the API reference for people, where the server has it")
def _(run):
    answer = run.call("GET", "/", token=None)
    if answer.status == 200:
        require((answer.value("content-type") or "").startswith("text/html"), "Content-Type")
        policy = answer.value("content-security-policy") or ""
        require("default-src 'none'; script-src 'sha256-" in policy, "Content-Security-Policy")
        require(b"/api/v1/auth/register" in answer.body and answer.body.count(b"<script") == 1, "the page")
        expect(run.call("POST", "/", token=None), 405, "method_not_allowed")
    else:
        expect(answer, 404, "not_found")
    return []


@case("the description of the API")
def _(run):
    answer = expect(run.call("GET", "/api/v1/openapi.json", token=None), 200)
    require(answer.json["openapi"].startswith("3.1."), "openapi")
    return [answer]


@case("another method")
def _(run):
    answers = [expect(run.call(method, path), 405, "method_not_allowed")
               for method in ("GET", "PUT", "DELETE") for path in (REGISTER, LOGIN, LOGOUT)]
    require(all(answer.value("allow") == "POST, OPTIONS" for answer in answers), "Allow")
    return answers


@case("TRACE shows nobody their header fields")
def _(run):
    answer = run.call("TRACE", LOGIN)
    require(answer.status == 405, f"{answer.status}")
    require(b"Bearer" not in answer.body, "it shows them")
    return []


@case("OPTIONS and HEAD")
def _(run):
    options = expect(run.call("OPTIONS", LOGIN), 204)
    require(options.value("allow") == "POST, OPTIONS", f"Allow: {options.value('allow')}")
    head = run.call("HEAD", "/api/v1/health/ready")
    require(head.status == 200 and not head.body, "HEAD")
    require(int(head.value("content-length") or 0) > 0, "HEAD without Content-Length")
    return [options, head]


@case("metrics and status, from this machine")
def _(run):
    for name, mark in (("metrics", b"postern_http_requests_total"), ("status", b'"hashing"')):
        answer = run.call("GET", f"/api/v1/{name}", token=None)
        if run.server.backend == "postern":
            expect(answer, 200)
            require(mark in answer.body, name)
        else:
            # Each request starts a process, which has counted nothing.
            expect(answer, 404, "not_found")
    return []


@case("the health routes, from this machine")
def _(run):
    return [expect(run.call("GET", f"/api/v1/health/{name}", token=None), 200) for name in ("live", "ready")]


# --- The connection ---

@case("the caller's request identifier, sound and unsound")
def _(run):
    sound = run.client.call("POST", LOGOUT, ("X-Request-Id", "a.B_c-9"), token=run.token("app"))
    require(sound.value("x-request-id") == "a.B_c-9", "it is not kept")
    unsound = run.client.call("POST", LOGOUT, ("X-Request-Id", "a b;c"), token=run.token("app"))
    require(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", unsound.value("x-request-id") or ""), "an unsound one is kept")
    none = run.client.call("POST", LOGOUT, token=run.token("app"))
    require(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", none.value("x-request-id") or ""), "none is made")
    return [sound]


@case("ten requests on one connection")
def _(run):
    fields = [CALLER, ("Authorization", f"Bearer {run.token('app')}"), ("Content-Length", "0")]
    answers = []
    with run.client.connect() as connection:
        for _ in range(10):
            connection.sendall(run.client.head("POST", LOGOUT, fields))
            answers.append(expect(run.client.receive(connection, "POST"), 200))
    return answers


@case("HTTP/2")
def _(run):
    found = subprocess.run(
        ["curl", "--silent", "--noproxy", "*", "--max-time", "20", "--http2", "--cacert", run.server.certificate,
         "--config", "-", "--write-out", "\n%{http_version} %{http_code}",
         f"https://localhost:{run.client.port}{LOGOUT}"],
        input=f'data = ""\nheader = "Authorization: Bearer {run.token("app")}"\n', text=True, capture_output=True,
        check=True).stdout
    require(found == '"ok"\n2 200', repr(found))
    return []


@case("TLS 1.2 and 1.3, and nothing older; HSTS")
def _(run):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        client = Client(run.client.port, run.server.certificate)
        client.context.minimum_version = client.context.maximum_version = version
        answer = expect(client.call("POST", LOGOUT, token=run.token("app")), 200)
        require((answer.value("strict-transport-security") or "").startswith("max-age="), "no HSTS")
    old = Client(run.client.port, run.server.certificate)
    old.context.set_ciphers("DEFAULT:@SECLEVEL=0")
    old.context.minimum_version = old.context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        old.connect().close()
    except (ssl.SSLError, ConnectionError):
        return []
    raise Difference("TLS 1.1 is accepted")


@case("clear text on the TLS port gets no answer of the API")
def _(run):
    with socket.create_connection(("127.0.0.1", run.client.port), timeout=10) as connection:
        connection.sendall(run.client.head("POST", LOGOUT, [("Authorization", f"Bearer {run.token('app')}")]))
        try:
            said = connection.recv(65536)
        except ConnectionError:
            said = b""
    require(b'"ok"' not in said and b" 200 " not in said, "it is answered")
    require(b" 30" not in said[:20], "it is redirected, and so works for years")
    return []


@case("no log shows a query")
def _(run):
    address = "searched-for"
    path, referer = f"/api/v1/account?email={address}", ("Referer", f"https://localhost/api/v1/account?email={address}")
    requests = [
        lambda: run.call("GET", path, referer),
        lambda: run.call("GET", path, referer, ("X-Long", "x" * 9000)),
        lambda: run.call("GET", f"/api/v1/%zz?email={address}", referer),
        lambda: run.call("POST", path, referer, body=b" " * 200_000),
        lambda: run.call("POST", path, referer, body=b" " * 200_000, length=False),
    ]
    for request in requests:
        request()
    if run.server.backend:
        run.server.processes.stop_one(run.server.backend)
        require(run.call("GET", path, referer).status in (502, 503), "it is not down")
        run.server.start_backend()
    lines = run.server.logged(address)
    require(not lines, f"{''.join(lines)}")
    return []


@case("what is down is told as a problem")
def _(run):
    require(run.server.backend, "there is nothing that could be down")
    run.server.processes.stop_one(run.server.backend)
    answer = run.call("POST", LOGOUT)
    require(answer.status in (502, 503), f"{answer.status}")
    require(answer.code == "unavailable", f"{answer.status} in another form")
    run.server.start_backend()
    expect(run.call("POST", LOGOUT), 200)
    return []
