"""What is ours in one cluster, kept by watches: every kind in use, selected by our label.

A watch that broke is not believed for ever: until `PATIENCE` seconds after it broke the cache answers with what it last
knew (deletes carry UID and resource version anyway), after that with Unknown, for that kind only. `live` says whether the
watch stands at this moment; nothing should be deleted for what a watch that does not stand once said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from fleet.aio import Backoff, Bell, TaskOwner, map_limited, owned
from fleet.errors import ApiError, ClusterUnreachable, DiscoveryIncomplete, FleetError, KindUnknown, NotFound, NotServed
from fleet.kube.live.kinds import Event, KindState
from fleet.kube.live.watch import Signals, Target, Watch
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Discovery, Resource
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.marks import FLEET, KIND, NAMESPACE
from fleet.model.observation import LiveObject, Seen, Unknown, observe

__all__ = ["PATIENCE", "ClusterCache", "Event", "Listeners", "OwnChange"]

PATIENCE = 60.0
# Lists that a start begins at once; the client's limit stands beside it.
_STARTING = 8
_OWN = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
_CHANGE_KINDS = frozenset(
    {GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"), GroupKind("apiregistration.k8s.io", "APIService")}
)


def _nothing(*_: object) -> None:
    """Nobody listens."""


async def _no_more(_: Resource) -> None:
    """Nothing needs to be known of a kind before it is followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who is told, in the event loop and at once; they must not wait."""

    on_event: Callable[[Event], None]
    on_learned: Callable[[ObjectKey, LiveObject | None], None] = _nothing
    """An answer to a write of ours told what is there now; None: that it is gone. The watch may never tell of it."""
    on_disturbed: Callable[[], None] = _nothing
    """The connection was lost and is back: look whether Record and Lease are still what this hub wrote."""
    before_kind: Callable[[Resource], Awaitable[None]] = _no_more
    """The exception: a kind is about to be followed, and is not before this returns; what it raises, `ensure` does."""
    on_rewind: Callable[[], None] = _nothing
    """The cluster went back in time: everything is forgotten and listed anew, each object as an Event without `before`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChange:
    """One of our own ConfigMaps, as it is now; `body` is None when it is gone or has lost its label."""

    name: str
    resource_version: str
    body: Mapping[str, Any] | None


@dataclass(slots=True)
class _Kind:
    state: KindState
    watch: Watch
    task: asyncio.Task[None]


