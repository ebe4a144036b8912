"""Questions: each handler reads what is asked and gives the answer of `queries`."""

from __future__ import annotations

import asyncio

from aiohttp import web

from fleet import queries
from fleet.api.answering import HUB, RINGS, answer, asked, moment, number
from fleet.errors import RequestInvalid
from fleet.model.keys import AppKey, ObjectKey

_LONGEST_WAIT = 60.0
_MOST = 1000.0


async def status(request: web.Request) -> web.Response:
    """The fleet at a glance."""
    return answer(queries.fleet(request.app[HUB], asked(request)))


async def clusters(request: web.Request) -> web.Response:
    """All clusters."""
    return answer(queries.clusters(request.app[HUB], asked(request)))


async def cluster(request: web.Request) -> web.Response:
    """One cluster and its Apps."""
    return answer(queries.one_cluster(request.app[HUB], request.match_info["cluster"]))


async def apps(request: web.Request) -> web.Response:
    """Apps."""
    return answer(queries.apps(request.app[HUB], asked(request)))


async def app(request: web.Request) -> web.Response:
    """One App and its objects."""
    return answer(queries.one_app(request.app[HUB], _key(request)))


async def app_object(request: web.Request) -> web.Response:
    """One object: `?object=Kind[.group]/[namespace/]name`."""
    return answer(queries.one_object(request.app[HUB], _key(request), _object(request)))


async def holds(request: web.Request) -> web.Response:
    """What is held."""
    return answer(queries.holds(request.app[HUB], asked(request)))


async def drift(request: web.Request) -> web.Response:
    """Drift that stands, then that of the past."""
    limit = int(number(request, "limit", 50, most=_MOST))
    return answer(await queries.drift(request.app[HUB], asked(request), object=request.query.get("object", ""), limit=limit))


async def history(request: web.Request) -> web.Response:
    """Syncs of the past."""
    limit = int(number(request, "limit", 50, most=_MOST))
    return answer(await queries.history(request.app[HUB], asked(request), object=request.query.get("object", ""), limit=limit))


async def progress(request: web.Request) -> web.Response:
    """How far the hub is with what was asked of it at `since`."""
    return answer(queries.progress(request.app[HUB], asked(request), since=moment(request, "since")))


async def goal(request: web.Request) -> web.Response:
    """How far Apps are with what is waited for: `goal=synced|healthy`, `revision=` where it is to be at another commit."""
    query = request.query
    found = await queries.goal(
        request.app[HUB], asked(request), goal=query.get("goal", "healthy"), revision=query.get("revision", "")
    )
    return answer(found)


async def wait(request: web.Request) -> web.Response:
    """Answer as soon as anything changed after the change numbered `seen`, or when `timeout` seconds are over."""
    bell = request.app[HUB].state.bell
    seen = int(number(request, "seen", bell.rings, most=float(2**53)))
    # One who saw more than there was has seen another hub: this one's numbers begin anew.
    seen = seen if seen <= bell.rings else -1
    try:
        async with asyncio.timeout(number(request, "timeout", 30, most=_LONGEST_WAIT)):
            await bell.wait(seen)
    except TimeoutError:
        pass
    response = answer({"rings": bell.rings})
    response.headers[RINGS] = str(bell.rings)
    return response


def _key(request: web.Request) -> AppKey:
    return AppKey(request.match_info["cluster"], request.match_info["app"])


def _object(request: web.Request) -> ObjectKey:
    text = request.query.get("object", "")
    try:
        return ObjectKey.parse(text)
    except ValueError as error:
        raise RequestInvalid(message=f"{text!r} is no object: write it as Kind[.group]/[namespace/]name") from error
