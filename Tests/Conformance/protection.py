"""Locations that a web server protects with Postern: the rows for nginx's auth_request, Apache's and lighttpd's FastCGI
authorizers, and Caddy's forward_auth.

The application behind each shows what it is told of the caller, as JSON.
"""

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json

from cases import Difference, expect, require, LOGIN
from client import Client
from installation import OWNER, OWNER_PASSWORD, free_port
from servers import Apache, Caddy, Lighttpd, Nginx, shipped

NAMES = ["Account", "User", "Org", "Email", "Roles"]
REPORTS = "/reports/today"


class Application(BaseHTTPRequestHandler):
    """Shows every header field that could say who is calling, and the body's length."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        fields = {name.replace("_", "-").lower(): value for name, value in self.headers.items()}
        told = {name: fields.get(f"x-auth-{name.lower()}") for name in NAMES}
        answer = json.dumps({"told": told, "body": len(self.rfile.read(length)), "path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, *_):
        pass


# The same as a CGI program, for the server that tells its applications by variables.
PROGRAM = """#!/usr/bin/python3
import json, os, sys
told = {name: os.environ.get("AUTH_" + name.upper()) for name in %r}
body = sys.stdin.buffer.read(int(os.environ.get("CONTENT_LENGTH") or 0))
print("Content-Type: application/json\\n")
print(json.dumps({"told": told, "body": len(body), "path": os.environ["REQUEST_URI"]}))
""" % NAMES


class ProtectedNginx(Nginx):
    name = "nginx, auth_request"

    def adjust(self, folder):
        path = os.path.join(folder, "postern.conf")
        with open(path, encoding="utf-8") as file:
            site = file.read()
        site = site.replace("    location / {\n        return 404;", f"""
    include snippets/postern-verify.conf;
    location /reports/ {{
        auth_request /postern-verify;
        include snippets/postern-protect.conf;
        proxy_pass http://127.0.0.1:{self.application};
    }}
    location /reports/admin/ {{
        auth_request /postern-verify/SuperAdmin;
        include snippets/postern-protect.conf;
        proxy_pass http://127.0.0.1:{self.application};
    }}
    location / {{
        return 404;""")
        self.write("nginx/postern.conf", site)


class ProtectedApache(Apache):
    name = "Apache, authnz_fcgi"
    modules = Apache.modules + ["authnz_fcgi", "macro", "proxy_http"]

    def start_backend(self):
        super().start_backend()
        # What systemd's second socket is for.
        self.authorizer = free_port()
        self.processes.start(
            "authorizer", [self.installation.binary, "serve"],
            {**self.installation.environment, "POSTERN_LISTEN": f"127.0.0.1:{self.authorizer}"})

    def site(self):
        protect = shipped("deploy/apache/postern-protect.conf", ("127.0.0.1:9010", f"127.0.0.1:{self.authorizer}"))
        return protect + super().site().replace("    ProxyPass ", f"""
    ProxyPass "/reports/" "http://127.0.0.1:{self.application}/reports/"
    <Location "/reports/">
        Use PosternProtect
    </Location>
    <Location "/reports/admin/">
        SetEnvIfExpr true POSTERN_REQUIRED_ROLE=SuperAdmin
    </Location>
    ProxyPass """, 1).replace('    <Location "/">\n        Require all granted', '    <Location "/">', 1)


class ProtectedLighttpd(Lighttpd):
    name = "lighttpd, authorizer"

    def site(self):
        self.write("www/reports/today", PROGRAM)
        self.write("www/reports/admin/today", PROGRAM)
        protect = shipped(
            "deploy/lighttpd/postern-protect.conf", ("/run/postern/postern.sock", self.installation.socket),
            ("AppAdmin", "AppGuest"))
        # An administrator's own lines: what the application is, and another least role below.
        return super().site() + protect + f"""
server.modules += ("mod_cgi")
$HTTP["url"] =~ "^/reports/" {{
    cgi.assign = ("" => "/usr/bin/python3")
}}
$HTTP["url"] =~ "^/reports/admin/" {{
    setenv.add-environment = ("POSTERN_REQUIRED_ROLE" => "SuperAdmin")
}}
"""


class ProtectedCaddy(Caddy):
    name = "Caddy, forward_auth"

    def site(self):
        protect = shipped(
            "deploy/caddy/postern-protect.caddy",
            ("unix//run/postern/postern.sock", f"unix/{self.installation.socket}"))
        return protect + super().site().replace("	# Everything else goes", f"""
	handle /reports/admin/* {{
		import postern_protect SuperAdmin
		reverse_proxy 127.0.0.1:{self.application}
	}}
	handle /reports/* {{
		import postern_protect AppGuest
		reverse_proxy 127.0.0.1:{self.application}
	}}
	# Everything else goes""", 1)


SERVERS = [ProtectedNginx, ProtectedApache, ProtectedLighttpd, ProtectedCaddy]


class Caller:
    """Somebody who has logged in, through the server under test."""

    def __init__(self, server):
        self.server = server
        self.client = Client(server.port, server.certificate)
        token = server.installation.tokens["app"]["token"]
        login = expect(self.client.call(
            "POST", LOGIN, body={"email": OWNER, "password": OWNER_PASSWORD}, token=token), 200)
        self.cookie = ("Cookie", login.value("set-cookie").split(";")[0])
        self.account = login.json

    @property
    def told(self):
        user = self.account["users"][0]
        return {"Account": self.account["id"], "User": user["id"], "Org": user["org_id"], "Email": OWNER,
                "Roles": ",".join(self.account["roles"])}

    def call(self, path=REPORTS, *fields, method="GET", **options):
        return self.client.call(method, path, *fields, **options)


def shows(answer, caller, body=0):
    require(answer.status == 200, f"{answer.status}")
    require(answer.json["told"] == caller.told, f"it is told {answer.json['told']}")
    require(answer.json["body"] == body, f"a body of {answer.json['body']} bytes")


def nobody(caller):
    answer = caller.call()
    require(answer.status == 401, f"{answer.status}")
    require("Bearer" in (answer.value("www-authenticate") or ""), "no WWW-Authenticate")


def wrong_credentials(caller):
    for fields in ([("Cookie", "__Host-postern_session=pss_x")], [("Authorization", "Bearer pst_x")]):
        answer = caller.call(REPORTS, *fields)
        require(answer.status == 401, f"{answer.status}")


def session(caller):
    shows(caller.call(REPORTS, caller.cookie), caller)


def api_token(caller):
    shows(caller.call(token=caller.server.installation.tokens["app"]["token"]), caller)


def forged(caller):
    fields = [(f"X-Auth-{name}", "forged") for name in NAMES] + [(f"X_Auth_{name}", "forged") for name in NAMES]
    fields += [(f"AUTH_{name.upper()}", "forged") for name in NAMES]
    shows(caller.call(REPORTS, caller.cookie, *fields), caller)
    require(caller.call(REPORTS, *fields).status == 401, "forged fields let somebody through")


def role(caller):
    answer = caller.call("/reports/admin/today", caller.cookie)
    require(answer.status == 403, f"{answer.status}")
    asked = caller.call("/reports/admin/today", caller.cookie, ("POSTERN_REQUIRED_ROLE", "AppGuest"),
                        ("Auth-Required-Role", "AppGuest"))
    require(asked.status == 403, f"{asked.status}: a client chooses the role")


def body(caller):
    shows(caller.call(REPORTS, caller.cookie, method="POST", body=b"x" * 5000), caller, 5000)


def body_in_chunks(caller):
    answer = caller.call(REPORTS, caller.cookie, method="POST", body=b"x" * 5000, length=False)
    require(answer.status == 200, f"{answer.status}")


def query(caller):
    answer = caller.call(f"{REPORTS}?role=SuperAdmin&x=%20", caller.cookie)
    shows(answer, caller)
    require(answer.json["path"] == f"{REPORTS}?role=SuperAdmin&x=%20", answer.json["path"])


def verify_is_closed(caller):
    answer = caller.call("/postern-verify", caller.cookie)
    require(answer.status == 404, f"{answer.status}")


def logged_out(caller):
    shows(caller.call(REPORTS, caller.cookie), caller)
    token = caller.server.installation.tokens["app"]["token"]
    expect(caller.client.call("POST", "/api/v1/auth/logout", caller.cookie, token=token), 200)
    answer = caller.call(REPORTS, caller.cookie)
    require(answer.status == 401, f"{answer.status}")


def down(caller):
    caller.server.processes.stop_one("postern")
    if any(name == "authorizer" for name, _ in caller.server.processes.running):
        caller.server.processes.stop_one("authorizer")
    answer = caller.call(REPORTS, caller.cookie)
    require(answer.status >= 500, f"{answer.status}")


ROWS = {
    "without a credential: 401": nobody,
    "with a wrong one: 401": wrong_credentials,
    "with a session: the application is told who calls": session,
    "with an API token: the same": api_token,
    "forged fields and variables are not believed": forged,
    "too low a role: 403": role,
    "a body comes through": body,
    "a body in chunks comes through": body_in_chunks,
    "path and query come through": query,
    "the question itself is not open to clients": verify_is_closed,
    "logged out: 401 at the next request": logged_out,
    "Postern is down: nobody comes through": down,
}


def run_rows(server):
    """The cells of one column."""
    application = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=application.serve_forever, daemon=True).start()
    server.application = application.server_address[1]
    cells = {}
    try:
        server.start()
        server.wait_until_ready()
        caller = Caller(server)
        for name, row in ROWS.items():
            try:
                row(caller)
                cells[name] = "✓"
            except Difference as difference:
                cells[name] = f"✗ {difference}"
    finally:
        server.stop()
        application.shutdown()
        application.server_close()
    return cells
