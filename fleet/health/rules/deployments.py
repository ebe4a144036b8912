"""Deployments: all replicas of the current template, and no others, are available."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.children import POD, REPLICA_SET, because
from fleet.health.rules.reading import Condition, conditions, is_true, number, section, unobserved
from fleet.health.rules.verdicts import degraded, healthy, progressing, suspended
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

# Kubernetes' own way to say that there is no deadline; then it reports no progress either.
NO_DEADLINE = 2**31 - 1


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("apps", "Deployment"), assess=assess, related=(REPLICA_SET, POD)),)


def assess(context: HealthContext) -> Health:
    """Judge by observedGeneration, the deadline, the counts and the conditions, in kstatus' order."""
    spec, found = section(context.live, "spec"), conditions(context.live)
    if old := unobserved(context.live):
        return old
    if spec.get("paused") is True:
        return suspended("Paused", "its rollout is paused (spec.paused)")
    progress = found.get("Progressing")
    if progress is not None and progress.reason == "ProgressDeadlineExceeded":
        return degraded("ProgressDeadlineExceeded", _counts(context) + _why(context, found.get("ReplicaFailure")))
    if lacking := _lacking(context):
        return progressing(lacking, _counts(context) + _why(context, found.get("ReplicaFailure")))
    if has_deadline(context) and not (is_true(progress) and progress and progress.reason == "NewReplicaSetAvailable"):
        return progressing("RollingOut", f"{_counts(context)}, and the rollout is not reported as complete")
    if not is_true(found.get("Available")):
        return progressing("NotAvailable", f"{_counts(context)}, and it is not reported as available")
    return healthy("Available", _counts(context))


def has_deadline(context: HealthContext) -> bool:
    """Whether the Deployment has a progressDeadlineSeconds that can end."""
    return number(section(context.live, "spec"), "progressDeadlineSeconds", NO_DEADLINE) != NO_DEADLINE


def _lacking(context: HealthContext) -> str:
    wanted = number(section(context.live, "spec"), "replicas", 1)
    status = section(context.live, "status")
    there, updated = number(status, "replicas"), number(status, "updatedReplicas")
    checks = {
        "LessReplicas": there < wanted,
        "LessUpdated": updated < wanted,
        "ExtraReplicas": there > wanted,
        "LessAvailable": number(status, "availableReplicas") < updated,
        "LessReady": number(status, "readyReplicas") < wanted,
    }
    return next((reason for reason, lacks in checks.items() if lacks), "")


def _counts(context: HealthContext) -> str:
    wanted = number(section(context.live, "spec"), "replicas", 1)
    status = section(context.live, "status")
    updated, available, there = (number(status, name) for name in ("updatedReplicas", "availableReplicas", "replicas"))
    old = f", {there - updated} of an older template" if there > updated else ""
    return f"{available} of {wanted} replicas available, {updated} updated{old}"


def _why(context: HealthContext, failure: Condition | None) -> str:
    said = f"; {failure.reason}: {failure.message}" if failure is not None and is_true(failure) else ""
    return said or because(context)
