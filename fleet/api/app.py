"""The application: which path is answered by what."""

from __future__ import annotations

from aiohttp import web

from fleet.api import acting, asking, probes
from fleet.api.answering import HUB, errors_as_json, loopback_only, rings
from fleet.hub.hub import Hub

V1 = "/api/v1"


def make_app(hub: Hub, *, read_only: bool = False) -> web.Application:
    """Make the application of a Hub; a read-only one answers questions and takes no orders."""
    first = [loopback_only] if read_only else []
    app = web.Application(middlewares=[errors_as_json, *first, rings], client_max_size=64 * 1024)
    app[HUB] = hub
    app.add_routes(_questions())
    if not read_only:
        app.add_routes(_orders())
    return app


def _questions() -> list[web.RouteDef]:
    paths = {
        "/healthz": probes.alive,
        "/readyz": probes.ready,
        f"{V1}/status": asking.status,
        f"{V1}/clusters": asking.clusters,
        f"{V1}/clusters/{{cluster}}": asking.cluster,
        f"{V1}/apps": asking.apps,
        f"{V1}/apps/{{cluster}}/{{app}}": asking.app,
        f"{V1}/objects/{{cluster}}/{{app}}": asking.app_object,
        f"{V1}/holds": asking.holds,
        f"{V1}/drift": asking.drift,
        f"{V1}/history": asking.history,
        f"{V1}/progress": asking.progress,
        f"{V1}/goal": asking.goal,
        f"{V1}/wait": asking.wait,
    }
    return [web.get(path, handler) for path, handler in paths.items()]


def _orders() -> list[web.RouteDef]:
    paths = {
        f"{V1}/fetch": acting.fetch,
        f"{V1}/sync": acting.sync,
        f"{V1}/approve": acting.approve,
        f"{V1}/adopt": acting.adopt,
        f"{V1}/handover": acting.handover,
        f"{V1}/preview": acting.preview,
    }
    return [web.post(path, handler) for path, handler in paths.items()]
