"""The entries of `metadata.managedFields`: reading and writing them, and whom each belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from fleet.sandbox.typed.sets import FieldSet, ordered, union

APPLY = "Apply"
UPDATE = "Update"

# Of one kind's updaters; the oldest beyond are joined. Source: apimachinery, DefaultMaxUpdateManagers.
MAX_UPDATERS = 10
ANCIENT = "ancient-changes"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom an entry belongs to. An applier is the same one in every version, so has none here."""

    manager: str
    operation: str
    api_version: str
    subresource: str

    def identifier(self) -> str:
        """Write it as the server does, which sorts by this text."""
        parts = {"manager": self.manager, "operation": self.operation, "apiVersion": self.api_version}
        found = {name: value for name, value in {**parts, "subresource": self.subresource}.items() if value}
        return orjson.dumps(found).decode()

    def __str__(self) -> str:
        """Name it as the server does in a conflict."""
        name = orjson.dumps(self.manager).decode()
        if self.subresource:
            name = f"{name} with subresource {orjson.dumps(self.subresource).decode()}"
        return f"{name} using {self.api_version}" if self.operation == UPDATE else name


@dataclass(frozen=True, slots=True)
class Entry:
    """What one owner has: its fields, in which version they are written, and since when."""

    fields: FieldSet
    api_version: str
    time: str | None

    def having(self, fields: FieldSet) -> Entry:
        """Return the same with other fields."""
        return self if fields is self.fields else replace(self, fields=fields)


Entries = dict[Owner, Entry]


class Unreadable(ValueError):
    """The entries are not what a server writes."""


def read(written: Iterable[Any]) -> Entries:
    """Read `metadata.managedFields`; raises Unreadable with the server's words."""
    found: Entries = {}
    for place, entry in enumerate(written):
        if not isinstance(entry, Mapping) or entry.get("operation") not in (APPLY, UPDATE):
            raise Unreadable("operation must be `Apply` or `Update`")
        version = entry.get("apiVersion", "")
        if not version:
            raise Unreadable("apiVersion must not be empty")
        fields_type = entry.get("fieldsType", "")
        if fields_type != "FieldsV1":
            said = f'invalid fieldsType "{fields_type}"' if fields_type else "missing fieldsType"
            raise Unreadable(f"{said} in managed fields entry {place}")
        found[_owner(entry)] = Entry(entry.get("fieldsV1") or {}, version, entry.get("time"))
    return found


def _owner(entry: Mapping[str, Any]) -> Owner:
    operation = entry["operation"]
    version = "" if operation == APPLY else entry["apiVersion"]
    return Owner(entry.get("manager", ""), operation, version, entry.get("subresource", ""))


def write(entries: Entries, before: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Write entries in the server's order; those that are as before are given back as they were."""
    same = {_owner(entry): entry for entry in before}
    written = [_written(owner, entry, same.get(owner)) for owner, entry in entries.items()]
    return sorted(written, key=_order)


def _written(owner: Owner, entry: Entry, before: Mapping[str, Any] | None) -> dict[str, Any]:
    fields = entry.fields
    if before is not None and before.get("fieldsV1") == fields:
        if before.get("time") == entry.time and before["apiVersion"] == entry.api_version and isinstance(before, dict):
            return before
        fields = before["fieldsV1"]
    else:
        fields = ordered(fields)
    parts = {
        "manager": owner.manager,
        "operation": owner.operation,
        "apiVersion": entry.api_version,
        "time": entry.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "subresource": owner.subresource,
    }
    return {name: value for name, value in parts.items() if value or name == "fieldsV1"}


def _order(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        entry["operation"],
        entry.get("time", ""),
        entry.get("manager", ""),
        entry["apiVersion"],
        entry.get("subresource", ""),
    )


def capped(entries: Entries) -> Entries:
    """Join the oldest updaters where there are too many; source: apimachinery `capManagersManager`."""
    updaters = [owner for owner in entries if owner.operation == UPDATE]
    excess = len(updaters) - MAX_UPDATERS
    if excess <= 0:
        return entries
    left = dict(entries)
    first: dict[str, Owner] = {}
    for owner in sorted(updaters, key=lambda owner: (entries[owner].time or "", owner.identifier())):
        version = left[owner].api_version
        if version not in first:
            first[version] = owner
            continue
        bucket = Owner(ANCIENT, UPDATE, version, "")
        if bucket not in left:
            left[bucket] = left.pop(first[version])
        merged = union(left[owner].fields, left[bucket].fields)
        left[bucket] = Entry(merged, version, left[owner].time)
        if owner != bucket:
            del left[owner]
        excess -= 1
        if not excess:
            break
    return left
