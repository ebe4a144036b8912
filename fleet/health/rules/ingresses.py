"""Ingresses: an address is waited for only where the class is known to publish one."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.reading import section, text
from fleet.health.rules.services import addresses
from fleet.health.rules.verdicts import healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey

CLASS = GroupKind("networking.k8s.io", "IngressClass")
OLD_CLASS = "kubernetes.io/ingress.class"

# `spec.controller` of IngressClasses whose controllers write `status.loadBalancer` as they are installed by default.
# Others write it only when told to (Traefik's publishedService, NGINX Inc.'s report-ingress-status), or never.
PUBLISHING = frozenset(
    {"k8s.io/ingress-nginx", "ingress.k8s.aws/alb", "azure/application-gateway", "cilium.io/ingress-controller"}
)
# GKE has no IngressClass objects.
PUBLISHING_OLD = frozenset({"gce", "gce-internal"})


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("networking.k8s.io", "Ingress"), assess=assess, related=(CLASS,), related_always=True),)


def assess(context: HealthContext) -> Health:
    """Judge by the address and the class."""
    if found := addresses(context.live):
        return healthy("HasAddress", f"it is served at {found}")
    name = text(section(context.live, "spec"), "ingressClassName")
    old = text(section(context.live, "metadata", "annotations"), OLD_CLASS)
    found_class = context.related.get(ObjectKey(CLASS.group, CLASS.kind, "", name))
    controller = text(section(found_class, "spec"), "controller")
    if controller in PUBLISHING or (not name and old in PUBLISHING_OLD):
        return progressing("NoAddress", f"{controller or old} has not given it an address yet")
    if name and found_class is None and context.looked:
        return healthy("Exists", f"it has no address, and class {name} does not exist: who is to serve it?")
    which = f"class {name or old}" if name or old else "no class"
    return healthy("Exists", f"it has no address, and {which} is not known to publish any")
