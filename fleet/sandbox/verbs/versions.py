"""An object in the version of a request, and in the version it is kept in.

Most versions differ by their name only. The two that do not are Events, which two groups serve under other names of their
fields, and HorizontalPodAutoscalers, whose first version knew one metric.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from fleet.sandbox.resources import Resource
from fleet.sandbox.storage import Stored

Body: TypeAlias = dict[str, Any]


def parsed(resource: Resource, found: Stored) -> Body:
    """An object in the version of the resource, as the caller's own copy."""
    body: Body = found.parsed()
    return body if resource.api_version == resource.storage_version else from_storage(resource, body)


def shown(resource: Resource, found: Stored) -> bytes:
    """An object in the version of the resource, as it is sent."""
    if resource.api_version == resource.storage_version:
        return found.data
    return orjson.dumps(from_storage(resource, found.parsed()))


def from_storage(resource: Resource, body: Body) -> Body:
    """Convert from the version of the store."""
    outward = _CONVERSIONS.get(resource.api_version + resource.kind)
    converted = outward[0](body) if outward else body
    return {**converted, "apiVersion": resource.api_version}


def to_storage(resource: Resource, body: Body) -> Body:
    """Convert to the version of the store."""
    if resource.api_version == resource.storage_version:
        return body
    inward = _CONVERSIONS.get(resource.api_version + resource.kind)
    converted = inward[1](body) if inward else body
    return {**converted, "apiVersion": resource.storage_version}


_EVENT_FIELDS = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_CORE_FIELDS = {new: old for old, new in _EVENT_FIELDS.items()}


def _renamed(body: Body, names: Mapping[str, str]) -> Body:
    return {names.get(key, key): value for key, value in body.items()}


def _percent_in(body: Body) -> Body:
    """The first version's one metric, as the second says it."""
    spec = dict(body.get("spec") or {})
    percent = spec.pop("targetCPUUtilizationPercentage", None)
    if percent is not None:
        target = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**body, "spec": spec}


def _percent_out(body: Body) -> Body:
    spec = dict(body.get("spec") or {})
    for metric in spec.pop("metrics", None) or ():
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu":
            spec["targetCPUUtilizationPercentage"] = resource["target"].get("averageUtilization")
    status = {key: value for key, value in (body.get("status") or {}).items() if key != "currentMetrics"}
    return {**body, "spec": spec, "status": {"currentReplicas": 0, "desiredReplicas": 0, **status}}


_CONVERSIONS: Mapping[str, tuple[Callable[[Body], Body], Callable[[Body], Body]]] = {
    "events.k8s.io/v1Event": (lambda body: _renamed(body, _EVENT_FIELDS), lambda body: _renamed(body, _CORE_FIELDS)),
    "autoscaling/v1HorizontalPodAutoscaler": (_percent_out, _percent_in),
}
