"""An HTTP proxy as companies have them: CONNECT, requests in absolute form, user and password, refusals."""

import base64
import socket
import threading
from urllib.parse import urlsplit

from sockets import relay, serve

PHRASES = {403: "Forbidden", 407: "Proxy Authentication Required", 502: "Bad Gateway"}


class Proxy:
    """`login`: the user and password that it asks for. `refuses`: the status with which it refuses. `silent`: it never answers."""

    def __init__(self, address, resolve, *, login=None, refuses=None, silent=False):
        self.resolve, self.login, self.refuses, self.silent = resolve, login, refuses, silent
        # Host and port of each request.
        self.seen = []
        self.address = f"{address}:{serve(address, 0, self.handle)}"

    def handle(self, connection):
        if self.silent:
            threading.Event().wait()
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(65536)
            if not data:
                return
            head += data
        head, _, rest = head.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        port = url.port or 80
        self.seen.append(f"{url.hostname}:{port}")
        if status := self.refusal(headers):
            connection.sendall(f"HTTP/1.1 {status} {PHRASES[status]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            return
        with socket.create_connection(self.resolve(url.hostname, port)) as upstream:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = url.path + (f"?{url.query}" if url.query else "")
                kept = [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection:"))]
                upstream.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode() + rest)
            relay(connection, upstream)

    def refusal(self, headers):
        if self.login:
            expected = "Basic " + base64.b64encode(self.login.encode()).decode()
            if headers.get("proxy-authorization") != expected:
                return 407
        return self.refuses
