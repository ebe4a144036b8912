"""The sandbox itself: what a thousand clusters in one process cost, and how many applies one core answers."""

from __future__ import annotations

import time
from pathlib import Path

import aiohttp

from tests.bench import monorepo
from tests.bench.figures import Figure
from tests.bench.sandboxes import Farm
from tests.bench.straight_line import applied

CLUSTERS = 1000
APPS = 500


async def measure(directory: Path, *, clusters: int = CLUSTERS) -> list[Figure]:
    """Start clusters, then send one of them the applies of P1's bare loop: all new, then one changed field of each Deployment."""
    names = [f"sandbox-{number:04}" for number in range(clusters)]
    farm = Farm(directory, names)
    try:
        empty = farm.resident() / clusters / 1024
        figures = [
            Figure(id="sandbox", what=f"{clusters} clusters in one process, start to serving", value=farm.started, unit="s"),
            Figure(id="sandbox", what="memory per empty cluster", value=empty, unit="KiB"),
        ]
        return figures + await _applies(farm, names[0])
    finally:
        farm.end()


async def _applies(farm: Farm, name: str) -> list[Figure]:
    way = farm.ways[name]
    headers = {"Authorization": f"Bearer {way['token']}", "User-Agent": "bench"}
    connector = aiohttp.TCPConnector(limit=0)
    figures: list[Figure] = []
    async with aiohttp.ClientSession(way["server"], connector=connector, headers=headers) as client:
        for namespace in monorepo.namespaces():
            async with client.post("/api/v1/namespaces", json={"metadata": {"name": namespace}}) as response:
                assert response.status == 201, await response.text()
        for what, edition, kinds in (("create", 1, monorepo.KINDS), ("change", 2, ("Deployment",))):
            count, used, begun = APPS * len(kinds), farm.ask("cpu"), time.monotonic()
            await applied(client, monorepo.requests(APPS, edition=edition, kinds=kinds))
            taken, cpu = time.monotonic() - begun, farm.ask("cpu") - used
            figures += [
                Figure(id="sandbox", what=f"applies that {what}, per second of one core", value=count / cpu, unit="/s"),
                Figure(id="sandbox", what=f"applies that {what}, per second", value=count / taken, unit="/s"),
            ]
    return figures
