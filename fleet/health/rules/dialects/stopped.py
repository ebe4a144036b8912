"""What stops an object on purpose: a field of its spec, an annotation, a condition of its own generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.health.rules.dialects import conditions
from fleet.health.rules.dialects.finding import Finding, Part
from fleet.health.rules.reading import section, text
from fleet.health.rules.vocabulary import PAUSED, split
from fleet.model.health import HealthState

_FIELDS = "suspend suspended paused pause stopped shutdown halted hibernate hibernated".split()
# The first word of an annotation's name: crossplane.io/paused, strimzi.io/pause-reconciliation, cnpg.io/hibernation.
_ANNOTATIONS = frozenset("paused pause suspend suspended hibernation".split())
_OFF = frozenset("false off no disabled".split())
_WORDS = frozenset(word.lower() for word in PAUSED)


def stopped(live: Mapping[str, Any], part: Part) -> Finding | None:
    """What stops an object; None where nothing does."""
    spec = section(live, "spec")
    for name in _FIELDS:
        if spec.get(name) is True:
            return _finding("Suspended", f"it is stopped by spec.{name}")
    if any(text(section(spec, *path), "state") in ("suspended", "paused", "stopped") for path in ((), ("job",))):
        return _finding("Suspended", "it is stopped by the state its spec asks for")
    annotations = section(live, "metadata", "annotations")
    names = sorted(name for name, value in annotations.items() if isinstance(value, str))
    for name in names:
        if not _ANNOTATIONS.isdisjoint(split(name.rpartition("/")[2])[:1]) and annotations[name].lower() not in _OFF:
            return _finding("Suspended", f"it is stopped by the annotation {name}: {annotations[name]}")
    for found in conditions.stated(part):
        current = found.seen is None or part.generation is None or found.seen == part.generation
        if found.status == "True" and current and not _WORDS.isdisjoint(split(found.type)[-1:]):
            return _finding(found.type, str(found))
    return None


def _finding(reason: str, message: str) -> Finding:
    return Finding(state=HealthState.SUSPENDED, reason=reason, message=message)
