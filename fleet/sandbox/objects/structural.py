"""What a structural schema does to a custom object: fields that it does not know go, defaults come.

Source: k8s.io/apiextensions-apiserver `pkg/apiserver/schema/{pruning,defaulting}`. Values given are never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypeAlias

Json: TypeAlias = Any
Structural: TypeAlias = Mapping[str, Any]

_PRESERVE = "x-kubernetes-preserve-unknown-fields"
# Every object has them, whatever its schema says.
_OF_EVERY_OBJECT = ("apiVersion", "kind", "metadata")
_NOTHING: Structural = {}


def pruned(value: Json, schema: Structural, *, is_object: bool = True) -> tuple[Json, list[str]]:
    """Return the value without the fields that the schema does not know, and their paths; `is_object` for a whole object.

    Nulls are left where they are: `defaulted` knows which of them may stay.
    """
    unknown: list[str] = []
    return _pruned(value, schema, "", unknown, is_object=is_object), sorted(unknown)


def _pruned(value: Json, schema: Structural, path: str, unknown: list[str], *, is_object: bool = False) -> Json:
    if isinstance(value, list):
        items = schema.get("items") or _NOTHING
        if schema.get(_PRESERVE) and not items:
            return value
        return [_pruned(item, items, f"{path}[{number}]", unknown, is_object=_embeds(items)) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, field in value.items():
        here = f"{path}.{name}" if path else name
        below = _below(schema, name)
        if is_object and name in _OF_EVERY_OBJECT:
            kept[name] = field
        elif below is not None:
            kept[name] = _pruned(field, below, here, unknown, is_object=_embeds(below))
        elif schema.get(_PRESERVE):
            kept[name] = field
        else:
            unknown.append(here)
    return kept


def _below(schema: Structural, name: str) -> Structural | None:
    """The schema of a field; an empty one where anything is allowed, None where the field is not known."""
    properties = schema.get("properties") or _NOTHING
    if name in properties:
        return dict(properties[name])
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        return more
    return {_PRESERVE: True} if more is True else None


def _embeds(schema: Structural) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def defaulted(value: Json, schema: Structural) -> Json:
    """Return the value with the schema's defaults; a null that may not be one is none."""
    if isinstance(value, list):
        items = schema.get("items") or _NOTHING
        return [defaulted(_in_place_of_null(item, items), items) for item in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties") or _NOTHING
    more = schema.get("additionalProperties")
    filled = dict(value)
    for name, below in properties.items():
        if "default" in below and (name not in filled or _is_no_value(filled[name], below)):
            filled[name] = deepcopy(below["default"])
    for name, field in list(filled.items()):
        below = properties.get(name, more)
        if not isinstance(below, Mapping):
            continue
        given = _in_place_of_null(field, below)
        if _is_no_value(given, below):
            del filled[name]
        else:
            filled[name] = defaulted(given, below)
    return filled


def _is_no_value(value: Json, schema: Structural) -> bool:
    return value is None and not schema.get("nullable")


def _in_place_of_null(value: Json, schema: Structural) -> Json:
    return deepcopy(schema.get("default")) if _is_no_value(value, schema) else value
