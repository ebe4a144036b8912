"""ReplicaSets and ReplicationControllers: as many Pods as wanted, all available."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.children import POD, failing, lagging, pods_of, troubles
from fleet.health.rules.reading import conditions, number, section, unobserved
from fleet.health.rules.verdicts import healthy
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

KINDS = (GroupKind("apps", "ReplicaSet"), GroupKind("", "ReplicationController"))


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare both."""
    return tuple(HealthCheck(kind=kind, assess=assess, related=(POD,)) for kind in KINDS)


def assess(context: HealthContext) -> Health:
    """Judge by observedGeneration, ReplicaFailure and the counts."""
    if old := unobserved(context.live):
        return old
    wanted = number(section(context.live, "spec"), "replicas", 1)
    status = section(context.live, "status")
    available = number(status, "availableReplicas")
    counts = f"{available} of {wanted} replicas available"
    failure = failing(conditions(context.live).get("ReplicaFailure"))
    lacking = {
        "ReplicaFailure": bool(failure),
        "LessLabelled": number(status, "fullyLabeledReplicas") < wanted,
        "LessReady": number(status, "readyReplicas") < wanted,
        "LessAvailable": available < wanted,
        "ExtraReplicas": number(status, "replicas") > wanted,
    }
    reason = next((reason for reason, lacks in lacking.items() if lacks), "")
    if not reason:
        return healthy("Available", counts)
    return lagging(context, reason, counts, [*failure, *troubles(context, pods_of(context))])
