"""What is wrong with objects that are no workloads (k8s.io/kubernetes `pkg/apis/*/validation`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.sandbox.objects.problems import names, pods
from fleet.sandbox.objects.problems.causes import IMMUTABLE, Cause, forbidden, invalid, json, not_supported, required

Body = Mapping[str, Any]
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_FROZEN = "field is immutable when `immutable` is set"
_CLAIM = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


def data(body: Body) -> Iterator[Cause]:
    """Of ConfigMaps and Secrets: their keys."""
    binary = body.get("binaryData") or {}
    for field in ("data", "binaryData"):
        for key in body.get(field) or {}:
            yield from (invalid(f"{field}[{key}]", key, detail) for detail in names.key(key))
            if field == "data" and key in binary:
                yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")


def data_change(body: Body, old: Body) -> Iterator[Cause]:
    """Of ConfigMaps and Secrets: what was declared immutable stays; a Secret's type always does."""
    if body.get("type") != old.get("type"):
        yield invalid("type", body.get("type"), IMMUTABLE)
    if old.get("immutable"):
        if not body.get("immutable"):
            yield forbidden("immutable", _FROZEN)
        for field in ("data", "binaryData"):
            if (body.get(field) or {}) != (old.get(field) or {}):
                yield forbidden(field, _FROZEN)


def service(body: Body) -> Iterator[Cause]:
    """Of Services: type and ports."""
    spec = body.get("spec") or {}
    kind, ports = spec.get("type", "ClusterIP"), spec.get("ports") or []
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    if kind == "ExternalName" and not spec.get("externalName"):
        yield required("spec.externalName")
    for number, port in enumerate(ports):
        yield from _service_port(port, f"spec.ports[{number}]", is_one_of_many=len(ports) > 1)
    yield from _repeated_ports(ports)
    if kind not in _TYPES:
        yield not_supported("spec.type", kind, _TYPES)


def service_change(body: Body, old: Body) -> Iterator[Cause]:
    """Of Services: an address stays."""
    given, had = (each.get("spec") or {} for each in (body, old))
    if had.get("clusterIP") and "ExternalName" not in (given.get("type"), had.get("type")):
        addresses = given.get("clusterIPs") or []
        if addresses and addresses[0] != had["clusterIP"]:
            yield invalid("spec.clusterIPs[0]", addresses, "may not change once set")


