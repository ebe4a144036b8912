"""Nodes: what their kubelet says, and whether it says anything."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.patience import changed, lapsing, moment
from fleet.health.rules.reading import conditions, is_false, is_true, section
from fleet.health.rules.verdicts import degraded, healthy, suspended, unknown
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

SHORT_OF = ("DiskPressure", "MemoryPressure", "NetworkUnavailable", "PIDPressure")


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("", "Node"), assess=assess),)


def assess(context: HealthContext) -> Health:
    """Judge by Ready, then by what it is short of, then by whether it takes Pods."""
    found = conditions(context.live)
    ready = found.get("Ready")
    if ready is None:
        return lapsing(context, changed(context), "NotReported", "its kubelet has not reported yet")
    if is_false(ready):
        return lapsing(
            context, moment(ready.since), ready.reason or "NotReady", f"it is not ready: {ready.message or ready.reason}"
        )
    if not is_true(ready):
        return unknown(ready.reason or "NodeStatusUnknown", ready.message or "its kubelet has stopped reporting")
    short = [condition for name in SHORT_OF if (condition := found.get(name)) is not None and is_true(condition)]
    if short:
        return degraded(short[0].type, "; ".join(map(str, short)))
    if section(context.live, "spec").get("unschedulable") is True:
        return suspended("Cordoned", "it takes no new Pods (spec.unschedulable)")
    return healthy("Ready", "its kubelet is ready to take Pods")
