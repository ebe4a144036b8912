"""Calls a function with arguments of the types it takes, as Go's reflection would allow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.mapping.builtin.gotemplate.values import MISSING, Int64, OfTexts, go_type

_TYPES = {"text": "string", "int": "int", "float": "float64", "bool": "bool", "map": "map[string]interface {}"}


@dataclass(frozen=True, slots=True)
class Func:
    """A function of templates: the types of its arguments, and of any further ones."""

    call: Callable[..., Any]
    """Is given the Budget first."""
    takes: tuple[str, ...] = ()
    rest: str = ""
    """Empty: there are no further ones."""


def call(name: str, function: Func, arguments: Sequence[Any], budget: Budget) -> Any:
    """Check the arguments, call, and charge for what comes out."""
    wanted = len(function.takes)
    if len(arguments) < wanted or (len(arguments) > wanted and not function.rest):
        raise TemplateFailed(reason=f"{name} takes {wanted} arguments{' or more' if function.rest else ''}, not {len(arguments)}")
    types = (*function.takes, *(function.rest for _ in arguments[wanted:]))
    given = [checked(name, each, kind) for each, kind in zip(arguments, types, strict=True)]
    try:
        return budget.made(function.call(budget, *given))
    except TemplateFailed as error:
        reason = str(error.facts["reason"])
        raise error if reason.startswith((name, "line ", "it ")) else TemplateFailed(reason=f"{name}: {reason}") from None


def checked(name: str, value: Any, kind: str) -> Any:
    """Give a value to an argument of a type, or say what is wrong with it."""
    if value is MISSING:
        value = {} if kind == "map" else None
    if kind == "any" or _is(value, kind):
        return value
    if value is None:
        raise TemplateFailed(reason=f"{name} takes a {_TYPES[kind]}, and there is no value")
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise TemplateFailed(reason=f"{name} takes a {_TYPES[kind]}, not a {go_type(value)}")


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool | Int64)
        case "float":
            return isinstance(value, float)
        case "bool":
            return isinstance(value, bool)
    return isinstance(value, dict) and not isinstance(value, OfTexts)
