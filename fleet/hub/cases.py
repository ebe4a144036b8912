"""What is known of an App some of whose objects changed, before anybody looks which commit it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fleet.hub.desired import Desired
from fleet.mapping import Place
from fleet.mapping.settings import FILE as SETTINGS
from fleet.model.app import DeclaredBy, DesiredApp
from fleet.model.cluster import Registered
from fleet.model.inventory import Inventory, RecordEntry
from fleet.model.keys import AppKey, GroupKind, ObjectKey
from fleet.model.manifest import Manifest, Origin, Rendered, Scope
from fleet.reconcile.placing import place


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One App of one cluster, and between which commits it changed."""

    place: Place
    line: tuple[str, ...]
    """The Apps whose renders declare it, the outermost first, and its own name."""
    head: str
    start: str
    """The commit at which it still was what the cluster has; empty when that is not known."""
    same_since: str
    """Where nothing of it changed since it was last applied: the commit that was applied."""
    fallback: str
    """What is said when no commit that is looked at touched it."""
    desired: DesiredApp | None
    declared: Origin | None
    """Where its document stands; None when the render of another App holds it, or nobody knows."""
    declared_at: str
    """At which commit."""
    paths: frozenset[str] = field(hash=False)
    """What it is made of, beside its document."""
    manifests: Callable[[DesiredApp], Mapping[ObjectKey, Manifest]] = field(hash=False)

    @property
    def loose(self) -> bool:
        """Whether it is the App of a cluster's directory: each object is then decided by its own file."""
        return self.declared is not None and self.declared.file == self.place.directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the cluster keeps, and the kinds it serves."""

    entry: RecordEntry
    inventories: Mapping[str, Inventory] = field(hash=False)
    served: Callable[[], Mapping[GroupKind, Scope]] = field(hash=False)


def case_of(key: AppKey, desired: Desired, kept: Kept, *, root: str, fleet: Registered | None = None) -> Case:
    """Put together what is known of an App; `root` is the tree's, `fleet` what its declarations may name."""
    app, entry, inventory = desired.apps.get(key.app), kept.entry, kept.inventories.get(key.app)
    declared_by = app.app.declared_by if app else inventory.declared_by if inventory else None
    parents = tuple(_parents(declared_by, desired, kept))
    labels = {key.cluster: desired.map.labels} if desired.map else {}
    directory = desired.directory or root
    at = Place(cluster=key.cluster, root=root, directory=directory, labels=labels, fleet=fleet or Registered())
    head = desired.revision.commit if desired.revision else ""
    return Case(
        place=at,
        line=(*reversed(parents), key.app),
        head=head,
        start=desired.last_at(key.app, entry.digest if entry.applied else None) or entry.applied,
        same_since=entry.applied if app and app.fingerprint == entry.digest else "",
        fallback=entry.applied or head,
        desired=app,
        declared=declared_by.origin if declared_by and not declared_by.parent else None,
        declared_at=head if app else (entry.applied or (inventory.intended if inventory else "")),
        paths=_made_of(app, (desired.apps[name] for name in parents if name in desired.apps), at),
        manifests=lambda one: _placed(one, {**kept.served(), **desired.custom()}),
    )


def _parents(declared_by: DeclaredBy | None, desired: Desired, kept: Kept) -> Iterator[str]:
    """The Apps whose renders declare one, the innermost first."""
    seen = set[str]()
    while declared_by and declared_by.parent and declared_by.parent not in seen:
        name = declared_by.parent
        seen.add(name)
        yield name
        parent, inventory = desired.apps.get(name), kept.inventories.get(name)
        declared_by = parent.app.declared_by if parent else inventory.declared_by if inventory else None


def _made_of(app: DesiredApp | None, parents: Iterable[DesiredApp], at: Place) -> frozenset[str]:
    """The paths that decide an App, beside its own document."""
    paths = {path for each in (app, *parents) if each for path, _ in each.inputs}
    if app is not None and app.app.declared_by.origin.file == at.directory:
        return frozenset(paths)
    return frozenset({*paths, *(f"{directory}/{SETTINGS}" if directory else SETTINGS for directory in at.chain)})


def _placed(app: DesiredApp, scopes: Mapping[GroupKind, Scope]) -> Mapping[ObjectKey, Manifest]:
    """What an App renders to, by key; nothing where its render failed."""
    found = app.result.manifests if isinstance(app.result, Rendered) else ()
    return {manifest.key: manifest for manifest in place(found, scopes, namespace=app.app.namespace)}
