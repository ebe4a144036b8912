"""A real git smart HTTP server, `git http-backend` behind Python's own, and one that never answers."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.source.git import ENVIRONMENT


@dataclass(slots=True, kw_only=True)
class GitServer:
    """Where it is, and what it was asked: (method, path, whether a password came with it)."""

    url: str
    asked: list[tuple[str, str, bool]] = field(default_factory=list)


@contextmanager
def serving(checkout: Path, *, user: str, password: str, tls: ssl.SSLContext | None = None) -> Iterator[GitServer]:
    """Serve the repository as `/repo`, to whoever has the password, for the block; as HTTPS where a context is given."""
    running = GitServer(url="")
    wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(body_of(self))

        def answer(self, body: bytes) -> None:
            sent = self.headers.get("Authorization")
            running.asked.append((self.command, self.path, sent is not None))
            if sent == wanted:
                relay(self, backend(checkout, self, body))
                return
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            with suppress(ssl.SSLError):  # whoever does not trust the certificate hangs up
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        # The handshake belongs to the thread that answers: one that fails must not end the server.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    running.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/repo"
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def body_of(handler: BaseHTTPRequestHandler) -> bytes:
    """Read a request's body, sent whole or in chunks."""
    if handler.headers.get("Transfer-Encoding") != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    chunks = []
    while size := int(handler.rfile.readline(), 16):
        chunks.append(handler.rfile.read(size))
        handler.rfile.readline()
    return b"".join(chunks)


def backend(checkout: Path, handler: BaseHTTPRequestHandler, body: bytes) -> bytes:
    """Ask git's own CGI program."""
    parts = urlsplit(handler.path)
    environment = {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(checkout),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": handler.command,
        "PATH_INFO": parts.path.replace("/repo", "/.git", 1),
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    return subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=True).stdout


def relay(handler: BaseHTTPRequestHandler, answer: bytes) -> None:
    """Send on what the CGI program said."""
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = [line.split(": ", 1) for line in head.decode().splitlines()]
    status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
    handler.send_response(status)
    for name, value in fields:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def black_hole() -> Iterator[str]:
    """Accept connections, as the kernel does, and never answer; gives the URL."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/repo"


@contextmanager
def trickle() -> Iterator[tuple[str, threading.Event]]:
    """Answer one connection a byte at a time, for ever; gives the URL, and what is set when it has begun."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        begun, ended = threading.Event(), threading.Event()
        thread = threading.Thread(target=drip, args=(listening, begun, ended))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/repo", begun
        finally:
            ended.set()
            thread.join()


def drip(listening: socket.socket, begun: threading.Event, ended: threading.Event) -> None:
    """Send the beginning of a header that has no end."""
    listening.settimeout(60)
    with suppress(OSError):
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            begun.set()
            while not ended.wait(0.01):
                connection.sendall(b"x")


def children(pid: int | None = None) -> set[int]:
    """The processes this one, or another, has started and that have not ended."""
    found: set[int] = set()
    for file in Path(f"/proc/{pid or os.getpid()}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # of a thread that has just ended
            found.update(map(int, file.read_text().split()))
    return found
