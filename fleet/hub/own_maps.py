"""Watches the hub's own ConfigMaps in a cluster: whoever else writes them makes what is remembered of them worthless."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fleet.aio import TaskOwner
from fleet.errors import FleetError, OwnChanged
from fleet.kube.live.cache import OwnChange
from fleet.reconcile.site import Site

_ECHO = 2.0
"""Seconds within which the answer to a write of ours has come, whose event came before."""


class OwnMaps:
    """Takes the events of our ConfigMaps; `watchful` once what was there at the start has been read."""

    def __init__(self, site: Site, owner: TaskOwner, *, lose: Callable[[FleetError], None]) -> None:
        self.watchful = False
        self._site = site
        self._owner = owner
        self._lose = lose
        self._seen: dict[str, tuple[str, bool]] = {}
        """By name: the last version that was told, and whether it is there."""

    def changed(self, change: OwnChange) -> None:
        """Take an event. Was it our own write? The answer to that may come after its event, so it is judged a little later."""
        self._seen[change.name] = change.resource_version, change.body is not None
        if self.watchful:
            self._owner.spawn(self._check(change.name), name=f"check {change.name}")

    async def _check(self, name: str) -> None:
        seen = version, there = self._seen[name]
        await asyncio.sleep(_ECHO)
        if self._seen.get(name) == seen and not self._is_ours(name, version, there=there):
            self._lose(OwnChanged(cluster=self._site.identity.name, name=name))

    def _is_ours(self, name: str, version: str, *, there: bool) -> bool:
        inventories, records = self._site.inventories, self._site.records
        if there:
            return inventories.knows(name, version) or records.knows(name, version)
        return not (inventories.misses(name, version) or records.misses(name, version))
