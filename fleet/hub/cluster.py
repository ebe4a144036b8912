"""One cluster's life in the hub: connect, take its lease, judge whether it may be written, follow it, work on its Apps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from fleet.aio import Backoff, TaskOwner, leaves, owned
from fleet.errors import FleetError, LeaseLost, ObserveOnly
from fleet.hub import admission
from fleet.hub.admission import Verdict
from fleet.hub.connection import Connection, connected
from fleet.hub.dependencies import Dependencies
from fleet.hub.desired import Desired
from fleet.hub.events import completed, concerned, owners
from fleet.hub.freshness import Freshness
from fleet.hub.judge import Judge
from fleet.hub.own_maps import OwnMaps
from fleet.hub.shared import Shared
from fleet.hub.state import Phase
from fleet.hub.wants import Wants
from fleet.hub.worker import Worker
from fleet.kube.kept.own import list_own
from fleet.kube.live.cache import Event
from fleet.model.app import ClusterMap
from fleet.model.claims import Claim, Claims, ClaimsIncomplete
from fleet.model.cluster import Cluster
from fleet.model.inventory import Identity
from fleet.model.keys import AppKey, GroupKind, ObjectKey
from fleet.model.observation import LiveObject
from fleet.model.plan import Hold
from fleet.model.revision import Revision
from fleet.reconcile.site import Site, Wanted

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
"""Between two tries to connect: a cluster that comes back is served within half a minute at worst."""


class ClusterRuntime:
    """Keeps one registered cluster; `run()` it. What git wants of it is put in `desired` by the hub."""

    def __init__(self, shared: Shared, cluster: Cluster) -> None:
        self.cluster = cluster
        self.shared = shared
        self.desired = Desired(cluster=cluster.name)
        self.site: Site | None = None
        self.verdict = Verdict()
        self.uid = ""
        self.fleet_hold: Callable[[], Hold | None] = lambda: None
        self.untold: Callable[[], bool] = lambda: False
        """Whether what the Revision deletes over the fleet is not known yet: until it is, nothing is deleted."""
        self.unsettled: Callable[[], frozenset[str]] = frozenset
        """Clusters of the fleet that may still have something to delete."""
        self.on_ready: Callable[[ClusterRuntime], None] = lambda _: None
        self.on_identity: Callable[[ClusterRuntime], None] = lambda _: None
        self._judge = Judge(shared)
        self._head_known = asyncio.Event()
        self.wants = Wants(shared, self.desired)
        self.worker = Worker(shared, self.desired, site=lambda: self.site, wanted=self.wanted, lose=self.lose)
        self.freshness = Freshness(
            shared, self.desired, site=lambda: self.site, busy=self.worker.busy_with, on_final=self._is_final
        )
        self.dependencies = Dependencies(shared, self.desired, self.freshness, leaving=self._leaving)
        self.worker.fresh = self.freshness.fresh
        self.worker.dependencies = self.dependencies
        self.worker.on_settled = lambda key: self.freshness.changed([key.app])
        self._lost = asyncio.Event()
        self._why: FleetError | None = None
        self._backoff: Backoff[str] = Backoff(random=shared.random, first=_FIRST_WAIT, cap=_LONGEST_WAIT)

    @property
    def head(self) -> str:
        """The commit the hub last fetched."""
        return self._judge.head

    @property
    def name(self) -> str:
        """The name it is registered under."""
        return self.cluster.name

    async def run(self) -> None:
        """Connect, work until the connection or the lease is lost, and again, for ever."""
        while True:
            try:
                await self._live()
            except* FleetError as errors:
                error = next(leaves(errors))
                self._phase(_phase_of(error), str(error))
            finally:
                self.site = None
            await asyncio.sleep(self._backoff.next(self.name))

    def lose(self, error: FleetError) -> None:
        """End this connection: it cannot be worked with. A new one is made, and every App looked at again."""
        self._why = error
        self._lost.set()

    def moved(self, head: Revision) -> None:
        """The hub fetched: this is the head now."""
        self._judge.fetched(head)
        self._head_known.set()
        if self.site is not None and self.site.records.repository != self._judge.repository:
            self.lose(ObserveOnly(cluster=self.name, reason="the repository begins with another commit now"))
        self.judge()

    def judge(self) -> None:
        """Judge again whether the cluster may be written: the head moved, or somebody decided."""
        if self.site is None:
            return
        if self.verdict.reason and not self.verdict.behind and not self.verdict.diverged:
            return
        verdict = self._judge.of_history(self.site)
        if verdict != self.verdict:
            self.verdict = verdict
            self._ready()

    def adopted(self) -> None:
        """Somebody decided that the cluster is ours to write."""
        self._ready()

    def take(self, cluster_map: ClusterMap, *, since: str) -> None:
        """Take all of the cluster's Apps at a Revision: what waits for Apps that were not known at it may go on."""
        before = self.desired.map.disorder if self.desired.map else {}
        self.desired.take(cluster_map, since=since)
        now = cluster_map.disorder
        again = {app for app in before.keys() | now.keys() if _texts(before.get(app)) != _texts(now.get(app))}
        self.wake(again | {key.app for key in self.worker.waiting_for_apps})

    def _leaving(self, app: str) -> tuple[str, ...]:
        return self.wants.leaving_first(app, self.site) if self.site else ()

    def settle(self, commit: str) -> None:
        """The whole fleet is mapped at the newest Revision: what had to wait for that may go on."""
        self.desired.newest = commit
        if self._judge.stale:
            self._judge.stale = False
            self.wake(self.all_apps())
        if self.desired.settled:
            return
        self.desired.settled = True
        self.reconsider()

    def reconsider(self) -> None:
        """What had to wait, or was held, for the rest of the fleet may go on."""
        if self.site is not None and self.desired.settled:
            self.wake(self._left_behind(self.site))

    def _left_behind(self, site: Site) -> frozenset[str]:
        """Apps of which more is in the cluster than git wants, and Apps whose Sync waits."""
        inventories = site.inventories.inventories
        owners = self.desired.claims(site.discovery.scopes())
        wanted = owners.owners if isinstance(owners, Claims) else {}
        left = {app for app, inventory in inventories.items() if any(_app(wanted, key) != app for key in inventory.members)}
        waiting = {key.app for key in self.worker.waiting}
        # What was only ever observed has no Inventory, and is told of until it is looked at once more.
        told = {key.app for key in self.shared.state.apps_of(self.name)}
        gone = (inventories.keys() | told) - self.desired.apps.keys()
        return frozenset(left | gone | waiting | self._only_recorded(site))

    def _only_recorded(self, site: Site) -> frozenset[str]:
        """Apps that left git and the cluster, all but their entry in the Record: the hub died before it took that out."""
        if not self.desired.settled or self.desired.map is None or self.desired.map.problems:
            return frozenset()
        left = site.records.entries.keys() - self.desired.apps.keys() - site.inventories.inventories.keys()
        unsettled = self.unsettled()
        # What is kept of an App that is gone because it still counts elsewhere stays until it does not.
        return frozenset(app for app in left if not any(one.rest & unsettled for one in site.records.entries[app].decisions))

    def wanted(self, key: AppKey) -> Wanted | None:
        """What is wanted of one App now; None before anything is known, or while the cluster is not connected."""
        if self.site is None:
            return None
        found = self.wants.of(key, self.site)
        if found is None:
            return None
        return replace(
            found,
            fleet_hold=self.fleet_hold(),
            unsettled=self.unsettled(),
            claims=ClaimsIncomplete(commit=found.revision.commit) if self.untold() else found.claims,
            observe_only=self.verdict.reason or self._judge.older(self.site, self.desired),
            healthy=self.freshness.healthy(key),
            fresh=self.freshness.fresh,
            since=self.freshness.since,
            dependencies=self.dependencies.of(key),
            disorder=self.dependencies.disorder(key),
            waiting=self.worker.waiting_of(key),
            asked=key in self.worker.asked,
            requested=self.worker.requests.stands(key, found.desired.fingerprint if found.desired else ""),
            request=None if found.desired and found.desired.app.automated else self.worker.requests.noted(key),
        )

    def looked(self) -> None:
        """The Source was looked at, and what it says is mapped: what was asked for before that is now known."""
        apps = self.desired.apps
        found = self.worker.requests.found(lambda key: apps[key.app].fingerprint if key.app in apps else "")
        self.wake(key.app for key in found)

    def wake(self, apps: Iterable[str]) -> None:
        """Look at Apps again, soon."""
        if self.site is not None:
            for app in apps:
                self.worker.queue.add(AppKey(self.name, app))

    def all_apps(self) -> frozenset[str]:
        """Every App that git declares here or of which something is left here."""
        if self.site is None:
            return frozenset(self.desired.apps)
        return frozenset({*self.desired.apps, *self.site.inventories.inventories, *self._only_recorded(self.site)})

    # ── one connection ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _live(self) -> None:
        self._lost.clear()
        self._why = None
        self._phase(Phase.CONNECTING, "")
        async with connected(self.shared, self.cluster, self) as connection, owned(f"work on {self.name}") as workers:
            # What is pending of the Record is written when the work ends, which needs the lease.
            await self._work(connection, workers)

    async def _work(self, connection: Connection, owner: TaskOwner) -> None:
        """Read what the cluster keeps for us, judge it, and work until the connection is lost."""
        await self._head_known.wait()
        site = connection.site(self._judge.repository)
        listed = await list_own(site.client)
        kinds = await self._judge.load(site, listed.maps)
        self._recall(site)
        owner.forever(site.records.run(), name="record")
        own = OwnMaps(site, owner, lose=self.lose)
        await site.cache.watch_own(own.changed, maps=listed.maps, version=listed.version)
        await self._follow_all(site, kinds)
        self.site = site
        own.watchful = True
        self.verdict = self._judge.of_connection(site)
        self._backoff.forget(self.name)
        self.on_ready(self)
        self._ready()
        owner.forever(self.worker.run(), name="worker")
        try:
            await self._lost.wait()
        finally:
            own.watchful = False
            self.site = None
            self.freshness.clear()
        assert self._why is not None
        raise self._why

    def _recall(self, site: Site) -> None:
        """Take up what somebody asked another hub for, or this one before it died."""
        for app, entry in site.records.entries.items():
            if entry.requested is not None:
                self.worker.requests.recall(AppKey(self.name, app), entry.requested)

    async def _follow_all(self, site: Site, kinds: frozenset[GroupKind]) -> None:
        """List every kind in use once, before anything is judged."""
        kinds |= {key.group_kind for key in self.desired.desired_keys(site.discovery.scopes())}
        for kind in sorted(kinds):
            with suppress(FleetError):  # a kind that cannot be followed is Unknown to every Plan
                await site.cache.ensure([kind])

    # ── judging ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def compare(self, others: Mapping[str, str]) -> None:
        """Judge the identity against the UIDs that answered under other names; before the Lease is taken, it is not."""
        found = admission.of_identity(Identity(name=self.name, uid=self.uid), pinned=self.cluster.uid, elsewhere=others)
        if not found.reason:
            return
        if self.site is None:
            # Two names of one hub would take each other's Lease for ever.
            if self.uid in others:
                raise ObserveOnly(cluster=self.name, reason=found.reason)
            return
        self.verdict = found
        self.site.client.guard_with(self._refuse)  # also what a Sync under way would still write
        self._ready()

    def _refuse(self) -> None:
        raise ObserveOnly(cluster=self.name, reason=self.verdict.reason)

    def _ready(self) -> None:
        """Say what may be done from now on, and look at every App."""
        if self.verdict.reason:
            self._phase(Phase.OBSERVING, self.verdict.reason)
        else:
            self._phase(Phase.READY, "")
        self.wake(self.all_apps())

    def _phase(self, phase: Phase, message: str) -> None:
        self.shared.state.cluster_is(self.name, phase, message=message, now=self.shared.now())
        known = self.shared.state.clusters[self.name]
        self.shared.state.clusters[self.name] = replace(known, uid=self.uid or known.uid)
        self.shared.state.turn(self.name)

    # ── what a connection tells ─────────────────────────────────────────────────────────────────────────────────────

    @property
    def busy(self) -> bool:
        """Whether anything is being synced."""
        return not self.worker.idle

    def identified(self, uid: str) -> None:
        """Take the UID that answered; raises ObserveOnly where it answers under another name, too."""
        self.uid = uid
        self.on_identity(self)

    def waits(self, reason: str) -> None:
        """Say who has the Lease."""
        self._phase(Phase.WAITING, reason)

    def happened(self, event: Event, *, health: bool) -> None:
        """Look again at the Apps that an event concerns."""
        self.shared.state.turn(self.name)
        writer = self.site.memory.heard(event.key, event.after.resource_version if event.after else "") if self.site else ""
        self.wake(concerned(event) - {writer})
        if health and completed(event):
            self.wake(owners(event))  # that it ran goes into the Record
        self.worker.heard(event.key)
        if health:
            self._health_of(owners(event))
        if event.key.group_kind == GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"):
            self.desired.forget_claims()

    def assessed(self, key: ObjectKey) -> None:
        """Look again at the App that waits for an object's Health."""
        self.shared.state.turn(self.name)
        live = self.site.cache.get(key) if self.site else None
        self._health_of([live.owner.app] if isinstance(live, LiveObject) and live.owner is not None else [])
        self.worker.heard(key)

    def _health_of(self, apps: Collection[str]) -> None:
        """The Health of Apps changed: tell who waits for it, and look when it may become final."""
        self.worker.wake_waiting(apps)
        self.worker.heard_of(apps)
        self.freshness.changed(apps)
        self.shared.state.bell.ring()

    def _is_final(self, app: AppKey) -> None:
        """Tell who waits for how an App turned out: those that depend on it, too."""
        declared = self.desired.apps
        waiting = [key.app for key in self.worker.waiting if key.app in declared]
        self.worker.wake_waiting([app.app, *(name for name in waiting if app.app in declared[name].app.depends_on)])
        self.shared.state.bell.ring()


def _phase_of(error: FleetError) -> Phase:
    if isinstance(error, ObserveOnly):
        return Phase.OBSERVING
    return Phase.WAITING if isinstance(error, LeaseLost) else Phase.UNREACHABLE


def _texts(errors: Iterable[FleetError] | None) -> list[str]:
    return [str(error) for error in errors or ()]


def _app(owners: Mapping[ObjectKey, Claim], key: ObjectKey) -> str:
    claim = owners.get(key)
    return claim.app if claim else ""
