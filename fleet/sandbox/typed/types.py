"""The types of values: which fields a map has, and how lists and maps are owned and merged.

A type may admit several shapes at once (Kubernetes calls them atoms): what has no schema may be a scalar, a list or a map.
Source: sigs.k8s.io/structured-merge-diff `schema`, and k8s.io/kube-openapi `schemaconv`, which derives them from OpenAPI.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Scalar: TypeAlias = Literal["string", "numeric", "boolean", "untyped"]


_PLAIN: Mapping[Scalar | None, frozenset[type]] = {
    None: frozenset(),
    "string": frozenset({str}),
    "numeric": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "untyped": frozenset({str, int, float, bool}),
}


class Type:
    """What a value may be: any of `scalar`, `list` and `map` that is not None.

    Filled after creation, since types refer to themselves; not changed afterwards.
    """

    __slots__ = ("list", "map", "plain", "scalar", "several")

    def __init__(self, *, scalar: Scalar | None = None, items: ListType | None = None, fields: MapType | None = None) -> None:
        self.fill(scalar=scalar, items=items, fields=fields)

    def fill(self, *, scalar: Scalar | None = None, items: ListType | None = None, fields: MapType | None = None) -> None:
        """Say what the value may be."""
        self.scalar = scalar
        self.list = items
        self.map = fields
        self.several = sum(shape is not None for shape in (scalar, items, fields)) > 1
        # Python's types of the scalars it admits: most values are told by these alone.
        self.plain = _PLAIN[scalar]


class ListType:
    """A list: atomic, or one whose items are known by `keys`, or (associative without keys) by their value."""

    __slots__ = ("atomic", "defaults", "edges", "element", "keys")

    def __init__(
        self, element: Type, *, atomic: bool, keys: tuple[str, ...] = (), defaults: Mapping[str, Any] | None = None
    ) -> None:
        self.element = element
        self.atomic = atomic
        self.keys = tuple(sorted(keys))
        # Of the keys that an item may leave out.
        self.defaults: Mapping[str, Any] = defaults or {}
        # Edges seen before, by the values of their keys: writing JSON again for each item is what would cost most.
        self.edges: dict[Any, str] = {}


class MapType:
    """A map: its declared `fields`, and the `element` type of the others (None: there may be no others)."""

    __slots__ = ("atomic", "element", "fields")

    def __init__(self, fields: Mapping[str, Type], *, element: Type | None = None, atomic: bool = False) -> None:
        self.fields = fields
        self.element = element
        self.atomic = atomic


STRING = Type(scalar="string")
NUMERIC = Type(scalar="numeric")
BOOLEAN = Type(scalar="boolean")
SCALAR = Type(scalar="untyped")
# Without a schema, as one whole.
WHOLE = Type()
WHOLE.fill(scalar="untyped", items=ListType(WHOLE, atomic=True), fields=MapType({}, element=WHOLE, atomic=True))
# Without a schema, its maps owned field by field.
DEDUCED = Type()
DEDUCED.fill(scalar="untyped", items=ListType(WHOLE, atomic=True), fields=MapType({}, element=DEDUCED))
FREE_FORM = Type(fields=MapType({}, element=DEDUCED))
