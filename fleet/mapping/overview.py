"""What `fleet map` says of a FleetMap: where everything is declared, and what has no effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.mapping.results import FleetMap
from fleet.model.app import ClusterMap, DesiredApp
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Origin, Rendered, RenderFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRow:
    """One App of one cluster: where it is declared, what it renders, how many objects, or why not."""

    cluster: str
    app: str
    path: str
    """Empty for the App of a cluster's directory."""
    origin: Origin
    parent: str
    objects: int
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OverriddenRow:
    """One declaration or object that a nearer one replaces on one cluster."""

    cluster: str
    identity: ObjectKey
    nearer: Origin
    farther: Origin


def declared(fleet: FleetMap) -> tuple[DeclaredRow, ...]:
    """Every App of every cluster, in order of their names."""
    maps = sorted(fleet.clusters.items())
    return tuple(_row(name, desired) for name, each in maps for _, desired in sorted(each.apps.items()))


def overridden(fleet: FleetMap) -> tuple[OverriddenRow, ...]:
    """Everything that a nearer declaration replaces, in order of cluster and identity."""
    return tuple(
        OverriddenRow(cluster=name, identity=identity, nearer=nearer, farther=farther)
        for name, each in sorted(fleet.clusters.items())
        for identity, (nearer, farther) in sorted(each.overridden.items())
    )


def without_effect(fleet: FleetMap) -> tuple[tuple[ObjectKey, Origin], ...]:
    """Declarations and objects that are overridden on every cluster they would apply to."""
    used = {origin for each in fleet.clusters.values() for origin in _origins(each)}
    found = {(row.identity, row.farther) for row in overridden(fleet) if row.farther not in used}
    return tuple(sorted(found))


def _origins(each: ClusterMap) -> Iterator[Origin]:
    for desired in each.apps.values():
        yield desired.app.declared_by.origin
        if not desired.app.path and isinstance(desired.result, Rendered):
            yield from (manifest.origin for manifest in desired.result.manifests)


def _row(cluster: str, desired: DesiredApp) -> DeclaredRow:
    app, result = desired.app, desired.result
    return DeclaredRow(
        cluster=cluster,
        app=app.key.app,
        path=app.path,
        origin=app.declared_by.origin,
        parent=app.declared_by.parent,
        objects=len(result.manifests) if isinstance(result, Rendered) else 0,
        errors=tuple(str(error) for error in result.errors) if isinstance(result, RenderFailed) else (),
    )
