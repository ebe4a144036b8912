"""Values as Go has them: their kinds, what is true of them, and how they are written.

A text is a str, a map of any a dict with text keys, a list a list, a number of YAML or JSON a float, a number of the
template itself an int, what is counted with it an Int64, nil None. `MISSING` is what a field gives that is not there: no
value at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


class _Missing:
    """No value."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


class Int64(int):
    """What functions of numbers give: no int to Go, and no argument where one is wanted."""


class OfTexts(dict[str, str]):
    """A map of texts and nothing else: a key it lacks gives an empty text, not "no value"."""


def go_values(value: Any) -> Any:
    """Turn a parsed document into what Go's JSON reader makes of it: every number is a float64."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): go_values(inner) for key, inner in value.items()}
    return [go_values(inner) for inner in value]


def plain_values(value: Any) -> Any:
    """Turn a template's value into one for a document: whole numbers are ints again, keys in order."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, Mapping):
        return {key: plain_values(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [plain_values(inner) for inner in value]
    if isinstance(value, Int64):
        return int(value)
    return None if value is MISSING else value


def go_kind(value: Any) -> str:
    """Name a value's kind as Go's reflect does."""
    if value is None or value is MISSING:
        return "invalid"
    if isinstance(value, Mapping):
        return "map"
    kinds = {bool: "bool", str: "string", int: "int", Int64: "int64", float: "float64", list: "slice"}
    return kinds[type(value)]


def go_type(value: Any) -> str:
    """Name a value's type as Go's `%T` does."""
    if isinstance(value, OfTexts):
        return "map[string]string"
    names = {"invalid": "<nil>", "map": "map[string]interface {}", "slice": "[]interface {}"}
    kind = go_kind(value)
    return names.get(kind, kind)


def truth(value: Any) -> bool:
    """Whether Go's templates take a value for true: not zero, not empty, not nil."""
    return bool(value)


def go_text(value: Any) -> str:
    """Write a value as Go's `%v`."""
    if isinstance(value, str):
        return value
    if value is MISSING:
        return "<no value>"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return go_float(value)
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(inner) for inner in value) + "]"
    return str(value)


def go_float(value: float, *, exponent_from: int = 6) -> str:
    """Write a float64 with as few digits as tell it apart, and an exponent where `%v` does (JSON: from 21 on)."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if math.isnan(value):
        return "NaN"
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    exponent = Decimal(repr(value)).adjusted() if value else 0
    if -4 <= exponent < exponent_from:
        text = format(Decimal(repr(value)).normalize(), "f")
        return "-0" if sign and not value else text
    head = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
    return f"{'-' if sign else ''}{head}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
