"""Functions of numbers. Whole ones are 64 bits wide and wrap around, as Go's do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.mapping.builtin.gotemplate.values import Int64, go_text

_MAX_LIST = 10_000  # of numbers; a range over them takes a step each anyway


def whole(value: Any) -> int:
    """A whole number of anything: 0 where it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(_wrapped(int(value))) if math.isfinite(value) else -(2**63)
    if not isinstance(value, str):
        return 0
    text = value[: value.index(".")] if "." in value and not value[value.index(".") + 1 :].strip("0") else value
    try:
        digits = text.lstrip("+-")
        made = int(text, 8) if len(digits) > 1 and digits[0] == "0" and digits.isdigit() else int(text, 0)
    except ValueError:
        return 0
    return made if -(2**63) <= made < 2**63 else 0


def real(value: Any) -> float:
    """A float64 of anything: 0 where it is none."""
    if isinstance(value, bool | int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) and value == value.strip() else 0.0
    except ValueError:
        return 0.0


def _wrapped(value: int) -> Int64:
    return Int64((value + 2**63) % 2**64 - 2**63)


def _div(_: Budget, one: Any, other: Any) -> Int64:
    """Rounds towards zero, as Go does and Python does not."""
    one, other = whole(one), whole(other)
    if other == 0:
        raise TemplateFailed(reason="nothing can be divided by zero")
    return _wrapped(abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1))


def _mod(_: Budget, one: Any, other: Any) -> Int64:
    one, other = whole(one), whole(other)
    if other == 0:
        raise TemplateFailed(reason="nothing can be divided by zero")
    rest = abs(one) % abs(other)
    return Int64(-rest if one < 0 else rest)


def _mul(_: Budget, *values: Any) -> Int64:
    made = Int64(1)
    for value in values:
        made = _wrapped(made * whole(value))
    return made


def _until_step(_: Budget, start: int, stop: int, step: int) -> list[int]:
    if step == 0 or (stop < start) != (step < 0):
        return []
    made = range(start, stop, step)
    if len(made) > _MAX_LIST:
        raise TemplateFailed(reason=f"a list of more than {_MAX_LIST} numbers is refused")
    return list(made)


def _until(budget: Budget, count: int) -> list[int]:
    return _until_step(budget, 0, count, -1 if count < 0 else 1)


def _seq(budget: Budget, *given: int) -> str:
    if not 1 <= len(given) <= 3:
        return ""
    start, end = (1, given[0]) if len(given) == 1 else (given[0], given[-1])
    towards = -1 if end < start else 1
    step = given[1] if len(given) == 3 else towards
    if end < start and step > 0:
        return ""
    return " ".join(map(str, _until_step(budget, start, end + towards, step)))


def _decimal(combine: Callable[[Decimal, Decimal], Decimal]) -> Callable[..., float]:
    def work(_: Budget, first: Any, *others: Any) -> float:
        try:
            with localcontext() as context:
                context.prec = 40
                made = Decimal(repr(real(first)))
                for other in others:
                    made = combine(made, Decimal(repr(real(other))))
                return float(made) or 0.0  # a decimal zero has no sign
        except (DivisionByZero, InvalidOperation, Overflow, OverflowError):
            raise TemplateFailed(reason="there is no such number") from None

    return work


_addf = _decimal(lambda one, other: one + other)


def _round(_: Budget, value: Any, places: int, *on: float) -> float:
    if abs(places) > 300:
        raise TemplateFailed(reason="no number has so many places")
    power = 10.0**places
    digit = power * real(value)
    if not math.isfinite(digit):
        return digit
    up = math.modf(digit)[0] >= (on[0] if on else 0.5)
    return float((math.ceil if up else math.floor)(digit)) / power


def _rounded(how: Callable[[float], int]) -> Func:
    def work(_: Budget, value: Any) -> float:
        number = real(value)
        return float(how(number)) if math.isfinite(number) else number

    return Func(work, ("any",))


def _octal(_: Budget, value: Any) -> Int64:
    try:
        return Int64(go_text(value), 8)
    except ValueError:
        return Int64(0)


def _atoi(_: Budget, text: str) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        return 0
    return max(-(2**63), min(2**63 - 1, int(text)))


FIGURES: Mapping[str, Func] = {
    "atoi": Func(_atoi, ("text",)),
    "int": Func(lambda _, value: int(whole(value)), ("any",)),
    "int64": Func(lambda _, value: Int64(whole(value)), ("any",)),
    "float64": Func(lambda _, value: real(value), ("any",)),
    "toDecimal": Func(_octal, ("any",)),
    "add1": Func(lambda _, value: _wrapped(whole(value) + 1), ("any",)),
    "add": Func(lambda _, *values: _wrapped(sum(map(whole, values))), (), "any"),
    "sub": Func(lambda _, one, other: _wrapped(whole(one) - whole(other)), ("any", "any")),
    "div": Func(_div, ("any", "any")),
    "mod": Func(_mod, ("any", "any")),
    "mul": Func(_mul, ("any",), "any"),
    **dict.fromkeys(("max", "biggest"), Func(lambda _, *values: Int64(max(map(whole, values))), ("any",), "any")),
    "min": Func(lambda _, *values: Int64(min(map(whole, values))), ("any",), "any"),
    "maxf": Func(lambda _, *values: max(map(real, values)), ("any",), "any"),
    "minf": Func(lambda _, *values: min(map(real, values)), ("any",), "any"),
    "add1f": Func(lambda _, value: _addf(_, value, 1), ("any",)),
    "addf": Func(lambda _, *values: _addf(_, 0, *values), (), "any"),
    "subf": Func(_decimal(lambda one, other: one - other), ("any",), "any"),
    "mulf": Func(_decimal(lambda one, other: one * other), ("any",), "any"),
    "divf": Func(_decimal(lambda one, other: one / other), ("any",), "any"),
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "round": Func(_round, ("any", "int"), "float"),
    "until": Func(_until, ("int",)),
    "untilStep": Func(_until_step, ("int", "int", "int")),
    "seq": Func(_seq, (), "int"),
}
