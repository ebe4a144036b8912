"""Exit codes, the same for every verb."""

from __future__ import annotations

from collections.abc import Iterable

FINE = 0
DIFFERENT = 1
"""Differences, or unhealthy."""
ERROR = 2
UNREACHABLE = 3
"""Some clusters could not be reached: what is said of them may be old."""
TIMEOUT = 4
INTERRUPTED = 130
"""Ended by Ctrl-C, as shells say it: 128 and the signal."""

FINE_HEALTH = frozenset({"Healthy", "Suspended"})
"""The Health of what is as it should be: what somebody stopped on purpose is."""

_GRAVEST_FIRST = (ERROR, TIMEOUT, UNREACHABLE, DIFFERENT)


def gravest(codes: Iterable[int]) -> int:
    """Of several outcomes the one that is told."""
    found = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in found), FINE)
