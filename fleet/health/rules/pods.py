"""Pods that an App has by itself, without a controller: nobody makes another in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.containers import CRASHING, STARTING, Hindrance, failure, hindrances
from fleet.health.rules.patience import lapsing, moment
from fleet.health.rules.reading import conditions, is_false, is_true, outdated, section, text
from fleet.health.rules.verdicts import degraded, healthy, progressing, unknown
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

# kstatus' ScheduleWindow: the scheduler may need a moment, and so may an autoscaler's node.
SCHEDULE_WINDOW = 15.0


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("", "Pod"), assess=assess),)


def assess(context: HealthContext) -> Health:
    """Judge by the phase, then by what hinders it; a container that crashes again and again is Degraded at once."""
    if old := outdated(context.live):
        return old
    status = section(context.live, "status")
    phase = text(status, "phase")
    if phase == "Succeeded":
        return healthy("Succeeded", "its containers ended well")
    if phase == "Failed":
        return degraded(text(status, "reason") or "Failed", failure(context.live))
    if phase == "Unknown":
        return unknown("NodeLost", text(status, "message") or "its node does not answer; look at the node")
    if phase == "Running" and is_true(conditions(context.live).get("Ready")):
        return _resized(context.live) or healthy("Ready", "it runs and is ready")
    return _unscheduled(context) or _unready(context, phase)


def _unscheduled(context: HealthContext) -> Health | None:
    scheduled = conditions(context.live).get("PodScheduled")
    if scheduled is None or not is_false(scheduled):
        return None
    if scheduled.reason != "Unschedulable":
        return progressing(scheduled.reason or "NotScheduled", scheduled.message or "it has no node yet")
    created = moment(text(section(context.live, "metadata"), "creationTimestamp"))
    left = SCHEDULE_WINDOW - (context.now - created).total_seconds() if created else 0
    if left > 0:
        return progressing("NotScheduled", f"no node yet: {scheduled.message}", again=left)
    return degraded("Unschedulable", f"no node can take it: {scheduled.message}")


def _unready(context: HealthContext, phase: str) -> Health:
    found = hindrances(context.live)
    stuck = next((each for each in found if each.hopeless or each.reason == CRASHING), None)
    if stuck is not None:
        return degraded(stuck.reason, _said(found, stuck))
    ready = conditions(context.live).get("Ready")
    since = moment(ready.since) if ready is not None else None
    if found and found[0].rank < STARTING:
        return lapsing(context, since, found[0].reason, _said(found))
    if phase == "Running":
        return lapsing(context, since, "NotReady", (ready.message if ready else "") or "it runs and is not ready yet")
    return lapsing(context, since, "Pending", _said(found) or "its containers are being started")


def _said(found: list[Hindrance], first: Hindrance | None = None) -> str:
    """The words for all of one rank, one that decides before the others."""
    ordered = ([first] if first else []) + [each for each in found if each is not first]
    return "; ".join(each.message for each in ordered if each.rank == ordered[0].rank)


def _resized(pod: Mapping[str, Any]) -> Health | None:
    """What a Pod that runs has still to get: other resources than it was started with."""
    found = conditions(pod)
    pending, going = found.get("PodResizePending"), found.get("PodResizeInProgress")
    if pending is not None and is_true(pending):
        make = degraded if pending.reason == "Infeasible" else progressing
        return make(pending.reason or "ResizePending", f"it keeps its old resources: {pending.message or pending.reason}")
    if going is not None and is_true(going):
        make = degraded if going.reason == "Error" else progressing
        return make(
            f"Resize{going.reason or 'InProgress'}", f"it is being resized{f': {going.message}' if going.message else ''}"
        )
    return None
