"""CertificateSigningRequests: approved by somebody, then signed by whoever it names."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.patience import lapsing, moment
from fleet.health.rules.reading import conditions, is_true, section, text
from fleet.health.rules.verdicts import degraded, healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("certificates.k8s.io", "CertificateSigningRequest"), assess=assess),)


def assess(context: HealthContext) -> Health:
    """Judge by what was decided, then by whether there is a certificate; a decision is for ever."""
    found, name = conditions(context.live), text(section(context.live, "metadata"), "name")
    for bad in ("Denied", "Failed"):
        condition = found.get(bad)
        if condition is not None and is_true(condition):
            return degraded(bad, f"{condition}; make another request")
    approved = found.get("Approved")
    if approved is None or not is_true(approved):
        return progressing("NotApproved", f"it waits for a person or a controller: kubectl certificate approve {name}")
    if text(section(context.live, "status"), "certificate"):
        return healthy("Issued", f"approved ({approved.reason}) and signed")
    signer = text(section(context.live, "spec"), "signerName") or "its signer"
    return lapsing(context, moment(approved.since), "NotIssued", f"it is approved, and {signer} has not signed it yet")
