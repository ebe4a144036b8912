"""StatefulSets: all replicas ready, and those above the partition of the current template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.children import POD, because
from fleet.health.rules.reading import number, optional_number, section, text, unobserved
from fleet.health.rules.verdicts import healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("apps", "StatefulSet"), assess=assess, related=(POD,)),)


def assess(context: HealthContext) -> Health:
    """Judge by observedGeneration, the counts, and how its update strategy replaces Pods."""
    if old := unobserved(context.live):
        return old
    spec, status = section(context.live, "spec"), section(context.live, "status")
    if text(section(spec, "updateStrategy"), "type") == "OnDelete":
        return healthy("OnDelete", "its Pods are updated when somebody deletes them (updateStrategy OnDelete)")
    wanted = number(spec, "replicas", 1)
    counts = f"{number(status, 'readyReplicas')} of {wanted} replicas ready, {number(status, 'updatedReplicas')} updated"
    if reason := _lacking(status, wanted) or _updating(spec, status, wanted):
        return progressing(reason, counts + because(context))
    partition = _partition(spec)
    return healthy("PartitionReady" if partition else "Ready", counts + (f" (partition {partition})" if partition else ""))


def _lacking(status: Mapping[str, Any], wanted: int) -> str:
    there = number(status, "replicas")
    available = optional_number(status, "availableReplicas")
    checks = {
        "LessReplicas": there < wanted,
        "LessReady": number(status, "readyReplicas") < wanted,
        "LessAvailable": available is not None and available < wanted,
        "ExtraReplicas": there > wanted,
    }
    return next((reason for reason, lacks in checks.items() if lacks), "")


def _updating(spec: Mapping[str, Any], status: Mapping[str, Any], wanted: int) -> str:
    partition = _partition(spec)
    if number(status, "updatedReplicas") < wanted - partition:
        return "PartitionRollout" if partition else "LessUpdated"
    # The controller makes the two equal once every Pod is of the new revision; with a partition it never may.
    if not partition and text(status, "currentRevision") != text(status, "updateRevision"):
        return "RollingOut"
    return ""


def _partition(spec: Mapping[str, Any]) -> int:
    return max(0, number(section(spec, "updateStrategy", "rollingUpdate"), "partition"))
