"""Applications for the protected locations, one for each protocol by which a web server speaks to one.

Each answers with all that it is told, as JSON: the header fields in their order, the other variables that could say who
is calling, the length of the body, and the target. Of a variable `HTTP_X_ORG` it shows the field `X_ORG`.
"""

import json
import socketserver
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import threading


def shown(fields, variables, length, target):
    return json.dumps({"fields": fields, "variables": variables, "body": length, "target": target}).encode()


def shown_variables(variables, length):
    """The same for the meta-variables of CGI, given as pairs, since a name may come twice."""
    fields = [[name.removeprefix("HTTP_"), value] for name, value in variables if name.startswith("HTTP_")]
    others = {name: value for name, value in variables if name.startswith("AUTH_")}
    return shown(fields, others, length, dict(variables)["REQUEST_URI"])


# The same as a CGI program.
CGI_PROGRAM = """#!/usr/bin/python3
import json, os, sys
variables = os.environ.items()
fields = [[name.removeprefix("HTTP_"), value] for name, value in variables if name.startswith("HTTP_")]
others = {name: value for name, value in variables if name.startswith("AUTH_")}
body = sys.stdin.buffer.read()
print("Content-Type: application/json\\n")
print(json.dumps({"fields": fields, "variables": others, "body": len(body), "target": os.environ["REQUEST_URI"]}))
"""


class HTTP(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        fields = [list(field) for field in self.headers.items()]
        if self.headers.get("Transfer-Encoding"):
            length, trailers = self.read_chunks()
            fields += trailers
        else:
            length = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        answer = shown(fields, {}, length, self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def read_chunks(self):
        length = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            length += len(self.rfile.read(size))
            self.rfile.readline()
        trailers = []
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(":")
            trailers.append([name, value.strip()])
        return length, trailers

    def log_message(self, *_):
        pass


class Variables(socketserver.StreamRequestHandler):
    """A protocol that hands over the meta-variables of CGI."""

    def handle(self):
        try:
            variables, length = self.read()
        except EOFError:
            return  # a web server that only looked whether somebody is there
        answer = shown_variables(variables, length)
        head = f"Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        self.write(head.encode() + answer)

    def exactly(self, count):
        found = self.rfile.read(count)
        if len(found) < count:
            raise EOFError
        return found

    def read_body(self, variables):
        return len(self.exactly(int(dict(variables).get("CONTENT_LENGTH") or 0)))

    def write(self, answer):
        self.wfile.write(answer)


class FastCGI(Variables):
    """FastCGI 1.0, one request for each connection."""

    BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6

    def read(self):
        streams = {self.PARAMS: b"", self.STDIN: b""}
        while True:
            kind, content = self.record()
            if kind == self.STDIN and not content:
                return self.pairs(streams[self.PARAMS]), len(streams[self.STDIN])
            if kind in streams:
                streams[kind] += content

    def record(self):
        _, kind, self.identifier, length, padding = struct.unpack(">BBHHBx", self.exactly(8))
        return kind, self.exactly(length + padding)[:length]

    @staticmethod
    def pairs(content):
        found, place = [], 0
        while place < len(content):
            lengths = []
            for _ in range(2):
                if content[place] < 128:
                    lengths.append(content[place])
                    place += 1
                else:
                    lengths.append(struct.unpack_from(">I", content, place)[0] & 0x7FFFFFFF)
                    place += 4
            name, value = content[place:place + lengths[0]], content[place + lengths[0]:place + sum(lengths)]
            found.append((name.decode(), value.decode("utf-8", "replace")))
            place += sum(lengths)
        return found

    def write(self, answer):
        for kind, content in ((self.STDOUT, answer), (self.STDOUT, b""), (self.END_REQUEST, bytes(8))):
            self.wfile.write(struct.pack(">BBHHBx", 1, kind, self.identifier, len(content), 0) + content)


class UWSGI(Variables):
    def read(self):
        _, size, _ = struct.unpack("<BHB", self.exactly(4))
        block, place, texts = self.exactly(size), 0, []
        while place < size:
            length, = struct.unpack_from("<H", block, place)
            texts.append(block[place + 2:place + 2 + length].decode("utf-8", "replace"))
            place += 2 + length
        variables = list(zip(texts[::2], texts[1::2]))
        return variables, self.read_body(variables)


class SCGI(Variables):
    def read(self):
        digits = b""
        while (digit := self.exactly(1)) != b":":
            digits += digit
        texts = self.exactly(int(digits) + 1).decode("utf-8", "replace").split("\0")[:-1]
        variables = list(zip(texts[::2], texts[1::2]))
        return variables, self.read_body(variables)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Applications:
    """All of them, each at a free port of loopback."""

    def __init__(self):
        self.servers = {"http": ThreadingHTTPServer(("127.0.0.1", 0), HTTP)}
        for name, handler in (("fastcgi", FastCGI), ("uwsgi", UWSGI), ("scgi", SCGI)):
            self.servers[name] = _Server(("127.0.0.1", 0), handler)
        for server in self.servers.values():
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def port(self, protocol):
        return self.servers[protocol].server_address[1]

    def stop(self):
        for server in self.servers.values():
            server.shutdown()
            server.server_close()
