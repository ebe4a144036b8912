"""The Hub: what is fetched goes to the clusters it concerns, and everything that goes on has an owner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from fleet.aio import Limiter, owned
from fleet.config import FleetConfig, resolve
from fleet.hooks import SourceTree
from fleet.hooks.registry import Registry
from fleet.hooks.tree import LimitedTree, ParsedBlobs
from fleet.hub.cluster import ClusterRuntime
from fleet.hub.past import Past
from fleet.hub.poll import Alarm
from fleet.hub.radius import Radius
from fleet.hub.revisions import Revisions, Takers
from fleet.hub.shared import Shared
from fleet.hub.state import HubState
from fleet.hub.statedir import StateDirectory
from fleet.hub.tracing import Tracer
from fleet.mapping import Earlier, FleetMap, MappedApp, Mapper
from fleet.model.app import ClusterMap
from fleet.model.revision import Revision
from fleet.render import RenderHost, RenderSettings
from fleet.source import Repository
from fleet.source.charts import ChartStore
from fleet.store import Store

_STABLE = 2.0
"""Seconds between two looks at which UIDs answer under which names."""


class Hub:
    """The process that makes many clusters match git. Make it in the loop it runs in, then `run()` it."""

    def __init__(self, config: FleetConfig, *, registry: Registry, directory: StateDirectory, store: Store) -> None:
        settings = config.settings
        repository = Repository(config.source, directory.path / "git", secret=resolve, seconds=settings.fetch_timeout)
        tree = _trees(config, repository)
        self.host = RenderHost(
            registry, directory.path / "rendered", settings.limits.yaml, _render_settings(config, directory.path / "charts")
        )
        self.shared = Shared(
            config=config,
            registry=registry,
            directory=directory,
            repository=repository,
            store=store,
            state=HubState(started=_now()),
            limiter=Limiter(total=settings.requests_total, per_key=settings.requests_per_cluster),
            secret=resolve,
            tree=tree,
            tracer=Tracer(repository, tree, Earlier(registry, self.host)),
            now=_now,
            random=Random(),  # noqa: S311 - it only spreads
        )
        self.clusters = {cluster.name: ClusterRuntime(self.shared, cluster) for cluster in config.clusters}
        mapper = partial(Mapper, registry, config.clusters, self.host, source=config.source)
        self.past = Past(self.shared, mapper, told=lambda: self._judged(self.radius.judge))
        self.radius = Radius(clusters=self.clusters, past=self.past)
        self.alarm = Alarm(config.source.interval, random=self.shared.random)
        takers = Takers(head=self._head, app=self._app, cluster=self._cluster, fleet=self._fleet, looks=self._looks)
        self.revisions = Revisions(self.shared, mapper(), self.alarm, take=takers)
        for runtime in self.clusters.values():
            runtime.fleet_hold = lambda: self.radius.hold
            runtime.untold = lambda: self.radius.untold
            runtime.unsettled = lambda: self.radius.unsettled
            runtime.on_ready = self._on_ready
            runtime.on_identity = self._on_identity

    @property
    def state(self) -> HubState:
        """What is known now."""
        return self.shared.state

    async def run(self) -> None:
        """Run until cancelled; then leases are given back and what is under way is ended cleanly."""
        async with owned("hub") as owner:
            owner.forever(self.shared.store.run(), name="store")
            for runtime in self.clusters.values():
                owner.forever(runtime.run(), name=runtime.name)
            owner.forever(self.past.run(), name="past")
            owner.forever(self.revisions.run(), name="revisions")
            await asyncio.Event().wait()

    # ── a Revision comes, piece by piece ────────────────────────────────────────────────────────────────────────────

    def _looks(self, begins: bool) -> None:
        for runtime in self.clusters.values():
            if begins:
                runtime.worker.requests.begin()
            else:
                runtime.looked()

    def _head(self, revision: Revision) -> None:
        for runtime in self.clusters.values():
            runtime.moved(revision)

    def _app(self, revision: Revision, piece: MappedApp) -> None:
        runtime = self.clusters[piece.cluster]
        runtime.desired.begin(revision, piece, since=self.revisions.since)
        runtime.wake([piece.key.app])

    def _cluster(self, piece: ClusterMap) -> None:
        self.clusters[piece.cluster].take(piece, since=self.revisions.since)

    def _fleet(self, fleet_map: FleetMap) -> None:
        self._judged(lambda: self.radius.take(fleet_map))
        for name, cluster_map in fleet_map.clusters.items():
            runtime = self.clusters[name]
            if runtime.desired.map is not cluster_map:
                runtime.take(cluster_map, since=self.revisions.since)
            runtime.settle(fleet_map.revision.commit)
        self.state.bell.ring()  # what this Revision leaves as it is may be final for it

    # ── a cluster comes ─────────────────────────────────────────────────────────────────────────────────────────────

    def _on_identity(self, known: ClusterRuntime) -> None:
        """A cluster told who it is: two names for one cluster are nobody's to write. Raises ObserveOnly for the later."""
        twins = [other for other in self.clusters.values() if other is not known and other.uid == known.uid]
        for twin in twins:
            if twin.site is not None:
                twin.compare({known.uid: known.name})
        known.compare({twin.uid: twin.name for twin in twins})

    def _on_ready(self, ready: ClusterRuntime) -> None:
        """A cluster told what it has."""
        self._on_identity(ready)
        self._judged(lambda: self.radius.connected(ready.name))

    def _judged(self, judge: Callable[[], None]) -> None:
        """Judge the fleet's deletes again; what waited for another answer is looked at."""
        before = self.radius.hold, self.radius.untold
        judge()
        if (self.radius.hold, self.radius.untold) != before:
            for runtime in self.clusters.values():
                runtime.reconsider()


def _now() -> datetime:
    return datetime.now(UTC)


def _trees(config: FleetConfig, repository: Repository) -> Callable[[str], SourceTree]:
    """Trees of commits, with what is parsed of them shared by blob."""
    blobs = ParsedBlobs(limits=config.settings.limits.yaml)
    return lambda commit: LimitedTree(repository.tree(commit), blobs)


def _render_settings(config: FleetConfig, charts: Path) -> RenderSettings:
    given = config.settings.render
    facts = {"jobs": given.jobs} if given.jobs else {}
    return RenderSettings(
        programs={name: path for name, path in (("kustomize", given.kustomize), ("helm", given.helm)) if path},
        charts=ChartStore(charts, config.charts, secret=resolve, seconds=config.settings.fetch_timeout),
        max_memory=given.max_memory,
        deadline=given.deadline,
        max_output=given.max_output,
        cache_bytes=given.cache_bytes,
        memory_objects=given.memory_objects,
        **facts,
    )
