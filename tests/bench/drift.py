"""P5: from the answer to an edit of a managed field to the hub's revert of it, a hundred times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from statistics import median

import aiohttp
import orjson

from tests.bench import monorepo
from tests.bench.figures import Figure, below, percentile
from tests.bench.straight_line import CLUSTER, client_of, commit, session, wait_ready
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.flows.fleets import Monorepo, write_registry
from tests.flows.soak_hub import HubProcess

EDITS = 100
# Four reverts of each object: the sixth within ten minutes would be contested.
APPS = 25


async def measure(plane: ControlPlane, directory: Path) -> tuple[HubProcess, list[Figure]]:
    """Measure with a hub at rest, which is left running for whoever asks it next."""
    repository = Monorepo(directory / "repository")
    for name in monorepo.namespaces():
        plane.kube.create("/api/v1/namespaces", {"metadata": {"name": name}}).ok()
    head = commit(repository, monorepo.files(APPS, cluster=CLUSTER, edition=1))
    hub = HubProcess(write_registry(directory / "hub", repository.path, [plane], names=[CLUSTER]))
    hub.start()
    try:
        await asyncio.to_thread(wait_ready, hub)
        await eventually(lambda: _synced(hub, head), within=60)
        samples = await _edits(plane)
    except BaseException:
        hub.end()
        raise
    return hub, [
        below(100, id="P5", what="edit → revert, median", value=median(samples), unit="ms", samples=tuple(samples)),
        below(1000, id="P5", what="edit → revert, p99", value=percentile(samples, 99), unit="ms"),
    ]


def _synced(hub: HubProcess, head: str) -> bool:
    hub.check()
    apps = [app for app in client_of(hub).get("apps") if app["app"].startswith("app-")]
    return len(apps) == APPS and all(app["state"] == "synced" for app in apps)


async def _edits(plane: ControlPlane) -> list[float]:
    random = Random(1)
    samples = []
    async with session(plane) as client:
        params = {"watch": "1", "labelSelector": "fleethub.dev/fleet=acme"}
        timeout = aiohttp.ClientTimeout(total=None)
        async with client.get("/apis/apps/v1/deployments", params=params, timeout=timeout) as response:
            events = _events(response)
            for number in range(EDITS):
                await asyncio.sleep(random.uniform(0.1, 0.3))
                samples.append(1000 * await _edit(client, events, number))
    return samples


async def _edit(client: aiohttp.ClientSession, events: AsyncIterator[tuple[float, str, int]], number: int) -> float:
    """Scale a Deployment as `kubectl edit` does, and wait until git's number is back."""
    app = number % APPS
    name, replicas = f"app-{app:04}", 2 + number
    path = f"/apis/apps/v1/namespaces/bench-{app % monorepo.NAMESPACES}/deployments/{name}"
    params = {"fieldManager": "kubectl-edit"}
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    async with client.patch(
        path, data=orjson.dumps({"spec": {"replicas": replicas}}), params=params, headers=headers
    ) as response:
        await response.read()
        answered = time.monotonic()
        assert response.status == 200
    edited = False
    async with asyncio.timeout(30):
        async for at, which, now in events:
            edited |= (which, now) == (name, replicas)
            if edited and (which, now) == (name, 0):
                return at - answered
    raise AssertionError("the watch ended")


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[float, str, int]]:
    """When, which Deployment, how many replicas. Who changed it is told by the number alone: nobody else writes it."""
    pending = b""
    async for chunk in response.content.iter_any():
        at = time.monotonic()
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            body = orjson.loads(line)["object"]
            yield at, body["metadata"]["name"], body["spec"]["replicas"]
