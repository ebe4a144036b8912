"""Follows what controllers made for objects of ours, while those are in trouble: a Pod says why, its Deployment does not."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fleet.aio import Bell, TaskOwner, owned
from fleet.errors import NotServed
from fleet.health import Look
from fleet.kube.live.watch import Signals, Target, Watch
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Resource
from fleet.model.keys import ObjectKey

Related: TypeAlias = Mapping[ObjectKey, Mapping[str, Any]]

MOST = 100
"""Related objects of one kind that are kept: enough to say why, and bounded."""
MOST_WATCHES = 32
"""Open at once on one cluster, each a connection; owners that come later are looked at from time to time."""
_WHEN = ("subresource", "time")
"""Of an entry of `managedFields`: since when an object, or its status, has not changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a look found, and whether that is all there is: only then it can be followed from there."""

    resource: Resource
    items: tuple[Mapping[str, Any], ...]
    version: str
    whole: bool


class Children:
    """What owners are explained by. Owners that ask for the same share it; it ends with the last of them.

    `run()` it. `told` is called with an owner when what explains it has changed.
    """

    def __init__(self, client: ApiClient, *, told: Callable[[ObjectKey], None], most: int = MOST_WATCHES) -> None:
        self._client = client
        self._told = told
        self._most = most
        self._followed: dict[Look, _Followed] = {}
        self._owners: dict[ObjectKey, frozenset[Look]] = {}
        self._signals = Signals(back=lambda _: None, rewound=lambda: None, wake=Bell())
        self._owner: TaskOwner | None = None

    async def run(self) -> None:
        """Own the watches; ends only by being cancelled, and they with it."""
        async with owned(f"children on {self._client.cluster}") as owner:
            self._owner = owner
            try:
                await asyncio.Event().wait()
            finally:
                self._owner = None
                self._followed.clear()
                self._owners.clear()

    @property
    def open(self) -> int:
        """How many watches there are."""
        return len(self._followed)

    def has(self, look: Look) -> bool:
        """Whether a look is followed, for whomever."""
        return look in self._followed

    def owns(self, owner: ObjectKey) -> bool:
        """Whether anything is followed for an owner."""
        return owner in self._owners

    def of(self, looks: Iterable[Look]) -> Related:
        """What is known at this moment of those looks that are followed."""
        return {key: body for look in looks if self.has(look) for key, body in self._followed[look].bodies.items()}

    def takes(self, looks: Collection[Look], listed: Collection[Look]) -> bool:
        """Whether looks can be followed, of which these were listed: each selects something, and there is room."""
        new = [look for look in looks if not self.has(look)]
        room = self._owner is not None and self.open + len(new) <= self._most
        return room and all(look.selector and not look.name for look in looks) and all(look in listed for look in new)

    def follow(self, owner: ObjectKey, looks: Collection[Look], listed: Mapping[Look, Listed]) -> None:
        """Follow these looks for an owner, and nothing else; each is followed already, or was listed just now."""
        self._owners[owner], before = frozenset(looks), self._owners.get(owner, frozenset())
        for look in looks:
            if look not in self._followed:
                self._begin(look, listed[look])
            self._followed[look].owners.add(owner)
        self._leave(owner, before - self._owners[owner])

    def explained(self, owner: ObjectKey, looks: Iterable[Look]) -> Related | None:
        """What is known at this moment of all that an owner wants to see; None while some of it is not followed for it."""
        wanted = frozenset(looks)
        return self.of(wanted) if wanted and self._owners.get(owner) == wanted else None

    def release(self, owner: ObjectKey) -> None:
        """The owner is Healthy, or gone."""
        self._leave(owner, self._owners.pop(owner, frozenset()))

    def _leave(self, owner: ObjectKey, looks: Iterable[Look]) -> None:
        for look in looks:
            found = self._followed[look]
            found.owners.discard(owner)
            if not found.owners:
                del self._followed[look]
                found.end()

    def _begin(self, look: Look, listed: Listed) -> None:
        assert self._owner
        resource = listed.resource
        found = self._followed[look] = _Followed(resource=resource, told=self._told)
        target = Target(path=resource.collection(look.namespace), selector=look.selector, metadata_only=False)
        watch = Watch(self._client, target, found, signals=self._signals)
        watch.begin(listed.items, listed.version)
        found.task = self._owner.spawn(self._run(look, watch), name=f"watch {look.kind} of {look.selector}")

    async def _run(self, look: Look, watch: Watch) -> None:
        """Follow; where the kind is no longer served, its owners are looked at as if they had never been followed."""
        try:
            await watch.run()
        except NotServed:
            found = self._followed.get(look)
            for owner in found.owners.copy() if found else ():
                self.release(owner)
                self._told(owner)


@dataclass(kw_only=True)
class _Followed:
    """The objects of one look: those that changed last, where they are too many."""

    resource: Resource
    told: Callable[[ObjectKey], None]
    owners: set[ObjectKey] = field(default_factory=set)
    bodies: OrderedDict[ObjectKey, Mapping[str, Any]] = field(default_factory=OrderedDict)
    task: asyncio.Task[None] | None = None
    _listing: set[ObjectKey] = field(default_factory=set)

    def item(self, body: Mapping[str, Any]) -> None:
        self._listing.add(self._put(body))

    def listed(self, version: str) -> None:
        for key in self.bodies.keys() - self._listing:
            del self.bodies[key]
        self._listing.clear()
        self._tell()

    def changed(self, kind: str, body: Mapping[str, Any]) -> None:
        if kind == "DELETED":
            self.bodies.pop(self._key(body), None)
        else:
            self._put(body)
        self._tell()

    def end(self) -> None:
        """Nobody wants to know any more."""
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    def _put(self, body: Mapping[str, Any]) -> ObjectKey:
        key = self._key(body)
        self.bodies[key] = without_owners_of_fields(body, self.resource)
        self.bodies.move_to_end(key)
        while len(self.bodies) > MOST:
            self.bodies.popitem(last=False)
        return key

    def _key(self, body: Mapping[str, Any]) -> ObjectKey:
        metadata = body["metadata"]
        return ObjectKey(self.resource.group, self.resource.kind, metadata.get("namespace", ""), metadata["name"])

    def _tell(self) -> None:
        for owner in self.owners:
            self.told(owner)


def without_owners_of_fields(body: Mapping[str, Any], resource: Resource | None = None) -> Mapping[str, Any]:
    """A body as it is kept: of its longest part only when each was written. Items of a list do not name their kind."""
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    if entries := body["metadata"].get("managedFields"):
        metadata["managedFields"] = [{name: entry[name] for name in _WHEN if name in entry} for entry in entries]
    named = {"apiVersion": resource.api_version, "kind": resource.kind} if resource else {}
    return {**named, **body, "metadata": metadata}
