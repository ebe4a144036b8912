"""Takes fields out of a value, and makes the sets by which that is decided."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.typed.items import edge_of
from fleet.sandbox.typed.sets import MEMBER, FieldSet, as_member, is_member
from fleet.sandbox.typed.types import ListType, MapType, Type


def remove(kind: Type, value: Any, fields: FieldSet) -> Any:
    """Return the value without the members of a set; what lost all it had becomes a null, as on the server.

    Gives back the value itself where nothing is taken.
    """
    if not fields:
        return value
    if kind.map is not None and isinstance(value, dict):
        return _from_map(kind.map, value, fields)
    if kind.list is not None and isinstance(value, list):
        return _from_list(kind.list, value, fields)
    return value if kind.scalar is not None else None


def _from_map(shape: MapType, value: dict[str, Any], fields: FieldSet) -> Any:
    if shape.atomic or not value:
        return None
    left: dict[str, Any] = {}
    for name, child in value.items():
        node = fields.get("f:" + name)
        if node is None:
            left[name] = child
            continue
        if is_member(node):
            continue
        kind = shape.fields.get(name) or shape.element
        left[name] = remove(kind, child, node) if kind else child
    return _unless_same(value, left)


def _unless_same(value: dict[str, Any], left: dict[str, Any]) -> Any:
    if len(left) == len(value) and all(left[name] is child for name, child in value.items()):
        return value
    return left or None


def _from_list(items: ListType, value: list[Any], fields: FieldSet) -> Any:
    if items.atomic or not value:
        return None
    left: list[Any] = []
    for child in value:
        node = fields.get(edge_of(items, child))
        if node is None:
            left.append(child)
        elif not is_member(node):
            left.append(remove(items.element, child, node))
    if len(left) == len(value) and all(new is old for new, old in zip(left, value, strict=True)):
        return value
    return left or None


def with_named_fields(kind: Type | None, fields: FieldSet) -> FieldSet:
    """Add every declared field that has a member below it: a struct goes away with the last thing that is in it."""
    shape = kind.map if kind is not None else None
    items = kind.list if kind is not None else None
    named: FieldSet = {}
    for edge, node in fields.items():
        if edge == MEMBER or not node:
            named[edge] = node
            continue
        below = with_named_fields(_child(shape, items, edge), node)
        declared = shape is not None and edge[:2] == "f:" and edge[2:] in shape.fields
        named[edge] = as_member(below) if declared else below
    return named


def _child(shape: MapType | None, items: ListType | None, edge: str) -> Type | None:
    if edge.startswith("f:"):
        return (shape.fields.get(edge[2:]) or shape.element) if shape is not None else None
    return items.element if edge.startswith("k:") and items is not None else None
