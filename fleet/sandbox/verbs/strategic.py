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
    _directives(kind, merged, patch)
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
        return [*old, *(each for each in patch if each not in old)]
    return _merge_keyed(items.element, items.keys[0], old, patch)


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


def _directives(kind: Type, merged: dict[str, Any], patch: dict[str, Any]) -> None:
    for word, said in patch.items():
        if word.startswith(_DROP):
            name = word.removeprefix(_DROP)
            merged[name] = [each for each in merged.get(name) or () if each not in said]
    for word, said in patch.items():
        if word.startswith(_ORDER):
            name = word.removeprefix(_ORDER)
            if isinstance(merged.get(name), list):
                merged[name] = _ordered(_below(kind, name), merged[name], said)


def _ordered(kind: Type, items: list[Any], wanted: list[Any]) -> list[Any]:
    """Put items into the wanted order; those it does not name keep the place behind their predecessor."""
    keys = kind.list.keys if kind.list else ()
    if keys:
        named = [each.get(keys[0]) for each in wanted]
        identity = [each.get(keys[0]) for each in items]
    else:
        named, identity = list(wanted), list(items)
    rank: list[tuple[int, int]] = []
    last = -1
    for at, who in enumerate(identity):
        last = named.index(who) if who in named else last
        rank.append((last, at if who not in named else -1))
    return [items[at] for at in sorted(range(len(items)), key=lambda at: rank[at])]
