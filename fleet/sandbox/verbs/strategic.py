"""Kubernetes' strategic merge patch: a merge patch that knows by which key the items of a list are the same.

Source: apimachinery `strategicpatch`. Which key that is, the types say: it is the first of a list's map keys.
"""

from __future__ import annotations

from typing import Any

from fleet.sandbox.typed.types import DEDUCED, Type
from fleet.sandbox.verbs.patches import Unfit

_DIRECTIVE, _RETAIN = "$patch", "$retainKeys"
_DROP, _ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"


def strategic_patch(kind: Type, value: Any, patch: Any) -> Any:
    """Lay a strategic merge patch over a value of a type."""
    if not isinstance(patch, dict):
        return patch
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return {key: each for key, each in patch.items() if key != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise Unfit(f"unknown patch type: {directive}")
    merged = dict(value) if isinstance(value, dict) else {}
    if _RETAIN in patch:
        merged = {key: each for key, each in merged.items() if key in patch[_RETAIN]}
    for key, change in patch.items():
        if not key.startswith("$"):
            _merge_field(kind, merged, key, change)
    _directives(kind, merged, patch, value if isinstance(value, dict) else {})
    return merged


def _merge_field(kind: Type, merged: dict[str, Any], key: str, change: Any) -> None:
    below = _below(kind, key)
    if change is None:
        merged.pop(key, None)
    elif isinstance(change, list):
        merged[key] = _merge_list(below, merged.get(key), change)
    elif isinstance(change, dict) and below.map is not None and key in merged:
        merged[key] = strategic_patch(below, merged[key], change)
    else:
        merged[key] = strategic_patch(below, None, change)


def _below(kind: Type, key: str) -> Type:
    if kind.map is None:
        return DEDUCED
    return kind.map.fields.get(key) or kind.map.element or DEDUCED


def _merge_list(kind: Type, value: Any, patch: list[Any]) -> list[Any]:
    items = kind.list
    old = value if isinstance(value, list) else []
    if any(isinstance(each, dict) and each.get(_DIRECTIVE) == "replace" for each in patch):
        return [each for each in patch if not (isinstance(each, dict) and each.get(_DIRECTIVE) == "replace")]
    if items is None or items.atomic:
        return patch
    if not items.keys:
        merged = [*old, *(each for each in patch if each not in old)]
        return in_order(merged, wanted=patch, had=old)
    merged = _merge_keyed(items.element, items.keys[0], old, patch)
    return in_order(merged, wanted=patch, had=old, key=items.keys[0])


def _merge_keyed(kind: Type, key: str, old: list[Any], patch: list[Any]) -> list[Any]:
    merged = list(old)
    for change in patch:
        if not isinstance(change, dict) or key not in change:
            raise Unfit(f"map: {change} does not contain declared merge key: {key}")
        place = next((at for at, each in enumerate(merged) if each.get(key) == change[key]), None)
        if change.get(_DIRECTIVE) == "delete":
            merged = [each for each in merged if each.get(key) != change[key]]
        elif place is None:
            merged.append(strategic_patch(kind, None, change))
        else:
            merged[place] = strategic_patch(kind, merged[place], change)
    return merged


def _directives(kind: Type, merged: dict[str, Any], patch: dict[str, Any], value: dict[str, Any]) -> None:
    for word, said in patch.items():
        if word.startswith(_DROP):
            name = word.removeprefix(_DROP)
            merged[name] = [each for each in merged.get(name) or () if each not in said]
    for word, said in patch.items():
        if word.startswith(_ORDER):
            name = word.removeprefix(_ORDER)
            if isinstance(merged.get(name), list):
                keys = _keys(_below(kind, name))
                merged[name] = in_order(merged[name], wanted=said, had=value.get(name) or [], key=keys[0] if keys else "")


def _keys(kind: Type) -> tuple[str, ...]:
    return kind.list.keys if kind.list else ()


def in_order(merged: list[Any], *, wanted: list[Any], had: list[Any], key: str = "") -> list[Any]:
    """Sort merged items as the server does: those of the patch as it has them, the others where they were among them.

    Source: `mergeSortedSlice`. An item that the object had comes before an item of the patch only when both were there
    in that order.
    """

    def name(item: Any) -> Any:
        return item.get(key) if key and isinstance(item, dict) else item

    order, before = [name(each) for each in wanted], [name(each) for each in had]
    given = sorted((each for each in merged if name(each) in order), key=lambda each: order.index(name(each)))
    others = [each for each in merged if name(each) not in order]
    found: list[Any] = []
    for item in given:
        while others and _was_before(name(others[0]), name(item), before):
            found.append(others.pop(0))
        found.append(item)
    return [*found, *others]


def _was_before(one: Any, other: Any, order: list[Any]) -> bool:
    return one in order and other in order and order.index(one) < order.index(other)
