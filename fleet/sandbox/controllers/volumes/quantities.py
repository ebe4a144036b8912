"""Quantities of Kubernetes as numbers, to compare them."""

from __future__ import annotations

import re

_FORM = re.compile(r"^([+-]?[0-9.]+)(?:([eE][+-]?\d+)|([a-zA-Z]*))$")
_UNITS = {
    "": 1.0,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    **{unit: 1000.0**power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{unit: 1024.0**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
}


def amount(written: str | int | float) -> float:
    """Read a quantity: `1Gi`, `500m`, `1e3`, 2; what is none counts as 0."""
    found = _FORM.match(str(written))
    if found is None:
        return 0.0
    number, exponent, unit = found.groups()
    return float(number + (exponent or "")) * _UNITS.get(unit or "", 1.0)
