"""The connection of one case to one server: blocking, with nothing of the hub's client in it."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

AGENT = "conformance/1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a server is and how its users prove themselves; a path in the address comes before every request's."""

    address: str
    tokens: Mapping[str, str]
    # The authority of a server that speaks TLS.
    ca_file: str = ""


class Response(NamedTuple):
    """One answer: status, warnings, media type and the parsed body."""

    status: int
    warnings: tuple[str, ...]
    media: str
    body: Any


class Request(NamedTuple):
    """One request as it is sent."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, Any] = {}
    content: str = "application/json"
    accept: str = "application/json"
    user: str = "admin"


class Session:
    """Requests over one connection for each user; `close` ends them."""

    def __init__(self, server: Server, *, timeout: float = 30) -> None:
        self._server = server
        self._timeout = timeout
        self._address = urlsplit(server.address)
        self._context = ssl.create_default_context(cafile=server.ca_file) if server.ca_file else None
        self._connections: dict[str, http.client.HTTPConnection] = {}

    def send(self, request: Request) -> Response:
        """Send a request and read the whole answer."""
        if request.user not in self._connections:
            self._connections[request.user] = self._connect()
        response = self._begin(self._connections[request.user], request)
        text = response.read()
        media = response.headers.get("Content-Type") or ""
        warnings = tuple(response.headers.get_all("Warning") or ())
        return Response(response.status, warnings, media, _parsed(text))

    def watch(self, request: Request) -> Iterator[Any]:
        """Yield the events of a watch until it ends; the connection is the watch's own. The first item is the status."""
        connection = self._connect()
        try:
            response = self._begin(connection, request)
            yield response.status
            while line := response.readline():
                yield _parsed(line)
        finally:
            connection.close()

    def close(self) -> None:
        """Close every connection."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._address.hostname or "", self._address.port
        if self._context:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _begin(self, connection: http.client.HTTPConnection, request: Request) -> http.client.HTTPResponse:
        headers = {"User-Agent": AGENT, "Accept": request.accept}
        if token := self._server.tokens.get(request.user, request.user):
            headers["Authorization"] = f"Bearer {token}"
        body = None
        if request.body is not None:
            headers["Content-Type"] = request.content
            body = (request.body if isinstance(request.body, str) else json.dumps(request.body)).encode()
        target = self._address.path.rstrip("/") + request.path
        query = urlencode({name: _said(value) for name, value in request.query.items()})
        connection.request(request.method, f"{target}?{query}" if query else target, body=body, headers=headers)
        return connection.getresponse()


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")
