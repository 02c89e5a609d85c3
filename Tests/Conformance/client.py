"""A plain HTTP/1.1 client over TLS that sends exactly what it is told, and answers that can be compared."""

import http.client
import json
import re
import socket
import ssl

# What a web server adds to an answer, and may.
ADDED_FIELDS = {
    "date", "server", "connection", "keep-alive", "transfer-encoding", "strict-transport-security", "vary", "alt-svc",
    "upgrade", "via", "accept-ranges",
}

# What differs from one run to the next.
MASKS = [
    (re.compile(r"\b(acct|user|org|tok|sess|evt|req)_[0-9a-f]{16}\b"), r"\1_#"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"\bpss_[0-9A-Za-z]+"), "pss_#"),
]


def masked(text):
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


class Answer:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = [(name.lower(), value) for name, value in fields]
        self.body = body

    def values(self, name):
        return [value for found, value in self.fields if found == name]

    def value(self, name):
        found = self.values(name)
        return found[0] if len(found) == 1 else None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self):
        """The code of a problem; none where the answer is no problem in form."""
        is_problem = self.value("content-type") == "application/problem+json" and isinstance(self.json, dict)
        return self.json.get("code") if is_problem else None

    @property
    def comparable(self):
        """All of it that must be the same whatever server it came through."""
        fields = sorted((name, masked(value)) for name, value in self.fields if name not in ADDED_FIELDS)
        return self.status, fields, masked(self.text)


class Client:
    """Calls one server, from an address of this machine."""

    def __init__(self, port, certificate, source=""):
        self.port = port
        self.source = source
        self.context = ssl.create_default_context(cafile=certificate)
        self.context.set_alpn_protocols(["http/1.1"])

    def connect(self, timeout=30):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout, source_address=(self.source, 0))
        return self.context.wrap_socket(plain, server_hostname="localhost")

    def send(self, raw, method="GET"):
        """Sends bytes, and reads an answer."""
        with self.connect() as connection:
            try:
                connection.sendall(raw)
            except (ConnectionError, ssl.SSLError):
                pass  # it may have answered before it had all
            return self.receive(connection, method)

    @staticmethod
    def receive(connection, method):
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.getheaders(), response.read())

    def head(self, method, path, fields):
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.port}"]
        lines += [f"{name}: {value}" for name, value in fields]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def call(self, method, path, *fields, body=None, token=None, content_type="application/json", length=True):
        """Calls a path below the server's root.

        `body` is bytes, or anything else to be sent as JSON. `length=False` sends it in chunks, or where there is none,
        says nothing of a body, as curl does.
        """
        fields = list(fields)
        if token:
            fields.append(("Authorization", f"Bearer {token}"))
        payload = b""
        if body is not None:
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            if content_type:
                fields.append(("Content-Type", content_type))
            if length:
                fields.append(("Content-Length", str(len(payload))))
            else:
                fields.append(("Transfer-Encoding", "chunked"))
                middle = len(payload) // 2
                parts = [payload[:middle], payload[middle:]]
                payload = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"
        elif length and method in ("POST", "PUT"):
            fields.append(("Content-Length", "0"))
        fields.append(("Connection", "close"))
        return self.send(self.head(method, path, fields) + payload, method)
