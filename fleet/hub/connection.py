"""One connection to a cluster, from the first answer to the last: who it is, its lease, what is followed there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from fleet.aio import owned
from fleet.errors import FleetError, LeaseLost, ObserveOnly
from fleet.hooks.declarations import ANY_KIND
from fleet.hub.definitions import Definitions
from fleet.hub.events import completed, hook_seen
from fleet.hub.health import Assessor
from fleet.hub.looking import Looker
from fleet.hub.shared import Shared
from fleet.kube.kept.identity import read_uid
from fleet.kube.kept.inventory import InventoryStore
from fleet.kube.kept.lease import Lease, Terms
from fleet.kube.kept.record import RecordKeeper
from fleet.kube.live.cache import ClusterCache, Event, Listeners
from fleet.kube.live.observe import PreRead
from fleet.kube.server.client import ApiClient, Timeouts
from fleet.kube.server.connect import connect
from fleet.kube.server.discovery import Discovery, Resource
from fleet.model.cluster import Cluster
from fleet.model.inventory import Identity
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject
from fleet.reconcile.site import Memory, Site
from fleet.schema import scope


class Listener(Protocol):
    """Who a connection is made for: told of everything in the event loop and at once, and must not wait."""

    @property
    def busy(self) -> bool:
        """Whether anything is being synced: what can wait then does."""

    def identified(self, uid: str) -> None:
        """The cluster told who it is; raise ObserveOnly to end the connection before its Lease is taken."""

    def waits(self, reason: str) -> None:
        """Another hub has the Lease."""

    def happened(self, event: Event, *, health: bool) -> None:
        """An object changed; `health`: so did its Health."""

    def assessed(self, key: ObjectKey) -> None:
        """An object that was looked at again is of another Health than before."""

    def lose(self, error: FleetError) -> None:
        """The connection cannot be worked with any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The parts of one connection, from the moment its lease was taken until it is lost."""

    shared: Shared
    client: ApiClient
    identity: Identity
    discovery: Discovery
    cache: ClusterCache
    memory: Memory

    def site(self, repository: str) -> Site:
        """The cluster as a Sync reaches it; Inventories and Record are yet to be loaded."""
        fleet = self.shared.config.fleet
        return Site(
            fleet=fleet,
            identity=self.identity,
            client=self.client,
            discovery=self.discovery,
            cache=self.cache,
            preread=PreRead(self.client, self.discovery),
            inventories=InventoryStore(self.client, self.identity, fleet),
            records=RecordKeeper(self.client, self.identity, fleet, repository),
            registry=self.shared.registry,
            override_managers=self.shared.config.settings.drift.override_managers,
            memory=self.memory,
        )


@asynccontextmanager
async def connected(shared: Shared, cluster: Cluster, listener: Listener) -> AsyncIterator[Connection]:
    """Connect and take the lease, for the length of the block; at its end the lease is given back.

    Waits as long as another hub has the lease. Raises what stands in the way: ClusterUnreachable, Unauthorized, ObserveOnly
    where the cluster is not to be written.
    """
    settings = shared.config.settings
    timeouts = Timeouts(connect=settings.connect_timeout, request=settings.request_timeout)
    client = ApiClient(connect(cluster, secret=shared.secret), limiter=shared.limiter, timeouts=timeouts)
    try:
        uid = await read_uid(client)
        listener.identified(uid)
        discovery = Discovery(client)
        await discovery.refresh()
        async with _followed(shared, client, discovery, listener) as (cache, memory):
            identity = Identity(name=cluster.name, uid=uid)
            yield Connection(shared=shared, client=client, identity=identity, discovery=discovery, cache=cache, memory=memory)
    finally:
        await client.close()


@asynccontextmanager
async def _followed(
    shared: Shared, client: ApiClient, discovery: Discovery, listener: Listener
) -> AsyncIterator[tuple[ClusterCache, Memory]]:
    """Take the lease and keep it, with the watches of a cluster and the looks at its health."""
    memory = _memory(shared)
    judges = _judges(shared, client, discovery, memory, listener)
    lease = _lease(shared, client, listener)
    async with owned(f"cluster {client.cluster}") as owner:
        cache = ClusterCache(
            client,
            discovery,
            fleet=shared.config.fleet,
            needs_body=lambda kind: shared.registry.health_check(kind).needs_body,
            listeners=Listeners(
                on_event=lambda event: _happened(event, memory, judges, listener),
                on_learned=judges.learned,
                before_kind=judges.before_kind,
                on_disturbed=lambda: _started(
                    owner.spawn(_disturbed(lease, client.cluster, listener), name="look after a disturbance")
                ),
                on_rewind=lambda: listener.lose(LeaseLost(cluster=client.cluster, reason="the cluster went back in time")),
            ),
        )
        client.guard_with(lease.permit)
        owner.forever(lease.run(), name="lease")
        owner.forever(cache.run(), name="cache")
        owner.forever(judges.looker.run(), name="look again")
        try:
            await _leased(lease, listener)
            yield cache, memory
        finally:
            await lease.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judges:
    """Who keeps the Health of one cluster's objects."""

    assessor: Assessor
    looker: Looker
    definitions: Definitions
    changed: Callable[[], None]
    """Called when what is known of an object may be another than before, and no event tells so."""

    def happened(self, event: Event) -> bool:
        """Take an event; whether the Health of its object is another than before."""
        redefined = self.definitions.happened(event)
        if redefined is not None:
            self.looker.anew(redefined)
        return self.assessor.event(event)

    def learned(self, key: ObjectKey, live: LiveObject | None) -> None:
        """Take what a write of ours was answered."""
        self.assessor.learned(key, live)
        self.changed()

    async def before_kind(self, resource: Resource) -> None:
        """Find out what a custom kind's definition says before its objects are judged, where nobody has a rule for it."""
        kind = resource.group_kind
        if self.assessor.registry.health_check(kind).kind == ANY_KIND and scope(kind.group, kind.kind) is None:
            await self.definitions.learn(resource)


