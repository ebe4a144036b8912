"""Lengths of time as people write them, in the registry and in declarations alike; and moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str) -> float | None:
    """Read `60s`, `5m`, `1h30m`, `24h`, `90d`; None when it is not of that form."""
    if not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def moment(time: datetime) -> str:
    """Write a moment as RFC 3339 does, in UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def said(duration: float) -> str:
    """Write seconds as people do, in the largest unit that divides them."""
    unit = next((unit for unit in ("d", "h", "m", "s") if duration >= _SECONDS[unit] and not duration % _SECONDS[unit]), "s")
    return f"{duration / _SECONDS[unit]:g}{unit}"
