"""What the newest Revision would delete over the whole fleet: the guard that no single cluster can be.

Of a connected cluster the Inventories tell it: what they list and git no longer wants. Of one that is not, git alone does:
what left it since the last Revision that was taken here. So a Revision that empties a hundred clusters is held before the
first of them loses anything, and also while most of them are away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.hub.cluster import ClusterRuntime
from fleet.mapping import FleetMap
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Rendered
from fleet.model.plan import Hold
from fleet.plan.guards import blast_radius, predecessors


@dataclass(kw_only=True)
class Radius:
    """Keeps the fleet's Hold for the newest Revision."""

    clusters: Mapping[str, ClusterRuntime]
    hold: Hold | None = None
    _wanted: dict[str, frozenset[ObjectKey]] = field(default_factory=dict)
    _left: dict[str, frozenset[ObjectKey]] = field(default_factory=dict)
    """By cluster that is not connected: what left git while it was not."""
    _empty: bool = False

    def take(self, fleet_map: FleetMap) -> None:
        """Judge a Revision that has been mapped."""
        for name, cluster_map in fleet_map.clusters.items():
            results = [app.result for app in cluster_map.apps.values()]
            wanted = frozenset(m.key for result in results if isinstance(result, Rendered) for m in result.manifests)
            if not cluster_map.complete:
                wanted |= self._wanted.get(name, frozenset())
            gone = self._wanted.get(name, frozenset()) - wanted
            self._left[name] = (self._left.get(name, frozenset()) | gone) - wanted
            self._wanted[name] = wanted
        self._empty = not any(cluster_map.directory for cluster_map in fleet_map.clusters.values())
        self.judge()

    def judge(self) -> None:
        """Judge again: a cluster was connected, and told what it has."""
        deletes = {name: self._deletes(name, runtime) for name, runtime in self.clusters.items()}
        self.hold = blast_radius(deletes=deletes, clusters=len(self.clusters), empty=self._empty and any(deletes.values()))

    def _deletes(self, name: str, runtime: ClusterRuntime) -> frozenset[ObjectKey]:
        if runtime.site is None:
            return _counted(self._left.get(name, frozenset()), self._wanted.get(name, frozenset()))
        self._left.pop(name, None)
        wanted = runtime.desired.desired_keys(runtime.site.discovery.scopes())
        members = {key for inventory in runtime.site.inventories.inventories.values() for key in inventory.members}
        incomplete = runtime.desired.map is None or not runtime.desired.map.complete
        return frozenset() if incomplete and not self._empty else _counted(members - wanted, wanted)


def _counted(gone: Iterable[ObjectKey], wanted: Iterable[ObjectKey]) -> frozenset[ObjectKey]:
    gone = frozenset(gone)
    return gone - predecessors(gone, wanted)
