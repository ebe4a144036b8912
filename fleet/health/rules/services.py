"""Services: only those of type LoadBalancer have something to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.reading import listed, mappings, number, section, text
from fleet.health.rules.verdicts import degraded, healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=GroupKind("", "Service"), assess=assess),)


def assess(context: HealthContext) -> Health:
    """A LoadBalancer without an address is Progressing (kstatus asks for a cluster IP only)."""
    kind = text(section(context.live, "spec"), "type") or "ClusterIP"
    if kind != "LoadBalancer":
        return healthy("Exists", f"a Service of type {kind} is ready once it exists")
    if wrong := _failed_ports(context.live):
        return degraded("LoadBalancerPortsError", f"its load balancer does not serve {wrong}")
    found = addresses(context.live)
    if not found:
        return progressing("NoAddress", "no load balancer has given it an address yet; is there a controller for them?")
    return healthy("HasAddress", f"its load balancer has {found}")


def addresses(live: Mapping[str, Any]) -> str:
    """The addresses in `status.loadBalancer`, of a Service or an Ingress."""
    points = mappings(section(live, "status", "loadBalancer"), "ingress")
    return listed(address for point in points if (address := text(point, "ip") or text(point, "hostname")))


def _failed_ports(live: Mapping[str, Any]) -> str:
    points = mappings(section(live, "status", "loadBalancer"), "ingress")
    ports = (port for point in points for port in mappings(point, "ports"))
    return listed(f"port {number(port, 'port')}: {text(port, 'error')}" for port in ports if text(port, "error"))
