"""Namespaces; one that is being deleted is judged as everything is that is being deleted."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.reading import section, text
from fleet.health.rules.verdicts import healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("", "Namespace"), assess=assess),)


def assess(context: HealthContext) -> Health:
    """Judge by the phase."""
    phase = text(section(context.live, "status"), "phase")
    if phase == "Active":
        return healthy("Active", "it takes objects")
    return progressing(phase or "NotActive", "it takes no objects yet, or no longer")
