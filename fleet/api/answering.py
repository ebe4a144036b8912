"""How requests are read and answered: JSON both ways, errors with their name, the number of the last change."""

from __future__ import annotations

import logging
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import orjson
from aiohttp import web

from fleet.errors import DecisionRefused, FleetError, NotThere, RequestInvalid, StoreUnavailable
from fleet.hub.hub import Hub
from fleet.queries import Asked, plain

log = logging.getLogger(__name__)

HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
RINGS = "Fleet-Rings"
_STATUS: Mapping[type[FleetError], int] = {NotThere: 404, RequestInvalid: 400, DecisionRefused: 409, StoreUnavailable: 503}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(value: Any, *, status: int = 200) -> web.Response:
    """Answer with a value as JSON."""
    return web.Response(body=orjson.dumps(plain(value)), status=status, content_type="application/json")


def refused(name: str, message: str, *, status: int) -> web.Response:
    """Answer with an error."""
    return answer({"error": name, "message": message}, status=status)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say errors of ours, and aiohttp's own, in one form; what is a fault of ours is logged, and its facts stay here."""
    try:
        return await handler(request)
    except FleetError as error:
        return refused(type(error).__name__, str(error), status=_status(error))
    except web.HTTPException as error:
        return refused(error.reason.replace(" ", ""), f"{request.method} {request.path}: {error.reason}", status=error.status)


def _status(error: FleetError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 502 if error.retry else 500)


@web.middleware
async def rings(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell which change an answer is of: counted before it is made, so that no later one is missed."""
    number = request.app[HUB].state.bell.rings
    response = await handler(request)
    response.headers.setdefault(RINGS, str(number))
    return response


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only those who asked for this machine by name: a web page that points its own name here is not one of them."""
    host = request.host.rpartition(":")[0] if request.host.count(":") == 1 else request.host.partition("]")[0].strip("[")
    if (host or request.host) not in _LOOPBACK:
        return refused("Forbidden", "this address answers only as localhost", status=403)
    return await handler(request)


def asked(request: web.Request) -> Asked:
    """What a question is about: `cluster`, `app`, and `label=NAME=VALUE` any number of times."""
    query = request.query
    labels = dict(_label(text) for text in query.getall("label", []))
    return Asked(cluster=query.get("cluster", ""), app=query.get("app", ""), labels=labels)


def _label(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not name or not separator:
        raise RequestInvalid(message=f"label {text!r} is not of the form NAME=VALUE")
    return name, value


def number(request: web.Request, name: str, default: float, *, most: float) -> float:
    """A number of the query, from 0 to `most`."""
    text = request.query.get(name)
    try:
        found = float(text) if text is not None else default
    except ValueError:
        found = -1.0
    if not 0 <= found <= most:
        raise RequestInvalid(message=f"{name} must be a number from 0 to {most:g}")
    return found


def moment(request: web.Request, name: str) -> datetime:
    """A moment of the query, RFC 3339."""
    try:
        found = datetime.fromisoformat(request.query.get(name, ""))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise RequestInvalid(message=f"{name} must be a time in RFC 3339, with its zone")
    return found


async def told(request: web.Request) -> Mapping[str, Any]:
    """The JSON object of an order's body; an empty body is an empty one."""
    text = await request.read()
    try:
        found = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise RequestInvalid(message="the body must be a JSON object of texts")
    return found


def who(request: web.Request) -> str:
    """The user at the other end of the unix socket, as the kernel says."""
    sock = request.transport.get_extra_info("socket") if request.transport else None
    if sock is None:
        return "unknown"
    _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
