"""Takes the requests of one cluster: who asks, may he, what goes wrong, the answer, the audit log."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import NoReturn
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from fleet.errors import ApiStatus
from fleet.sandbox.access import Asked, User, allowed, forbidden
from fleet.sandbox.audit import WRITES, Entry
from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.faults import Fault
from fleet.sandbox.resources import Resource
from fleet.sandbox.resources.resource import built_in
from fleet.sandbox.serving import protobuf
from fleet.sandbox.serving.answers import Answer, error_answer
from fleet.sandbox.serving.call import Call
from fleet.sandbox.serving.dispatch import answer
from fleet.sandbox.serving.documents import DOWN, LOST, document
from fleet.sandbox.serving.negotiation import JSON, Form, form
from fleet.sandbox.serving.routes import Route, route
from fleet.sandbox.serving.watching import Watcher, pauses
from fleet.sandbox.verbs import statuses

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_TRUE = frozenset({"1", "true", "True"})
# A slow answer comes in so many pieces, whatever its length.
_PIECES = 20
_RESET = struct.pack("ii", 1, 0)


class ApiServer:
    """One cluster's way in; `handle` is the handler of an `aiohttp.web.Server`."""

    def __init__(self, cluster: SandboxCluster) -> None:
        self.cluster = cluster
        self._watchers: set[Watcher] = set()
        cluster.state.on_withdrawn.append(self._withdrawn)

    def end_watches(self) -> None:
        """Let every open watch end in good order."""
        for watcher in tuple(self._watchers):
            watcher.end()

    def _withdrawn(self, definition: str) -> None:
        for watcher in tuple(self._watchers):
            if watcher.definition == definition:
                watcher.end()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        received = time.time()
        path = request.rel_url.raw_path
        query = _query(request.rel_url.raw_query_string)
        place = route(path)
        verb = _verb(request.method, place, query)
        entry = Entry(verb, request.path_qs, request.headers.get("User-Agent", ""), received=received)
        if place:
            entry.reference = _reference(place)
        fault = await self._misbehave(request, entry, place) if self.cluster.faults.active else None
        body = await request.read() if request.method not in ("GET", "HEAD") else b""
        if self.cluster.audit.bodies and verb in WRITES:
            entry.body = body
        return await self._respond(request, entry, (place, query, body), fault)

    async def _respond(
        self,
        request: web.BaseRequest,
        entry: Entry,
        asked: tuple[Route | None, Mapping[str, str], bytes],
        fault: Fault | None,
    ) -> web.StreamResponse:
        place, query, body = asked
        try:
            if fault and fault.action == "status":
                raise _refusal(fault)
            wanted = self._admit(request, entry, place)
            if place is None:
                found = document(self.cluster.state.catalogue, request.rel_url.path, wanted, verbose="verbose" in query)
            elif (resource := self._resource(place)) is None:
                found = self._nowhere(place)
            else:
                call = self._call(request, entry, (place, query, body), (resource, wanted))
                if call.verb == "watch":
                    return await self._watch(request, entry, Watcher(call))
                found = answer(call)
        except ApiStatus as error:
            found = error_answer(error)
        return await self._send(request, entry, found, fault)

    # ── before ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _admit(self, request: web.BaseRequest, entry: Entry, place: Route | None) -> Form:
        """Find out who asks, and whether he may; raises ApiStatus."""
        user = self._user(request)
        entry.user, entry.groups = user.name, user.groups
        if place is None:
            asked = Asked(verb=entry.verb, path=request.rel_url.path)
        else:
            asked = Asked(
                verb=entry.verb,
                group=place.group,
                resource=place.plural,
                subresource=place.subresource,
                namespace=place.namespace or _own_namespace(place),
                name=place.name,
            )
        if not allowed(user, asked):
            raise forbidden(user, asked)
        # An OpenAPI document has one form, and clients ask for it as protobuf first.
        return (
            Form() if place is None and request.rel_url.path.startswith("/openapi/") else form(request.headers.get("Accept", ""))
        )

    def _user(self, request: web.BaseRequest) -> User:
        transport = request.transport
        certificate = transport.get_extra_info("peercert") if transport else None
        return self.cluster.access.user(request.headers.get("Authorization"), certificate)

    def _resource(self, place: Route) -> Resource | None:
        found = self.cluster.state.catalogue.find(place.group, place.version, place.plural)
        if found is None or (place.namespace and not found.namespaced):
            return None
        return found if not place.subresource or place.subresource in found.subresources else None

    def _nowhere(self, place: Route) -> Answer:
        """Of a group that is there a server says it itself; of others nobody knows."""
        if (place.group, place.version) in self.cluster.state.catalogue.absent:
            return DOWN
        served = self.cluster.state.catalogue.find(place.group, place.version, place.plural)
        if served and served.custom and place.subresource in ("status", "scale"):
            # What a definition does not say is served as what is not there.
            raise statuses.not_found(served, place.name)
        if served or any(group == place.group for group, _ in built_in()):
            raise statuses.not_served()
        return LOST

    def _call(
        self,
        request: web.BaseRequest,
        entry: Entry,
        asked: tuple[Route, Mapping[str, str], bytes],
        found: tuple[Resource, Form],
    ) -> Call:
        place, query, body = asked
        resource, wanted = found
        verbs = resource.subresources[place.subresource].verbs if place.subresource else resource.verbs
        if entry.verb not in verbs or (place.name and entry.verb == "create" and not place.subresource):
            raise statuses.method_not_allowed()
        if not place.name and entry.verb in ("update", "patch"):
            raise statuses.method_not_allowed()
        if resource.namespaced and not place.namespace and entry.verb not in ("list", "watch"):
            raise statuses.not_served() if place.name else statuses.method_not_allowed()
        media = request.headers.get("Content-Type", "")
        if media.startswith(protobuf.MEDIA):
            body, media = orjson.dumps(protobuf.decoded(body)), JSON
            entry.body = body if entry.body else b""
        return Call(
            state=self.cluster.state,
            access=self.cluster.access,
            resource=resource,
            route=place,
            verb=entry.verb,
            query=query,
            form=wanted,
            media=media,
            body=body,
            agent=entry.agent,
            user=self._user(request),
        )

    # ── after ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _send(self, request: web.BaseRequest, entry: Entry, found: Answer, fault: Fault | None) -> web.StreamResponse:
        entry.code = found.code
        self.cluster.audit.record(entry, "ResponseComplete", at=time.time())
        self.cluster.state.settle()
        if fault and fault.action == "reset":
            _reset(request)
        headers = {"Content-Type": found.media, **found.headers}
        response = web.Response(body=found.body, status=found.code, headers=headers)
        for warning in found.warnings:
            response.headers.add("Warning", f'299 - "{_quoted(warning)}"')
        if fault and fault.action == "slow":
            return await _slowly(request, response, fault.seconds)
        return response

    async def _watch(self, request: web.BaseRequest, entry: Entry, watcher: Watcher) -> web.StreamResponse:
        """Stream the events until the watch is over, or the client goes."""
        entry.code = 200
        self._watchers.add(watcher)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        try:
            self.cluster.audit.record(entry, "ResponseStarted", at=time.time())
            await response.prepare(request)
            await self._stream(response, watcher)
            await response.write_eof()
        except ConnectionError:
            pass  # the client has gone: that is how a watch ends
        finally:
            watcher.close()
            self._watchers.discard(watcher)
            self.cluster.audit.record(entry, "ResponseComplete", at=time.time())
        return response

    async def _stream(self, response: web.StreamResponse, watcher: Watcher) -> None:
        clock = asyncio.get_running_loop().time
        await self._say(response, watcher)
        for due in pauses(watcher, now=clock()):
            while not watcher.ended and (left := due - clock()) > 0:
                await watcher.wait(left)
                await self._say(response, watcher)
            if watcher.ended:
                return
            if watcher.bookmarks:
                watcher.bookmark()
                await self._say(response, watcher)

    async def _say(self, response: web.StreamResponse, watcher: Watcher) -> None:
        if not watcher.lines:
            return
        if self.cluster.faults.silent:
            await self.cluster.faults.healed()
        await response.write(watcher.taken())

    # ── faults ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _misbehave(self, request: web.BaseRequest, entry: Entry, place: Route | None) -> Fault | None:
        """Let happen what comes before the request is done; gives what comes after."""
        faults = self.cluster.faults
        if faults.silent:
            await faults.healed()
        fault = faults.next(entry.verb, place.plural if place else "", request.rel_url.path, entry.agent)
        if fault is None:
            return None
        if fault.action == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.action == "black-hole":
            await asyncio.Event().wait()
        elif fault.action == "reset" and not fault.after:
            _reset(request)
        return fault


