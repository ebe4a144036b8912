"""How an item of a list is known: the edge that leads to it in a set of fields."""

from __future__ import annotations

from typing import Any

import orjson

from fleet.sandbox.typed.types import ListType

# Enough for the names in any one program's lists; a bound, since names come from users.
MANY_EDGES = 10_000


class NoEdge(ValueError):
    """The item cannot be told from the others; the message is the server's."""


def edge_of(items: ListType, value: Any) -> str:
    """Return the edge to an item of an associative list; raises NoEdge."""
    return _keyed(items, value) if items.keys else _valued(items, value)


def _keyed(items: ListType, value: Any) -> str:
    if value is None:
        raise NoEdge("associative list with keys may not have a null element")
    if not isinstance(value, dict):
        raise NoEdge("associative list with keys may not have non-map elements")
    given = tuple([value.get(key, items.defaults.get(key)) for key in items.keys])
    try:
        return items.edges[given]
    except (KeyError, TypeError):  # New, or of a list or map that nothing has refused yet.
        return _new_keyed(items, value, given)


def _new_keyed(items: ListType, value: dict[str, Any], given: tuple[Any, ...]) -> str:
    keys = {
        key: found
        for key, found in zip(items.keys, given, strict=True)
        if found is not None or (key in value)  # A null is a key, too; what is absent is none.
    }
    if not keys:
        quoted = " ".join(f'"{key}"' for key in items.keys)
        raise NoEdge(
            f"associative list with keys has an element that omits all key fields [{quoted}] "
            "(and doesn't have default values for any key fields)"
        )
    edge = "k:" + _json(keys)
    if all(type(found) in (str, int) for found in given):
        _remember(items, given, edge)
    return edge


def _valued(items: ListType, value: Any) -> str:
    if isinstance(value, str):
        edge = items.edges.get(value)
        if edge is None:
            edge = "v:" + _json(value)
            _remember(items, value, edge)
        return edge
    if isinstance(value, dict):
        raise NoEdge("associative list without keys has an element that's a map type")
    if isinstance(value, list):
        raise NoEdge("not supported: associative list with lists as elements")
    if value is None:
        raise NoEdge("associative list without keys has an element that's an explicit null")
    return "v:" + _json(value)


def _remember(items: ListType, given: Any, edge: str) -> None:
    if len(items.edges) >= MANY_EDGES:
        items.edges.clear()
    items.edges[given] = edge


def _json(value: Any) -> str:
    # Go's encoder writes these three as escapes.
    text = orjson.dumps(value).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
