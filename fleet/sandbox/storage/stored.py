"""One version of one object, as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One version of one object; shared by the present, the past and snapshots."""

    namespace: str
    name: str
    uid: str
    revision: int
    labels: Mapping[str, str]
    data: bytes
    """The whole object: `apiVersion`, `kind` and `metadata` come first, in this order."""
    start: int
    end: int
    """Where the value of `metadata` lies in it: answers that want no more are cut out."""
    owned: bool
    """Whether it names owners: most don't, and need no look at each delete."""
    deleting: bool
    """Whether it has a deletionTimestamp."""

    def parsed(self) -> Any:
        """The object, as the caller's own copy."""
        return orjson.loads(self.data)

    def metadata(self) -> Any:
        """Its metadata, as the caller's own copy."""
        return orjson.loads(self.data[self.start : self.end])


_NO_LABELS: Mapping[str, str] = {}
_FIRST = frozenset({"apiVersion", "kind", "metadata"})


def stored(body: Mapping[str, Any], revision: int) -> Stored:
    """Write an object at a revision; its resourceVersion becomes that. The body is not changed."""
    metadata = {**body["metadata"], "resourceVersion": str(revision)}
    told = orjson.dumps(metadata)
    head = b'{"apiVersion":"%b","kind":"%b","metadata":' % (body["apiVersion"].encode(), body["kind"].encode())
    rest = orjson.dumps({key: value for key, value in body.items() if key not in _FIRST})
    tail = b"," + rest[1:] if len(rest) > 2 else b"}"
    return Stored(
        namespace=metadata.get("namespace") or "",
        name=metadata["name"],
        uid=metadata["uid"],
        revision=revision,
        labels=metadata.get("labels") or _NO_LABELS,
        data=b"".join((head, told, tail)),
        start=len(head),
        end=len(head) + len(told),
        owned=bool(metadata.get("ownerReferences")),
        deleting="deletionTimestamp" in metadata,
    )
