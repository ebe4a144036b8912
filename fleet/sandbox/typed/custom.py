"""Makes the type of a custom kind from its CustomResourceDefinition's structural schema.

Source: k8s.io/kube-openapi `schemaconv`, which the API server uses on what apiextensions-apiserver publishes of a schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.typed.builtin import named
from fleet.sandbox.typed.types import (
    BOOLEAN,
    DEDUCED,
    NUMERIC,
    SCALAR,
    STRING,
    WHOLE,
    ListType,
    MapType,
    Scalar,
    Type,
)

METADATA = "meta.v1.ObjectMeta"
_SCALARS = {"boolean": BOOLEAN, "number": NUMERIC, "integer": NUMERIC}


def type_of(schema: Mapping[str, Any] | None) -> Type:
    """Return the type of a custom kind's objects; of one without a schema, or that keeps what it does not know, it is deduced."""
    if schema is None or schema.get("x-kubernetes-preserve-unknown-fields"):
        return DEDUCED
    return _object(schema, keep=False)


def _object(schema: Mapping[str, Any], *, keep: bool) -> Type:
    """A whole object: what its schema leaves out of apiVersion, kind and metadata is known all the same."""
    properties = {name: _type(each, keep=keep) for name, each in (schema.get("properties") or {}).items()}
    properties |= {"apiVersion": STRING, "kind": STRING, "metadata": named(METADATA)}
    return Type(fields=MapType(properties, element=_element(schema, keep=keep), atomic=_is_atomic(schema)))


def _type(schema: Mapping[str, Any], *, keep: bool) -> Type:
    keep = keep or bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if schema.get("x-kubernetes-embedded-resource"):
        return _object(schema, keep=keep)
    kind = schema.get("type")
    if kind == "object":
        return Type(fields=_map(schema, keep=keep))
    if kind == "array":
        return Type(items=_list(schema, keep=keep))
    if kind == "string":
        return SCALAR if schema.get("format") not in (None, "", "byte") else STRING
    if kind in _SCALARS:
        return _SCALARS[kind]
    # No type: anything, or a number or a string.
    scalar: Scalar = "untyped"
    return Type(scalar=scalar, items=_list(schema, keep=keep), fields=_map(schema, keep=keep))


def _map(schema: Mapping[str, Any], *, keep: bool) -> MapType:
    properties = {name: _type(each, keep=keep) for name, each in (schema.get("properties") or {}).items()}
    return MapType(properties, element=_element(schema, keep=keep), atomic=_is_atomic(schema))


def _is_atomic(schema: Mapping[str, Any]) -> bool:
    return schema.get("x-kubernetes-map-type") == "atomic"


def _element(schema: Mapping[str, Any], *, keep: bool) -> Type | None:
    """The type of fields that are not declared; None where there may be none."""
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        return _type(more, keep=keep)
    if more is True:
        return DEDUCED
    if more is None and (keep or not schema.get("properties")):
        return DEDUCED
    return None


def _list(schema: Mapping[str, Any], *, keep: bool) -> ListType:
    item = schema.get("items")
    element = _type(item, keep=keep) if isinstance(item, Mapping) else WHOLE
    kind = schema.get("x-kubernetes-list-type", "atomic")
    keys = tuple(schema.get("x-kubernetes-list-map-keys") or ()) if kind == "map" else ()
    properties = (item or {}).get("properties") or {}
    defaults = {key: properties[key]["default"] for key in keys if "default" in properties.get(key, {})}
    return ListType(element, atomic=kind == "atomic", keys=keys, defaults=defaults)
