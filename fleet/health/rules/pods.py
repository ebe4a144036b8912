"""Pods that an App has by itself, without a controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.children import crashing, waiting
from fleet.health.rules.reading import conditions, instant, is_false, is_true, outdated, section, text
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
    """Judge by the phase; a container that crashes again and again is Degraded in any."""
    if old := outdated(context.live):
        return old
    phase = text(section(context.live, "status"), "phase")
    if phase == "Succeeded":
        return healthy("Succeeded", "its containers ended well")
    if phase == "Failed":
        return degraded("Failed", _failure(context.live))
    if phase == "Unknown":
        return unknown("NodeLost", "its node does not answer; look at the node")
    if phase == "Running" and is_true(conditions(context.live).get("Ready")):
        return healthy("Ready", "it runs and is ready")
    if names := crashing(context.live):
        return degraded("CrashLoopBackOff", f"crashing again and again: {', '.join(names)}; read the container's logs")
    return _running(context.live) if phase == "Running" else _pending(context)


def _running(pod: Mapping[str, Any]) -> Health:
    ready = conditions(pod).get("Ready")
    return progressing("NotReady", _waits(pod) or (ready.message if ready else "") or "it runs and is not ready yet")


def _pending(context: HealthContext) -> Health:
    scheduled = conditions(context.live).get("PodScheduled")
    if scheduled is None or not is_false(scheduled):
        return progressing("Pending", _waits(context.live) or "its containers are being started")
    if scheduled.reason != "Unschedulable":
        return progressing(scheduled.reason or "NotScheduled", scheduled.message or "it has no node yet")
    created = instant(text(section(context.live, "metadata"), "creationTimestamp"))
    left = SCHEDULE_WINDOW - (context.now - created).total_seconds() if created else 0
    if left > 0:
        return progressing("NotScheduled", f"no node yet: {scheduled.message}", again=left)
    return degraded("Unschedulable", f"no node can take it: {scheduled.message}")


def _failure(pod: Mapping[str, Any]) -> str:
    status = section(pod, "status")
    said = ": ".join(filter(None, (text(status, "reason"), text(status, "message"))))
    return said or "a container ended with an error, and the Pod is not restarted; read its logs"


def _waits(pod: Mapping[str, Any]) -> str:
    return "; ".join(waiting(pod))
