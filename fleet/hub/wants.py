"""What git wants of one App of a connected cluster: its declaration, or how certain it is that there is none."""

from __future__ import annotations

from fleet.hub.desired import Desired
from fleet.hub.shared import Shared
from fleet.mapping import standing
from fleet.model.app import ClusterMap, Standing
from fleet.model.inventory import Inventory
from fleet.model.keys import AppKey
from fleet.model.plan import Hold
from fleet.plan.guards import exodus
from fleet.reconcile.site import Site, Wanted


class Wants:
    """Answers for one cluster; where an undeclared App stands is looked up once for each map and Inventory."""

    def __init__(self, shared: Shared, desired: Desired) -> None:
        self._shared = shared
        self._desired = desired
        self._standings: dict[str, tuple[ClusterMap, Inventory, Standing]] = {}

    def of(self, key: AppKey, site: Site, *, head: str) -> Wanted | None:
        """What is wanted of one App now; None before anything is known."""
        desired = self._desired
        if desired.revision is None:
            return None
        return Wanted(
            key=key,
            revision=desired.revision,
            desired=desired.apps.get(key.app),
            standing=self._standing(key.app, site, head),
            claims=desired.claims(site.discovery.scopes()),
            custom=desired.custom(),
            cluster_hold=self._exodus(site, head),
            orphan=desired.map is not None and not desired.map.directory,
        )

    def _standing(self, app: str, site: Site, head: str) -> Standing:
        if app in self._desired.apps:
            return Standing.DECLARED
        inventory = site.inventories.inventories.get(app)
        if self._desired.map is None or inventory is None or not self._desired.settled:
            return Standing.UNKNOWN
        known = self._standings.get(app)
        if known and known[0] is self._desired.map and known[1] == inventory:
            return known[2]
        found = self._look_up(inventory, self._desired.map, site, head)
        self._standings[app] = (self._desired.map, inventory, found)
        return found

    def _look_up(self, inventory: Inventory, cluster_map: ClusterMap, site: Site, head: str) -> Standing:
        entry = site.records.entries.get(inventory.app.app)
        applied = entry.applied if entry else ""
        return standing(
            cluster_map,
            inventory,
            tree=self._shared.tree(head),
            before=self._shared.tree(applied) if applied and self._shared.repository.known(applied) else None,
            inventories=site.inventories.inventories,
        )

    def _exodus(self, site: Site, head: str) -> Hold | None:
        """Whether this Revision removes so many of the cluster's Apps that somebody should be asked first."""
        inventories = site.inventories.inventories
        missing = inventories.keys() - self._desired.apps.keys()
        if not self._desired.settled or len(missing) <= 1:
            return None
        standings = {app: self._standing(app, site, head) for app in inventories}
        return exodus(self._desired.cluster, inventories, standings, before=self._desired.before)
