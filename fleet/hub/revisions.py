"""Fetches Revisions, maps each, and hands its pieces to the clusters they are of."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from fleet.errors import FleetError
from fleet.hub.poll import Alarm
from fleet.hub.shared import Shared
from fleet.mapping import FleetMap, MappedApp, Mapper
from fleet.model.app import ClusterMap
from fleet.model.manifest import RenderFailed
from fleet.model.revision import Revision
from fleet.render import passing

log = logging.getLogger(__name__)


class Revisions:
    """The loop from fetch to map; `run()` it. `ring` its alarm to fetch at once."""

    def __init__(self, shared: Shared, mapper: Mapper, alarm: Alarm, *, take: Takers) -> None:
        self.shared = shared
        self.alarm = alarm
        self.map: FleetMap | None = None
        """Of the last Revision that was mapped to its end."""
        self._mapper = mapper
        self._take = take
        self.since = ""
        """The commit of the Revision that was mapped before the one that is being mapped now."""
        self._begun: Revision | None = None

    async def run(self) -> None:
        """Fetch, map, wait, for ever. A fetch that fails leaves everything as the last one said."""
        while True:
            try:
                await self._once()
            except FleetError as error:
                log.warning("The Source could not be read", extra={"error": str(error)})
                self._note(error=str(error))
            await self.alarm.wait()

    async def _once(self) -> None:
        self.shared.state.fetch = replace(self.shared.state.fetch, began=self.shared.now())
        self._take.looks(True)
        revision = await self.shared.repository.fetch()
        self._note(revision=revision, error="")
        self._take.head(revision)
        mapped = self.map is not None and self.map.revision.commit == revision.commit
        if not mapped or self._may_get_better():
            await self._mapped(revision)
        self._take.looks(False)

    def _may_get_better(self) -> bool:
        """Whether a render failed for a reason that may pass: it is tried again though git says nothing new."""
        maps = self.map.clusters.values() if self.map else ()
        results = (app.result for cluster_map in maps for app in cluster_map.apps.values())
        return any(passing(result) for result in results if isinstance(result, RenderFailed))

    async def _mapped(self, revision: Revision) -> None:
        """Map a Revision; what one left undone because it failed, the next does whole."""
        before = self._begun if self.map is not None and self._begun == self.map.revision else None
        changed = self.shared.repository.changed(before.commit, revision.commit) if before else None
        self._begun = revision
        self.since = self.map.revision.commit if self.map else ""
        async for piece in self._mapper.map(revision, self.shared.tree(revision.commit), changed):
            if isinstance(piece, MappedApp):
                self._take.app(revision, piece)
            elif isinstance(piece, ClusterMap):
                self._take.cluster(piece)
            else:
                self.map = piece
                self._note(problems=tuple(str(problem.error) for problem in piece.problems))
                self._take.fleet(piece)

    def _note(self, **facts: object) -> None:
        state = self.shared.state
        state.fetch = replace(state.fetch, at=self.shared.now(), **facts)  # type: ignore[arg-type]
        state.bell.ring()


@dataclass(frozen=True, slots=True, kw_only=True)
class Takers:
    """Who takes the pieces of a Revision, as they come."""

    looks: Callable[[bool], None]
    """A fetch begins (true); what it found is mapped (false)."""
    head: Callable[[Revision], None]
    app: Callable[[Revision, MappedApp], None]
    cluster: Callable[[ClusterMap], None]
    fleet: Callable[[FleetMap], None]
