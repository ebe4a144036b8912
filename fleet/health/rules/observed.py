"""Built-in kinds that report little: what their status can say against them, and else that they are as they should be."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.patience import changed, lapsing, moment
from fleet.health.rules.reading import conditions, is_true, mappings, outdated, section, text, unobserved
from fleet.health.rules.verdicts import degraded, healthy
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

FLOW = "flowcontrol.apiserver.k8s.io"


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare them all."""
    return (
        HealthCheck(kind=GroupKind(FLOW, "FlowSchema"), assess=assess_flow),
        HealthCheck(kind=GroupKind(FLOW, "PriorityLevelConfiguration"), assess=assess_level),
        HealthCheck(kind=GroupKind("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"), assess=assess_policy),
        HealthCheck(kind=GroupKind("networking.k8s.io", "ServiceCIDR"), assess=assess_addresses),
        HealthCheck(kind=GroupKind("resource.k8s.io", "ResourceClaim"), assess=assess_claim),
    )


def assess_flow(context: HealthContext) -> Health:
    """A FlowSchema is Degraded when the PriorityLevelConfiguration that it names is not there."""
    dangling = conditions(context.live).get("Dangling")
    if dangling is not None and is_true(dangling):
        level = text(section(context.live, "spec", "priorityLevelConfiguration"), "name")
        return degraded("Dangling", f"there is no PriorityLevelConfiguration {level}: {dangling.message}")
    return healthy("Current", "its requests have a priority level")


def assess_level(context: HealthContext) -> Health:
    """A PriorityLevelConfiguration has nothing to wait for."""
    said = "; ".join(map(str, conditions(context.live).values()))
    return healthy("Current", said or "it reports no condition")


def assess_policy(context: HealthContext) -> Health:
    """A policy is Healthy once its expressions have been checked; what was found is said, for it stops nothing."""
    if old := unobserved(context.live):
        return old
    warnings = mappings(section(context.live, "status", "typeChecking"), "expressionWarnings")
    said = "; ".join(sorted(f"{text(each, 'fieldRef')}: {text(each, 'warning')}" for each in warnings))
    return healthy("Warnings", said) if said else healthy("Checked", "its expressions fit the types that they are about")


def assess_addresses(context: HealthContext) -> Health:
    """A ServiceCIDR is Healthy once addresses are taken from it."""
    if old := outdated(context.live):
        return old
    ready = conditions(context.live).get("Ready")
    if ready is None:
        return lapsing(context, changed(context), "NotReported", "no controller has looked at it yet")
    if is_true(ready):
        return healthy("Ready", ready.message or "Services get addresses from it")
    return lapsing(context, moment(ready.since), ready.reason or "NotReady", str(ready))


def assess_claim(context: HealthContext) -> Health:
    """A ResourceClaim has what it claims, or rightly waits for the first Pod that uses it."""
    if section(context.live, "status", "allocation"):
        return healthy(
            "Allocated", f"allocated, and reserved for {len(mappings(section(context.live, 'status'), 'reservedFor'))}"
        )
    return healthy("WaitForFirstConsumer", "devices are allocated when the first Pod uses it")
