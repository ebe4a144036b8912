"""What one cluster has of one kind: the objects with our label, and those that have just lost it. No requests here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import FleetError, Unsettled
from fleet.kube.live.interning import interned
from fleet.kube.server.discovery import Resource
from fleet.model.keys import ObjectKey
from fleet.model.observation import Absent, LiveObject, Seen, Unknown, is_older, observe


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One object changed, was listed for the first time, or is gone.

    `before` is None for what was not known, `after` for what is gone. Of an object whose label was taken off, `after` is
    what is there now, without marks. Where both have one resource version only the body is news: of a write of our own.
    """

    key: ObjectKey
    before: LiveObject | None
    after: LiveObject | None
    body: Mapping[str, Any] | None = field(default=None, hash=False)
    """The whole object, of kinds that need it and only where it was sent; it is not kept."""


@dataclass(frozen=True, slots=True)
class _Stray:
    """An object without our label, which no watch tells of: true only for a while after it was looked at."""

    live: LiveObject
    seen_at: float


class KindState:
    """The objects of one kind; a watch is its source and `learn` a second one, whatever arrives first.

    What is older than what is known is dropped.
    """

    def __init__(
        self, resource: Resource, *, whole: bool, emit: Callable[[Event], None], look: Callable[[LiveObject], None]
    ) -> None:
        self.resource = resource
        self.whole = whole
        self.objects: dict[ObjectKey, LiveObject] = {}
        self._emit = emit
        self._look = look
        self._strays: dict[ObjectKey, _Stray] = {}
        self._unclear: dict[ObjectKey, FleetError] = {}
        self._gone: dict[ObjectKey, str] = {}  # uid of what we know is gone, until the watch says so, too
        self._unread: set[ObjectKey] = set()  # learnt without the body that this kind's health needs
        self._listing: set[ObjectKey] = set()
        self._expected: dict[ObjectKey, LiveObject | None] = {}  # deletes of ours on their way, and what vanished meanwhile

    # ── what the watch tells ────────────────────────────────────────────────────────────────────────────────────────

    def item(self, body: Mapping[str, Any]) -> None:
        """Take one object of a list."""
        live = self._read(body)
        self._listing.add(live.key)
        self._put(live, body)

    def listed(self, version: str) -> None:
        """End a list: what it did not hold is looked at, unless it is younger than the list."""
        missing = [
            live
            for key, live in self.objects.items()
            if key not in self._listing and not is_older(version, live.resource_version)
        ]
        self._listing.clear()
        self._gone.clear()
        for live in missing:
            self._lose(live)

    def changed(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take one event."""
        live = self._read(body)
        if kind != "DELETED":
            self._put(live, body)
            return
        if self._gone.pop(live.key, "") == live.uid:
            return
        known = self.objects.get(live.key)
        if known is not None and not is_older(live.resource_version, known.resource_version):
            self._lose(known)

    # ── what writes and reads tell ──────────────────────────────────────────────────────────────────────────────────

    def learn(self, live: LiveObject, *, now: float) -> None:
        """Take the answer to a write of ours, or to a read; no Event comes of it."""
        known = self.known(live.key)
        if known is not None and (is_older(live.resource_version, known.resource_version) or self._is_settled(known, live)):
            return
        self._forget(live.key)
        if not live.marks.fleet:
            self._strays[live.key] = _Stray(interned(live), now)
            return
        self.objects[live.key] = interned(live)
        if self.whole:
            self._unread.add(live.key)

    def gone(self, key: ObjectKey, uid: str) -> None:
        """Take it that an object was deleted, and nothing is left of it; no Event comes of it."""
        known = self.known(key)
        if known is None or known.uid == uid:
            self._forget(key)
            self._gone[key] = uid

    def expect(self, key: ObjectKey) -> None:
        """Take it that a delete of ours is on its way."""
        self._expected.setdefault(key, None)

    def expected(self, key: ObjectKey) -> None:
        """End that: what vanished meanwhile, and not by our delete, is looked at."""
        vanished = self._expected.pop(key, None)
        if vanished is not None and key in self._unclear:
            self._look(vanished)

    def looked(self, before: LiveObject, found: LiveObject | None, *, now: float) -> None:
        """Take what a look at a vanished object found, unless something was heard of it meanwhile."""
        if self.objects.get(before.key) is not before or before.key not in self._unclear:
            return
        self._forget(before.key)
        if found is not None:
            self.learn(found, now=now)
            found = self.known(before.key)
        self._emit(Event(key=before.key, before=before, after=found))

    def unclear(self, before: LiveObject, error: FleetError) -> bool:
        """Take it that a look failed; whether another one is still wanted."""
        wanted = self.objects.get(before.key) is before and before.key in self._unclear
        if wanted:
            self._unclear[before.key] = error
        return wanted

    # ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, key: ObjectKey, *, younger_than: float) -> Seen:
        """What is known of a key; an object without our label counts only if it was looked at after this moment."""
        error = self._unclear.get(key)
        if error is not None:
            return Unknown(error=error)
        stray = self._strays.get(key)
        if stray is None:
            return self.objects.get(key) or Absent()
        if stray.seen_at > younger_than:
            return stray.live
        return Unknown(error=Unsettled(key=key, reason="it lost our label, so that no watch tells of it any more"))

    def known(self, key: ObjectKey) -> LiveObject | None:
        """The object as it was last seen, labelled or not."""
        stray = self._strays.get(key)
        return stray.live if stray else self.objects.get(key)

    def labelled(self) -> Iterator[LiveObject]:
        """All objects that carry our label and are there for certain."""
        return (live for key, live in self.objects.items() if key not in self._unclear)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, body: Mapping[str, Any]) -> LiveObject:
        metadata = body["metadata"]
        # Items of a list, and PartialObjectMetadata, do not name their kind.
        kind = self.resource.group_kind
        key = ObjectKey(kind.group, kind.kind, metadata.get("namespace", ""), metadata["name"])
        return observe(body, key=key)

    def _put(self, live: LiveObject, body: Mapping[str, Any]) -> None:
        key = live.key
        if self._gone.get(key) == live.uid:
            return
        before = self.known(key)
        if before is not None and self._is_settled(before, live):
            self._read_at_last(before, body)
            return
        if before is not None and is_older(live.resource_version, before.resource_version):
            return
        self._forget(key)
        self.objects[key] = interned(live)
        self._emit(Event(key=key, before=before, after=self.objects[key], body=body if self.whole else None))

    def _read_at_last(self, known: LiveObject, body: Mapping[str, Any]) -> None:
        if known.key in self._unread:
            self._unread.discard(known.key)
            self._emit(Event(key=known.key, before=known, after=known, body=body))

    def _is_settled(self, known: LiveObject, live: LiveObject) -> bool:
        return known.resource_version == live.resource_version and known.key not in self._unclear

    def _lose(self, live: LiveObject) -> None:
        """Deleted, or its label taken off: nobody can tell before it was looked at."""
        if live.key not in self._unclear:
            self._unclear[live.key] = Unsettled(key=live.key, reason="it vanished from the watch and is being looked at")
            if live.key in self._expected:
                self._expected[live.key] = live
            else:
                self._look(live)

    def _forget(self, key: ObjectKey) -> None:
        self.objects.pop(key, None)
        self._strays.pop(key, None)
        self._unclear.pop(key, None)
        self._gone.pop(key, None)
        self._unread.discard(key)
