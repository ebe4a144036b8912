"""What git wants of one App of a connected cluster: its declaration, or how certain it is that there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from fleet.hub.cases import Case, Kept, case_of
from fleet.hub.desired import Desired
from fleet.hub.shared import Shared
from fleet.mapping import standing
from fleet.model.app import ClusterMap, Standing
from fleet.model.inventory import Inventory, RecordEntry
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.plan import Hold
from fleet.model.sync import SyncState
from fleet.plan.guards import exodus
from fleet.reconcile.site import Last, Site, Wanted

_GONE = (Standing.REMOVED, Standing.CONFIRMED)


class Wants:
    """Answers for one cluster; where an undeclared App stands is looked up once for each map and Inventory."""

    def __init__(self, shared: Shared, desired: Desired) -> None:
        self._shared = shared
        self._desired = desired
        self._standings: dict[str, tuple[ClusterMap, Inventory, Standing]] = {}
        self._missed: frozenset[str] = frozenset()
        """Apps that left git and are still here, or were when `_before` was."""
        self._registered = shared.config.registered
        self._before: frozenset[str] = frozenset()
        """The Apps there were when they left: those that came since do not make the lost ones few."""

    def of(self, key: AppKey, site: Site) -> Wanted | None:
        """What is wanted of one App now; None before anything is known."""
        desired = self._desired
        if desired.revision is None or not desired.tells_of(key.app):
            return None
        return Wanted(
            key=key,
            revision=desired.revision,
            desired=desired.apps.get(key.app),
            standing=self._standing(key.app, site),
            claims=desired.claims(site.discovery.scopes()),
            custom=desired.custom(),
            cluster_hold=self._exodus(site),
            orphan=desired.map is not None and not desired.map.directory,
            trace=partial(self._trace, key, site),
            last=partial(self._last, key, site),
        )

    async def _trace(self, key: AppKey, site: Site, keys: frozenset[ObjectKey]) -> Mapping[ObjectKey, str]:
        """Find out which commits changed what git says of some objects of an App."""
        return await self._shared.tracer.commits(self._case(key, site), keys)

    async def _last(self, key: AppKey, site: Site) -> Last:
        """Look up what an App that is gone was when it was last applied; while its first Sync was cut short, what that was of."""
        entry, inventory = site.records.entries.get(key.app), site.inventories.inventories.get(key.app)
        commit = (entry.applied if entry else "") or (inventory.intended if inventory else "")
        digest = entry.digest if entry else ""
        found, desired = await self._shared.tracer.last(self._case(key, site), commit, fingerprint=digest)
        return Last(commit=found, desired=desired)

    def _case(self, key: AppKey, site: Site) -> Case:
        entry = site.records.entries.get(key.app) or RecordEntry()
        kept = Kept(entry=entry, inventories=site.inventories.inventories, served=site.discovery.scopes)
        root = self._shared.config.source.path.strip("/")
        return case_of(key, self._desired, kept, root=root, fleet=self._registered)

    def _standing(self, app: str, site: Site) -> Standing:
        if app in self._desired.apps:
            return Standing.DECLARED
        inventory = site.inventories.inventories.get(app)
        if self._desired.map is None or inventory is None or not self._desired.settled:
            return Standing.UNKNOWN
        known = self._standings.get(app)
        if known and known[0] is self._desired.map and known[1] == inventory:
            return known[2]
        found = self._look_up(inventory, self._desired.map, site)
        self._standings[app] = (self._desired.map, inventory, found)
        return found

    def leaving_first(self, app: str, site: Site) -> tuple[str, ...]:
        """The Apps that depend on one that was removed, and were removed as well: they go before it, unless it is a circle."""
        if self._standing(app, site) not in _GONE:
            return ()
        inventories, circle = site.inventories.inventories, self._under(app, site)
        after = sorted(name for name, each in inventories.items() if app in each.depends_on and name not in circle)
        return tuple(name for name in after if self._standing(name, site) in _GONE)

    def _under(self, app: str, site: Site) -> frozenset[str]:
        """All that an App depends on, by its Inventory and theirs, and itself."""
        found, border = {app}, [app]
        while border:
            inventory = site.inventories.inventories.get(border.pop())
            new = set(inventory.depends_on) - found if inventory else set()
            found |= new
            border += new
        return frozenset(found)

    def _look_up(self, inventory: Inventory, cluster_map: ClusterMap, site: Site) -> Standing:
        entry = site.records.entries.get(inventory.app.app)
        # An App whose first Sync was cut short has no Record yet: its document stood where its members come from.
        applied = (entry.applied if entry else "") or inventory.intended
        return standing(
            cluster_map,
            inventory,
            tree=self._shared.tree(cluster_map.revision.commit),
            before=self._shared.tree(applied) if applied and self._shared.repository.known(applied) else None,
            inventories=site.inventories.inventories,
        )

    def _exodus(self, site: Site) -> Hold | None:
        """Whether this Revision removes so many of the cluster's Apps that somebody should be asked first."""
        inventories = site.inventories.inventories
        if not self._desired.settled or inventories.keys() <= self._desired.apps.keys():
            return None
        missing = frozenset(inventories.keys() - self._desired.apps.keys())
        if missing.isdisjoint(self._missed):
            self._missed, self._before = frozenset(), self._present(site, missing)
        self._missed |= missing
        if len(missing) == 1:
            return None
        standings = {app: self._standing(app, site) for app in inventories}
        return exodus(self._desired.cluster, inventories, standings, before=self._before)

    def _present(self, site: Site, missing: frozenset[str]) -> frozenset[str]:
        """The Apps there were when some left git: as this hub saw it, else as the Record tells."""
        if self._desired.before is not None:
            return self._desired.before
        return frozenset(site.inventories.inventories) - frozenset(self._came_with(site, missing))

    def _came_with(self, site: Site, missing: frozenset[str]) -> Iterable[str]:
        """Apps that were first synced at a commit at which the removal of others was held already, or after it."""
        entries, repository = site.records.entries, self._shared.repository
        states = (SyncState.HELD.value, SyncState.WAITING.value)
        outcomes = (each for app in missing if app in entries for each in entries[app].outcomes)
        held = {each.commit for each in outcomes if each.state in states and repository.known(each.commit)}
        for app, entry in entries.items():
            first = entry.outcomes[0].commit if entry.outcomes and app not in missing else ""
            if first and repository.known(first) and any(repository.is_ancestor(commit, first) for commit in held):
                yield app
