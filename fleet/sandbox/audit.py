"""The audit log: every request, in the API server's own format (audit.k8s.io/v1)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_KEPT = 5_000


class Entry:
    """One request. An open watch's is completed when it ends."""

    __slots__ = ("agent", "body", "code", "groups", "id", "received", "reference", "stage", "staged", "uri", "user", "verb")

    def __init__(self, verb: str, uri: str, agent: str, *, received: float) -> None:
        self.id = ""
        self.verb = verb
        self.uri = uri
        self.agent = agent
        self.user = ""
        self.groups: tuple[str, ...] = ()
        self.reference: Mapping[str, str] = {}
        self.body = b""
        self.code = 0
        self.stage = ""
        self.received = received
        self.staged = received

    def event(self) -> dict[str, Any]:
        """Write it as an Event."""
        self.id = self.id or str(uuid4())
        event: dict[str, Any] = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Request" if self.body else "Metadata",
            "auditID": self.id,
            "stage": self.stage,
            "requestURI": self.uri,
            "verb": self.verb,
            "user": {"username": self.user, "groups": list(self.groups)},
            "sourceIPs": ["127.0.0.1"],
            "userAgent": self.agent,
            "objectRef": self.reference,
            "responseStatus": {"metadata": {}, "code": self.code},
            "requestObject": _parsed(self.body),
            "requestReceivedTimestamp": _instant(self.received),
            "stageTimestamp": _instant(self.staged),
        }
        return {key: value for key, value in event.items() if value or key == "stage"}


class Audit:
    """The requests of one cluster, the latest few thousand in memory, all of them in a file where one is named.

    A request is in it before its response is sent.
    """

    def __init__(self, *, file: Path | None = None, kept: int = _KEPT, bodies: bool = True) -> None:
        self.bodies = bodies
        """Whether what writes sent is kept, too."""
        self._file = file
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._count = 0

    def mark(self) -> int:
        """A mark: `since` of it tells the requests that come from now on."""
        return self._count

    def since(self, mark: int = 0) -> list[dict[str, Any]]:
        """The requests since a mark as Events, a watch where it was opened; of very many only the latest."""
        return [entry.event() for entry in self.entries(mark)]

    def entries(self, mark: int = 0) -> Iterator[Entry]:
        """The same, as they are kept."""
        skipped = max(0, mark - (self._count - len(self._entries)))
        return (entry for at, entry in enumerate(self._entries) if at >= skipped)

    def record(self, entry: Entry, stage: str, *, at: float) -> None:
        """Take a request down when its response begins (`ResponseStarted`, watches only) or is complete."""
        if not entry.stage:
            self._entries.append(entry)
            self._count += 1
        entry.stage, entry.staged = stage, at
        if self._file:
            with self._file.open("ab") as file:
                file.write(orjson.dumps(entry.event()) + b"\n")


def _parsed(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
