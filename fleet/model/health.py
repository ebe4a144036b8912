"""Health, always with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from fleet.model.keys import AppKey, ObjectKey


class HealthState(IntEnum):
    """From best to worst, so that the worst is the maximum."""

    HEALTHY = 0
    SUSPENDED = 1
    PROGRESSING = 2
    MISSING = 3
    UNKNOWN = 4
    DEGRADED = 5

    def __str__(self) -> str:
        return self.name.capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A state and the evidence for it: a CamelCase reason and a message a person can act on."""

    state: HealthState
    reason: str
    message: str = ""
    again: float | None = None
    """Seconds after which it is to be assessed again though nothing changed (a grace period or a deadline ends)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """The Health of an App's objects at one moment."""

    app: AppKey
    objects: Mapping[ObjectKey, Health] = field(hash=False)

    @property
    def health(self) -> Health:
        """The worst of them; the first by key where several are equally bad."""
        return worst(self.objects)


def worst(objects: Mapping[ObjectKey, Health]) -> Health:
    """The worst Health of some objects, naming the object; Healthy when there are none."""
    if not objects:
        return Health(state=HealthState.HEALTHY, reason="Empty", message="no objects")
    state = max(health.state for health in objects.values())
    bad: Iterable[ObjectKey] = sorted(key for key, health in objects.items() if health.state is state)
    key = next(iter(bad))
    if state is HealthState.HEALTHY:
        return Health(state=state, reason="Healthy", message=f"{len(objects)} objects")
    first = objects[key]
    return Health(state=state, reason=first.reason, message=f"{key}: {first.message}", again=first.again)
