"""A served sandbox and a plain client of it, in the test's own loop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.host import Sandboxes

MAPS = "/api/v1/namespaces/default/configmaps"
APPLY = "application/apply-patch+yaml"


class Said(NamedTuple):
    """An answer."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Client:
    """Requests by path."""

    def __init__(self, session: aiohttp.ClientSession, cluster: SandboxCluster) -> None:
        self.session = session
        self.cluster = cluster

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """Send one request; header names have `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body)
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        async with self.session.request(method, self.cluster.server + path, data=data, headers=sent) as response:
            text = await response.read()
            parsed = json.loads(text) if "json" in response.headers.get("Content-Type", "") else text.decode()
            return Said(response.status, parsed, response.headers)

    @asynccontextmanager
    async def watch(self, path: str, **query: str) -> AsyncIterator[AsyncIterator[Any]]:
        """Open a watch; gives its events, parsed."""
        params = {"watch": "1", **query}
        async with self.session.get(self.cluster.server + path, params=params) as response:
            assert response.status == 200, await response.text()
            yield _events(response)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    async for line in response.content:
        yield json.loads(line)


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[Client]:
    """Serve one cluster, for the length of a block."""
    async with Sandboxes(directory) as host, aiohttp.ClientSession() as session:
        yield Client(session, await host.add("east"))


def config_map(name: str, **data: str) -> dict[str, Any]:
    """A ConfigMap, in the namespace of the path."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def labelled(name: str, **labels: str) -> dict[str, Any]:
    """One with labels."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}}
