"""Everything one cluster holds, by resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from fleet.sandbox.storage.collection import Change, Collection, Place, clock
from fleet.sandbox.storage.stored import Stored, stored

Heard: TypeAlias = Callable[[str, Change], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A state to go back to. Versions of objects are shared with the present, so it costs a dictionary."""

    revision: int
    objects: Mapping[str, Mapping[Place, Stored]]


class Store:
    """Objects by resource, a name such as `apps/deployments`. Every write takes the next revision, of the whole cluster."""

    def __init__(self, *, revision: int = 1) -> None:
        self.revision = revision
        self._oldest = 0
        self.heard: list[Heard] = []
        self._collections: dict[str, Collection] = {}
        self._owned: dict[str, set[tuple[str, str, str]]] = {}

    def collection(self, resource: str) -> Collection:
        """The objects of a resource; made when first asked for."""
        found = self._collections.get(resource)
        if found is None:
            found = self._collections[resource] = Collection(forgotten=self._oldest)
        return found

    def get(self, resource: str, namespace: str, name: str) -> Stored | None:
        """One object."""
        found = self._collections.get(resource)
        return found.objects.get((namespace, name)) if found else None

    def put(self, resource: str, body: dict[str, Any]) -> Stored:
        """Write an object at the next revision. The body is the store's from now on: nobody changes it."""
        metadata = body["metadata"]
        before = self.get(resource, metadata.get("namespace") or "", metadata["name"])
        self.revision += 1
        after = stored(body, self.revision)
        self._index(resource, before, after, body)
        self._commit(resource, "MODIFIED" if before else "ADDED", before, after)
        return after

    def drop(self, resource: str, before: Stored, body: dict[str, Any]) -> Stored:
        """Remove an object; `body` is its last state, which gets the revision of its end."""
        self.revision += 1
        after = stored(body, self.revision)
        self._index(resource, before, None, body)
        self._commit(resource, "DELETED", before, after)
        return after

    def owned_by(self, uid: str) -> list[tuple[str, str, str]]:
        """Resource, namespace and name of the objects that name this owner, in order."""
        return sorted(self._owned.get(uid, ()))

    def everything(self, namespace: str) -> Iterator[tuple[str, Stored]]:
        """All objects of a namespace, with their resources."""
        for resource, collection in list(self._collections.items()):
            for each in list(collection.ordered(namespace)):
                yield resource, each

    def resources(self) -> list[str]:
        """The resources that were ever asked for."""
        return list(self._collections)

    def count(self) -> int:
        """How many objects there are."""
        return sum(len(collection.objects) for collection in self._collections.values())

    def compact(self) -> None:
        """Forget the past, as etcd does every five minutes: who asks for it is told that it is gone."""
        self._oldest = self.revision
        for collection in self._collections.values():
            collection.forget(self.revision)

    def snapshot(self) -> Snapshot:
        """Remember this moment."""
        objects = {resource: dict(found.objects) for resource, found in self._collections.items()}
        return Snapshot(revision=self.revision, objects=objects)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a moment, its revision included; the past is forgotten, and nobody is told."""
        self.revision = self._oldest = snapshot.revision
        for resource in {*self._collections, *snapshot.objects}:
            objects = dict(snapshot.objects.get(resource, {}))
            self.collection(resource).replace(objects, revision=snapshot.revision)
        self._owned.clear()
        for resource, found in self._collections.items():
            for each in found.objects.values():
                self._index(resource, None, each, each.parsed() if each.owned else {})

    def _commit(self, resource: str, kind: str, before: Stored | None, after: Stored) -> None:
        change = Change(kind=kind, revision=after.revision, at=clock(), before=before, after=after)
        self.collection(resource).commit(change)
        for hear in tuple(self.heard):
            hear(resource, change)

    def _index(self, resource: str, before: Stored | None, after: Stored | None, body: Mapping[str, Any]) -> None:
        if before and before.owned:
            for uid in owners(before.parsed()):
                self._disown(uid, (resource, before.namespace, before.name))
        if after and after.owned:
            for uid in owners(body):
                self._owned.setdefault(uid, set()).add((resource, after.namespace, after.name))

    def _disown(self, uid: str, place: tuple[str, str, str]) -> None:
        places = self._owned.get(uid, set())
        places.discard(place)
        if not places:
            self._owned.pop(uid, None)


def owners(body: Mapping[str, Any]) -> list[str]:
    """The UIDs of the owners that an object names."""
    return [reference["uid"] for reference in body["metadata"].get("ownerReferences") or ()]
