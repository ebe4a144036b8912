"""EndpointSlices: what stands behind a Service, and which of it is ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.health.rules.reading import mappings, section, text
from fleet.health.rules.verdicts import healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey

SLICE = GroupKind("discovery.k8s.io", "EndpointSlice")
SERVICE_NAME = "kubernetes.io/service-name"


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare it."""
    return (HealthCheck(kind=SLICE, assess=assess),)


def assess(context: HealthContext) -> Health:
    """One that has endpoints and none that is ready is Progressing; one without any is what a Service without Pods has."""
    endpoints = mappings(context.live, "endpoints")
    ready = sum(map(is_ready, endpoints))
    counts = f"{ready} of {len(endpoints)} endpoints ready"
    return progressing("NoneReady", counts) if endpoints and not ready else healthy("Exists", counts)


def is_ready(endpoint: Mapping[str, Any]) -> bool:
    """Whether an endpoint takes connections; one that does not say is ready (discovery.k8s.io/v1)."""
    return section(endpoint, "conditions").get("ready") is not False


def endpoints_of(context: HealthContext, service: ObjectKey) -> Iterator[Mapping[str, Any]]:
    """The endpoints of a Service, among what the check asked to see."""
    for key, body in context.related.items():
        mine = text(section(body, "metadata", "labels"), SERVICE_NAME) == service.name
        if key.group_kind == SLICE and key.namespace == service.namespace and mine:
            yield from mappings(body, "endpoints")
