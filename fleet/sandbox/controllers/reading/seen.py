"""Everything that the controllers know of one cluster: the latest of each object, and whose it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypeAlias

from fleet.model.keys import GroupKind, ObjectKey
from fleet.sandbox.controllers.reading.fields import Object, labels, name, namespace
from fleet.sandbox.controllers.reading.owners import controller
from fleet.sandbox.controllers.reading.selectors import selects

ByNamespace: TypeAlias = dict[str, dict[str, Object]]


class Seen:
    """Objects by kind, by name and by their controller's UID; keeps references, never copies."""

    def __init__(self) -> None:
        self._objects: dict[GroupKind, ByNamespace] = defaultdict(lambda: defaultdict(dict))
        self._owned: dict[str, dict[ObjectKey, Object]] = defaultdict(dict)

    def put(self, kind: GroupKind, obj: Object) -> None:
        """Remember the latest of an object."""
        place = self._objects[kind][namespace(obj)]
        before = place.get(name(obj))
        place[name(obj)] = obj
        owner = controller(obj).get("uid", "")
        if before is not None and (old := controller(before).get("uid", "")) != owner:
            self._disown(old, kind, before)
        if owner:
            self._owned[owner][_key(kind, obj)] = obj

    def drop(self, kind: GroupKind, obj: Object) -> None:
        """Forget an object that is gone."""
        self._objects[kind][namespace(obj)].pop(name(obj), None)
        self._disown(controller(obj).get("uid", ""), kind, obj)

    def get(self, kind: GroupKind, namespace: str, name: str) -> Object | None:
        """One object, or None."""
        return self._objects[kind][namespace].get(name)

    def all(self, kind: GroupKind, namespace: str = "") -> list[Object]:
        """All of a kind, of one namespace where one is named; in the order in which they were first seen there."""
        places = self._objects[kind]
        if namespace:
            return list(places[namespace].values())
        return [obj for place in places.values() for obj in place.values()]

    def owned(self, kind: GroupKind, owner_uid: str) -> list[Object]:
        """The objects of a kind whose controller has this UID, the first seen first."""
        found = self._owned.get(owner_uid) or {}
        return [obj for key, obj in found.items() if (key.group, key.kind) == (kind.group, kind.kind)]

    def selected(self, kind: GroupKind, namespace: str, selector: Mapping[str, Any]) -> list[Object]:
        """The objects of a namespace that a LabelSelector takes."""
        return [obj for obj in self.all(kind, namespace) if selects(selector, labels(obj))]

    def _disown(self, owner: str, kind: GroupKind, obj: Object) -> None:
        found = self._owned.get(owner)
        if found is not None:
            found.pop(_key(kind, obj), None)
            if not found:
                del self._owned[owner]


def _key(kind: GroupKind, obj: Object) -> ObjectKey:
    return ObjectKey(kind.group, kind.kind, namespace(obj), name(obj))
