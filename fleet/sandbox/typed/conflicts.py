"""Conflicts between appliers and whom they would take fields from, in the server's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from fleet.sandbox.typed.checking import mismatches
from fleet.sandbox.typed.comparing import compare
from fleet.sandbox.typed.content import fields_of
from fleet.sandbox.typed.entries import Owner
from fleet.sandbox.typed.sets import FieldSet, difference, shown
from fleet.sandbox.typed.types import Type

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Conflict(NamedTuple):
    """A field that another owner has with another value."""

    owner: Owner
    path: tuple[str, ...]

    def cause(self) -> dict[str, str]:
        """Return the cause as it stands in a Status."""
        return {"reason": "FieldManagerConflict", "message": f"conflict with {self.owner}", "field": shown(self.path)}


class Conflicts(ValueError):
    """An apply that would take fields from others; `causes` and the message are the server's."""

    def __init__(self, conflicts: Iterable[Conflict]) -> None:
        self.conflicts = sorted(conflicts, key=lambda conflict: conflict.owner.identifier())
        super().__init__(_message(self.conflicts))

    def causes(self) -> list[dict[str, str]]:
        """Return `details.causes` of the Status."""
        return [conflict.cause() for conflict in self.conflicts]


def _message(conflicts: list[Conflict]) -> str:
    if len(conflicts) == 1:
        return f"Apply failed with 1 conflict: conflict with {conflicts[0].owner}: {shown(conflicts[0].path)}"
    lines: list[str] = []
    named: Owner | None = None
    for conflict in conflicts:
        if conflict.owner != named:
            named = conflict.owner
            lines.append(f"conflicts with {named}:")
        lines.append(f"- {shown(conflict.path)}")
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)


def allowed_by_annotation(kind: Type, live: Mapping[str, Any], api_version: str) -> FieldSet:
    """Return the fields that client-side apply had set and that still have its values: kubectl may take those.

    Source: apimachinery `lastAppliedManager`. Empty when there is no such annotation, or it cannot be read.
    """
    text = ((live.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    try:
        said = orjson.loads(text or "null")
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(said, dict) or said.get("apiVersion") != api_version or mismatches(kind, said):
        return {}
    found = compare(kind, said, dict(live))
    return difference(difference(fields_of(kind, said) or {}, found.changed), found.removed)


def annotated_again(value: Mapping[str, Any], applied: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep the annotation of client-side apply equal to what kubectl applies now, where there is one.

    Source: apimachinery `lastAppliedUpdater`.
    """
    metadata = value.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    if not annotations.get(LAST_APPLIED):
        return value
    said_metadata = dict(applied.get("metadata") or {})
    others = {name: text for name, text in (said_metadata.get("annotations") or {}).items() if name != LAST_APPLIED}
    said_metadata.pop("annotations", None)
    if others:
        said_metadata["annotations"] = others
    text = orjson.dumps({**applied, "metadata": said_metadata}, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    return {**value, "metadata": {**metadata, "annotations": {**annotations, LAST_APPLIED: text.decode()}}}
