"""Functions of maps. `set`, `unset`, `merge` and `mergeOverwrite` change the map they are given, as sprig's do."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.mapping.builtin.gotemplate.merging import filled, overridden
from fleet.mapping.builtin.gotemplate.values import go_text, go_type

_Map = dict[str, Any]


def _dict(_: Budget, *given: Any) -> _Map:
    return {go_text(given[at]): given[at + 1] if at + 1 < len(given) else "" for at in range(0, len(given), 2)}


def _set(budget: Budget, value: _Map, key: str, item: Any) -> _Map:
    value[key] = item
    # What holds itself could never be written out.
    budget.whole(value)
    return value


def _unset(_: Budget, value: _Map, key: str) -> _Map:
    value.pop(key, None)
    return value


def _merge(budget: Budget, value: _Map, *others: _Map) -> _Map:
    for other in others:
        budget.whole(other)
        value.update(filled(value, other))
    budget.whole(value)
    return value


def _merge_overwrite(budget: Budget, value: _Map, *others: _Map) -> _Map:
    for other in others:
        budget.whole(other)
        value.update(overridden(value, other))
    budget.whole(value)
    return value


def _dig(_: Budget, *given: Any) -> Any:
    *keys, otherwise, value = given
    for key in keys:
        if not isinstance(value, dict):
            raise TemplateFailed(reason=f"dig goes through maps, not through a {go_type(value)}")
        if not isinstance(key, str):
            raise TemplateFailed(reason=f"the key of a map is a string, not a {go_type(key)}")
        if key not in value:
            return otherwise
        value = value[key]
    return value


def _copy(budget: Budget, value: Any) -> Any:
    if value is None:
        raise TemplateFailed(reason="there is nothing to copy")
    budget.whole(value)
    return copy.deepcopy(value)


def _keys(_: Budget, *values: _Map) -> list[str]:
    """In order of their names: Go gives them in none."""
    return [key for value in values for key in sorted(value)]


MAPS: Mapping[str, Func] = {
    "dict": Func(_dict, (), "any"),
    "get": Func(lambda _, value, key: value.get(key, ""), ("map", "text")),
    "set": Func(_set, ("map", "text", "any")),
    "unset": Func(_unset, ("map", "text")),
    "hasKey": Func(lambda _, value, key: key in value, ("map", "text")),
    "pluck": Func(lambda _, key, *values: [value[key] for value in values if key in value], ("text",), "map"),
    "keys": Func(_keys, (), "map"),
    "values": Func(lambda _, value: [value[key] for key in sorted(value)], ("map",)),
    "pick": Func(lambda _, value, *keys: {key: value[key] for key in keys if key in value}, ("map",), "text"),
    "omit": Func(lambda _, value, *keys: {key: value[key] for key in value if key not in keys}, ("map",), "text"),
    **dict.fromkeys(("merge", "mustMerge"), Func(_merge, ("map",), "map")),
    **dict.fromkeys(("mergeOverwrite", "mustMergeOverwrite"), Func(_merge_overwrite, ("map",), "map")),
    **dict.fromkeys(("deepCopy", "mustDeepCopy"), Func(_copy, ("any",))),
    "dig": Func(_dig, ("any", "any", "any"), "any"),
}
