"""A FastCGI 1.0 client for one request after the other on one connection."""

import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def record(kind, content=b""):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def pair(name, value):
    lengths = b"".join(
        struct.pack(">B", length) if length < 128 else struct.pack(">I", length | 1 << 31)
        for length in (len(name), len(value)))
    return lengths + name + value


class Connection:
    def __init__(self, path, patience=30):
        """`patience` is the number of seconds after which a wait for the responder is an error."""
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.settimeout(patience)
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stream.close()
        self.socket.close()

    def get(self, path, token):
        """Returns the body; an answer other than 200 is an error."""
        head, body = self.exchange([
            ("REQUEST_METHOD", "GET"), ("REQUEST_URI", path), ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("REMOTE_ADDR", "127.0.0.1"), ("HTTP_AUTHORIZATION", f"Bearer {token}")])
        if not head.startswith(b"Status: 200"):
            raise RuntimeError(f"{path}: {head.decode()} {body.decode()}")
        return body

    def exchange(self, variables, content=b""):
        """Sends a request, and returns the head and the body of its answer."""
        params = b"".join(pair(name.encode(), value.encode()) for name, value in variables)
        self.socket.sendall(
            record(BEGIN, struct.pack(">HB5x", 1, 1)) + record(PARAMS, params) + record(PARAMS)
            + (record(STDIN, content) if content else b"") + record(STDIN))
        head, _, body = self.answer().partition(b"\r\n\r\n")
        return head, body

    def answer(self):
        output = b""
        while True:
            _, kind, _, length, padding = struct.unpack(">BBHHBx", self.read(8))
            content = self.read(length + padding)[:length]
            if kind == STDOUT:
                output += content
            if kind == END:
                return output

    def read(self, length):
        content = self.stream.read(length)
        if len(content) < length:
            raise ConnectionError("the responder closed the connection")
        return content
