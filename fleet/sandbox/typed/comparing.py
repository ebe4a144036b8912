"""What is different between two values: fields that are gone, and fields that are new or have another value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fleet.sandbox.typed.content import everything
from fleet.sandbox.typed.items import edge_of
from fleet.sandbox.typed.merging import same
from fleet.sandbox.typed.sets import LEAF, FieldSet, union
from fleet.sandbox.typed.types import ListType, MapType, Type

_ABSENT: Any = object()


class Comparison(NamedTuple):
    """Two sets of fields. What was added and what was modified is one set here: nobody asks for one of them alone."""

    removed: FieldSet
    changed: FieldSet


# A node of each set; None: nothing there.
_Nodes = tuple[FieldSet | None, FieldSet | None]
_SAME: _Nodes = (None, None)
_CHANGED: _Nodes = (None, LEAF)


def compare(kind: Type, old: dict[str, Any], new: dict[str, Any]) -> Comparison:
    """Compare two objects; parts that are the same Python object cost nothing."""
    removed, changed = _nodes(kind, old, new)
    return Comparison(removed or {}, changed or {})


def _nodes(kind: Type, old: Any, new: Any) -> _Nodes:
    """Compare two values that are there, by each shape that one of them has."""
    if old is new:
        return _SAME
    if not kind.several:
        return _only_shape(kind)(kind, old, new)
    before, after = _shape(kind, old), _shape(kind, new)
    if before is after:
        return before(kind, old, new)
    return _joined(before(kind, old, new), after(kind, old, new))


_Shape = Callable[[Type, Any, Any], _Nodes]


def _only_shape(kind: Type) -> _Shape:
    if kind.map is not None:
        return _as_maps
    return _as_lists if kind.list is not None else _as_scalars


def _shape(kind: Type, value: Any) -> _Shape:
    if isinstance(value, dict):
        return _as_maps if kind.map is not None else _only_shape(kind)
    if isinstance(value, list):
        return _as_lists if kind.list is not None else _only_shape(kind)
    # A null may be any shape, of which the map comes first.
    return _as_scalars if value is not None and kind.scalar is not None else _only_shape(kind)


def _joined(one: _Nodes, other: _Nodes) -> _Nodes:
    return _joined_node(one[0], other[0]), _joined_node(one[1], other[1])


def _joined_node(one: FieldSet | None, other: FieldSet | None) -> FieldSet | None:
    if one is None or other is None:
        return other if one is None else one
    return union({"f:": one}, {"f:": other})["f:"]  # type: ignore[no-any-return]


def _as_scalars(_: Type, old: Any, new: Any) -> _Nodes:
    return _SAME if same(old, new) else _CHANGED


def _as_maps(kind: Type, old: Any, new: Any) -> _Nodes:
    fields: MapType = kind.map  # type: ignore[assignment]
    before: dict[str, Any] = old if isinstance(old, dict) else {}
    after: dict[str, Any] = new if isinstance(new, dict) else {}
    if fields.atomic or not (before or after):
        return _SAME if same(old, new) else _CHANGED
    removed: FieldSet = {}
    changed: FieldSet = {}
    declared, element = fields.fields, fields.element
    for name, value in after.items():
        was = before.get(name, _ABSENT)
        if was is value:
            continue
        of = declared.get(name) or element
        if was is _ABSENT:
            changed["f:" + name] = everything(of, value) if of else LEAF
        elif of is not None:
            _keep(removed, changed, "f:" + name, _nodes(of, was, value))
    for name, value in before.items():
        if name not in after:
            of = declared.get(name) or element
            removed["f:" + name] = everything(of, value) if of else LEAF
    return removed or None, changed or None


def _keep(removed: FieldSet, changed: FieldSet, edge: str, nodes: _Nodes) -> None:
    gone, new = nodes
    if gone is not None:
        removed[edge] = gone
    if new is not None:
        changed[edge] = new


def _as_lists(kind: Type, old: Any, new: Any) -> _Nodes:
    items: ListType = kind.list  # type: ignore[assignment]
    before: list[Any] = old if isinstance(old, list) else []
    after: list[Any] = new if isinstance(new, list) else []
    if items.atomic or not (before or after):
        return _SAME if same(old, new) else _CHANGED
    removed: FieldSet = {}
    changed: FieldSet = {}
    were, are = _by_edge(items, before), _by_edge(items, after)
    for edge, value in are.items():
        _keep(removed, changed, edge, _items(items, were.get(edge, _ABSENT), value))
    for edge, value in were.items():
        if edge not in are:
            removed[edge] = LEAF if isinstance(value, _Repeated) else everything(items.element, value)
    return removed or None, changed or None


class _Repeated(list[Any]):
    """The items of a list that have the same edge: owned and compared as one."""


def _by_edge(items: ListType, values: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for value in values:
        edge = edge_of(items, value)
        if edge not in found:
            found[edge] = value
        elif isinstance(found[edge], _Repeated):
            found[edge].append(value)
        else:
            found[edge] = _Repeated([found[edge], value])
    return found


def _items(items: ListType, old: Any, new: Any) -> _Nodes:
    """Compare what the lists have at one edge; source: `visitListItems` of structured-merge-diff's compare."""
    if isinstance(new, _Repeated):
        if isinstance(old, _Repeated):
            return _SAME if same(old, new) else _CHANGED
        return (None if old is _ABSENT else everything(items.element, old)), LEAF
    if old is _ABSENT:
        return None, everything(items.element, new)
    if isinstance(old, _Repeated):
        return LEAF, everything(items.element, new)
    return _nodes(items.element, old, new)
