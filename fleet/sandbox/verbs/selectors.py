"""Field selectors: from their text to a question that is asked of each object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fleet.sandbox.resources import Resource
from fleet.sandbox.storage import Stored
from fleet.sandbox.verbs import statuses

Test: TypeAlias = Callable[[Stored], bool]

_FIELD = re.compile(r"([^=!,]+?)(==|=|!=)([^,]*)")

_EVERYWHERE = ("metadata.name", "metadata.namespace")
# What can be selected by besides name and namespace; source: the `SelectableFields` of each kind's strategy.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "/pods": (
        "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork status.phase "
        "status.podIP status.podIPs status.nominatedNodeName"
    ).split(),  # type: ignore[dict-item]
    "/events": (
        "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion "
        "involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type"
    ).split(),  # type: ignore[dict-item]
    "/namespaces": ("status.phase",),
    "/nodes": ("spec.unschedulable",),
    "/secrets": ("type",),
    "/services": ("spec.clusterIP", "spec.type"),
    "/replicationcontrollers": ("status.replicas",),
    "apps/replicasets": ("status.replicas",),
    "batch/jobs": ("status.successful",),
    "certificates.k8s.io/certificatesigningrequests": ("spec.signerName",),
}


def field_test(resource: Resource, selector: str) -> Test | None:
    """Read a field selector; None for one that everything matches. Raises ApiStatus for a field the kind has not."""
    tests = [_field(resource, part) for part in selector.split(",") if part.strip()]
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda found: all(test(found) for test in tests)


def _field(resource: Resource, part: str) -> Test:
    match = _FIELD.fullmatch(part.strip())
    if match is None:
        raise statuses.bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    path, word, value = match.groups()
    equal = word != "!="
    if path == "metadata.name":
        return lambda found: (found.name == value) is equal
    if path == "metadata.namespace":
        return lambda found: (found.namespace == value) is equal
    if path not in selectable(resource):
        raise statuses.bad_request(_unknown(resource, path))
    edges = path.split(".")
    return lambda found: (_text_at(found.parsed(), edges) == value) is equal


def selectable(resource: Resource) -> tuple[str, ...]:
    """The paths by which objects of a kind can be selected, besides name and namespace."""
    if resource.custom:
        fields = resource.custom.version.get("selectableFields") or ()
        return tuple(each["jsonPath"].removeprefix(".") for each in fields)
    return tuple(_FIELDS.get(resource.storage, ()))


def _unknown(resource: Resource, path: str) -> str:
    if not resource.custom and resource.storage not in _FIELDS:
        known = ", ".join(f'"{each}"' for each in _EVERYWHERE)
        said = f'"{path}" is not a known field selector: only {known}'
    else:
        said = f"field label not supported: {path}"
    return said


def _text_at(value: Any, edges: list[str]) -> str:
    for edge in edges:
        value = value.get(edge) if isinstance(value, dict) else None
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
