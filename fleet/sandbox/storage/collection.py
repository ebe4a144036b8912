"""All objects of one resource, and its latest changes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from fleet.sandbox.storage.stored import Stored

Place: TypeAlias = tuple[str, str]
"""Namespace and name."""

# A real server keeps what happened in the last five minutes (etcd is compacted then), and a bounded window per resource.
_REMEMBERED_SECONDS = 300.0
_REMEMBERED_CHANGES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write: `before` is None when the object came, `after` is its last state, at the new revision, when it went."""

    kind: str
    """`ADDED`, `MODIFIED` or `DELETED`."""
    revision: int
    at: float
    before: Stored | None
    after: Stored


Listener: TypeAlias = Callable[[Change], None]


class Collection:
    """The objects of one resource by place, and the changes that lead to them."""

    __slots__ = ("_order", "changes", "forgotten", "listeners", "objects", "remembered")

    def __init__(self, *, forgotten: int = 0, remembered: int = _REMEMBERED_CHANGES) -> None:
        self.objects: dict[Place, Stored] = {}
        self.changes: deque[Change] = deque()
        self.forgotten = forgotten
        """The changes up to this revision are not remembered."""
        self.remembered = remembered
        self.listeners: list[Listener] = []
        self._order: list[Place] | None = None

    def ordered(self, namespace: str = "") -> Iterator[Stored]:
        """The objects, of one namespace or of all, in the order in which a server lists them."""
        if self._order is None:
            self._order = sorted(self.objects, key=order)
        for place in self._order:
            if not namespace or place[0] == namespace:
                yield self.objects[place]

    def at(self, revision: int, namespace: str = "") -> list[Stored] | None:
        """The objects as they were at a revision of the past, in order; None when that is forgotten."""
        if revision < self.forgotten:
            return None
        objects = dict(self.objects)
        for change in reversed(self.changes):
            if change.revision <= revision:
                break
            place = (change.after.namespace, change.after.name)
            if change.before is None:
                objects.pop(place, None)
            else:
                objects[place] = change.before
        return [objects[place] for place in sorted(objects, key=order) if not namespace or place[0] == namespace]

    def since(self, revision: int) -> list[Change] | None:
        """The changes after a revision, in order; None when some of them are forgotten."""
        if revision < self.forgotten:
            return None
        found: list[Change] = []
        for change in reversed(self.changes):
            if change.revision <= revision:
                break
            found.append(change)
        return found[::-1]

    def commit(self, change: Change) -> None:
        """Take a change over and tell the listeners."""
        after = change.after
        place = (after.namespace, after.name)
        if change.kind == "MODIFIED":
            self.objects[place] = after
        elif change.kind == "ADDED":
            self.objects[place] = after
            self._order = None
        else:
            del self.objects[place]
            self._order = None
        self.changes.append(change)
        self._forget(change.at)
        for listener in tuple(self.listeners):
            listener(change)

    def forget(self, revision: int) -> None:
        """Remember nothing up to a revision, as after a compaction."""
        while self.changes and self.changes[0].revision <= revision:
            self.changes.popleft()
        self.forgotten = max(self.forgotten, revision)

    def replace(self, objects: dict[Place, Stored], *, revision: int) -> None:
        """Become what it was in a snapshot; nothing of the past is remembered."""
        self.objects = objects
        self.changes.clear()
        self.forgotten = revision
        self._order = None

    def _forget(self, now: float) -> None:
        changes = self.changes
        while len(changes) > self.remembered or (changes and changes[0].at < now - _REMEMBERED_SECONDS):
            self.forgotten = changes.popleft().revision


def order(place: Place) -> str:
    """By what a server lists: the key in its store, in which the namespace ends with a slash."""
    return f"{place[0]}/{place[1]}"


def clock() -> float:
    """The time that ages changes."""
    return time.monotonic()