@lru_cache(maxsize=1024)
def _query(text: str) -> Mapping[str, str]:
    """The parameters of a request; clients say the same ones again and again."""
    return dict(parse_qsl(text, keep_blank_values=True))


def _verb(method: str, place: Route | None, query: Mapping[str, str]) -> str:
    """The verb as authorization and the audit log name it."""
    if place is None:
        return method.lower()
    if method in ("GET", "HEAD"):
        if place.name:
            return "get"
        return "watch" if query.get("watch") in _TRUE else "list"
    if method == "DELETE" and not place.name:
        return "deletecollection"
    return _VERBS.get(method, method.lower())


def _reference(place: Route) -> dict[str, str]:
    said = {
        "resource": place.plural,
        "namespace": place.namespace,
        "name": place.name,
        "apiGroup": place.group,
        "apiVersion": place.version,
        "subresource": place.subresource,
    }
    return {key: value for key, value in said.items() if value}


def _own_namespace(place: Route) -> str:
    """A Namespace counts as lying in itself."""
    return place.name if place.plural == "namespaces" and not place.group else ""


def _refusal(fault: Fault) -> ApiStatus:
    """The Status of a fault, as a server in trouble says it."""
    reason, message = _TROUBLE.get(fault.code, ("InternalError", "Internal error occurred: the sandbox was told to fail"))
    details = {} if fault.retry_after is None else {"retryAfterSeconds": fault.retry_after}
    return statuses.refusal(fault.code, reason, message, details)


_TROUBLE = {
    401: ("Unauthorized", "Unauthorized"),
    403: ("Forbidden", "forbidden: the sandbox was told to forbid it"),
    409: ("Conflict", "Operation cannot be fulfilled: the sandbox was told to conflict"),
    429: ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "the server was unable to return a response in the time allotted"),
}


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


async def _slowly(request: web.BaseRequest, response: web.Response, seconds: float) -> web.StreamResponse:
    """Send an answer in small pieces over some seconds."""
    body = bytes(response.body or b"")  # type: ignore[arg-type]
    slow = web.StreamResponse(status=response.status, headers=response.headers)
    slow.content_length = len(body)
    await slow.prepare(request)
    step = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), step):
        await slow.write(body[start : start + step])
        await asyncio.sleep(seconds / _PIECES)
    await slow.write_eof()
    return slow


def _reset(request: web.BaseRequest) -> NoReturn:
    """Break the connection off with a reset, so that the client cannot take it for an orderly end."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
    raise asyncio.CancelledError