class ClusterCache:
    """One cluster's objects; `run()` it, and `ensure` the kinds that matter. Belongs to one event loop.

    Absent means: nothing with our label. An object that never was ours may be there all the same, so keys that are to be
    written for the first time are read before.
    """

    def __init__(
        self,
        client: ApiClient,
        discovery: Discovery,
        *,
        fleet: str,
        needs_body: Callable[[GroupKind], bool],
        listeners: Listeners,
    ) -> None:
        self._client = client
        self._discovery = discovery
        self._selector = f"{FLEET}={fleet}"
        self._needs_body = needs_body
        self._listeners = listeners
        self._kinds: dict[GroupKind, _Kind] = {}
        self._own: tuple[Callable[[OwnChange], None], Watch, asyncio.Task[None]] | None = None
        self._owner: TaskOwner | None = None
        self._started = asyncio.Event()
        self._told_at = -1.0
        self._signals = Signals(back=self._back, rewound=self._rewound, wake=Bell())
        self._backoff: Backoff[ObjectKey] = Backoff(random=Random(), first=0.5, cap=30.0)  # noqa: S311

    async def run(self) -> None:
        """Own the watches; ends only by being cancelled, and they with it."""
        async with owned(f"cache of {self._client.cluster}") as owner:
            self._owner = owner
            self._started.set()
            try:
                await asyncio.Event().wait()
            finally:
                self._started.clear()
                self._kinds.clear()
                self._own = None

    async def ensure(self, kinds: Iterable[GroupKind]) -> None:
        """Follow these kinds, too; returns when the first list of each is complete.

        Raises what stands in the way of one of them: KindUnknown, DiscoveryIncomplete, Forbidden, ClusterUnreachable. One
        that is served goes on being tried; ask again later.
        """
        await self._started.wait()
        await map_limited(self._ensure, dict.fromkeys(kinds), limit=_STARTING, name="ensure")

    async def watch_own(
        self, on_change: Callable[[OwnChange], None], *, maps: Iterable[Mapping[str, Any]] = (), version: str = ""
    ) -> None:
        """Follow our own ConfigMaps, bodies included; returns when all that are there were told. Call it once.

        `maps` and the `version` they are of, where they were listed just now, save another list.
        """
        await self._started.wait()
        self._follow_own(on_change, maps=maps, version=version)
        while self._own and not self._own[1].listed:
            await self._own[1].ready()

    def get(self, key: ObjectKey) -> Seen:
        """What the cluster has of a key: Absent and LiveObject only while that kind's watch can be believed."""
        kind = self._kinds.get(key.group_kind)
        error = self._doubt(kind, key.group_kind)
        if error is not None or kind is None:
            return Unknown(error=error or self._unlisted(key.group_kind))
        return kind.state.get(key, younger_than=asyncio.get_running_loop().time() - PATIENCE)

    def objects(self, kind: GroupKind) -> tuple[LiveObject, ...]:
        """All objects of a kind that carry our label, as far as they are known; ask `synced` whether they are all."""
        found = self._kinds.get(kind)
        return tuple(found.state.labelled()) if found else ()

    def kinds(self) -> frozenset[GroupKind]:
        """The kinds that are followed."""
        return frozenset(self._kinds)

    def synced(self, kind: GroupKind) -> bool:
        """Whether a kind's list is complete and its watch is believed."""
        return self._doubt(self._kinds.get(kind), kind) is None

    def live(self, kind: GroupKind) -> bool:
        """Whether a kind's list is complete and its watch stands now."""
        found = self._kinds.get(kind)
        return found is not None and found.watch.listed and found.watch.live

    def told(self, kind: GroupKind) -> bool:
        """Whether all that changed of a kind was told: its list is complete, and its watch did not break since."""
        found = self._kinds.get(kind)
        return found is not None and found.watch.listed and found.watch.broken_at is None

    def learn(self, live: LiveObject) -> None:
        """Take the answer to a write of ours at once: the watch's event of it will be no news."""
        kind = self._kinds.get(live.key.group_kind)
        if kind:
            kind.watch.saw(live.resource_version)
            kind.state.learn(live, now=asyncio.get_running_loop().time())
            self._listeners.on_learned(live.key, live)

    def gone(self, key: ObjectKey, uid: str) -> None:
        """Take it at once that an object is gone: the answer to a delete of ours said so, or a read did."""
        kind = self._kinds.get(key.group_kind)
        if kind:
            kind.state.gone(key, uid)
            if kind.state.known(key) is None:
                self._listeners.on_learned(key, None)

    @contextmanager
    def deleting(self, key: ObjectKey) -> Iterator[None]:
        """Send a delete within this: should the watch tell of it first, its answer is waited for before a look is taken."""
        kind = self._kinds.get(key.group_kind)
        if kind is None:
            yield
            return
        kind.state.expect(key)
        try:
            yield
        finally:
            kind.state.expected(key)

    def retry(self) -> None:
        """Let watches that wait before their next try do it now."""
        self._signals.wake.ring()

    def forget(self) -> None:
        """Forget everything and list it anew: each object comes as an Event without `before`."""
        assert self._owner
        for kind, found in list(self._kinds.items()):
            found.task.cancel()
            self._follow(kind, found.state.resource)
            found.watch.end()
        if self._own:
            told, watch, task = self._own
            task.cancel()
            self._follow_own(told)
            watch.end()

    # ── watches ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ensure(self, kind: GroupKind) -> None:
        if kind not in self._kinds:
            resource = await self._discovery.resource(kind)
            if not {"list", "watch"} <= resource.verbs:
                raise KindUnknown(
                    cluster=self._client.cluster,
                    kind=kind.kind,
                    group_version=resource.api_version,
                    reason="it cannot be watched",
                )
            await self._listeners.before_kind(resource)
            if kind not in self._kinds:
                self._follow(kind, resource)
        while kind in self._kinds and not self._kinds[kind].watch.listed:
            await self._kinds[kind].watch.ready()

    def _follow(self, kind: GroupKind, resource: Resource) -> None:
        assert self._owner
        whole = self._needs_body(kind)
        state = KindState(resource, whole=whole, emit=self._emit, look=self._look)
        target = Target(path=resource.collection(), selector=self._selector, metadata_only=not whole)
        watch = Watch(self._client, target, state, signals=self._signals)
        task = self._owner.spawn(self._run(kind, watch), name=f"watch {kind}")
        self._kinds[kind] = _Kind(state, watch, task)

    async def _run(self, kind: GroupKind, watch: Watch) -> None:
        """Follow a kind until it is no longer served; where it moved to another version, follow it there."""
        try:
            await watch.run()
        except NotServed:
            del self._kinds[kind]
            self._discovery.expire()
        place = ObjectKey(kind.group, kind.kind, "", "")
        while kind not in self._kinds:
            # Discovery and the collection do not come and go at one moment.
            await asyncio.sleep(self._backoff.next(place))
            with suppress(DiscoveryIncomplete, ClusterUnreachable, ApiError):
                try:
                    resource = await self._discovery.resource(kind)
                    await self._listeners.before_kind(resource)
                    if kind not in self._kinds:
                        self._follow(kind, resource)
                except KindUnknown:
                    self._backoff.forget(place)
                    return

    def _follow_own(
        self, on_change: Callable[[OwnChange], None], *, maps: Iterable[Mapping[str, Any]] = (), version: str = ""
    ) -> None:
        assert self._owner
        target = Target(path=_OWN, selector=KIND, metadata_only=False)
        watch = Watch(self._client, target, _OwnMaps(on_change), signals=self._signals)
        if version:
            watch.begin((each for each in maps if KIND in (each["metadata"].get("labels") or {})), version)
        self._own = (on_change, watch, self._owner.spawn(watch.run(), name="watch our own ConfigMaps"))

    def _back(self, broken_at: float) -> None:
        """Tell of a disturbance once, although it breaks all watches and they come back one by one."""
        if broken_at > self._told_at:
            self._told_at = asyncio.get_running_loop().time()
            self._listeners.on_disturbed()

    def _rewound(self) -> None:
        self.forget()
        self._listeners.on_rewind()

    # ── objects ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _emit(self, event: Event) -> None:
        if event.key.group_kind in _CHANGE_KINDS:
            self._discovery.expire()
        self._listeners.on_event(event)

    def _look(self, before: LiveObject) -> None:
        assert self._owner
        self._owner.spawn(self._look_until_told(before), name=f"look at {before.key}")

    async def _look_until_told(self, before: LiveObject) -> None:
        """Look once at what vanished from a watch: it was deleted, replaced, or only lost our label."""
        key = before.key
        while kind := self._kinds.get(key.group_kind):
            try:
                found = await self._read(kind.state.resource, key)
            except FleetError as error:
                if not kind.state.unclear(before, error):
                    return
                await asyncio.sleep(self._backoff.next(key))
                continue
            self._backoff.forget(key)
            kind.state.looked(before, found, now=asyncio.get_running_loop().time())
            return

    async def _read(self, resource: Resource, key: ObjectKey) -> LiveObject | None:
        try:
            body = await self._client.get(resource.item(key), metadata_only=True)
        except NotFound:
            return None
        return observe(body, key=key)

    def _doubt(self, found: _Kind | None, kind: GroupKind) -> FleetError | None:
        """Why a kind's objects are not to be believed; None when they are."""
        if found is None or not found.watch.listed:
            return (found and found.watch.error) or self._unlisted(kind)
        broken_at = found.watch.broken_at
        if broken_at is None or asyncio.get_running_loop().time() - broken_at < PATIENCE:
            return None
        return found.watch.error or self._unlisted(kind)

    def _unlisted(self, kind: GroupKind) -> FleetError:
        return ClusterUnreachable(cluster=self._client.cluster, reason=f"{kind} is not listed yet")


class _OwnMaps:
    """Tells what becomes of our own ConfigMaps; keeps only their versions."""

    def __init__(self, on_change: Callable[[OwnChange], None]) -> None:
        self._on_change = on_change
        self._versions: dict[str, str] = {}
        self._listing: set[str] = set()

    def item(self, body: Mapping[str, Any]) -> None:
        self._listing.add(body["metadata"]["name"])
        self._put(body)

    def listed(self, version: str) -> None:
        for name in set(self._versions) - self._listing:
            self._drop(name, version)
        self._listing.clear()

    def changed(self, kind: str, body: Mapping[str, Any]) -> None:
        if kind == "DELETED":
            self._drop(body["metadata"]["name"], body["metadata"]["resourceVersion"])
        else:
            self._put(body)

    def _put(self, body: Mapping[str, Any]) -> None:
        name, version = body["metadata"]["name"], body["metadata"]["resourceVersion"]
        if self._versions.get(name) != version:
            self._versions[name] = version
            self._on_change(OwnChange(name=name, resource_version=version, body=body))

    def _drop(self, name: str, version: str) -> None:
        self._versions.pop(name, None)
        self._on_change(OwnChange(name=name, resource_version=version, body=None))
