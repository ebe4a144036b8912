"""What a change in git does to every cluster, from git alone: the desired objects of two Revisions compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from fleet.model.app import ClusterMap, DesiredApp, OnRemoval
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.marks import keeps
from fleet.model.plan import Hold
from fleet.plan.difference import difference
from fleet.plan.guards import blast_radius, predecessors, word

Owned: TypeAlias = Mapping[ObjectKey, tuple[str, Manifest]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One cluster at one Revision: its map, and by App what it renders to, placed."""

    map: ClusterMap
    manifests: Mapping[str, tuple[Manifest, ...]] = field(hash=False)

    @property
    def owned(self) -> Owned:
        """Each key's first App in order of declaration, and its Manifest."""
        found: dict[ObjectKey, tuple[str, Manifest]] = {}
        for name in sorted(self.manifests, key=lambda name: _declared(self.map.apps[name])):
            for manifest in self.manifests[name]:
                found.setdefault(manifest.key, (name, manifest))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What becomes of one object, the same on all of these clusters."""

    action: str
    """`created`, `changed`, `moved` (to another App), `deleted`, `kept` (it stays, and is ours no longer), `untold`."""
    key: ObjectKey
    app: str
    from_app: str = ""
    reason: str = ""
    diff: str = ""
    clusters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """All that differs between two Revisions."""

    differences: tuple[Difference, ...]
    """What reaches most clusters first."""
    clusters: tuple[str, ...]
    """Those to which anything happens."""
    deletes: Mapping[str, frozenset[ObjectKey]] = field(hash=False)
    word: str
    """The word of everything it deletes; empty when it deletes nothing."""
    hold: Hold | None
    """The fleet-wide Hold that it would run into."""


def between(before: Mapping[str, Side], after: Mapping[str, Side], *, registered: int) -> Between:
    """Compare clusters. Nothing counts as deleted where what is desired could not be told completely."""
    found: dict[tuple[str, ObjectKey, str, str, str, str], list[str]] = {}
    deletes: dict[str, frozenset[ObjectKey]] = {}
    for cluster in sorted(after):
        changes = tuple(_changes(before[cluster], after[cluster]))
        for each in changes:
            found.setdefault(each, []).append(cluster)
        gone = frozenset(each[1] for each in changes if each[0] == "deleted")
        deletes[cluster] = gone - predecessors(gone, after[cluster].owned)
    differences = (_difference(each, clusters) for each, clusters in found.items())
    said = [(cluster, key) for cluster, keys in deletes.items() for key in keys]
    return Between(
        differences=tuple(sorted(differences, key=lambda each: (-len(each.clusters), each.key, each.clusters))),
        clusters=tuple(sorted({cluster for clusters in found.values() for cluster in clusters})),
        deletes={cluster: keys for cluster, keys in deletes.items() if keys},
        word=word(said) if said else "",
        hold=blast_radius(deletes=deletes, clusters=registered),
    )


def _difference(told: tuple[str, ObjectKey, str, str, str, str], clusters: Iterable[str]) -> Difference:
    action, key, app, from_app, reason, diff = told
    return Difference(action=action, key=key, app=app, from_app=from_app, reason=reason, diff=diff, clusters=tuple(clusters))


def _changes(before: Side, after: Side) -> Iterator[tuple[str, ObjectKey, str, str, str, str]]:
    old, new = before.owned, after.owned
    for key, (app, manifest) in new.items():
        was_app, was = old.get(key, ("", None))
        moved_from = was_app if was_app not in ("", app) else ""
        if was is None or moved_from or was.digest != manifest.digest:
            action = "created" if was is None else "moved" if moved_from else "changed"
            diff = difference(was.body if was else None, manifest.body, key=key)
            yield action, key, app, moved_from, "", diff
    for key in old.keys() - new.keys():
        app, manifest = old[key]
        action, reason = _end(app, manifest, before, after)
        yield action, key, app, "", reason, difference(manifest.body, None, key=key) if action == "deleted" else ""


def _end(app: str, manifest: Manifest, before: Side, after: Side) -> tuple[str, str]:
    """What becomes of an object that is no longer desired."""
    if not after.map.directory and not after.map.problems:
        return "kept", "the cluster has no directory any more: its objects are let go"
    if not after.map.complete:
        return "untold", "not everything declared for the cluster could be read and rendered: nothing is deleted there"
    if keeps(manifest.metadata):
        return "kept", "it says itself that it is never to be deleted"
    declared, was = after.map.apps.get(app), before.map.apps[app]
    if declared is not None and not declared.app.prune:
        return "kept", f"App {app} does not prune"
    if declared is None and (was.app.on_removal is OnRemoval.ORPHAN or not was.app.prune):
        return "kept", f"App {app} is removed, and lets its objects go"
    return "deleted", ""


def _declared(desired: DesiredApp) -> tuple[str, int, str]:
    origin = desired.app.declared_by.origin
    return origin.file, origin.line, desired.app.key.app
