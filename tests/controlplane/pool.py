"""Clusters that tests share, one after the other: started when first asked for, emptied before they are lent again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.controlplane.binaries import Binaries
from tests.controlplane.clean import Baseline, baseline, clean
from tests.controlplane.cluster import ControlPlane, Options


class Pool:
    """All clusters of one test session; `close` ends them.

    Processes belong to no event loop, so a cluster started in one test's loop serves the tests of another.
    """

    def __init__(self, directory: Path, *, binaries: Binaries) -> None:
        self._directory = directory
        self._binaries = binaries
        self._planes: list[ControlPlane] = []
        self._baselines: dict[ControlPlane, Baseline] = {}
        self._lent: list[ControlPlane] = []
        self._used: set[ControlPlane] = set()

    async def lend(self, count: int = 1, *, controllers: bool = False) -> list[ControlPlane]:
        """Return so many different clusters, each with nothing in it; one that was used takes 0.2 s, a new one 4 s."""
        free = [plane for plane in self._planes if plane.options.controllers == controllers and plane not in self._lent]
        chosen = free[:count]
        self._lent += chosen
        for plane in chosen:
            await self._make_clean(plane)
        return chosen + await self._start(count - len(chosen), controllers=controllers)

    async def lend_new(self, count: int = 1, *, controllers: bool = False) -> list[ControlPlane]:
        """As `lend`, but with new UIDs, resource versions from the start, and no audit log; takes 4 s each."""
        lent = await self.lend(count, controllers=controllers)
        for plane in lent:
            if plane in self._used:
                await self._wipe(plane)
        return lent

    def take_back(self) -> None:
        """End the loans of a test; its clusters are emptied when the next one asks."""
        for plane in self._lent:
            plane.close_clients()
            plane.rest()
        self._used.update(self._lent)
        self._lent.clear()

    def close(self) -> None:
        """End every process."""
        for plane in self._planes:
            plane.stop()
        self._planes.clear()

    async def _start(self, count: int, *, controllers: bool) -> list[ControlPlane]:
        numbers = range(len(self._planes) + 1, len(self._planes) + count + 1)
        starts = (self._start_one(f"real-{number}", controllers=controllers) for number in numbers)
        return list(await asyncio.gather(*starts))

    async def _start_one(self, name: str, *, controllers: bool) -> ControlPlane:
        options = Options(controllers=controllers, name=name)
        plane = await ControlPlane.start(self._directory / name, binaries=self._binaries, options=options)
        self._planes.append(plane)
        self._lent.append(plane)
        self._baselines[plane] = baseline(plane.launcher, plane.stored)
        return plane

    async def _make_clean(self, plane: ControlPlane) -> None:
        await plane.mend()
        if not await clean(plane.launcher, plane.stored, self._baselines[plane]):
            await self._wipe(plane)
        plane.forget_audit()

    async def _wipe(self, plane: ControlPlane) -> None:
        await plane.wipe()
        self._baselines[plane] = baseline(plane.launcher, plane.stored)
