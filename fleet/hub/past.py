"""What git wanted of every cluster at an older commit: asked after a restart, when nobody remembers what left git since."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from fleet.errors import FleetError
from fleet.hub.shared import Shared
from fleet.mapping import FleetMap, Mapper
from fleet.model.app import DesiredApp
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Rendered

log = logging.getLogger(__name__)

_AGAIN = 5.0
"""Seconds after which a commit that could not be mapped is tried again: until it is, nothing is deleted."""


class Past:
    """Maps the commit it is asked for, beside everything else; `run()` it. Costs one mapping, mostly of known renders."""

    def __init__(self, shared: Shared, mapper: Callable[[], Mapper], *, told: Callable[[], None]) -> None:
        self.wanted: Mapping[str, frozenset[ObjectKey]] = {}
        """By cluster: every key that was wanted at any of the commits that were asked for."""
        self._shared = shared
        self._mapper = mapper
        self._told = told
        self._mapped: set[str] = set()
        self._asked: set[str] = set()
        self._ask = asyncio.Event()

    def covers(self, commit: str) -> bool:
        """Whether what is told goes back to this commit at least; if not, it is asked for."""
        if any(self._shared.repository.is_ancestor(each, commit) for each in self._mapped):
            return True
        self._asked.add(commit)
        self._ask.set()
        return False

    async def run(self) -> None:
        """Map what is asked for; ends only by being cancelled."""
        while True:
            await self._ask.wait()
            self._ask.clear()
            while self._asked:
                commit = next(iter(self._asked))
                try:
                    await self._map(commit)
                except FleetError as error:
                    log.warning("A recorded commit could not be mapped", extra={"commit": commit, "error": str(error)})
                    await asyncio.sleep(_AGAIN)

    async def _map(self, commit: str) -> None:
        revision = self._shared.repository.revision(commit)
        async for piece in self._mapper().map(revision, self._shared.tree(commit), None):
            if isinstance(piece, FleetMap):
                found = {name: wanted(cluster.apps) for name, cluster in piece.clusters.items()}
                self.wanted = {name: keys | self.wanted.get(name, frozenset()) for name, keys in found.items()}
                self._mapped.add(commit)
                # What this one covers need not be mapped.
                self._asked = {each for each in self._asked if not self._shared.repository.is_ancestor(commit, each)}
                self._told()


def wanted(apps: Mapping[str, DesiredApp]) -> frozenset[ObjectKey]:
    """Every key that Apps want, of those whose render is known."""
    results = [app.result for app in apps.values()]
    return frozenset(m.key for result in results if isinstance(result, Rendered) for m in result.said)