def scaler(body: Body) -> Iterator[Cause]:
    """Of HorizontalPodAutoscalers."""
    spec = body.get("spec") or {}
    least, most, target = spec.get("minReplicas", 1), spec.get("maxReplicas", 0), spec.get("scaleTargetRef") or {}
    if least < 1:
        yield invalid("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        yield invalid("spec.maxReplicas", most, "must be greater than 0")
    if most < least:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    for name in ("kind", "name"):
        if not target.get(name):
            yield required(f"spec.scaleTargetRef.{name}")
    if "/" not in target.get("apiVersion", "") and target.get("kind") != "ReplicationController":
        yield invalid("spec.scaleTargetRef.apiVersion", target.get("apiVersion", ""), "apiVersion must specify API group")


def ingress(body: Body) -> Iterator[Cause]:
    """Of Ingresses: hosts and paths."""
    spec = body.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid("spec", spec, "either `defaultBackend` or `rules` must be specified")
    for number, rule in enumerate(spec.get("rules") or ()):
        host, path = rule.get("host", ""), f"spec.rules[{number}]"
        if host and not host.startswith("*."):
            yield from (invalid(f"{path}.host", host, detail) for detail in names.subdomain(host))
        for place, each in enumerate((rule.get("http") or {}).get("paths") or ()):
            if not each.get("pathType"):
                yield required(f"{path}.http.paths[{place}].pathType", "pathType must be specified")


def claim(body: Body) -> Iterator[Cause]:
    """Of PersistentVolumeClaims."""
    spec = body.get("spec") or {}
    if not spec.get("accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    if "storage" not in ((spec.get("resources") or {}).get("requests") or {}):
        yield required("spec.resources[storage]")


def claim_change(body: Body, old: Body) -> Iterator[Cause]:
    """Of PersistentVolumeClaims: nearly everything stays, but for the volume that is bound, and a class where there was none."""
    given, had = (_fixed(each.get("spec") or {}) for each in (body, old))
    late = {field: given[field] for field in ("volumeName", "storageClassName") if had.get(field) is None and given.get(field)}
    if given != {**had, **late}:
        yield forbidden("spec", _CLAIM)


def lease(body: Body) -> Iterator[Cause]:
    """Of Leases."""
    spec = body.get("spec") or {}
    if (spec.get("leaseDurationSeconds") or 1) <= 0 or spec.get("leaseDurationSeconds") == 0:
        yield invalid("spec.leaseDurationSeconds", spec["leaseDurationSeconds"], "must be greater than 0")
    if (spec.get("leaseTransitions") or 0) < 0:
        yield invalid("spec.leaseTransitions", spec["leaseTransitions"], "must be greater than or equal to 0")


def binding_change(body: Body, old: Body) -> Iterator[Cause]:
    """Of RoleBindings: the role stays."""
    role = body.get("roleRef") or {}
    if role != old.get("roleRef"):
        said = ",".join(f'"{word}":{json(role.get(name, ""))}' for word, name in _ROLE.items())
        message = f"Invalid value: {{{said}}}: cannot change roleRef"
        yield {"reason": "FieldValueInvalid", "message": message, "field": "roleRef"}


_ROLE = {"APIGroup": "apiGroup", "Kind": "kind", "Name": "name"}


def definition(body: Body) -> Iterator[Cause]:
    """Of CustomResourceDefinitions."""
    spec = body.get("spec") or {}
    wanted = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"
    if body["metadata"].get("name") != wanted:
        yield invalid("metadata.name", body["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        yield not_supported("spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced"))
    for number, version in enumerate(spec.get("versions") or ()):
        if "openAPIV3Schema" not in (version.get("schema") or {}):
            yield required(f"spec.versions[{number}].schema.openAPIV3Schema")


def _service_port(port: Body, path: str, *, is_one_of_many: bool) -> Iterator[Cause]:
    if is_one_of_many and not port.get("name"):
        yield required(f"{path}.name")
    elif port.get("name"):
        yield from (invalid(f"{path}.name", port["name"], detail) for detail in names.label(port["name"]))
    yield from pods.port(f"{path}.port", port.get("port", 0))
    yield from pods.protocol(f"{path}.protocol", port.get("protocol", "TCP"))
    target = port.get("targetPort", port.get("port", 0))
    if isinstance(target, int):
        yield from pods.port(f"{path}.targetPort", target)


def _repeated_ports(ports: list[Body]) -> Iterator[Cause]:
    seen_names, seen_numbers = set[str](), set[tuple[Any, Any]]()
    for number, port in enumerate(ports):
        name, key = port.get("name", ""), (port.get("port"), port.get("protocol", "TCP"))
        if name and name in seen_names:
            yield {
                "reason": "FieldValueDuplicate",
                "message": f"Duplicate value: {json(name)}",
                "field": f"spec.ports[{number}].name",
            }
        if key in seen_numbers:
            yield {"reason": "FieldValueDuplicate", "message": _port_twice(port), "field": f"spec.ports[{number}]"}
        seen_names.add(name)
        seen_numbers.add(key)


def _port_twice(port: Body) -> str:
    written = {
        "Name": "",
        "Protocol": port.get("protocol", "TCP"),
        "AppProtocol": None,
        "Port": port.get("port"),
        "TargetPort": 0,
        "NodePort": 0,
    }
    return "Duplicate value: {" + ",".join(f'"{name}":{json(value)}' for name, value in written.items()) + "}"


def _fixed(spec: Body) -> dict[str, Any]:
    resources = {name: value for name, value in (spec.get("resources") or {}).items() if name != "requests"}
    return {**spec, "resources": resources, "volumeAttributesClassName": None}
