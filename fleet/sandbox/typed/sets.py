"""Sets of fields, in the very form in which `managedFields` writes them (fieldsV1).

A node is a dict. Its edges are `f:name` a field, `k:{…}` a list item by its keys, `v:…` an item of a set, `i:n` an index. An
empty node is a member; the edge `.` says that a node with others below it is one, too. Only the root may be empty and
mean nothing. Sets are never changed in place, so parts are shared freely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

FieldSet: TypeAlias = dict[str, Any]

MEMBER = "."
LEAF: FieldSet = {}


def is_member(node: FieldSet) -> bool:
    """Say whether the field of this node itself is in the set."""
    return not node or MEMBER in node


def as_member(node: FieldSet | None) -> FieldSet:
    """Add the field of a node itself."""
    if not node:
        return LEAF
    return node if MEMBER in node else {MEMBER: LEAF, **node}


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """Join two sets; gives back one of them where that already is the answer."""
    if one is other or not other:
        return one
    if not one:
        return other
    joined: FieldSet | None = None
    for edge, theirs in other.items():
        ours = one.get(edge)
        node = theirs if ours is None else _joined_node(ours, theirs)
        if node is not ours:
            joined = joined if joined is not None else dict(one)
            joined[edge] = node
    return one if joined is None else joined


def _joined_node(one: FieldSet, other: FieldSet) -> FieldSet:
    if not one:
        return as_member(other)
    return as_member(one) if not other else union(one, other)


def difference(one: FieldSet, other: FieldSet) -> FieldSet:
    """Leave out what is in the other; a field that is left out takes nothing below it along."""
    if not other or not one:
        return one
    left: FieldSet | None = None
    for edge, theirs in other.items():
        ours = one.get(edge)
        if ours is None:
            continue
        node = _node_without(ours, theirs)
        if node is ours:
            continue
        left = left if left is not None else dict(one)
        if node is None:
            del left[edge]
        else:
            left[edge] = node
    return one if left is None else left


def _node_without(one: FieldSet, other: FieldSet) -> FieldSet | None:
    """Return the node that is left, None for nothing."""
    if not one:
        return None if is_member(other) else one
    if not other:
        left = {edge: node for edge, node in one.items() if edge != MEMBER} if MEMBER in one else one
    else:
        left = difference(one, other)
    if len(left) == 1 and MEMBER in left:
        return LEAF
    return left or None


def difference_below(one: FieldSet, other: FieldSet) -> FieldSet:
    """Leave out what is in the other, and everything below it."""
    if not other or not one:
        return one
    left = dict(one)
    for edge, theirs in other.items():
        ours = left.get(edge)
        if ours is None or edge == MEMBER:
            continue
        if is_member(theirs):
            del left[edge]
            continue
        node = difference_below(ours, theirs)
        if node or not ours:
            left[edge] = node
        else:
            del left[edge]
    return left


def intersection(one: FieldSet, other: FieldSet) -> FieldSet:
    """Keep what is in both."""
    shared: FieldSet = {}
    for edge, ours in one.items():
        theirs = other.get(edge)
        if theirs is None:
            continue
        if edge == MEMBER:
            shared[edge] = LEAF
            continue
        node = _shared_node(ours, theirs)
        if node is not None:
            shared[edge] = node
    return shared


def _shared_node(one: FieldSet, other: FieldSet) -> FieldSet | None:
    if not one:
        return LEAF if is_member(other) else None
    if not other:
        return LEAF if MEMBER in one else None
    shared = intersection(one, other)
    if not shared:
        return None
    return LEAF if len(shared) == 1 and MEMBER in shared else shared


def contains(whole: FieldSet, part: FieldSet) -> bool:
    """Say whether every member of the part is in the whole."""
    return not difference(part, whole)


def paths(fields: FieldSet, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Walk the members in the server's order: those of a node first, then what is below it, each sorted."""
    edges = sorted((edge for edge in fields if edge != MEMBER), key=_rank)
    yield from ((*prefix, edge) for edge in edges if is_member(fields[edge]))
    for edge in edges:
        if fields[edge]:
            yield from paths(fields[edge], (*prefix, edge))


def has(fields: FieldSet, path: tuple[str, ...]) -> bool:
    """Say whether a path is a member."""
    node = fields
    for edge in path:
        if edge not in node:
            return False
        node = node[edge]
    return bool(path) and is_member(node)


def ordered(fields: FieldSet) -> FieldSet:
    """Return the set with its edges in the order in which the server writes them."""
    if len(fields) < 2:
        return {edge: ordered(node) if node else node for edge, node in fields.items()}
    edges = sorted(fields, key=_rank)
    return {edge: ordered(fields[edge]) if fields[edge] else LEAF for edge in edges}


# The order of Kubernetes' PathElement: fields, items by keys, items by value, indices.
_KINDS = {".": 0, "f": 1, "k": 2, "v": 3, "i": 4}


@lru_cache(maxsize=16384)
def _rank(edge: str) -> tuple[Any, ...]:
    kind, _, rest = edge.partition(":")
    if kind == "i":
        return (4, int(rest))
    if kind == "k":
        return (2, [(name, *_value_rank(value)) for name, value in orjson.loads(rest).items()])
    if kind == "v":
        return (3, *_value_rank(orjson.loads(rest)))
    return (_KINDS.get(kind, 5), rest)


def _value_rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool):
        return (2, value)
    if isinstance(value, (int, float)):
        return (0, value)
    return (1, value) if isinstance(value, str) else (3, str(value))


def shown(path: tuple[str, ...]) -> str:
    """Write a path as the server does in its messages: `.spec.containers[name="web"].image`."""
    return "".join(shown_edge(edge) for edge in path)


def shown_edge(edge: str) -> str:
    """Write one step of a path."""
    kind, _, rest = edge.partition(":")
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        keys: Mapping[str, Any] = orjson.loads(rest)
        return "[" + ",".join(f"{name}={shown_value(value)}" for name, value in keys.items()) + "]"
    return f"[={shown_value(orjson.loads(rest))}]" if kind == "v" else f"[{rest}]"


def shown_value(value: Any) -> str:
    """Write a value as the server does inside a path."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode()
