"""What limits others: PodDisruptionBudgets and ResourceQuotas. That they do so is no fault of theirs, and said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.patience import changed, lapsing
from fleet.health.rules.quantities import quantity
from fleet.health.rules.reading import conditions, is_false, number, section, unobserved
from fleet.health.rules.verdicts import degraded, healthy
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare both."""
    return (
        HealthCheck(kind=GroupKind("policy", "PodDisruptionBudget"), assess=assess_budget),
        HealthCheck(kind=GroupKind("", "ResourceQuota"), assess=assess_quota),
    )


def assess_budget(context: HealthContext) -> Health:
    """A budget is Healthy once it is computed for this generation: that it allows no disruption is what it is for."""
    if old := unobserved(context.live):
        return old
    allowed = conditions(context.live).get("DisruptionAllowed")
    if allowed is not None and is_false(allowed) and allowed.reason == "SyncFailed":
        return degraded("SyncFailed", f"it could not be computed, and nothing may be evicted: {allowed.message}")
    status = section(context.live, "status")
    expected, now = number(status, "expectedPods"), number(status, "currentHealthy")
    if not expected:
        return healthy("NoPods", "it selects no Pods")
    left = number(status, "disruptionsAllowed")
    return healthy("Computed", f"{now} of {expected} Pods healthy, {number(status, 'desiredHealthy')} needed, {left} may go")


def assess_quota(context: HealthContext) -> Health:
    """A quota is Healthy once its controller counts by what it says now; what is used up is said."""
    spec, status = section(context.live, "spec", "hard"), section(context.live, "status")
    hard, used = section(status, "hard"), section(status, "used")
    if {name: quantity(each) for name, each in hard.items()} != {name: quantity(each) for name, each in spec.items()}:
        return lapsing(context, changed(context), "NotCounted", "what is used is not counted yet by what it says now")
    full = "; ".join(f"{name} {used[name]} of {hard[name]}" for name in sorted(hard) if _is_full(name, used, hard))
    return healthy("UsedUp", f"nothing is left of {full}") if full else healthy("Counted", "something is left of all it limits")


def _is_full(name: str, used: Mapping[str, Any], hard: Mapping[str, Any]) -> bool:
    there, most = quantity(used.get(name)), quantity(hard.get(name))
    return there is not None and most is not None and there >= most
