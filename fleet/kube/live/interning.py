"""Keep one copy of what many objects have in common: a thousand Deployments differ in name, not in who owns which fields."""

from __future__ import annotations

import sys
from dataclasses import replace

import orjson

from fleet.model.fields import FieldSet
from fleet.model.observation import LiveObject

# Far above what clusters differ in. It is begun anew then: what is in use stays with those who use it.
_MOST = 50_000

_sets: dict[bytes, FieldSet] = {}


def interned(live: LiveObject) -> LiveObject:
    """The same object, its field sets and often repeated texts shared with all others'."""
    marks = live.marks
    return replace(
        live,
        own=_shared(live.own),
        others=tuple(replace(entry, fields=_shared(entry.fields)) for entry in live.others),
        marks=replace(
            marks,
            fleet=sys.intern(marks.fleet),
            revision=sys.intern(marks.revision),
            part_of=sys.intern(marks.part_of),
        ),
    )


def _shared(fields: FieldSet) -> FieldSet:
    written = orjson.dumps(fields.tree)  # the API server writes equal sets in equal order
    known = _sets.get(written)
    if known is not None:
        return known
    if len(_sets) >= _MOST:
        _sets.clear()
    _sets[written] = fields
    return fields
