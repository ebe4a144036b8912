"""Go's own functions, and sprig's that choose between values or ask what they are."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any
from urllib.parse import quote_plus

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.mapping.builtin.gotemplate.printing import formatted, sprint, sprintln
from fleet.mapping.builtin.gotemplate.values import Int64, OfTexts, go_kind, go_type, truth

_ORDERED = {"lt": lt, "le": le, "gt": gt, "ge": ge}


def _index(_: Budget, value: Any, *keys: Any) -> Any:
    if value is None:
        raise TemplateFailed(reason="what is indexed is null")
    for key in keys:
        value = _indexed(value, key)
    return value


def _indexed(value: Any, key: Any) -> Any:
    if isinstance(value, Mapping):
        if not isinstance(key, str):
            raise TemplateFailed(reason=f"the key of a map is a string, not a {go_type(key)}")
        return value.get(key, "" if isinstance(value, OfTexts) else None)
    if isinstance(value, list | str):
        if isinstance(key, bool) or not isinstance(key, int):
            raise TemplateFailed(reason=f"the index of a list is an int, not a {go_type(key)}")
        items: Any = value.encode() if isinstance(value, str) else value
        if not 0 <= key < len(items):
            raise TemplateFailed(reason=f"index {key} is out of range, there are {len(items)}")
        return items[key]
    raise TemplateFailed(reason=f"a value of type {go_type(value)} cannot be indexed")


def _length(_: Budget, value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, list | dict):
        return len(value)
    raise TemplateFailed(reason=f"a value of type {go_type(value)} has no length")


def _equal(_: Budget, one: Any, *others: Any) -> bool:
    if not others:
        raise TemplateFailed(reason="there is nothing to compare with")
    return any(_same(one, other) for other in others)


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if _basic(one) != _basic(other):
        raise TemplateFailed(reason=f"a {go_type(one)} and a {go_type(other)} cannot be compared")
    if isinstance(one, list | dict):
        raise TemplateFailed(reason=f"values of type {go_type(one)} cannot be compared")
    return bool(one == other)


def _basic(value: Any) -> str:
    """The kind by which values are compared: whole numbers are of one."""
    return "int" if isinstance(value, Int64) else go_kind(value)


def _compare(name: str) -> Func:
    def compare(_: Budget, one: Any, other: Any) -> bool:
        kinds = {_basic(one), _basic(other)}
        if len(kinds) > 1 or not kinds <= {"int", "float64", "string"}:
            raise TemplateFailed(reason=f"a {go_type(one)} and a {go_type(other)} have no order")
        return bool(_ORDERED[name](one, other))

    return Func(compare, ("any", "any"))


def _default(_: Budget, otherwise: Any, *given: Any) -> Any:
    return given[0] if given and truth(given[0]) else otherwise


def _fail(_: Budget, message: str) -> Any:
    raise TemplateFailed(reason=message)


def _query(budget: Budget, *values: Any) -> str:
    return quote_plus(_evaluated(budget, values), safe="")


def _evaluated(budget: Budget, values: Sequence[Any]) -> str:
    """Escapers write no value as templates do, not as `print` does."""
    return sprint(budget.written(["<no value>" if value is None else value for value in values]))


FLOW: Mapping[str, Func] = {
    **{name: _compare(name) for name in _ORDERED},
    # `and` and `or` are called where their arguments are looked at, one by one.
    "and": Func(lambda _, one, *others: one, ("any",), "any"),
    "or": Func(lambda _, one, *others: one, ("any",), "any"),
    "not": Func(lambda _, value: not truth(value), ("any",)),
    "index": Func(_index, ("any",), "any"),
    "len": Func(_length, ("any",)),
    "eq": Func(_equal, ("any",), "any"),
    "ne": Func(lambda _, one, other: not _equal(_, one, other), ("any", "any")),
    "print": Func(lambda budget, *values: sprint(budget.written(values)), (), "any"),
    "println": Func(lambda budget, *values: sprintln(budget.written(values)), (), "any"),
    "printf": Func(lambda budget, form, *values: formatted(form, budget.written(values)), ("text",), "any"),
    "html": Func(lambda budget, *values: _html(_evaluated(budget, values)), (), "any"),
    "urlquery": Func(_query, (), "any"),
    "default": Func(_default, ("any",), "any"),
    "empty": Func(lambda _, value: not truth(value), ("any",)),
    "coalesce": Func(lambda _, *values: next((each for each in values if truth(each)), None), (), "any"),
    "all": Func(lambda _, *values: all(truth(each) for each in values), (), "any"),
    "any": Func(lambda _, *values: any(truth(each) for each in values), (), "any"),
    "ternary": Func(lambda _, yes, no, which: yes if which else no, ("any", "any", "bool")),
    "fail": Func(_fail, ("text",)),
    "kindOf": Func(lambda _, value: go_kind(value), ("any",)),
    "kindIs": Func(lambda _, kind, value: go_kind(value) == kind, ("text", "any")),
    "typeOf": Func(lambda _, value: go_type(value), ("any",)),
    "typeIs": Func(lambda _, kind, value: go_type(value) == kind, ("text", "any")),
    "typeIsLike": Func(lambda _, kind, value: go_type(value) in (kind, f"*{kind}"), ("text", "any")),
    "deepEqual": Func(lambda _, one, other: alike(one, other), ("any", "any")),
    "hello": Func(lambda _: "Hello!"),
}


def alike(one: Any, other: Any) -> bool:
    """Whether two values are of one type and equal, with all that is in them."""
    if go_type(one) != go_type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(alike(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    return bool(one == other)


def _html(text: str) -> str:
    return html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;").replace("\0", "\ufffd")
