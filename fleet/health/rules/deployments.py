"""Deployments: all replicas of the current template, and no others, are available."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fleet.health.rules.children import POD, REPLICA_SET, Trouble, because, children, failing, lagging, pods_of, troubles, uid
from fleet.health.rules.containers import CRASHING
from fleet.health.rules.patience import left_of, moment
from fleet.health.rules.reading import Condition, conditions, is_false, is_true, mappings, number, section, text, unobserved
from fleet.health.rules.verdicts import degraded, healthy, progressing, suspended
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

# Kubernetes' own way to say that there is no deadline; then it reports no progress either.
NO_DEADLINE = 2**31 - 1
# Its controller says so within moments; after this it does not run, or its clock is another.
SLACK = 60.0
# The reason of `Progressing` once a rollout is complete: what comes later is no rollout, and no deadline ends it.
COMPLETE = "NewReplicaSetAvailable"
REVISION = "deployment.kubernetes.io/revision"


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("apps", "Deployment"), assess=assess, related=(REPLICA_SET, POD)),)


def assess(context: HealthContext) -> Health:
    """Judge by observedGeneration, the deadline, the counts and the conditions, in kstatus' order."""
    found = conditions(context.live)
    if old := unobserved(context.live):
        return old
    if section(context.live, "spec").get("paused") is True:
        return suspended("Paused", f"its rollout is paused (spec.paused); {_counts(context)}")
    progress = found.get("Progressing")
    if progress is not None and (is_false(progress) or progress.reason == "ProgressDeadlineExceeded"):
        why = because(_troubles(context, found)) or (f"; {progress.message}" if progress.message else "")
        return degraded(progress.reason, _counts(context) + why)
    if lacking := _lacking(context):
        return _rolling(context, lacking, _counts(context))
    if has_deadline(context) and not (is_true(progress) and progress and progress.reason == COMPLETE):
        return _rolling(context, "RollingOut", f"{_counts(context)}, and the rollout is not reported as complete")
    if not is_true(found.get("Available")):
        return _rolling(context, "NotAvailable", f"{_counts(context)}, and it is not reported as available")
    return healthy("Available", _counts(context))


def has_deadline(context: HealthContext) -> bool:
    """Whether the Deployment has a progressDeadlineSeconds that can end."""
    return _deadline(context) != NO_DEADLINE


def _deadline(context: HealthContext) -> int:
    return number(section(context.live, "spec"), "progressDeadlineSeconds", NO_DEADLINE)


def _rolling(context: HealthContext, reason: str, message: str) -> Health:
    """Progressing until the deadline that runs; without one for as long as others are that have none."""
    found = conditions(context.live)
    trouble, progress = _troubles(context, found), found.get("Progressing")
    runs = progress is not None and progress.reason != COMPLETE and has_deadline(context)
    if not runs or any(each.hopeless and each.reason != CRASHING for each in trouble):
        return lagging(context, reason, message, trouble)
    said = message + because(trouble)
    left = left_of(_deadline(context) + SLACK, context, _progressed(context.live))
    if left is None or left > 0:
        return progressing(reason, said, again=left)
    return degraded(
        "ProgressDeadlineExceeded", f"{said}; its deadline is over, and its controller has not said so: is it running?"
    )


def _progressed(live: Mapping[str, Any]) -> datetime | None:
    """When it last made progress, from which its deadline runs: `lastUpdateTime`, which no other kind has."""
    entries = mappings(section(live, "status"), "conditions")
    stamps = (text(entry, "lastUpdateTime") for entry in entries if text(entry, "type") == "Progressing")
    return max((at for stamp in stamps if (at := moment(stamp)) is not None), default=None)


def _troubles(context: HealthContext, found: Mapping[str, Condition]) -> list[Trouble]:
    """Why no Pods are made, else what hinders those of the current template: an older one's are no evidence."""
    current = _current(context)
    pods = pods_of(context, [uid(current)] if current else [])
    return [*failing(found.get("ReplicaFailure")), *troubles(context, pods)]


def _current(context: HealthContext) -> Mapping[str, Any] | None:
    """The ReplicaSet of the current template: by the revision that the Deployment says, else the newest."""
    sets = children(context, REPLICA_SET, [uid(context.live)])
    revision = _revision(context.live)
    said = [each for each in sets if revision and _revision(each) == revision]
    return max(said or ([] if revision and any(map(_revision, sets)) else sets), key=_age, default=None)


def _revision(body: Mapping[str, Any]) -> int:
    written = text(section(body, "metadata", "annotations"), REVISION)
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 20 else 0


def _age(body: Mapping[str, Any]) -> tuple[int, str, str]:
    metadata = section(body, "metadata")
    return _revision(body), text(metadata, "creationTimestamp"), text(metadata, "name")


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
