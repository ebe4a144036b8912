"""What people decide: the word of a Hold is said, a cluster that is only observed is adopted, an App is looked at now.

Decisions are kept in the Records of the clusters they concern, so that they survive the hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fleet.errors import DecisionRefused, NotThere
from fleet.hub.admission import Verdict
from fleet.hub.cluster import ClusterRuntime
from fleet.hub.hub import Hub
from fleet.model.app import DeclaredBy, OnRemoval, Propagation
from fleet.model.engines import ENGINES
from fleet.model.inventory import Approval, Departed, Inventory, RecordEntry
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.observation import LiveObject
from fleet.model.plan import Hold
from fleet.reconcile.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What saying a word let through."""

    word: str
    keys: Mapping[AppKey, frozenset[ObjectKey]]
    missing: tuple[str, ...] = ()
    """Clusters of the Hold that are not connected: there the word must be said again."""


async def approve(hub: Hub, word: str, *, by: str) -> Approved:
    """Let through what a Hold with this word holds; down in the Records when it returns.

    Raises NotThere when nothing is held by that word: what is held now may be another set.
    """
    hold = holds(hub).get(word)
    if hold is None:
        raise NotThere(what="held Plan with the word", name=word)
    let: dict[AppKey, frozenset[ObjectKey]] = {}
    time = hub.shared.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    here = sorted({cluster for cluster, _ in hold.keys})
    missing = [cluster for cluster in here if hub.clusters[cluster].site is None]
    said = Approval(word=hold.word, by=by, time=time, keys=frozenset(), rest=_rest(hub, frozenset(here) - frozenset(missing)))
    for cluster in here:
        runtime = hub.clusters[cluster]
        if runtime.site is not None:
            let.update(await _approved(runtime, runtime.site, hold, said))
    return Approved(word=word, keys=let, missing=tuple(missing))


def _rest(hub: Hub, said: frozenset[str]) -> frozenset[str]:
    """The clusters that the fleet's Hold names besides: without a word there, what goes here must not make theirs few."""
    fleet_wide = hub.radius.hold
    named = frozenset(cluster for cluster, _ in fleet_wide.keys) if fleet_wide else frozenset()
    return named - said if named & said else frozenset()


def holds(hub: Hub) -> Mapping[str, Hold]:
    """Everything that is held now, by word."""
    plans = (report.plan for report in hub.state.reports.values() if report.plan is not None)
    found = {hold.word: hold for plan in plans for hold in plan.holds}
    # The fleet's stands before any cluster's Plan says so: while it does not answer, or while a Sync waits.
    return found | ({hub.radius.hold.word: hub.radius.hold} if hub.radius.hold else {})


async def _approved(runtime: ClusterRuntime, site: Site, hold: Hold, said: Approval) -> Mapping[AppKey, frozenset[ObjectKey]]:
    here = frozenset(key for cluster, key in hold.keys if cluster == runtime.name)
    let: dict[AppKey, frozenset[ObjectKey]] = {}
    for app, inventory in sorted(site.inventories.inventories.items()):
        keys = here & inventory.members
        if not keys:
            continue
        entry = site.records.entries.get(app, RecordEntry())
        await site.records.commit(app, replace(entry, decisions=(*entry.decisions, replace(said, keys=keys))))
        let[AppKey(runtime.name, app)] = keys
    runtime.wake(key.app for key in let)
    return let


def resync(hub: Hub, cluster: str = "", app: str = "") -> tuple[AppKey, ...]:
    """Fetch, and look now at an App, at all of a cluster's, or at all; gives those that are looked at.

    Raises NotThere for a cluster or an App that the hub does not know.
    """
    if cluster and cluster not in hub.clusters:
        raise NotThere(what="registered cluster", name=cluster)
    runtimes = [hub.clusters[cluster]] if cluster else list(hub.clusters.values())
    keys = [AppKey(runtime.name, name) for runtime in runtimes for name in sorted(runtime.all_apps()) if app in ("", name)]
    if app and not keys:
        raise NotThere(what="App", name=f"{cluster}/{app}")
    hub.alarm.ring()
    for key in keys:
        hub.clusters[key.cluster].worker.asked.add(key)
        hub.clusters[key.cluster].worker.requests.ask(key)
        hub.clusters[key.cluster].wake([key.app])
    return tuple(keys)


