"""Requests to one API server: bounded, with deadlines, and no write without the lease's permit.

Plain aiohttp and orjson: the generated client of kubernetes_asyncio costs several times a bare request.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import urlencode

import aiohttp
import orjson

from fleet import __version__
from fleet.aio import Limiter
from fleet.errors import ClusterUnreachable, Disconnected, LeaseLost, TooManyRequests
from fleet.kube.server.answers import Asked, error_of, seconds_of
from fleet.kube.server.connect import Access, Connection

AGENT = f"fleethub/{__version__}"
JSON = "application/json"
APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"

Params: TypeAlias = Mapping[str, str]
Permit: TypeAlias = Callable[[], None]

# A log comes as text, its refusal as JSON.
_TEXT = "text/plain,application/json"
# The second word is for kinds whose server does not know the first.
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
# Who asks for more patience than this gets it from the caller's own backoff, with the slot free meanwhile.
_LONGEST_WAIT = 30.0
# Said of one kind whose definition has just come: no reason to let the cluster's other requests wait.
_INITIALIZING = b"storage is (re)initializing"
_DISCOVERY = ",".join(
    [*(f"application/json;g=apidiscovery.k8s.io;v={v};as=APIGroupDiscoveryList" for v in ("v2", "v2beta1")), JSON]
)
_STALE = frozenset({errno.ECONNRESET, errno.EPIPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds; a server that accepts and never answers costs exactly these."""

    connect: float = 10.0
    """Until the connection stands, TLS included."""
    request: float = 30.0
    """For a whole request; more than what a cluster's slowest admission webhook may take by default (10 s)."""
    silence: float = 150.0
    """Between two words of a watch: the server sends a bookmark about once a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    verb: str
    path: str
    params: Params | None
    accept: str
    body: bytes | None = None
    content_type: str = ""
    guarded: bool = False


class ApiClient:
    """The one way to one cluster's API server; make it in the event loop that uses it, and `close()` it.

    A write needs the permit of the lease (`guard_with`); until one is given, every guarded write raises LeaseLost.
    Requests take a place of the cluster's and of everybody's in `limiter`; watches do not.
    """

    def __init__(self, connection: Connection, *, limiter: Limiter[str], timeouts: Timeouts | None = None) -> None:
        self.cluster = connection.cluster
        self.timeouts = timeouts or Timeouts()
        self._connection = connection
        self._limiter = limiter
        self._permit: Permit = self._no_permit
        self._sessions: Mapping[bool, aiohttp.ClientSession] = {}
        """By whether the permit is asked; they share their connections."""
        self._timeout = aiohttp.ClientTimeout(total=self.timeouts.request, connect=self.timeouts.connect)
        self._patient_until = 0.0

    def guard_with(self, permit: Permit) -> None:
        """Ask this before each write, directly before its first byte is sent; it raises LeaseLost to stop it."""
        self._permit = permit

    async def get(self, path: str, *, params: Params | None = None, metadata_only: bool = False, urgent: bool = False) -> Any:
        """GET a path, parsed; an object, or with `metadata_only` its PartialObjectMetadata.

        Tried once more when the connection turns out to be closed. An urgent one waits for no place and no patience.
        Raises the ApiError family and ClusterUnreachable.
        """
        request = _Request(verb="GET", path=path, params=params, accept=_METADATA if metadata_only else JSON)
        return await self._read(request, urgent=urgent)

    async def list(self, path: str, *, params: Params | None = None, metadata_only: bool = False) -> Any:
        """GET one page of a collection, parsed; with `metadata_only` a PartialObjectMetadataList, whose items name no kind."""
        return await self._read(_Request(verb="GET", path=path, params=params, accept=_METADATA_LIST if metadata_only else JSON))

    async def text(self, path: str, *, params: Params | None = None) -> str:
        """GET what is no JSON, a Pod's log; what in it is no UTF-8 is replaced. The caller bounds its size, by `params`."""
        found: str = await self._read(_Request(verb="GET", path=path, params=params, accept=_TEXT))
        return found

    async def discover(self, path: str) -> Any:
        """GET `/api` or `/apis` as an APIGroupDiscoveryList, or as what a server has that knows none."""
        return await self._read(_Request(verb="GET", path=path, params=None, accept=_DISCOVERY))

    async def write(  # noqa: PLR0913 - what HTTP says of a write
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        params: Params | None = None,
        content_type: str = JSON,
        metadata_only: bool = True,
        unguarded: bool = False,
    ) -> tuple[int, Any]:
        """Send one write, once; gives status and parsed answer (PartialObjectMetadata unless told otherwise).

        The lease is asked when the connection stands, directly before the first byte. Only the lease itself and our
        Namespace are `unguarded`; these wait for nobody. ClusterUnreachable means that it may have been done or not.
        """
        request = _Request(
            verb=method,
            path=path,
            params=params,
            accept=_METADATA if metadata_only else JSON,
            body=body,
            content_type=content_type,
            guarded=not unguarded,
        )
        return await self._bounded(request, urgent=unguarded)

    async def stream(
        self, path: str, *, params: Params, metadata_only: bool = False, opened: Callable[[], None] | None = None
    ) -> AsyncIterator[Any]:
        """Follow a watch: its events, parsed, until the server ends it. Use it with `contextlib.aclosing`.

        `opened` is called when the server has begun to answer. Raises ClusterUnreachable when the connection breaks or
        says nothing for too long, and the ApiError family.
        """
        request = _Request(verb="GET", path=path, params=params, accept=_METADATA if metadata_only else JSON)
        timeout = aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect, sock_read=self.timeouts.silence)
        await self._patience()
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self.timeouts.request):
                    response = await stack.enter_async_context(await self._open(request, timeout))
                await self._check(request, response)
                if opened:
                    opened()
                async for line in _lines(response.content):
                    yield orjson.loads(line)
            except (aiohttp.ClientError, OSError) as error:
                raise self._unreachable(error, "it went silent") from error
            except orjson.JSONDecodeError as error:
                raise ClusterUnreachable(cluster=self.cluster, reason="a watch said what is not JSON") from error

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions = {}

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _read(self, request: _Request, *, urgent: bool = False) -> Any:
        try:
            _, body = await self._bounded(request, urgent=urgent)
        except Disconnected:
            _, body = await self._bounded(request, urgent=urgent)
        return body

    async def _bounded(self, request: _Request, *, urgent: bool = False) -> tuple[int, Any]:
        if urgent:
            return await self._once(request)
        await self._patience()
        async with self._limiter.slot(self.cluster):
            return await self._once(request)

    async def _once(self, request: _Request) -> tuple[int, Any]:
        if request.guarded:
            self._permit()  # asked again before the first byte; here it spares a connection
        try:
            async with await self._open(request, self._timeout) as response:
                await self._check(request, response)
                said = await response.read()
                return response.status, said.decode(errors="replace") if request.accept == _TEXT else orjson.loads(said)
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error, f"no answer within {self.timeouts.request:g} s") from error
        except orjson.JSONDecodeError as error:
            raise ClusterUnreachable(cluster=self.cluster, reason=f"{request.path}: the answer is not JSON") from error

    async def _open(self, request: _Request, timeout: aiohttp.ClientTimeout) -> Any:
        access = await self._connection.access()
        return self._opened()[request.guarded].request(
            request.verb,
            _url(access, request),
            data=request.body,
            headers=_headers(access, request),
            ssl=access.tls,
            server_hostname=access.server_name,
            proxy=access.proxy,
            timeout=timeout,
            allow_redirects=False,
        )

    async def _check(self, request: _Request, response: aiohttp.ClientResponse) -> None:
        if 200 <= response.status < 300:
            return
        body = await response.read()
        header = response.headers.get("Retry-After")
        wait = seconds_of(header)
        busy = response.status == 429 or (response.status == 503 and header)
        if busy and _INITIALIZING not in body:
            self._patient_until = max(self._patient_until, asyncio.get_running_loop().time() + wait)
        if response.status == 401:
            self._connection.refused()
        asked = Asked(self.cluster, request.verb, request.path)
        raise error_of(asked, response.status, body, retry_after=wait)

    async def _patience(self) -> None:
        """Wait as long as the server asked, or tell the caller to."""
        loop = asyncio.get_running_loop()
        while (left := self._patient_until - loop.time()) > 0:
            if left > _LONGEST_WAIT:
                raise TooManyRequests(cluster=self.cluster, status=429, retry_after=left, reason="it asked for patience")
            await asyncio.sleep(left)

    def _opened(self) -> Mapping[bool, aiohttp.ClientSession]:
        if not self._sessions:
            connector = self._connection.dial()
            self._sessions = {
                False: _session(connector, aiohttp.ClientRequest),
                True: _session(connector, _guarded(self._ask_permit)),
            }
        return self._sessions

    def _ask_permit(self) -> None:
        self._permit()  # whichever was given last

    def _unreachable(self, error: Exception, late: str) -> ClusterUnreachable:
        kind = Disconnected if _is_stale(error) else ClusterUnreachable
        return kind(cluster=self.cluster, reason=_reason(error, late))

    def _no_permit(self) -> None:
        raise LeaseLost(cluster=self.cluster, reason="it was not taken yet")


