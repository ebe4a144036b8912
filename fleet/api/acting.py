"""Orders: what a person tells the hub to do. Only on the unix socket, whose other end the kernel names."""

from __future__ import annotations

import logging

from aiohttp import web

from fleet import queries
from fleet.api.answering import HUB, answer, asked, told, who
from fleet.errors import RequestInvalid
from fleet.hub import decisions

log = logging.getLogger(__name__)


async def fetch(request: web.Request) -> web.Response:
    """Look at the Source now; what a push webhook does."""
    hub = request.app[HUB]
    now = hub.shared.now()
    hub.alarm.ring()
    return answer({"asked": now}, status=202)


async def sync(request: web.Request) -> web.Response:
    """Look at the Source, and at Apps, now."""
    hub, order = request.app[HUB], await told(request)
    now = hub.shared.now()
    keys = decisions.resync(hub, order.get("cluster", ""), order.get("app", ""))
    return answer({"asked": now, "apps": [str(key) for key in keys]}, status=202)


async def approve(request: web.Request) -> web.Response:
    """Say the word of a Hold; answered when it is written down in the clusters."""
    hub, order, by = request.app[HUB], await told(request), who(request)
    word = order.get("word", "")
    if not word:
        raise RequestInvalid(message="word is missing: say the word that the Hold shows")
    done = await decisions.approve(hub, word, by=by)
    log.info("A Hold's word was said", extra={"word": word, "by": by, "objects": sum(len(keys) for keys in done.keys.values())})
    apps = {str(app): [str(key) for key in sorted(keys)] for app, keys in done.keys.items()}
    return answer({"word": word, "by": by, "apps": apps, "missing": list(done.missing)})


async def adopt(request: web.Request) -> web.Response:
    """Adopt a cluster that is only observed; all such, where none is named. With `from`: an engine is gone from there."""
    hub, order, by = request.app[HUB], await told(request), who(request)
    if order.get("from"):
        gone = await decisions.depart(hub, order["from"], order.get("cluster", ""), by=by)
        log.info("An engine was said to be gone", extra={"engine": order["from"], "clusters": ", ".join(gone.clusters), "by": by})
        return answer({"by": by, "from": order["from"], "clusters": list(gone.clusters), "missing": list(gone.missing)})
    adopted = await decisions.adopt(hub, order.get("cluster", ""), by=by)
    log.info("Clusters were adopted", extra={"clusters": ", ".join(adopted), "by": by})
    return answer({"by": by, "clusters": list(adopted)})


async def handover(request: web.Request) -> web.Response:
    """What would change hands, were `from` gone as well. It writes nothing, but tries each object on its API server."""
    engine = request.query.get("from", "")
    return answer(await queries.handover(request.app[HUB], asked(request), engine=engine))


async def preview(request: web.Request) -> web.Response:
    """What a Sync would do now. It writes nothing, but it reads from clusters: so it is no question for everybody."""
    return answer(await queries.preview(request.app[HUB], asked(request)))
