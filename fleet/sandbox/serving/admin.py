"""The admin path: makes clusters misbehave, go back in time and forget, from outside their process.

`GET /clusters`; `GET`, `POST` and `DELETE /clusters/<name>/faults`; `GET /clusters/<name>/audit`; `POST
/clusters/<name>/<action>` with one of refuse, black-hole, expire-certificate, cut, cut-watches, compact, snapshot, restore, wipe.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import orjson
from aiohttp import web

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.faults import Fault
from fleet.sandbox.storage import Snapshot

_FIELDS = frozenset(field.name for field in fields(Fault))


class Admin:
    """Answers for all clusters of a process, to whoever has the token."""

    def __init__(self, clusters: Mapping[str, SandboxCluster]) -> None:
        self.token = secrets.token_hex(16)
        self._clusters = clusters
        self._snapshots: dict[str, Snapshot] = {}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if not secrets.compare_digest(request.headers.get("Authorization", ""), f"Bearer {self.token}"):
            return _said({"error": "the token is not the one that was printed"}, 401)
        parts = request.rel_url.path.strip("/").split("/")
        if parts == ["clusters"]:
            return _said({name: {"server": each.server, "faults": each.faults.told()} for name, each in self._clusters.items()})
        cluster = self._clusters.get(parts[1]) if len(parts) == 3 and parts[0] == "clusters" else None
        if cluster is None:
            return _said({"error": "no such path"}, 404)
        body = await request.read()
        return self._of_cluster(cluster, f"{request.method} {parts[2]}", body)

    def _of_cluster(self, cluster: SandboxCluster, asked: str, body: bytes) -> web.Response:
        if asked == "GET audit":
            return _said(cluster.audit.since())
        if asked == "POST faults":
            return self._add(cluster, body)
        action = self._actions(cluster).get(asked)
        if action is None:
            return _said({"error": f"no such action; there are {', '.join(self._actions(cluster))}"}, 404)
        action()
        return _said(cluster.faults.told())

    def _add(self, cluster: SandboxCluster, body: bytes) -> web.Response:
        try:
            said: Any = orjson.loads(body)
            cluster.faults.add(Fault(**{**said, "verbs": tuple(said.get("verbs", ()))}))
        except (orjson.JSONDecodeError, TypeError, AttributeError):
            return _said({"error": f"a fault is an object with `action` and of {', '.join(sorted(_FIELDS))}"}, 400)
        return _said(cluster.faults.told(), 201)

    def _actions(self, cluster: SandboxCluster) -> dict[str, Callable[[], None]]:
        return {
            "GET faults": lambda: None,
            "DELETE faults": cluster.faults.clear,
            "POST refuse": cluster.faults.refuse,
            "POST black-hole": cluster.faults.black_hole,
            "POST expire-certificate": cluster.faults.expire_certificate,
            "POST cut": cluster.faults.cut,
            "POST cut-watches": cluster.faults.cut_watches,
            "POST compact": cluster.state.store.compact,
            "POST snapshot": lambda: self._snapshots.update({cluster.name: cluster.snapshot()}),
            "POST restore": lambda: self._restore(cluster),
            "POST wipe": cluster.wipe,
        }

    def _restore(self, cluster: SandboxCluster) -> None:
        if cluster.name in self._snapshots:
            cluster.restore(self._snapshots[cluster.name])


def _said(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
