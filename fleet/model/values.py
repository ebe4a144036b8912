"""Reading and changing values in an object's body by FieldPath, without changing the body itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from fleet.model.fields import FieldPath


class _Absent:
    """The value of a field that is not there; unlike None, which JSON's null is."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


def value_at(body: Any, path: FieldPath) -> Any:
    """The value at a path, or ABSENT."""
    for edge in path.edges:
        body = _step(body, edge)
        if body is ABSENT:
            return ABSENT
    return body


def with_value(body: Any, path: FieldPath, value: Any) -> Any:
    """Copy a body with the value at a path set; containers on the way are made, a list item that is missing is added."""
    return _set(body, path.edges, value)


def without_value(body: Any, path: FieldPath) -> Any:
    """Copy a body with what is at a path removed; containers that are empty after it stay."""
    return _drop(body, path.edges)


KEY_DEFAULTS: Mapping[str, Any] = {"protocol": "TCP"}
"""List keys that may be left unwritten: the API server still names the item by them (ports, by number and protocol)."""


def item_has(item: Any, keys: Mapping[str, Any]) -> bool:
    """Whether a list item has these key fields. Text and number of the same digits are the same: a pointer cannot tell them."""
    return isinstance(item, Mapping) and all(
        str(item.get(name, KEY_DEFAULTS.get(name))) == str(value) for name, value in keys.items()
    )


def edge_of(item: Any, position: int, edges: Iterable[str]) -> str | None:
    """The edge, among those that lead out of a list, that leads to one item of it."""
    for edge in edges:
        kind, _, rest = edge.partition(":")
        if kind == "i" and int(rest) == position:
            return edge
        if kind == "v" and orjson.loads(rest) == item:
            return edge
        if kind == "k" and item_has(item, orjson.loads(rest)):
            return edge
    return None


def _position(items: Sequence[Any], edge: str) -> int | None:
    return next((position for position, item in enumerate(items) if edge_of(item, position, (edge,))), None)


def _step(body: Any, edge: str) -> Any:
    if edge.startswith("f:"):
        return body.get(edge[2:], ABSENT) if isinstance(body, Mapping) else ABSENT
    if not isinstance(body, list):
        # A bare number in a pointer may be a mapping's key: `/data/8080`.
        return body.get(edge[2:], ABSENT) if isinstance(body, Mapping) and edge.startswith("i:") else ABSENT
    position = _position(body, edge)
    return ABSENT if position is None else body[position]


def _set(body: Any, edges: tuple[str, ...], value: Any) -> Any:
    if not edges:
        return value
    edge, rest = edges[0], edges[1:]
    if edge.startswith("f:") or (edge.startswith("i:") and isinstance(body, Mapping)):
        mapping = dict(body) if isinstance(body, Mapping) else {}
        mapping[edge[2:]] = _set(mapping.get(edge[2:]), rest, value)
        return mapping
    items = list(body) if isinstance(body, list) else []
    position = _position(items, edge)
    if position is None:
        made = orjson.loads(edge[2:]) if edge.startswith("k:") else None
        items.append(_set(made, rest, value))
    else:
        items[position] = _set(items[position], rest, value)
    return items


def _drop(body: Any, edges: tuple[str, ...]) -> Any:
    edge, rest = edges[0], edges[1:]
    inner = _step(body, edge)
    if inner is ABSENT:
        return body
    if isinstance(body, Mapping):
        name = edge[2:]
        if rest:
            return {**body, name: _drop(inner, rest)}
        return {other: value for other, value in body.items() if other != name}
    position = _position(body, edge)
    if rest:
        return [_drop(item, rest) if at == position else item for at, item in enumerate(body)]
    return [item for at, item in enumerate(body) if at != position]
