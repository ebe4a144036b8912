"""Starts the clusters of the demo in this process, each an API server on a loopback port, with controllers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import Controllers, Running
from fleet.sandbox.host import Sandboxes

_MOVES = Controllers(ready_after=0.3)


@asynccontextmanager
async def hosted(directory: Path, names: tuple[str, ...]) -> AsyncIterator[Mapping[str, SandboxCluster]]:
    """Run so many clusters for the length of the block; their kubeconfigs are in `directory`."""
    async with Sandboxes(directory) as sandboxes:
        moving = [Running(await sandboxes.add(name), _MOVES) for name in names]
        for each in moving:
            each.start()
        try:
            yield dict(sandboxes.clusters)
        finally:
            for each in moving:
                each.stop()
