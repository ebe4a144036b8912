"""Which fields a value has: those that its applier owns, and all there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fleet.sandbox.typed.items import edge_of
from fleet.sandbox.typed.sets import LEAF, MEMBER, FieldSet, as_member
from fleet.sandbox.typed.types import ListType, MapType, Type


def fields_of(kind: Type, value: Any) -> FieldSet | None:
    """Return the fields that who applies this value owns; None for none.

    A declared field with something below it is not owned itself; an item of a list, or of a map of anything, is.
    """
    if isinstance(value, dict) and kind.map is not None:
        return LEAF if kind.map.atomic else _map_fields(kind.map, value)
    if isinstance(value, list) and kind.list is not None:
        return LEAF if kind.list.atomic else _list_fields(kind.list, value)
    if value is not None and kind.scalar is not None:
        return LEAF
    # A null may be any of the shapes, of which the map comes first.
    if kind.map is not None:
        return LEAF if kind.map.atomic else None
    if kind.scalar is not None:
        return LEAF
    return LEAF if kind.list is not None and kind.list.atomic else None


def _map_fields(fields: MapType, value: dict[str, Any]) -> FieldSet | None:
    declared, element = fields.fields, fields.element
    found: FieldSet = {}
    for name, child in value.items():
        of = declared.get(name) or element
        if of is None or type(child) in of.plain:
            found["f:" + name] = LEAF
            continue
        below = fields_of(of, child)
        if child is None or child == {} or name not in declared:
            found["f:" + name] = as_member(below)
        elif below is not None:
            found["f:" + name] = below
    return found or None


def _list_fields(items: ListType, value: list[Any]) -> FieldSet | None:
    found: FieldSet = {}
    repeated: set[str] = set()
    for child in value:
        edge = edge_of(items, child)
        if edge in found:
            repeated.add(edge)
            found[edge] = LEAF
        else:
            found[edge] = as_member(fields_of(items.element, child))
    return found or None


def everything(kind: Type, value: Any) -> FieldSet:
    """Return the node of a value that was not there before: itself and all below it."""
    if isinstance(value, dict) and kind.map is not None:
        if kind.map.atomic or not value:
            return LEAF
        return _with_self(_map_children(kind.map, value))
    if isinstance(value, list) and kind.list is not None:
        if kind.list.atomic or not value:
            return LEAF
        return _with_self(list_children(kind.list, value))
    return LEAF


def _map_children(fields: MapType, value: dict[str, Any]) -> Iterable[tuple[str, FieldSet]]:
    declared, element = fields.fields, fields.element
    for name, child in value.items():
        kind = declared.get(name) or element
        yield "f:" + name, everything(kind, child) if kind else LEAF


def list_children(items: ListType, value: list[Any]) -> Iterable[tuple[str, FieldSet]]:
    """Yield the edge and node of each item; one that is there twice is owned as a whole."""
    found: FieldSet = {}
    for child in value:
        edge = edge_of(items, child)
        found[edge] = LEAF if edge in found else everything(items.element, child)
    return found.items()


def _with_self(children: Iterable[tuple[str, FieldSet]]) -> FieldSet:
    node: FieldSet = {MEMBER: LEAF}
    node.update(children)
    return node
