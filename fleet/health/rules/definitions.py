"""What extends the API itself: CustomResourceDefinitions and APIServices."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.patience import changed, lapsing, moment
from fleet.health.rules.reading import conditions, is_false, is_true
from fleet.health.rules.verdicts import degraded, healthy
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare both."""
    return (
        HealthCheck(kind=GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"), assess=assess_definition),
        HealthCheck(kind=GroupKind("apiregistration.k8s.io", "APIService"), assess=assess_service),
    )


def assess_definition(context: HealthContext) -> Health:
    """A definition is Healthy once its kind is served under its names."""
    found = conditions(context.live)
    names, established = found.get("NamesAccepted"), found.get("Established")
    if names is not None and is_false(names):
        return degraded(names.reason or "NamesNotAccepted", f"its names are taken: {names.message}")
    approval = found.get("KubernetesAPIApprovalPolicyConformant")
    if approval is not None and is_false(approval):
        return degraded(approval.reason or "NotApproved", f"its group is Kubernetes' own: {approval.message}")
    if is_true(established):
        return healthy("Established", "its kind is served")
    if established is not None and is_false(established) and established.reason != "Installing":
        return degraded(established.reason or "NotEstablished", established.message or "its kind is not served")
    since = moment(established.since) if established else changed(context)
    return lapsing(context, since, "Installing", "its kind is not served yet")


def assess_service(context: HealthContext) -> Health:
    """An APIService is Healthy once the server behind it answers; until then all of its group is unknown to everybody."""
    available = conditions(context.live).get("Available")
    if available is None:
        return lapsing(context, changed(context), "NotChecked", "it has not been checked yet")
    if is_true(available):
        return healthy("Available", available.message or "its server answers")
    said = available.message or "its server does not answer"
    return lapsing(context, moment(available.since), available.reason or "NotAvailable", said)
