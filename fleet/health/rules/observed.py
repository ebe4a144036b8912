"""Built-in kinds that have a status and no rule of their own: their generation, and Ready where they have it (kstatus)."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.reading import conditions, is_true, outdated, unobserved
from fleet.health.rules.verdicts import healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

KINDS = {
    "": "Node ResourceQuota",
    "admissionregistration.k8s.io": "ValidatingAdmissionPolicy",
    "autoscaling": "HorizontalPodAutoscaler",
    "certificates.k8s.io": "CertificateSigningRequest",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "networking.k8s.io": "ServiceCIDR",
    "resource.k8s.io": "ResourceClaim",
    "storage.k8s.io": "VolumeAttachment",
}


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare them all."""
    kinds = (GroupKind(group, kind) for group, names in KINDS.items() for kind in names.split())
    budget = HealthCheck(kind=GroupKind("policy", "PodDisruptionBudget"), assess=assess_budget)
    return (budget, *(HealthCheck(kind=kind, assess=assess) for kind in kinds))


def assess_budget(context: HealthContext) -> Health:
    """A PodDisruptionBudget is Healthy once its controller has computed what it allows."""
    return unobserved(context.live) or assess(context)


def assess(context: HealthContext) -> Health:
    """Judge by observedGeneration and Ready; other conditions are evidence only."""
    if old := outdated(context.live):
        return old
    found = conditions(context.live)
    ready = found.get("Ready")
    if ready is not None and not is_true(ready):
        return progressing(ready.reason or "NotReady", str(ready))
    said = "; ".join(str(condition) for condition in found.values())
    return healthy("Current", said or "it reports no condition")
