"""`fleethub.dev/ignore-drift`: what git itself says may differ, field by field or as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fleet.errors import IgnoreDriftInvalid
from fleet.hooks import DriftExemption, ExemptionContext, hookimpl
from fleet.model.fields import FieldPath, pointers
from fleet.model.marks import IGNORE_DRIFT, PART_OF, PREFIX

WHOLE = "*"

# Steps as RFC 6901 has them, or a selector that is a step of its own.
_POINTER = re.compile(r"(/(\[[^\[\]]+\]|([^/~\[\]]|~[01])+))+")

# Without these it would be another object, or nobody's.
_IDENTITY = frozenset(
    "/apiVersion /kind /metadata /metadata/name /metadata/namespace /metadata/labels /metadata/annotations".split()
)


@hookimpl
def fleet_drift_exemptions() -> Iterable[DriftExemption]:
    """Declare the annotation."""
    return (DriftExemption(name="ignore-drift", annotation=IGNORE_DRIFT, where="git", fields=fields),)


def fields(context: ExemptionContext) -> Iterable[str]:
    """Read the annotation's value: JSON pointers with commas between, or `*` alone.

    Raises IgnoreDriftInvalid when any part of it is not understood: then the object is held, since healing it might
    overwrite just what somebody wanted to keep.
    """
    parts = pointers(context.value)
    if parts == [WHOLE]:
        return (WHOLE,)
    return tuple(dict.fromkeys(_checked(part, context.value) for part in parts))


def _checked(pointer: str, value: str) -> str:
    if wrong := _complaint(pointer):
        raise IgnoreDriftInvalid(annotation=IGNORE_DRIFT, value=value, reason=wrong)
    return pointer


def _complaint(pointer: str) -> str:
    if not pointer:
        return "a field is missing; write JSON pointers with commas between, or * for the whole object"
    if pointer == WHOLE:
        return "* stands for the whole object and cannot stand beside fields"
    if not _POINTER.fullmatch(pointer):
        return f"{pointer!r} is not a JSON pointer; write it as /spec/replicas or /spec/containers/[name=web]/image"
    try:
        FieldPath.parse(pointer)
    except ValueError as error:
        return str(error)
    return _reserved(pointer)


def _reserved(pointer: str) -> str:
    if pointer in _IDENTITY:
        return f"{pointer} cannot differ; name the labels or annotations that may, one by one"
    name = pointer.replace("~1", "/").replace("~0", "~").partition("/metadata/")[2].partition("/")[2]
    if pointer.startswith("/metadata/") and (name.startswith(PREFIX) or name == PART_OF):
        return f"{pointer} is a mark of Fleethub's own and cannot differ"
    return ""
