"""What the newest Revision would delete over the whole fleet: the guard that no single cluster can be.

Of a connected cluster the Inventories tell it: what they list and git no longer wants. Of one that is not, git does: what
left it since that cluster was last seen; and of one that this hub never saw, what left it since the commit that a connected
cluster with something to delete says it ran. Until that commit is mapped nothing is deleted anywhere. So a Revision that
empties a hundred clusters is held before the first of them loses anything, also while most of them are away, and also by a
hub that was started after it came.

What is held stays held, and counts, until nothing of it is left to delete: a word that is said for one cluster, or a cluster
that goes away, makes the rest no less. A hub that was started since reads it in the Records: a word that was not said for all
that the Hold named stays there, and what it let go counts as long as the others have something to delete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.hub.cluster import ClusterRuntime
from fleet.hub.desired_keys import DesiredKeys
from fleet.hub.past import Past
from fleet.mapping import FleetMap
from fleet.model.app import ClusterMap, OnRemoval
from fleet.model.inventory import Approval, Inventory
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Rendered, RenderFailed, Scope
from fleet.model.plan import Hold
from fleet.plan.guards import blast_radius, predecessors
from fleet.reconcile.placing import place
from fleet.reconcile.site import Site

_NONE: frozenset[ObjectKey] = frozenset()


@dataclass(kw_only=True)
class Radius:
    """Keeps the fleet's Hold for the newest Revision."""

    clusters: Mapping[str, ClusterRuntime]
    past: Past
    hold: Hold | None = None
    untold: bool = False
    """Whether it is not known yet what would be deleted on clusters that were never seen: nothing may be deleted meanwhile."""
    _desired: dict[str, DesiredKeys] = field(default_factory=dict)
    """By cluster."""
    _seen: set[str] = field(default_factory=set)
    """Clusters that told what they have since this hub began."""
    _left: dict[str, frozenset[ObjectKey]] = field(default_factory=dict)
    """By cluster: what it had, or should have had, and git no longer wants."""
    _held: dict[str, frozenset[ObjectKey]] = field(default_factory=dict)
    _maps: dict[str, ClusterMap] = field(default_factory=dict)
    """The last map of each cluster that was taken."""
    _judged: dict[str, ClusterMap] = field(default_factory=dict)
    """By connected cluster: the map its Inventories were last held against."""
    _said: dict[str, tuple[Approval, ...]] = field(default_factory=dict)
    """By cluster: words that its Record tells of, which were not said for all that the fleet's Hold of then named."""
    _empty: bool = False
    _unsettled: frozenset[str] | None = None
    """As it was last asked for; None since anything of it may have changed."""

    @property
    def unsettled(self) -> frozenset[str]:
        """The clusters that may have something to delete: those that have, or have not told since this hub began."""
        if self._unsettled is None:
            self._unsettled = frozenset(name for name in self.clusters if name not in self._seen or self._left.get(name))
        return self._unsettled

    def take(self, fleet_map: FleetMap) -> None:
        """Judge a Revision that has been mapped."""
        self._settle()
        for name, cluster_map in fleet_map.clusters.items():
            if self._maps.get(name) is cluster_map:
                continue
            self._maps[name] = cluster_map
            before = self._desired.get(name, DesiredKeys())
            self._desired[name] = before.then(cluster_map)
            gone = before.every - self._wants(name)
            self._left[name] = (self._left.get(name, _NONE) | gone) - self._wants(name)
        self._unsettled = None
        self._empty = not any(cluster_map.directory for cluster_map in fleet_map.clusters.values())
        self.judge()

    def connected(self, name: str) -> None:
        """A cluster was connected, and told what it has, and which words were said there."""
        self._judged.pop(name, None)
        site = self.clusters[name].site
        entries = site.records.entries.values() if site else ()
        self._said[name] = tuple(said for entry in entries for said in entry.decisions if said.rest)
        if self._maps:
            self.judge()

    def judge(self) -> None:
        """Judge again, with what the clusters have now."""
        connected = {name: runtime.site for name, runtime in self.clusters.items() if runtime.site is not None}
        for name, site in connected.items():
            self._look(name, site)
        self._unsettled = None
        self.untold = not self._fathomed(connected)
        deletes = {name: _counted(self._gone(name), self._wants(name)) for name in self.clusters}
        if any(keys & self._held.get(name, _NONE) for name, keys in deletes.items()):
            deletes = {name: keys | self._still_held(name) for name, keys in deletes.items()}
        deletes = {name: keys | self._went(name, deletes) for name, keys in deletes.items()}
        self.hold = blast_radius(deletes=deletes, clusters=len(self.clusters), empty=self._empty and any(deletes.values()))
        self._held = {name: deletes[name] for name in self._seen} if self.hold else {}

    def _settle(self) -> None:
        """See what was deleted under the Revision before, and forget the words that no longer count anywhere."""
        for name, left in self._left.items():
            site = self.clusters[name].site
            if site is not None and left:
                self._left[name] = left & _members(site)
        self._unsettled = None
        unsettled = self.unsettled
        self._said = {name: tuple(one for one in said if one.rest & unsettled) for name, said in self._said.items()}

    def _went(self, name: str, deletes: Mapping[str, frozenset[ObjectKey]]) -> frozenset[ObjectKey]:
        """What a word let go on a cluster that was not said for others of the fleet's Hold: it counts while they delete."""
        words = [one for one in self._said.get(name, ()) if any(deletes.get(other) for other in one.rest)]
        if not words:
            return _NONE
        return frozenset(key for one in words for key in one.keys | one.spent) - self._wants(name)

    def _look(self, name: str, site: Site) -> None:
        """See what a connected cluster has too much; one that had nothing, by the same map has nothing now."""
        cluster_map = self.clusters[name].desired.map
        if cluster_map is None or (self._judged.get(name) is cluster_map and not self._left.get(name)):
            return
        self._judged[name] = cluster_map
        self._seen.add(name)
        self._left[name] = _deletes(cluster_map, site, self.clusters[name].desired.custom())

    def _gone(self, name: str) -> frozenset[ObjectKey]:
        """What would be deleted on a cluster, or was not seen to be gone there."""
        left = self._left.get(name, _NONE)
        return left if name in self._seen else (left | self.past.wanted.get(name, _NONE)) - self._wants(name)

    def _still_held(self, name: str) -> frozenset[ObjectKey]:
        return self._held.get(name, _NONE) - self._wants(name)

    def _wants(self, name: str) -> frozenset[ObjectKey]:
        return self._desired[name].every if name in self._desired else _NONE

    def _fathomed(self, connected: Mapping[str, Site]) -> bool:
        """Whether what left git is known for clusters never seen, back to where the connected ones are with their deletes."""
        if self.clusters.keys() <= self._seen:
            return True
        commits = {commit for name, site in connected.items() for commit in _ran(site, self._left.get(name, _NONE))}
        covered = [self.past.covers(commit) for commit in sorted(commits)]
        return all(covered)


