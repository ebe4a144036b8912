"""What is found, and of what: the nouns that all places share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.health.rules.dialects.known import Known
from fleet.model.health import HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one condition, word, flag or count says, with the field that said it in the message."""

    state: HealthState
    reason: str
    message: str
    whole: bool = True
    """Whether it is about the whole object; good news of a part alone is not weighed alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A status, or something in it that speaks for itself, and what must be known to understand it."""

    body: Mapping[str, Any]
    path: str = "status"
    generation: int | None = None
    """Which the object is at."""
    seen: int | None = None
    """Which the part is about, as far as it, or what it stands in, says."""
    known: Known = field(default_factory=Known)
    runs: bool = False
    """Whether the object runs to an end, so that running is no success."""

    @property
    def current(self) -> bool:
        """Whether the part is about this generation, as far as it says."""
        return self.seen is None or self.generation is None or self.seen == self.generation


def worst(found: Iterable[Finding]) -> Finding | None:
    """The worst; of several equally bad the first, in the order in which they were looked for."""
    return max(found, key=lambda finding: finding.state, default=None)


def generation(body: Mapping[str, Any], name: str) -> int | None:
    """A generation, which some write as a text; None where there is none that is one."""
    said = body.get(name)
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 20:
        return int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None
