"""Amounts such as `500m` and `1Gi`, in the one form in which the server writes them.

Source: k8s.io/apimachinery `resource.Quantity`: no fraction, the largest suffix that allows it, the notation that was given.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

_PATTERN = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]+)?")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_NANO = Decimal(10) ** -9
REFUSED = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """Return the server's form of an amount; raises ValueError with the server's words."""
    found = _PATTERN.fullmatch(text)
    if not found:
        raise ValueError(REFUSED)
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix in _BINARY and suffix:
        return _binary(_up(number * 1024 ** _BINARY.index(suffix)))
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return _exponent(_up(number * Decimal(10) ** int(suffix[1:])))
    return _decimal(_up(number * Decimal(10) ** (3 * (_DECIMAL.index(suffix) - 3))))


@lru_cache(maxsize=4096)
def in_thousandths(text: str) -> str:
    """Return the server's form of an amount that is rounded up to a thousandth; raises ValueError."""
    form = canonical(text)
    if form[-1] not in "num":
        return form
    milli = amount(form) * 1000
    return form if milli == milli.to_integral_value() else _decimal(milli.to_integral_value(rounding=ROUND_CEILING) / 1000)


def amount(text: str) -> Decimal:
    """Return what an amount is as a number; raises ValueError."""
    found = _PATTERN.fullmatch(canonical(text))
    assert found is not None, "the canonical form is a form"
    suffix = found[2] or ""
    if suffix in _BINARY:
        return Decimal(found[1]) * Decimal(1024 ** _BINARY.index(suffix))
    power = int(suffix[1:]) if suffix[1:] else 3 * (_DECIMAL.index(suffix) - 3)
    return Decimal(found[1]) * Decimal(10) ** power


def _up(value: Decimal) -> Decimal:
    """Nothing smaller than a billionth is kept."""
    if value == value.quantize(_NANO, rounding=ROUND_CEILING) or value.adjusted() > 18:
        return value
    return value.quantize(_NANO, rounding=ROUND_CEILING)


def _decimal(value: Decimal) -> str:
    if not value:
        return "0"
    place = 0
    scaled = value / _NANO
    while place < len(_DECIMAL) - 1 and scaled % 1000 == 0:
        scaled, place = scaled / 1000, place + 1
    return f"{int(scaled)}{_DECIMAL[place]}"


def _exponent(value: Decimal) -> str:
    if not value:
        return "0"
    power = -9
    scaled = value / _NANO
    while scaled % 1000 == 0:
        scaled, power = scaled / 1000, power + 3
    return f"{int(scaled)}e{power}" if power else f"{int(scaled)}"


def _binary(value: Decimal) -> str:
    if abs(value) < 1024 or value % 1:
        return _decimal(value)
    place = 0
    while place < len(_BINARY) - 1 and value % 1024 == 0:
        value, place = value / 1024, place + 1
    return f"{int(value)}{_BINARY[place]}"
