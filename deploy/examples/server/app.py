"""A web application whose people register, log in and log out through Postern: python3 app.py, http://localhost:3000"""
import html, http.client, http.cookies, http.server, json, os, ssl, urllib.parse  # noqa: E401
TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERTIFICATE"))  # for a certificate that no browser knows
FORM = ("<form method=post><input name=email><input name=password type=password>"
        "<input name=code placeholder='code, with a second factor'>"
        "<button formaction=/login>Log in</button><button formaction=/register>Register</button></form>")

class Application(http.server.BaseHTTPRequestHandler):
    def ask(self, method, path, body=None):
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie")).get("__Host-postern_session")
        bearer = os.environ["API_TOKEN"] if body else cookie.value if cookie else ""  # the program or the person
        postern = http.client.HTTPSConnection(os.environ["BASE_URL"], context=TLS, timeout=40)
        postern.request(method, f"/api/v1/auth/{path}", body, {
            "Authorization": f"Bearer {bearer}", "Content-Type": "application/json",
            "X-Client-Address": self.client_address[0]})  # behind a proxy: the address that the proxy reports
        return postern.getresponse()

    def do_GET(self):
        answer = self.ask("GET", "verify")
        email = html.escape(answer.getheader("X-Auth-Email", ""))
        hello = f"Hello, {email}. <form method=post action=/logout><button>Log out"
        self.page(*{204: (200, hello), 401: (401, FORM)}.get(answer.status, (503, "Try again later.")))

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        person = json.dumps({name: form[name][0] for name in ("email", "password", "code") if name in form})
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":  # a form of another site
            return self.page(403, "")
        answer = self.ask("POST", self.path[1:], {"/login": person, "/register": person, "/logout": None}[self.path])
        if answer.status == 200:  # Postern's cookie goes to the browser as it is
            return self.page(303, "", Location="/", **{"Set-Cookie": answer.getheader("Set-Cookie", "")})
        faults = (problem := json.load(answer)).get("errors", [problem])
        self.page(answer.status, "".join(f"<p>{html.escape(fault['detail'])}" for fault in faults) + FORM)

    def page(self, status, body, **fields):
        self.send_response(status)
        for field in {"Content-Type": "text/html; charset=utf-8", **fields}.items():
            self.send_header(*field)
        self.end_headers()
        self.wfile.write(body.encode())
http.server.ThreadingHTTPServer(("localhost", 3000), Application).serve_forever()
