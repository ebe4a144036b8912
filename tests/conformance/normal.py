"""Replace what two clusters can never share by labels that keep equal things equal."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")
_TOLD_VERSION = re.compile(r"(resource version: |current: |resourceVersion\W+|\((?=\d+\)))\d+")
_ADDRESS = re.compile(r"\b10\.0\.\d+\.\d+\b")
_AGE = re.compile(r"^(<unknown>|<invalid>|\d+[smhd](\d+[smh])?)$")
_DAY = datetime.timedelta(days=1)


class Labels:
    """The labels of one case: the first UID it meets is `<uid-1>` wherever it stands, the next `<uid-2>`.

    Times are `<time>`, all alike: two writes may or may not fall into one second. A timed case leaves a second between
    them and tells `<time-1>` from `<time-2>` in its managedFields.
    """

    def __init__(self, *, timed: bool) -> None:
        self._timed = timed
        self._seen: dict[tuple[str, str], str] = {}
        self._now = datetime.datetime.now(datetime.UTC)

    def of(self, body: Any) -> Any:
        """Return a copy with labels for what is volatile."""
        if isinstance(body, dict):
            return self._mapping(body)
        if isinstance(body, list):
            return [self.of(item) for item in body]
        return self._text(body) if isinstance(body, str) else body

    def _mapping(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("type") == "BOOKMARK" or "items" in body or body.get("kind") == "Table":
            body = _of_the_cluster(body)
        found = {self._text(key): self._field(key, value) for key, value in body.items()}
        if isinstance(prefix := found.get("generateName"), str) and str(found.get("name", "")).startswith(prefix):
            found["name"] = f"{prefix}<generated>"
        return found

    def _field(self, key: str, value: Any) -> Any:
        if key == "resourceVersion" and isinstance(value, str):
            return self._label("version", value)
        if key == "time" and self._timed and isinstance(value, str):
            return self._label("time", value)
        if key == "continue" and value:
            return "<continue>"
        if key == "nodePort" and isinstance(value, int) and value >= 30000:
            return "<port>"
        if key == "managedFields" and isinstance(value, list) and not self._timed:
            # Sorted by time first: the order depends on when a second ended.
            return sorted((self.of(entry) for entry in value), key=_manager)
        if key == "causes" and isinstance(value, list):
            # The server walks a map of managers, or of fields, in no order.
            return sorted((self.of(cause) for cause in value), key=str)
        if key == "cells" and isinstance(value, list):
            return ["<age>" if isinstance(cell, str) and _AGE.match(cell) else self.of(cell) for cell in value]
        return self.of(value)

    def _text(self, text: str) -> str:
        text = _UUID.sub(lambda match: self._label("uid", match.group()), text)
        text = _TIME.sub(self._time, text)
        text = _TOLD_VERSION.sub(r"\1<version>", text)
        return _ADDRESS.sub("<address>", text)

    def _time(self, match: re.Match[str]) -> str:
        when = datetime.datetime.fromisoformat(f"{match.group(1)}+00:00")
        if abs(when - self._now) > _DAY:
            return match.group()  # A time that the case itself wrote.
        return "<microtime>" if match.group(2) else "<time>"

    def _label(self, kind: str, value: str) -> str:
        if value in ("", "0"):
            return value
        count = sum(1 for other, _ in self._seen if other == kind)
        return self._seen.setdefault((kind, value), f"<{kind}-{count + 1}>")


def _of_the_cluster(body: dict[str, Any]) -> dict[str, Any]:
    """Take out the version of a collection: it is the whole cluster's, to which others write, too."""
    if isinstance(body.get("object"), dict):
        return body | {"object": _of_the_cluster(body["object"])}
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or "resourceVersion" not in metadata:
        return body
    return body | {"metadata": metadata | {"resourceVersion": "0"}}


def _manager(entry: Any) -> tuple[str, ...]:
    if not isinstance(entry, dict):
        return (str(entry),)
    return tuple(str(entry.get(name, "")) for name in ("manager", "operation", "subresource", "apiVersion"))


def chosen(body: Any, where: str, found: Callable[[Any], Any] = lambda value: value) -> Any:
    """Return what stands at a dotted path, list items by number; None where nothing does."""
    for part in where.split("."):
        if isinstance(body, dict):
            body = body.get(part)
        elif isinstance(body, list) and part.isdecimal() and int(part) < len(body):
            body = body[int(part)]
        else:
            return None
    return found(body)
