"""Kubernetes' quantities, as far as two of them must be compared: `500m`, `10Gi`, `1e3`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
# Longer than any that the API server writes; an exponent without bounds would be a way to hang.
_WRITTEN = re.compile(r"([+-]?[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)")


def quantity(written: Any) -> Decimal | None:
    """The number that a quantity stands for; None where it is none."""
    if isinstance(written, int) and not isinstance(written, bool):
        return Decimal(written)
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        return None
    number, exponent, suffix = Decimal(found[1]), found[2], found[3] or ""
    if suffix in _BINARY:
        return number * Decimal(2 ** _BINARY[suffix])
    return number.scaleb(int(exponent) if exponent else _DECIMAL[suffix])
