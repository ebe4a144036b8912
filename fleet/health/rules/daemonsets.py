"""DaemonSets: one available Pod of the current template on every node that should have one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.children import POD, lagging, pods_of, troubles
from fleet.health.rules.reading import number, optional_number, section, text, unobserved
from fleet.health.rules.verdicts import healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

# What its controller counts templates by, on itself and on its Pods.
GENERATION = "deprecated.daemonset.template.generation"
POD_GENERATION = "pod-template-generation"


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("apps", "DaemonSet"), assess=assess, related=(POD,)),)


def assess(context: HealthContext) -> Health:
    """Judge by observedGeneration and the counts; with updateStrategy OnDelete Pods of an older template are fine."""
    if old := unobserved(context.live):
        return old
    status = section(context.live, "status")
    wanted = optional_number(status, "desiredNumberScheduled")
    if wanted is None:
        return progressing("NotCounted", "its controller has not counted the nodes yet")
    on_delete = text(section(context.live, "spec", "updateStrategy"), "type") == "OnDelete"
    updated, available = number(status, "updatedNumberScheduled"), number(status, "numberAvailable")
    counts = f"{available} of {wanted} nodes have an available Pod, {updated} updated"
    lacking = {
        "LessScheduled": number(status, "currentNumberScheduled") < wanted,
        "LessUpdated": updated < wanted and not on_delete,
        "LessAvailable": available < wanted,
        "LessReady": number(status, "numberReady") < wanted,
    }
    reason = next((reason for reason, lacks in lacking.items() if lacks), "")
    if not reason:
        return healthy("Available", counts)
    return lagging(context, reason, counts, troubles(context, _evidence(context, on_delete=on_delete)))


def _evidence(context: HealthContext, *, on_delete: bool) -> list[Mapping[str, Any]]:
    """Its Pods of the current template, where there are any: an old one that is not ready is replaced at once, OnDelete never."""
    pods = pods_of(context)
    generation = text(section(context.live, "metadata", "annotations"), GENERATION)
    current = [pod for pod in pods if text(section(pod, "metadata", "labels"), POD_GENERATION) == generation]
    return current if current and generation and not on_delete else pods
