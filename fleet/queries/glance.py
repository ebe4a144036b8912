"""A glance at a cluster: its summary and its Health, remembered as long as nothing of the cluster changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from fleet.hub.cluster import ClusterRuntime
from fleet.hub.hub import Hub
from fleet.hub.state import ClusterStatus
from fleet.model.app import ClusterMap
from fleet.model.health import GroupHealth
from fleet.model.inventory import Inventory
from fleet.model.keys import AppKey
from fleet.queries.answers import ClusterSummary
from fleet.queries.apps import state_word
from fleet.queries.asked import apps_of, labels_of
from fleet.queries.drift import standing
from fleet.queries.health import app_health, cause_answer, cluster_health, counted
from fleet.reconcile.site import Site


@dataclass(frozen=True, slots=True)
class Basis:
    """What a glance at a cluster rests on: as long as it is the same, so is the glance."""

    turn: int
    site: Site | None
    map: ClusterMap | None
    inventories: tuple[Inventory, ...]
    apps: tuple[AppKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A cluster, with the Health that its summary says in words."""

    basis: Basis
    summary: ClusterSummary
    health: GroupHealth


# Whoever watches a fleet asks once a second, and most of its clusters are as they were.
_LAST: WeakKeyDictionary[ClusterRuntime, Glance] = WeakKeyDictionary()


def glance(hub: Hub, runtime: ClusterRuntime) -> Glance:
    """A glance at a cluster; costs what it has only when anything of it changed since the last."""
    basis = basis_of(hub, runtime)
    known = _LAST.get(runtime)
    if known is None or known.basis != basis:
        known = _LAST[runtime] = looked(hub, runtime, basis)
    return known


def basis_of(hub: Hub, runtime: ClusterRuntime) -> Basis:
    """What a glance at a cluster would rest on now."""
    inventories = tuple(runtime.site.inventories.inventories.values()) if runtime.site else ()
    apps = tuple(apps_of(hub, runtime))
    return Basis(hub.state.turns[runtime.name], runtime.site, runtime.desired.map, inventories, apps)


def looked(hub: Hub, runtime: ClusterRuntime, basis: Basis) -> Glance:
    """Look at a cluster afresh."""
    status = hub.state.clusters.get(runtime.name) or ClusterStatus(name=runtime.name, since=hub.state.started)
    health = cluster_health(runtime, (app_health(hub, key) for key in basis.apps))
    reports = [hub.state.reports.get(key) for key in basis.apps]
    states = Counter(map(state_word, reports))
    summary = ClusterSummary(
        name=runtime.name,
        phase=status.phase.value,
        message=status.message,
        since=status.since,
        uid=status.uid,
        directory=runtime.desired.map.directory if runtime.desired.map else "",
        labels=dict(labels_of(runtime)),
        apps=len(basis.apps),
        states=dict(sorted(states.items())),
        health=str(health.state),
        healths=counted(health),
        cause=cause_answer(health),
        objects=sum(health.counts.values()),
        drifted=sum(len(list(standing(report))) for report in reports if report and report.drifts),
        held=states["held"],
        failed=states["failed"],
    )
    return Glance(basis=basis, summary=summary, health=health)
