"""Functions of lists. None changes the list it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.functions.figures import whole
from fleet.mapping.builtin.gotemplate.functions.flow import alike
from fleet.mapping.builtin.gotemplate.functions.texts import texts_of
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.mapping.builtin.gotemplate.values import go_text, go_type, truth


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TemplateFailed(reason=f"it takes a list, not a {go_type(value)}")
    return value


def _among(budget: Budget, value: Any, items: list[Any]) -> bool:
    budget.step(1 + len(items))
    return any(alike(value, each) for each in items)


def _first(_: Budget, value: Any) -> Any:
    items = _list(value)
    return items[0] if items else None


def _last(_: Budget, value: Any) -> Any:
    items = _list(value)
    return items[-1] if items else None


def _append(_: Budget, value: Any, item: Any) -> list[Any]:
    return [*_list(value), item]


def _prepend(_: Budget, value: Any, item: Any) -> list[Any]:
    return [item, *_list(value)]


def _concat(budget: Budget, *values: Any) -> list[Any]:
    budget.step(sum(len(_list(value)) for value in values))
    return [item for value in values for item in value]


def _uniq(budget: Budget, value: Any) -> list[Any]:
    made: list[Any] = []
    for item in _list(value):
        if not _among(budget, item, made):
            made.append(item)
    return made


def _without(budget: Budget, value: Any, *omitted: Any) -> list[Any]:
    return [item for item in _list(value) if not _among(budget, item, list(omitted))]


def _has(budget: Budget, item: Any, value: Any) -> bool:
    return value is not None and _among(budget, item, _list(value))


def _slice(_: Budget, value: Any, *places: Any) -> Any:
    items = _list(value)
    if not items:
        return None
    start = whole(places[0]) if places else 0
    end = whole(places[1]) if len(places) > 1 else len(items)
    if not 0 <= start <= end <= len(items):
        raise TemplateFailed(reason=f"{start} to {end} is out of range, there are {len(items)}")
    return items[start:end]


def _chunk(_: Budget, size: int, value: Any) -> list[Any]:
    items = _list(value)
    if size < 1:
        raise TemplateFailed(reason="a list is cut into pieces of at least one item")
    return [items[at : at + size] for at in range(0, len(items), size)]


def _sort_alpha(budget: Budget, value: Any) -> list[str]:
    budget.whole(value)
    return sorted(texts_of(value), key=str.encode) if isinstance(value, list) else [go_text(value)]


def _both(name: str, call: Callable[..., Any], takes: tuple[str, ...], rest: str = "") -> dict[str, Func]:
    """A function and the one that says its errors, which here both do."""
    function = Func(call, takes, rest)
    return {name: function, f"must{name[0].upper()}{name[1:]}": function}


LISTS: Mapping[str, Func] = {
    **dict.fromkeys(("list", "tuple"), Func(lambda _, *items: list(items), (), "any")),
    **_both("first", _first, ("any",)),
    **_both("last", _last, ("any",)),
    **_both("rest", lambda _, value: _list(value)[1:], ("any",)),
    **_both("initial", lambda _, value: _list(value)[:-1], ("any",)),
    **_both("append", _append, ("any", "any")),
    **_both("push", _append, ("any", "any")),
    **_both("prepend", _prepend, ("any", "any")),
    **_both("reverse", lambda _, value: _list(value)[::-1], ("any",)),
    **_both("compact", lambda _, value: [item for item in _list(value) if truth(item)], ("any",)),
    **_both("uniq", _uniq, ("any",)),
    **_both("without", _without, ("any",), "any"),
    **_both("has", _has, ("any", "any")),
    **_both("slice", _slice, ("any",), "any"),
    **_both("chunk", _chunk, ("int", "any")),
    "concat": Func(_concat, (), "any"),
    "sortAlpha": Func(_sort_alpha, ("any",)),
}