def _happened(event: Event, memory: Memory, judges: _Judges, listener: Listener) -> None:
    if digest := completed(event):
        memory.completed[event.key] = digest
    changed = judges.happened(event)
    assessed = judges.assessor.health.get(event.key)
    if seen := hook_seen(event, assessed.health if assessed and assessed.told else None):
        memory.hooks[event.key] = seen
    listener.happened(event, health=changed)


def _memory(shared: Shared) -> Memory:
    drift = shared.config.settings.drift
    return Memory(
        clock=asyncio.get_running_loop().time, most_reverts=drift.contested_reverts, revert_window=drift.contested_window
    )


def _judges(shared: Shared, client: ApiClient, discovery: Discovery, memory: Memory, listener: Listener) -> _Judges:
    looker = Looker(client, discovery, changed=listener.assessed, busy=lambda: listener.busy, random=shared.random)
    definitions = Definitions(client)
    health = shared.state.health[client.cluster] = {}
    looker.assessor = Assessor(
        registry=shared.registry,
        health=health,
        written_at=memory.written_at,
        now=shared.now,
        again=looker.later,
        related=looker.related,
        settled=looker.settled,
        declared=definitions.of,
    )
    changed = partial(shared.state.turn, client.cluster)
    return _Judges(assessor=looker.assessor, looker=looker, definitions=definitions, changed=changed)


def _lease(shared: Shared, client: ApiClient, listener: Listener) -> Lease:
    settings = shared.config.settings
    terms = Terms(
        holder=shared.directory.holder,
        fleet=shared.config.fleet,
        duration=settings.lease_duration,
        renew=settings.lease_renew,
    )
    return Lease(client, terms, on_acquired=lambda _: shared.state.bell.ring(), on_lost=listener.lose)


async def _leased(lease: Lease, listener: Listener) -> None:
    """Wait until the lease is held, saying meanwhile who has it; a foreign fleet's is never taken."""
    while not lease.held:
        problem = lease.problem
        if isinstance(problem, ObserveOnly):
            raise problem
        if lease.taken:
            listener.waits(str(problem) if problem else "")
        await asyncio.sleep(0.05)


async def _disturbed(lease: Lease, cluster: str, listener: Listener) -> None:
    """After a disturbance: if the Lease is not what this hub wrote, everything remembered may be wrong."""
    try:
        if not await lease.verify():
            listener.lose(LeaseLost(cluster=cluster, reason="it was not what this hub wrote last"))
    except FleetError as error:
        listener.lose(error)


def _started(_: object) -> None:
    """For callbacks that start a task and return nothing."""
