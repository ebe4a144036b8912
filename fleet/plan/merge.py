"""What is sent of an exempt field: an exempt field keeps its live value.

At create git's value is sent; that is not decided here. Later a field is left out only while another manager owns it. A
field that only we own and stop sending is dropped by the API server (3 replicas became 1), so its live value goes in place
of git's. Both are true only of the object as it was read: the apply must then carry its resourceVersion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import orjson

from fleet.model.fields import Edges, FieldPath, FieldSet, Managed
from fleet.model.marks import MANAGER
from fleet.model.values import ABSENT, edge_of, value_at, with_value, without_value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owned:
    live: Any = field(hash=False)
    ours: FieldSet
    theirs: FieldSet


def merge_exempt(
    body: Mapping[str, Any], live_body: Mapping[str, Any], paths: Iterable[FieldPath]
) -> tuple[dict[str, Any], bool]:
    """Put exempt paths (as `exempt.located` gives them) of a body that is to be applied at their live value.

    `live_body` is the whole object, as it was just read. Also tells whether the apply must carry its resourceVersion.
    """
    entries = [Managed.read(entry) for entry in live_body["metadata"].get("managedFields") or ()]
    ours = [entry for entry in entries if entry.manager == MANAGER and entry.operation == "Apply" and not entry.subresource]
    # A subresource's entries count too: an autoscaler owns the replicas through `scale`.
    theirs = [entry.fields for entry in entries if entry.manager != MANAGER]
    owned = _Owned(
        live=live_body,
        ours=reduce(FieldSet.union, (entry.fields for entry in ours), FieldSet()),
        theirs=reduce(FieldSet.union, theirs, FieldSet()),
    )
    merged: Any = body
    pinned = False
    for path in paths:
        merged, depends = _keep(merged, path, owned)
        pinned = pinned or depends
    return dict(merged), pinned


def _keep(body: Any, path: FieldPath, owned: _Owned) -> tuple[Any, bool]:
    wanted, live = value_at(body, path), value_at(owned.live, path)
    if _in_an_atom(path, owned):
        return _keep_in_atom(body, path, live)
    mine = _node(owned.ours.under([path]).minus(owned.theirs), path)
    if mine is not None and live is not ABSENT:
        return with_value(body, path, _item(path.edges[-1], _part(live, mine, _node(owned.theirs, path) or {}))), True
    if owned.theirs.covers(path):
        return _without(body, path), wanted is not ABSENT
    if wanted is ABSENT or owned.ours.covers(path):
        return _without(body, path), False
    return (_without(body, path), False) if live is ABSENT else (with_value(body, path, live), True)


def _keep_in_atom(body: Any, path: FieldPath, live: Any) -> tuple[Any, bool]:
    """A piece of what is owned only as a whole cannot be left to anybody: its live value is sent with the rest."""
    if value_at(body, FieldPath(path.edges[:-1])) is ABSENT:
        return body, False
    return (without_value(body, path) if live is ABSENT else with_value(body, path, live)), True


def _in_an_atom(path: FieldPath, owned: _Owned) -> bool:
    # A leaf above the path may also be a mapping that was applied empty; somebody who owns a field below it tells.
    told = owned.ours.covers(path) or owned.theirs.covers(path)
    return not told and (_inside_leaf(path, owned.ours) or _inside_leaf(path, owned.theirs))


def _inside_leaf(path: FieldPath, fields: FieldSet) -> bool:
    node = fields.tree
    for depth, edge in enumerate(path.edges, 1):
        if edge not in node:
            return False
        node = node[edge]
        if not node:
            return depth < len(path.edges)
    return False


def _node(fields: FieldSet, path: FieldPath) -> Edges | None:
    node = fields.tree
    for edge in path.edges:
        if edge not in node:
            return None
        node = node[edge]
    return node


def _part(value: Any, mine: Edges, theirs: Edges) -> Any:
    """The part of a live value that is ours alone, in the live order: another order of containers restarts Pods."""
    if not set(mine) - {"."}:
        # Ours, down to what others own in it.
        return type(value)() if set(theirs) - {"."} and isinstance(value, (dict, list)) else value
    if isinstance(value, Mapping):
        named = ((f"f:{name}", name, item) for name, item in value.items())
        return {name: _part(item, mine[edge], theirs.get(edge, {})) for edge, name, item in named if edge in mine}
    edges = ((edge_of(item, position, mine), item) for position, item in enumerate(value))
    return [_item(edge, _part(item, mine[edge], theirs.get(edge, {}))) for edge, item in edges if edge is not None]


def _item(edge: str, part: Any) -> Any:
    return {**orjson.loads(edge[2:]), **part} if edge.startswith("k:") else part


def _without(body: Any, path: FieldPath) -> Any:
    """Leave a field out, and the containers that are empty only because of it: an empty one sent is a field owned."""
    left = without_value(body, path)
    for depth in range(len(path.edges) - 1, 0, -1):
        above = FieldPath(path.edges[:depth])
        if left is body or value_at(left, above) not in ({}, []) or value_at(body, above) in ({}, []):
            return left
        left = without_value(left, above)
    return left