async def adopt(hub: Hub, cluster: str = "", *, by: str) -> tuple[str, ...]:
    """Take a cluster that is only observed, or all such: what its Record says is replaced by what is found there.

    Raises NotThere, and DecisionRefused where the cluster says that it is another fleet's or another cluster.
    """
    if cluster and cluster not in hub.clusters:
        raise NotThere(what="registered cluster", name=cluster)
    runtimes = [hub.clusters[cluster]] if cluster else list(hub.clusters.values())
    adopted = [runtime.name for runtime in runtimes if await _adopted(runtime, asked=bool(cluster), by=by)]
    return tuple(adopted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Where it was taken down that another engine is gone."""

    clusters: tuple[str, ...]
    missing: tuple[str, ...]
    """Clusters that are not connected, or only observed: there it must be said again."""


async def depart(hub: Hub, engine: str, cluster: str = "", *, by: str) -> Gone:
    """Take down that an engine no longer reconciles anything on a cluster, or on any; what it marked is then taken over.

    Down in the Records when it returns. Raises NotThere for a cluster or an engine that is not known, and DecisionRefused
    where the cluster that is named may not be written.
    """
    if engine not in ENGINES or not ENGINES[engine].adoptable:
        raise NotThere(what="engine to take over from:", name=engine)
    if cluster and cluster not in hub.clusters:
        raise NotThere(what="registered cluster", name=cluster)
    runtimes = [hub.clusters[cluster]] if cluster else list(hub.clusters.values())
    said = Departed(engine=engine, by=by, time=hub.shared.now().isoformat(timespec="seconds").replace("+00:00", "Z"))
    missing = {runtime.name: reason for runtime in runtimes if (reason := _unwritable(runtime))}
    if cluster and missing:
        raise DecisionRefused(decision=f"to take {cluster} over from {ENGINES[engine].name}", reason=missing[cluster])
    gone = [runtime for runtime in runtimes if runtime.name not in missing]
    for runtime in gone:
        assert runtime.site is not None
        await runtime.site.records.depart(said)
        runtime.wake(runtime.all_apps())
    return Gone(clusters=tuple(runtime.name for runtime in gone), missing=tuple(sorted(missing)))


def _unwritable(runtime: ClusterRuntime) -> str:
    return runtime.verdict.reason or ("it is not connected" if runtime.site is None else "")


async def _adopted(runtime: ClusterRuntime, *, asked: bool, by: str) -> bool:
    site, verdict = runtime.site, runtime.verdict
    if site is None or not verdict.adoptable:
        if asked:
            reason = verdict.reason or "it is not connected" if site is None else verdict.reason or "it is not only observed"
            raise DecisionRefused(decision=f"to adopt {runtime.name}", reason=reason)
        return False
    for inventory in found(runtime, site):
        await site.inventories.rebuild(inventory)
    # What ran under another history says nothing here: every App is compared anew.
    entries = {app: replace(entry, applied="", intended="", previous="") for app, entry in site.records.entries.items()}
    await site.records.start_anew(entries)
    runtime.verdict = Verdict()
    runtime.adopted()
    return True


def found(runtime: ClusterRuntime, site: Site) -> Iterable[Inventory]:
    """The Inventories that the marks in a cluster tell of, for Apps that have none: every object whose mark is consistent."""
    members: dict[str, set[ObjectKey]] = {}
    for live in _marked(site):
        owner = live.owner
        ours = owner is not None and owner.cluster == runtime.name and live.marks.fleet == site.fleet
        if owner is not None and ours and owner.app not in site.inventories.inventories:
            members.setdefault(owner.app, set()).add(live.key)
    for app, keys in sorted(members.items()):
        yield _inventory(runtime, site, app, frozenset(keys))


def _marked(site: Site) -> Iterable[LiveObject]:
    return (live for kind in sorted(site.cache.kinds()) for live in site.cache.objects(kind))


def _inventory(runtime: ClusterRuntime, site: Site, app: str, keys: frozenset[ObjectKey]) -> Inventory:
    desired = runtime.desired.apps.get(app)
    declared: DeclaredBy | None = desired.app.declared_by if desired else None
    return Inventory(
        app=AppKey(runtime.name, app),
        fleet=site.fleet,
        cluster=site.identity,
        intended=runtime.head,
        declared_by=declared,
        on_removal=desired.app.on_removal if desired else OnRemoval.ORPHAN,
        prune=desired.app.prune if desired else False,
        propagation=desired.app.removal_propagation if desired else Propagation.BACKGROUND,
        members=keys,
    )
