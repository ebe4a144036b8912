"""The states in the rules' words. A message is one line, and not longer than a screen has room for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from fleet.model.health import Health, HealthState

# Controllers put whole stack traces into conditions.
LONGEST = 500
LONGEST_REASON = 64


def healthy(reason: str, message: str) -> Health:
    """It is what it should be."""
    return verdict(HealthState.HEALTHY, reason, message)


def suspended(reason: str, message: str) -> Health:
    """Somebody stopped it on purpose."""
    return verdict(HealthState.SUSPENDED, reason, message)


def progressing(reason: str, message: str, *, again: float | None = None) -> Health:
    """It is on its way; `again` seconds later the answer may be another though nothing changed."""
    return verdict(HealthState.PROGRESSING, reason, message, again=again)


def degraded(reason: str, message: str) -> Health:
    """It will not get there by itself."""
    return verdict(HealthState.DEGRADED, reason, message)


def unknown(reason: str, message: str) -> Health:
    """It cannot be told."""
    return verdict(HealthState.UNKNOWN, reason, message)


def worst_of(found: Iterable[Health]) -> Health | None:
    """The worst, of several equally bad the first; None of none."""
    return max(found, key=lambda health: health.state, default=None)


def verdict(state: HealthState, reason: str, message: str, *, again: float | None = None) -> Health:
    """Make a Health of a controller's words: a CamelCase reason, a message on one line, both of bounded length."""
    return Health(state=state, reason=_camel_case(reason), message=_one_line(message), again=again)


@lru_cache(maxsize=4096)
def _camel_case(reason: str) -> str:
    joined = "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", reason))
    return joined if joined[:1].isalpha() and len(joined) <= LONGEST_REASON else "Reported"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
