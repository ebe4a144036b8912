"""HorizontalPodAutoscalers: whether they can read what they scale by, and scale what they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from fleet.health.rules.patience import changed, lapsing, moment
from fleet.health.rules.reading import Condition, conditions, is_false, is_true, number, outdated, section, text
from fleet.health.rules.verdicts import healthy, suspended
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

# In autoscaling/v1 the conditions stand in an annotation, as text.
OLD_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
# Reasons of AbleToScale with which older clusters say that they wait between two changes.
PAUSES = frozenset({"BackoffBoth", "BackoffDownscale", "BackoffUpscale"})


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("autoscaling", "HorizontalPodAutoscaler"), assess=assess),)


def assess(context: HealthContext) -> Health:
    """Judge by AbleToScale and ScalingActive; that a bound is reached (ScalingLimited) is evidence."""
    if old := outdated(context.live):
        return old
    found = _conditions(context.live)
    if not found:
        return lapsing(context, changed(context), "NotReported", "no controller has looked at it yet")
    counts = _counts(context.live)
    for name in ("AbleToScale", "ScalingActive"):
        condition = found.get(name)
        if condition is None or is_true(condition) or condition.reason in PAUSES:
            continue
        if is_false(condition) and condition.reason == "ScalingDisabled":
            return suspended("ScalingDisabled", f"what it scales has 0 replicas, and it leaves it so; {counts}")
        return lapsing(context, moment(condition.since), condition.reason or name, f"{condition}; {counts}")
    limited = found.get("ScalingLimited")
    bound = f"; {limited.reason}: {limited.message}" if limited is not None and is_true(limited) else ""
    return healthy("ScalingActive", counts + bound)


def _conditions(live: Mapping[str, Any]) -> Mapping[str, Condition]:
    written = text(section(live, "metadata", "annotations"), OLD_CONDITIONS)
    try:
        old = orjson.loads(written) if written else None
    except orjson.JSONDecodeError:
        old = None
    return conditions(live) or conditions({"status": {"conditions": old}})


def _counts(live: Mapping[str, Any]) -> str:
    spec, status = section(live, "spec"), section(live, "status")
    wanted, now = number(status, "desiredReplicas"), number(status, "currentReplicas")
    return f"{now} replicas, {wanted} wanted, of {number(spec, 'minReplicas', 1)} to {number(spec, 'maxReplicas')}"
