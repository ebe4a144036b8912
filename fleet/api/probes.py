"""Whether the process lives, and whether it is of use yet."""

from __future__ import annotations

from aiohttp import web

from fleet.api.answering import HUB, answer, refused
from fleet.hub.state import Phase


async def alive(_: web.Request) -> web.Response:
    """Answer at all: then the event loop runs."""
    return answer({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Whether a Revision was mapped and every cluster was tried once. One that is down does not make the hub unready."""
    hub = request.app[HUB]
    if hub.revisions.map is None:
        why = hub.state.fetch.error or "no Revision was fetched and mapped yet"
        return refused("NotReady", why, status=503)
    tried = {name for name, status in hub.state.clusters.items() if status.phase is not Phase.CONNECTING}
    untried = sorted(hub.clusters.keys() - tried)
    if untried:
        return refused("NotReady", f"{len(untried)} clusters were not reached yet: {', '.join(untried[:5])}", status=503)
    return answer({"status": "ok"})
