"""Lays an applied value over the live one: what is applied wins, what is not is kept.

The order of a merged list is the applied one; live items that are not applied keep their place among their neighbours.
"""

from __future__ import annotations

from typing import Any

from fleet.sandbox.typed.items import edge_of
from fleet.sandbox.typed.types import ListType, MapType, Type

_ABSENT: Any = object()


def merge(kind: Type, live: Any, applied: Any) -> Any:
    """Merge two values that are there; gives back the live one itself where nothing is different."""
    if live is applied:
        return live
    if isinstance(applied, dict) and kind.map is not None:
        return _merge_maps(kind.map, live, applied)
    if isinstance(applied, list) and kind.list is not None:
        return _merge_lists(kind.list, live, applied)
    if applied is None:
        return _merge_null(kind, live)
    return live if same(live, applied) else applied


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal; Python holds 1 and True for equal, the server does not."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _merge_null(kind: Type, live: Any) -> Any:
    """An explicit null empties a scalar and what is atomic; the items of other maps and lists stay."""
    granular_map = kind.map is not None and not kind.map.atomic
    if granular_map and isinstance(live, dict) and live:
        return live
    only_list = kind.map is None and kind.scalar is None and kind.list is not None
    if only_list and not kind.list.atomic and isinstance(live, list) and live:  # type: ignore[union-attr]
        return live
    return None


def _merge_maps(fields: MapType, live: Any, applied: dict[str, Any]) -> Any:
    before = live if isinstance(live, dict) else {}
    if fields.atomic or (not before and not applied):
        return live if same(live, applied) else applied
    declared, element = fields.fields, fields.element
    merged: dict[str, Any] | None = None
    for name, value in applied.items():
        old = before.get(name, _ABSENT)
        if old is value:
            continue
        kind = declared.get(name) or element
        if old is _ABSENT or kind is None:
            new = value
        elif type(value) in kind.plain:
            new = old if same(old, value) else value
        else:
            new = merge(kind, old, value)
        if new is not old:
            merged = merged if merged is not None else dict(before)
            merged[name] = new
    if merged is None:
        return live if before is live else before
    return merged


def _merge_lists(items: ListType, live: Any, applied: list[Any]) -> Any:
    before = live if isinstance(live, list) else []
    if items.atomic or (not before and not applied):
        return live if same(live, applied) else applied
    old_edges = [edge_of(items, value) for value in before]
    new_edges = [edge_of(items, value) for value in applied]
    if old_edges == new_edges and len(set(old_edges)) == len(old_edges):
        merged = [merge(items.element, old, new) for old, new in zip(before, applied, strict=True)]
    else:
        merged = _interleave(items, (before, old_edges), (applied, new_edges))
    if len(merged) == len(before) and all(new is old for new, old in zip(merged, before, strict=True)):
        return live
    return merged


def _interleave(items: ListType, live: tuple[list[Any], list[str]], applied: tuple[list[Any], list[str]]) -> list[Any]:
    """Walk both lists at once; source: `visitListItems` of structured-merge-diff's merge."""
    (before, old_edges), (after, new_edges) = live, applied
    old_by_edge = _unique(old_edges, before)
    new_by_edge = dict(zip(new_edges, after, strict=True))
    shared = [edge for edge in new_edges if edge in old_by_edge]
    merged: list[Any] = []
    done: set[str] = set()

    def take(edge: str) -> None:
        done.add(edge)
        old, new = old_by_edge.get(edge, _ABSENT), new_by_edge[edge]
        merged.append(new if old is _ABSENT else merge(items.element, old, new))
        if shared and shared[0] == edge:
            shared.pop(0)

    left, right = 0, 0
    while left < len(before) or right < len(after):
        if left < len(before):
            edge = old_edges[left]
            if right < len(after) and edge == new_edges[right]:
                take(edge)
                left, right = left + 1, right + 1
                continue
            if right < len(after) and edge in new_by_edge and shared and shared[0] != edge:
                left += 1  # It is applied elsewhere, and comes there.
                continue
            if edge not in new_by_edge:
                merged.append(before[left])
                left += 1
                continue
            if edge in done:
                left += 1
        if right < len(after):
            take(new_edges[right])
            right += 1
    return merged


def _unique(edges: list[str], values: list[Any]) -> dict[str, Any]:
    """Index by edge; the value of one that is there twice cannot be merged with."""
    found: dict[str, Any] = {}
    for edge, value in zip(edges, values, strict=True):
        found[edge] = None if edge in found else value
    return found
