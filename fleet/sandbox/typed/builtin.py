"""Makes types of the built-in kinds from what `fleet.schema` knows of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from fleet.sandbox.typed.types import (
    BOOLEAN,
    DEDUCED,
    FREE_FORM,
    NUMERIC,
    SCALAR,
    STRING,
    WHOLE,
    ListType,
    MapType,
    Type,
)
from fleet.schema import types

_WORDS = {
    "string": STRING,
    "bytes": STRING,
    "boolean": BOOLEAN,
    "int32": NUMERIC,
    "int64": NUMERIC,
    "double": NUMERIC,
    "quantity": SCALAR,
    "time": SCALAR,
    "microtime": SCALAR,
    "raw": WHOLE,
    # OpenAPI gives neither a type, so the server deduces both.
    "int-or-string": DEDUCED,
    "any": DEDUCED,
    "object": FREE_FORM,
}
_made: dict[tuple[str, bool], Type] = {}


@cache
def type_of(group: str, version: str, kind: str) -> Type | None:
    """Return the type of a built-in kind in one version; all clusters share it."""
    name = types.kind_type(group, version, kind)
    return named(name) if name else None


def named(name: str, *, whole: bool = False) -> Type:
    """Return a type by its name in `fleet.schema`; `whole` when the field that has it owns it as one."""
    found = _made.get((name, whole))
    if found is not None:
        return found
    struct = types.struct(name)
    if struct.fields is None:
        return _type(struct.alias)
    made = _made[name, whole] = Type()  # Before its fields: some of them may be of this very type.
    fields = {field: _type(each) for field, each in struct.fields.items()}
    made.fill(fields=MapType(fields, atomic=whole or struct.whole))
    return made


def _type(written: Any) -> Type:
    if isinstance(written, str):
        return _WORDS.get(written) or named(written)
    shape, item, *keys = written
    if shape == "whole":
        return named(item, whole=True)
    if shape in ("map", "atomic-map"):
        return Type(fields=MapType({}, element=_type(item), atomic=shape == "atomic-map"))
    defaults = {key: value for key, value in _defaults(item).items() if key in keys}
    return Type(items=ListType(_type(item), atomic=shape == "list", keys=tuple(keys), defaults=defaults))


def _defaults(item: Any) -> dict[str, Any]:
    return dict(types.struct(item).defaults) if isinstance(item, str) and item not in _WORDS else {}
