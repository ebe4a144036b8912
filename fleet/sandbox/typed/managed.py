"""Server-side apply and the ownership of fields on any other write, of one object.

Source: apimachinery `managedfields/internal` and structured-merge-diff `merge`. What is not here: defaults, which the caller
sets on the result, and converting between versions: an entry that another version wrote is read as if it were this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.sandbox.typed import entries as ledger
from fleet.sandbox.typed.checking import Mismatch, fits, mismatches
from fleet.sandbox.typed.comparing import Comparison, compare
from fleet.sandbox.typed.conflicts import Conflict, Conflicts, allowed_by_annotation, annotated_again
from fleet.sandbox.typed.content import fields_of
from fleet.sandbox.typed.entries import APPLY, UPDATE, Entries, Entry, Owner
from fleet.sandbox.typed.items import NoEdge
from fleet.sandbox.typed.merging import merge
from fleet.sandbox.typed.removing import remove, with_named_fields
from fleet.sandbox.typed.sets import FieldSet, contains, difference, difference_below, intersection, paths, union
from fleet.sandbox.typed.types import Type

# Who wrote what nobody had applied so far.
BEFORE_FIRST_APPLY = "before-first-apply"
# The one manager that takes over what client-side apply wrote.
KUBECTL = "kubectl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What must be known of a kind: its type, and the object that is there before a create.

    `empty` is what a new object of this kind looks like with nothing set: Go's zero values that are written all the same, such as
    `status: {}`. `reset` names, per subresource (the main resource is the empty string), the fields that a write through it
    does not change, and so does not own.
    """

    type: Type
    empty: Mapping[str, Any]
    reset: Mapping[str, FieldSet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Who writes, how, through what, in which version and when (RFC 3339, whole seconds)."""

    manager: str
    api_version: str
    now: str
    subresource: str = ""
    force: bool = False


class Misfit(ValueError):
    """The object does not fit its type; `mismatches` say where."""

    def __init__(self, found: list[Mismatch]) -> None:
        super().__init__(f"{len(found)} mismatches")
        self.mismatches = found


def apply(schema: Schema, live: Mapping[str, Any] | None, applied: Mapping[str, Any], write: Write) -> dict[str, Any]:
    """Return the live object (None: there is none yet) with what is applied, and its new managedFields.

    The caller sets defaults on the result, and takes `settled` of it. Raises Misfit when what is applied does not fit,
    entries.Unreadable when the live managedFields cannot be read, Conflicts unless forced. `managedFields` must not be applied.
    """
    if not fits(schema.type, applied):
        raise Misfit(mismatches(schema.type, applied))
    before, written = _split(live if live is not None else schema.empty)
    entries = ledger.read(written)
    if not entries and before != schema.empty:
        entries = _first_entries(schema, before, write)
    try:
        after, entries = _apply(schema, before, applied, entries, write)
    except Conflicts as conflicts:
        if write.manager != KUBECTL:
            raise
        _let_kubectl_take(schema, before, conflicts, write)
        after, entries = _apply(schema, before, applied, entries, _forced(write))
    if write.manager == KUBECTL:
        after = annotated_again(after, applied)
    return _joined(after, ledger.write(entries, written))


def _forced(write: Write) -> Write:
    return Write(manager=write.manager, api_version=write.api_version, now=write.now, subresource=write.subresource, force=True)


def _let_kubectl_take(schema: Schema, before: Mapping[str, Any], conflicts: Conflicts, write: Write) -> None:
    """Raise what is left of the conflicts without those about fields that client-side apply had set."""
    allowed = allowed_by_annotation(schema.type, before, write.api_version)
    left = [conflict for conflict in conflicts.conflicts if not allowed or not _allows(allowed, conflict)]
    if left:
        raise Conflicts(left)


def _allows(allowed: FieldSet, conflict: Conflict) -> bool:
    return contains(allowed, _as_set(conflict.path))


def _as_set(path: tuple[str, ...]) -> FieldSet:
    node: FieldSet = {}
    for edge in reversed(path):
        node = {edge: node}
    return node


def _apply(
    schema: Schema, before: Mapping[str, Any], applied: Mapping[str, Any], entries: Entries, write: Write
) -> tuple[Mapping[str, Any], Entries]:
    owner = Owner(write.manager or "unknown", APPLY, "", write.subresource)
    last = entries.get(owner)
    fields = fields_of(schema.type, applied) or {}
    ignored = schema.reset.get(write.subresource)
    if ignored:
        fields = difference_below(fields, ignored)
    after = merge(schema.type, before, applied)
    stripped = _without_never_owned(fields)
    if last is not None and last.fields == stripped:
        stripped = last.fields
    elif last is not None and not contains(stripped, last.fields):
        # With what is stripped: else a metadata that has lost its last owned label would go as a whole.
        after = _pruned(schema.type, after, last.fields, {**entries, owner: Entry(fields, write.api_version, None)})
    entries = {**entries, owner: Entry(stripped, write.api_version, last.time if last else None)}
    if after is not before:
        entries = _taken(entries, owner, _compared(schema, before, after, write), force=write.force)
    if not stripped:
        entries.pop(owner, None)
    if after is not before and after != before and owner in entries:
        entries[owner] = Entry(entries[owner].fields, write.api_version, write.now)
    return after, entries


def _pruned(kind: Type, merged: Any, last: FieldSet, entries: Entries) -> Any:
    """Take out what its applier no longer applies and nobody else owns.

    Source: structured-merge-diff `prune`, `addBackOwnedItems` and `addBackDanglingItems`.
    """
    named_last = with_named_fields(kind, last)
    managed: FieldSet = {}
    for entry in entries.values():
        managed = union(managed, entry.fields)
    pruned = remove(kind, merged, named_last)
    there = with_named_fields(kind, fields_of(kind, merged) or {})
    kept = union(with_named_fields(kind, fields_of(kind, pruned) or {}), with_named_fields(kind, managed))
    pruned = remove(kind, merged, difference(there, kept))
    kept = with_named_fields(kind, fields_of(kind, pruned) or {})
    return remove(kind, merged, intersection(difference(there, kept), named_last))


def _compared(schema: Schema, before: Any, after: Any, write: Write) -> Comparison:
    found = compare(schema.type, before, after)
    ignored = schema.reset.get(write.subresource)
    if not ignored:
        return found
    return Comparison(difference_below(found.removed, ignored), difference_below(found.changed, ignored))


def _taken(entries: Entries, owner: Owner | None, found: Comparison, *, force: bool) -> Entries:
    """Take what changed from all other owners; raises Conflicts when it is theirs and nobody forces."""
    left = dict(entries)
    conflicts: list[Conflict] = []
    for other, entry in entries.items():
        if other == owner:
            continue
        theirs = intersection(entry.fields, found.changed) if found.changed else {}
        if theirs and not force:
            conflicts.extend(Conflict(other, path) for path in paths(theirs))
            continue
        fields = difference(difference(entry.fields, theirs), found.removed)
        if fields:
            left[other] = entry.having(fields)
        else:
            del left[other]
    if conflicts:
        raise Conflicts(conflicts)
    return left


def _first_entries(schema: Schema, before: Mapping[str, Any], write: Write) -> Entries:
    """Give what is there to a manager of its own, since nobody is known to own it."""
    return _updated(
        schema,
        schema.empty,
        before,
        {},
        Write(manager=BEFORE_FIRST_APPLY, api_version=write.api_version, now=write.now, subresource=write.subresource),
    )


def update(schema: Schema, live: Mapping[str, Any] | None, new: Mapping[str, Any], write: Write) -> dict[str, Any]:
    """Return the new object with the managedFields that it has after this create, update or patch.

    `live` is None for a create. What the new object says in `managedFields` counts, as on the server: an empty list forgets all
    owners; none at all, or what cannot be read, keeps those of the live object.
    """
    before, written = _split(live if live is not None else schema.empty)
    after, _ = _split(new)
    entries = _entries_of(written, new, write)
    if not entries and live is not None and live.get("metadata", {}).get("uid"):
        return _joined(after, [])
    try:
        entries = _updated(schema, before, after, entries, write)
    except NoEdge:  # An item that cannot be told from others: the server then forgets who owns what.
        return _joined(after, [])
    return _joined(after, ledger.write(ledger.capped(entries), written))


def _entries_of(written: list[Any], new: Mapping[str, Any], write: Write) -> Entries:
    """Choose whose entries count, those of the live object or those that are sent. Through a subresource none can be sent."""
    given = (new.get("metadata") or {}).get("managedFields")
    if write.subresource or given is None:
        return _readable(written)
    if given in ([], [{}]):
        return {}
    return _readable(given) or _readable(written)


def _readable(written: list[Any]) -> Entries:
    try:
        return ledger.read(written)
    except ledger.Unreadable:
        return {}


def _updated(schema: Schema, before: Mapping[str, Any], after: Mapping[str, Any], entries: Entries, write: Write) -> Entries:
    found = _compared(schema, before, after, write)
    left = _taken(entries, None, found, force=True)
    if not found.changed:
        return left
    owner = Owner(write.manager or "unknown", UPDATE, write.api_version, write.subresource)
    previous = left.get(owner)
    fields = union(found.changed, previous.fields) if previous else found.changed
    stripped = _without_never_owned(fields)
    if stripped:
        left[owner] = Entry(stripped, write.api_version, write.now)
    else:
        left.pop(owner, None)
    return left


# What is never owned, since everybody must say it or only the server can. Source: apimachinery `stripMetaManager`.
_NEVER_OWNED = frozenset({"f:apiVersion", "f:kind", "f:metadata"})
_NEVER_OWNED_METADATA = frozenset(
    ". f:name f:namespace f:creationTimestamp f:selfLink f:uid f:clusterName f:generation f:managedFields "
    "f:resourceVersion".split()
)


def _without_never_owned(fields: FieldSet) -> FieldSet:
    """Leave out what is never owned; all of it is scalars, but the metadata."""
    left = {edge: node for edge, node in fields.items() if edge not in _NEVER_OWNED}
    metadata = {edge: node for edge, node in fields.get("f:metadata", {}).items() if edge not in _NEVER_OWNED_METADATA}
    if metadata:
        left["f:metadata"] = metadata
    return left


def _split(value: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    """Part an object from its managedFields."""
    metadata = value.get("metadata")
    if not isinstance(metadata, Mapping) or "managedFields" not in metadata:
        return value, []
    rest = {name: child for name, child in metadata.items() if name != "managedFields"}
    return {**value, "metadata": rest}, metadata["managedFields"] or []


def _joined(value: Mapping[str, Any], written: list[dict[str, Any]]) -> dict[str, Any]:
    metadata = {name: child for name, child in (value.get("metadata") or {}).items() if name != "managedFields"}
    if written:
        metadata["managedFields"] = written
    return {**value, "metadata": metadata}


def settled(live: Mapping[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Give back the live object itself when nothing but the times of its managedFields is different.

    The server does not store such a write: no new resourceVersion, no event. Source: apiserver,
    `IgnoreManagedFieldsTimestampsTransformer`.
    """
    if live is new or live == new:
        return live if isinstance(live, dict) else dict(live)
    old_rest, old_written = _split(live)
    new_rest, new_written = _split(new)
    if not new_written or len(old_written) != len(new_written):
        return new
    for old, fresh in zip(old_written, new_written, strict=True):
        if {**old, "time": None} != {**fresh, "time": None}:
            return new
    if old_rest != new_rest:
        return new
    return live if isinstance(live, dict) else dict(live)
