"""StatefulSets: all replicas ready, and those above the partition of the current template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fleet.health.rules.children import POD, Trouble, lagging, pods_of, troubles
from fleet.health.rules.reading import number, optional_number, section, text, unobserved
from fleet.health.rules.verdicts import healthy
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

REVISION = "controller-revision-hash"


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("apps", "StatefulSet"), assess=assess, related=(POD,)),)


def assess(context: HealthContext) -> Health:
    """Judge by observedGeneration, the counts, and how its update strategy replaces Pods.

    With OnDelete Pods of an older template are fine; that they are all there and ready is not left to anybody.
    """
    if old := unobserved(context.live):
        return old
    spec, status = section(context.live, "spec"), section(context.live, "status")
    on_delete = text(section(spec, "updateStrategy"), "type") == "OnDelete"
    wanted = number(spec, "replicas", 1)
    counts = f"{number(status, 'readyReplicas')} of {wanted} replicas ready, {number(status, 'updatedReplicas')} updated"
    if reason := _lacking(status, wanted) or ("" if on_delete else _updating(spec, status, wanted)):
        return lagging(context, reason, counts, _troubles(context, on_delete=on_delete))
    if on_delete:
        return healthy("OnDelete", f"{counts}; its Pods are updated when somebody deletes them (updateStrategy OnDelete)")
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
    """How many of the first ordinals keep their template; counted from `spec.ordinals.start`, as the controller does."""
    return max(0, number(section(spec, "updateStrategy", "rollingUpdate"), "partition"))


def _troubles(context: HealthContext, *, on_delete: bool) -> list[Trouble]:
    pods, spec = pods_of(context), section(context.live, "spec")
    update = text(section(context.live, "status"), "updateRevision")
    in_turn = text(spec, "podManagementPolicy") != "Parallel" and not on_delete and not _partition(spec)
    if not in_turn or not update:
        return troubles(context, pods)
    old = [pod for pod in pods if text(section(pod, "metadata", "labels"), REVISION) not in ("", update)]
    new = [pod for pod in pods if pod not in old]
    found = [*troubles(context, new), *map(_blocking, troubles(context, old))]
    return sorted(found, key=lambda trouble: (trouble.rank, trouble.text))


def _blocking(trouble: Trouble) -> Trouble:
    """One at a time, the controller waits for a Pod that an older template has broken, and never replaces it by itself."""
    if trouble.reason == "Terminating":
        return trouble
    return replace(trouble, text=f"{trouble.text}; it is of another revision and holds up the next: delete it")
