"""The Health of objects, of an App, a cluster and the fleet, as it is known now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.hub.cluster import ClusterRuntime
from fleet.hub.hub import Hub
from fleet.hub.state import MISSING, Assessed
from fleet.model.health import Cause, GroupHealth, Health, HealthState, joined, together
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.observation import LiveObject
from fleet.queries.answers import CauseAnswer
from fleet.reconcile.site import Site

NOT_CONNECTED = Health(state=HealthState.UNKNOWN, reason="NotConnected", message="the cluster is not connected")
_NOT_ASSESSED = Health(state=HealthState.UNKNOWN, reason="NotAssessed", message="it is there, and was not assessed yet")

_NOTHING: Mapping[ObjectKey, Assessed] = {}
_AT_REST = Health(state=HealthState.HEALTHY, reason="AtRest", message="it is a hook of a Sync, and is there only when it runs")


def members(hub: Hub, key: AppKey) -> frozenset[ObjectKey]:
    """What an App has or should have: as its last Sync said, or as its Inventory does before the first."""
    site = hub.clusters[key.cluster].site
    known = hub.state.members.get(key)
    if known is not None or site is None:
        return known or frozenset()
    inventory = site.inventories.inventories.get(key.app)
    return frozenset(each for each in inventory.members if not _is_hook(site, each)) if inventory else frozenset()


def _is_hook(site: Site, member: ObjectKey) -> bool:
    """Whether an object was made to run once: it says nothing of what the App is."""
    live = site.cache.get(member)
    return isinstance(live, LiveObject) and bool(live.marks.run)


def object_health(hub: Hub, key: AppKey, member: ObjectKey) -> Health:
    """The Health of one object; Unknown while the cluster is not connected."""
    runtime = hub.clusters[key.cluster]
    if runtime.site is None:
        return NOT_CONNECTED
    assessed = hub.state.health.get(key.cluster, {}).get(member)
    if assessed is None and isinstance(runtime.site.cache.get(member), LiveObject):
        return _NOT_ASSESSED
    if assessed is None and is_hook(hub, key, member):
        return _AT_REST
    return assessed.health if assessed else MISSING


def is_hook(hub: Hub, key: AppKey, member: ObjectKey) -> bool:
    """Whether an object is a hook of a Sync: it is there while it runs, and perhaps after."""
    report = hub.state.reports.get(key)
    return report is not None and report.plan is not None and member in report.plan.hooks


def app_health(hub: Hub, key: AppKey) -> GroupHealth:
    """The Health of an App: its worst object's."""
    found = members(hub, key)
    if not found and hub.clusters[key.cluster].site is None:
        return GroupHealth(state=HealthState.UNKNOWN, cause=Cause(cluster=key.cluster, app=key.app, health=NOT_CONNECTED))
    known = hub.state.health.get(key.cluster, _NOTHING) if hub.clusters[key.cluster].site else _NOTHING
    told = {member: known[member].health if member in known else object_health(hub, key, member) for member in found}
    return together(told, key)


def cluster_health(runtime: ClusterRuntime, apps: Iterable[GroupHealth]) -> GroupHealth:
    """The Health of a cluster: its worst App's; Unknown while it is not connected, also when it has none."""
    away = GroupHealth(state=HealthState.UNKNOWN, cause=Cause(cluster=runtime.name, health=NOT_CONNECTED))
    return joined([*([away] if runtime.site is None else []), *apps])


def cause_answer(group: GroupHealth) -> CauseAnswer | None:
    """Say what makes a group as bad as it is."""
    cause = group.cause
    if cause is None:
        return None
    return CauseAnswer(
        cluster=cause.cluster,
        app=cause.app,
        object=str(cause.key) if cause.key else "",
        health=str(cause.health.state),
        reason=cause.health.reason,
        message=cause.health.message,
    )


def counted(group: GroupHealth) -> Mapping[str, int]:
    """How many objects are in each state, by the state's name, the worst first."""
    return {str(state): count for state, count in group.counts.items()}