def _deletes(cluster_map: ClusterMap, site: Site, custom: Mapping[GroupKind, Scope]) -> frozenset[ObjectKey]:
    """What a connected cluster has and git no longer wants, as far as git could be read."""
    inventories = site.inventories.inventories
    members = {key for each in inventories.values() if _goes(each, cluster_map) for key in each.members}
    stays = {key for each in inventories.values() if _is_unsure(each, cluster_map) for key in each.members}
    left = frozenset(members - stays)
    return left - _placed(cluster_map, {**site.discovery.scopes(), **custom}) if left else left


def _members(site: Site) -> frozenset[ObjectKey]:
    return frozenset(key for inventory in site.inventories.inventories.values() for key in inventory.members)


def _placed(cluster_map: ClusterMap, scopes: Mapping[GroupKind, Scope]) -> frozenset[ObjectKey]:
    rendered = ((app.app, app.result) for app in cluster_map.apps.values() if isinstance(app.result, Rendered))
    placed = (place(result.said, scopes, namespace=app.namespace) for app, result in rendered)
    return frozenset(manifest.key for manifests in placed for manifest in manifests)


def _goes(inventory: Inventory, cluster_map: ClusterMap) -> bool:
    """Whether what an App no longer wants is deleted, or let go for want of a directory: not where it orphans anyway.

    An App that does not prune may well be deleted whole when its declaration goes: an Application with a finalizer, a
    Kustomization with a deletionPolicy of its own.
    """
    desired = cluster_map.apps.get(inventory.app.app)
    return inventory.on_removal is OnRemoval.DELETE if desired is None else desired.app.prune


def _is_unsure(inventory: Inventory, cluster_map: ClusterMap) -> bool:
    """Whether git could not be read of what an App wants."""
    desired = cluster_map.apps.get(inventory.app.app)
    return bool(cluster_map.problems) if desired is None else isinstance(desired.result, RenderFailed)


def _ran(site: Site, gone: frozenset[ObjectKey]) -> Iterable[str]:
    """The commits that those Apps of a cluster last ran which have something to delete now."""
    for app, inventory in site.inventories.inventories.items():
        if not inventory.members.isdisjoint(gone):
            entry = site.records.entries.get(app)
            ran = (entry.applied if entry else "") or inventory.intended
            if ran:
                yield ran


def _counted(gone: Iterable[ObjectKey], desired: Iterable[ObjectKey]) -> frozenset[ObjectKey]:
    gone = frozenset(gone)
    return gone - predecessors(gone, desired) if gone else gone