def _session(connector: aiohttp.BaseConnector, request: type[aiohttp.ClientRequest]) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": AGENT}, request_class=request
    )
    # aiohttp would send a PUT or DELETE again by itself when a connection breaks; a write is sent once.
    session._retry_connection = False
    return session


def _guarded(permit: Permit) -> type[aiohttp.ClientRequest]:
    """Make the kind of request that asks a permit when the connection stands and nothing was written yet."""

    class Guarded(aiohttp.ClientRequest):
        async def send(self, conn: Any) -> aiohttp.ClientResponse:
            permit()
            return await super().send(conn)

        async def write_bytes(self, writer: Any, conn: Any, content_length: int | None = None) -> None:
            # Head and body leave together, from a task of their own: a hub that is stopped before it would write when it wakes.
            try:
                permit()
            except LeaseLost as error:
                conn.protocol.set_exception(error)  # the answer is waited for already
                conn.close()
                return
            await super().write_bytes(writer, conn, content_length)

    return Guarded


def _url(access: Access, request: _Request) -> str:
    query = f"?{_query(tuple(request.params.items()))}" if request.params else ""
    return f"{access.server}{request.path}{query}"


@lru_cache(maxsize=256)
def _query(params: tuple[tuple[str, str], ...]) -> str:
    return urlencode(params)


def _headers(access: Access, request: _Request) -> dict[str, str]:
    headers = {**access.headers, "Accept": request.accept}
    if request.body is not None:
        headers["Content-Type"] = request.content_type
    return headers


def _is_stale(error: Exception) -> bool:
    """Tell whether the server had closed an idle connection just when it was used."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return False
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return True
    return isinstance(error, OSError) and error.errno in _STALE


def _reason(error: Exception, late: str) -> str:
    if isinstance(error, TimeoutError):  # aiohttp's are all of this kind
        return "no connection in time" if isinstance(error, aiohttp.ConnectionTimeoutError) else late
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not accepted: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return os.strerror(number) if number and number > 0 else str(error.os_error)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it closed the connection"
    return str(error) or type(error).__name__


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Cut a stream into lines of any length; an object has up to 3 MiB, more than a stream's own readline takes."""
    pieces: list[bytes] = []
    async for chunk in content.iter_any():
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            whole = b"".join([*pieces, line])
            pieces.clear()
            if whole:
                yield whole
        pieces.append(rest)
