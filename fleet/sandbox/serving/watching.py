"""Watches: the events of a collection as they come, in the order of the writes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random

import orjson

from fleet.errors import ApiStatus
from fleet.sandbox.serving import tables
from fleet.sandbox.serving.answers import one, partial
from fleet.sandbox.serving.call import Call
from fleet.sandbox.serving.dispatch import list_options
from fleet.sandbox.storage import Change, Stored
from fleet.sandbox.storage.stored import stored
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.reading import matcher, nonsense

BOOKMARK_SECONDS = 60.0
# As --min-request-timeout of a real server: between once and twice this.
_LONGEST_SECONDS = 1800
# Who reads more slowly than events come is cut off, as a real server does it.
_MOST_WAITING = 10_000
_random = Random()  # noqa: S311 - it only spreads


class Watcher:
    """One open watch: what it waits for, and the lines that are not sent yet."""

    def __init__(self, call: Call) -> None:
        self.ended = False
        self.seconds = _seconds(call)
        self.definition = call.resource.custom.definition if call.resource.custom else ""
        self.lines: list[bytes] = []
        self._call = call
        self._collection = call.state.store.collection(call.resource.storage)
        options = list_options(call.query)
        self._matches = matcher(call.target, labels=options.labels, fields=options.fields)
        self._namespace = call.route.namespace
        self._after = 0
        self._waiting: asyncio.Future[None] | None = None
        self.bookmarks = call.truth("allowWatchBookmarks")
        self._columns_told = False
        self._start()
        self._collection.listeners.append(self.hear)

    def close(self) -> None:
        """Hear no more."""
        if self.hear in self._collection.listeners:
            self._collection.listeners.remove(self.hear)

    def end(self) -> None:
        """Let the watch end, after what it has to say."""
        self.ended = True
        self._wake()

    def hear(self, change: Change) -> None:
        """Take a change, if it is one for this watch."""
        if change.revision <= self._after or (self._namespace and change.after.namespace != self._namespace):
            return
        line = self._line_of(change)
        if line is None:
            return
        self.lines.append(line)
        if len(self.lines) > _MOST_WAITING:
            self.ended = True
        self._wake()

    def bookmark(self, *, initial: bool = False) -> None:
        """Tell how far the watch has come."""
        revision = self._call.state.store.revision
        if revision < self._after:
            return
        resource = self._call.resource
        kind, version = resource.kind, resource.api_version
        if self._call.form.view == "PartialObjectMetadata":
            kind, version = "PartialObjectMetadata", f"meta.k8s.io/{self._call.form.version}"
        metadata: dict[str, object] = {"resourceVersion": str(revision)}
        if initial:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        body = {"kind": kind, "apiVersion": version, "metadata": metadata}
        self.lines.append(orjson.dumps({"type": "BOOKMARK", "object": body}) + b"\n")

    async def wait(self, seconds: float) -> None:
        """Wait for something to say, at most so long."""
        if self.lines or self.ended:
            return
        self._waiting = asyncio.get_running_loop().create_future()
        await asyncio.wait((self._waiting,), timeout=max(0.0, seconds))
        self._waiting = None

    def taken(self) -> bytes:
        """What is to be sent."""
        lines, self.lines = self.lines, []
        return b"".join(lines)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    def _start(self) -> None:
        """Say what there is, or what has been since the resource version that was asked for."""
        query = self._call.query
        version, initial = query.get("resourceVersion", ""), query.get("sendInitialEvents")
        _check(query.get("resourceVersionMatch", ""), initial)
        if version and not version.isdecimal():
            raise statuses.failed(nonsense(version))
        wanted = int(version or "0")
        if self._call.truth("sendInitialEvents") or (initial is None and not wanted):
            self._initial()
            if initial is not None and self.bookmarks:
                self.bookmark(initial=True)
            return
        self._after = wanted or self._call.state.store.revision
        past = self._collection.since(self._after)
        if past is None:
            self._too_old(wanted)
            return
        for change in past:
            self.hear(change)

    def _initial(self) -> None:
        self._after = self._call.state.store.revision
        for found in self._collection.ordered(self._namespace):
            if self._matches is None or self._matches(found):
                self.lines.append(self._line(b"ADDED", found))

    def _too_old(self, wanted: int) -> None:
        error = statuses.expired(f"too old resource version: {wanted} ({self._collection.forgotten})")
        self.lines.append(_error_line(error))
        self.ended = True

    def _line_of(self, change: Change) -> bytes | None:
        after, before = change.after, change.before
        matches = self._matches
        if matches is None:
            return self._line(change.kind.encode(), after)
        is_in = change.kind != "DELETED" and matches(after)
        was_in = before is not None and matches(before)
        if is_in:
            return self._line(b"MODIFIED" if was_in else b"ADDED", after)
        if not was_in or before is None:
            return None
        # It stops to match: for this watch it is deleted, and looks as it did when it last matched.
        last = after if change.kind == "DELETED" else stored(before.parsed(), change.revision)
        return self._line(b"DELETED", last)

    def _line(self, kind: bytes, found: Stored) -> bytes:
        form = self._call.form
        if form.view == "Table":
            return self._table_line(kind, found)
        body = partial(found, form) if form.view else one(self._call.resource, found, form)
        return b"".join((b'{"type":"', kind, b'","object":', body, b"}\n"))

    def _table_line(self, kind: bytes, found: Stored) -> bytes:
        table = tables.table(self._call.resource, [found], self._call.query, revision=found.revision)
        if self._columns_told:
            table["columnDefinitions"] = None
        self._columns_told = True
        return orjson.dumps({"type": kind.decode(), "object": table}) + b"\n"


def _seconds(call: Call) -> float:
    said = call.query.get("timeoutSeconds", "")
    if said.isdecimal() and int(said):
        return float(said)
    return _LONGEST_SECONDS * (1 + _random.random())


def _check(match: str, initial: str | None) -> None:
    """Refuse combinations that mean nothing."""
    field, causes = "resourceVersionMatch", []
    if initial is None and match:
        words = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        causes.append(statuses.cause("FieldValueForbidden", field, words))
    if initial is not None and match != "NotOlderThan":
        words = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        causes.append(statuses.cause("FieldValueForbidden", field, words))
    if initial is not None and match not in ("", "NotOlderThan"):
        words = f'Unsupported value: "{match}": supported values: "NotOlderThan"'
        causes.append(statuses.cause("FieldValueNotSupported", field, words))
    if causes:
        raise statuses.invalid_options("ListOptions", causes)


def _error_line(error: ApiStatus) -> bytes:
    return orjson.dumps({"type": "ERROR", "object": statuses.body_of(error)}) + b"\n"


def pauses(watcher: Watcher, *, now: float) -> Iterator[float]:
    """When the next bookmarks are due, and last when the watch ends."""
    end = now + watcher.seconds
    due = now + BOOKMARK_SECONDS * (0.9 + 0.2 * _random.random())
    while due < end - 1:
        yield due
        due += BOOKMARK_SECONDS
    yield end
