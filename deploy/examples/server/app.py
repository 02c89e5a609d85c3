"""A web application whose people register, log in and log out through Postern: python3 app.py, http://localhost:3000"""
import json, os, ssl, urllib.error, urllib.parse, urllib.request  # noqa: E401
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERTIFICATE"))  # for a certificate that no browser knows
FORM = ("<form method=post><input name=email><input name=password type=password>"
        "<button formaction=/login>Log in</button><button formaction=/register>Register</button></form>")

class Application(BaseHTTPRequestHandler):
    def ask(self, method, path, bearer, body=None):
        fields = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json",
                  "X-Client-Address": self.client_address[0]}  # behind a proxy: the address that the proxy reports
        request = urllib.request.Request(f"https://{os.environ['BASE_URL']}/api/v1/auth/{path}",
                                         json.dumps(body).encode() if body else None, fields, method=method)
        try:
            answer = urllib.request.urlopen(request, context=TLS, timeout=40)
        except urllib.error.HTTPError as problem:
            answer = problem
        return answer.status, answer.headers, json.loads(answer.read() or "null")

    def do_GET(self):
        status, caller, _ = self.ask("GET", "verify", self.session())
        if status == 204:
            self.page(200, f"Hello, {escape(caller['X-Auth-Email'])}. <form method=post action=/logout><button>Log out")
        else:
            self.page(*((401, FORM) if status < 500 else (503, "Try again later.")))

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":  # a form of another site
            self.page(403, "")
        elif self.path == "/logout":
            self.finish_post(*self.ask("POST", "logout", self.session()))
        elif self.path in ("/login", "/register"):
            body = {"email": form.get("email", ""), "password": form.get("password", "")}
            self.finish_post(*self.ask("POST", self.path[1:], os.environ["API_TOKEN"], body))

    def finish_post(self, status, fields, answer):
        if status == 200:  # Postern's cookie goes to the browser as it is
            return self.page(303, "", Location="/", **{"Set-Cookie": fields.get("Set-Cookie", "")})
        faults = answer.get("errors", [answer])
        self.page(status, "".join(f"<p>{escape(fault['detail'])}</p>" for fault in faults) + FORM)

    def session(self):
        cookie = SimpleCookie(self.headers.get("Cookie")).get("__Host-postern_session")
        return cookie.value if cookie else ""

    def page(self, status, body, **fields):
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **fields}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

ThreadingHTTPServer(("localhost", 3000), Application).serve_forever()
