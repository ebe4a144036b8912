"""Health, always with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from fleet.model.durations import moment
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

    def said(self, since: datetime | None) -> str:
        """Say the state, since when it is that one, and why."""
        when = f" since {moment(since)}" if since else ""
        return f"{self.state}{when}: {self.message or self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """The Health of an App's objects at one moment."""

    app: AppKey
    objects: Mapping[ObjectKey, Health] = field(hash=False)

    @property
    def health(self) -> Health:
        """The worst of them; the first by key where several are equally bad."""
        return worst(self.objects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What makes a group as bad as it is, as near as that is known: an object of an App, an App, or a whole cluster."""

    cluster: str = ""
    app: str = ""
    key: ObjectKey | None = None
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHealth:
    """The Health of an App, a cluster or the fleet: the worst of its objects."""

    state: HealthState = HealthState.HEALTHY
    counts: Mapping[HealthState, int] = field(default_factory=dict, hash=False)
    """How many objects are in each state, the worst state first; states that none is in are left out."""
    cause: Cause | None = None
    """The first that is as bad as the worst; None when all is Healthy."""


def together(objects: Mapping[ObjectKey, Health], app: AppKey | None = None) -> GroupHealth:
    """The Health of a group of objects; its cause is the first by key."""
    counts = [0] * len(HealthState)
    for health in objects.values():
        counts[health.state] += 1
    found = _counted(counts)
    state = next(iter(found), HealthState.HEALTHY)
    cause = None
    if state is not HealthState.HEALTHY:
        key = min(key for key, health in objects.items() if health.state is state)
        cause = Cause(cluster=app.cluster if app else "", app=app.app if app else "", key=key, health=objects[key])
    return GroupHealth(state=state, counts=found, cause=cause)


def joined(groups: Iterable[GroupHealth]) -> GroupHealth:
    """The Health of several groups; its cause is that of the first that is as bad as the worst."""
    found = list(groups)
    counts = [0] * len(HealthState)
    for group in found:
        for state, count in group.counts.items():
            counts[state] += count
    first = max(found, key=lambda group: group.state, default=GroupHealth())
    return GroupHealth(state=first.state, counts=_counted(counts), cause=first.cause)


# By number: an enumeration's member is hashed by its name, in Python, and a fleet's objects are counted each time it is shown.
_WORST_FIRST = tuple(reversed(HealthState))


def _counted(counts: Sequence[int]) -> Mapping[HealthState, int]:
    return {state: counts[state] for state in _WORST_FIRST if counts[state]}


def worst(objects: Mapping[ObjectKey, Health]) -> Health:
    """The worst Health of some objects, naming the object; Healthy when there are none."""
    return spoken(together(objects))


def spoken(group: GroupHealth) -> Health:
    """Say the Health of a group as one: the cause's, naming the object."""
    cause = group.cause
    if cause is None and not group.counts:
        return Health(state=group.state, reason="Empty", message="no objects")
    if cause is None:
        return Health(state=group.state, reason=str(group.state), message=f"{sum(group.counts.values())} objects")
    place = f"{cause.key}: " if cause.key else ""
    return Health(
        state=group.state, reason=cause.health.reason, message=f"{place}{cause.health.message}", again=cause.health.again
    )
