"""What is wrong with a Pod's spec, and with the template of one (k8s.io/kubernetes `pkg/apis/core/validation`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.sandbox.objects.problems import names
from fleet.sandbox.objects.problems.causes import Cause, duplicate, forbidden, invalid, not_found, not_supported, required

_PULLS = ("Always", "IfNotPresent", "Never")
_RESTARTS = ("Always", "OnFailure", "Never")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
PORT_RANGE = "must be between 1 and 65535, inclusive"
_CHANGEABLE = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates", "resources")
_NARROW = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def of_spec(spec: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """Say what is wrong with a Pod's spec."""
    volumes = {volume.get("name", "") for volume in spec.get("volumes") or ()}
    seen: set[str] = set()
    yield from _volumes(spec, path)
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    for kind in ("containers", "initContainers"):
        for number, container in enumerate(spec.get(kind) or ()):
            here = f"{path}.{kind}[{number}]"
            yield from _container(container, here, volumes)
            if container.get("name") and container["name"] in seen:
                yield duplicate(f"{here}.name", container["name"])
            seen.add(container.get("name", ""))
    if spec.get("restartPolicy", "Always") not in _RESTARTS:
        yield not_supported(f"{path}.restartPolicy", spec["restartPolicy"], _RESTARTS)
    if spec.get("dnsPolicy", "ClusterFirst") not in _DNS:
        yield not_supported(f"{path}.dnsPolicy", spec["dnsPolicy"], _DNS)


def of_change(spec: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    """Say what of a Pod's spec has changed that must not."""
    if _fixed(spec) != _fixed(old):
        yield forbidden("spec", _NARROW)


def port(path: str, number: Any) -> Iterator[Cause]:
    """Say what is wrong with a port's number."""
    if not 1 <= number <= 65535:
        yield invalid(path, number, PORT_RANGE)


def protocol(path: str, found: str) -> Iterator[Cause]:
    """Say what is wrong with a port's protocol."""
    if found not in _PROTOCOLS:
        yield not_supported(path, found, _PROTOCOLS)


def _fixed(spec: Mapping[str, Any]) -> dict[str, Any]:
    fixed = {name: value for name, value in spec.items() if name not in _CHANGEABLE}
    for kind in ("containers", "initContainers"):
        fixed[kind] = [{**container, "image": ""} for container in spec.get(kind) or ()]
    # A binding, not an update, says where a Pod runs; what it says is compared with itself.
    return fixed


def _volumes(spec: Mapping[str, Any], path: str) -> Iterator[Cause]:
    seen: set[str] = set()
    for number, volume in enumerate(spec.get("volumes") or ()):
        here, name = f"{path}.volumes[{number}]", volume.get("name", "")
        if not name:
            yield required(f"{here}.name")
        elif name in seen:
            yield duplicate(f"{here}.name", name)
        else:
            yield from (invalid(f"{here}.name", name, detail) for detail in names.label(name))
        seen.add(name)
        if len(volume) < 2:
            yield required(here, "must specify a volume type")


def _container(container: Mapping[str, Any], path: str, volumes: set[str]) -> Iterator[Cause]:
    name = container.get("name", "")
    if not name:
        yield required(f"{path}.name")
    else:
        yield from (invalid(f"{path}.name", name, detail) for detail in names.label(name))
    if not container.get("image"):
        yield required(f"{path}.image")
    yield from _ports(container, path)
    for number, variable in enumerate(container.get("env") or ()):
        if not variable.get("name"):
            yield required(f"{path}.env[{number}].name")
    yield from _mounts(container, path, volumes)
    if container.get("imagePullPolicy", "Always") not in _PULLS:
        yield not_supported(f"{path}.imagePullPolicy", container["imagePullPolicy"], _PULLS)


def _ports(container: Mapping[str, Any], path: str) -> Iterator[Cause]:
    for number, found in enumerate(container.get("ports") or ()):
        here = f"{path}.ports[{number}]"
        if "containerPort" not in found or not found["containerPort"]:
            yield required(f"{here}.containerPort")
        else:
            yield from port(f"{here}.containerPort", found["containerPort"])
        yield from protocol(f"{here}.protocol", found.get("protocol", "TCP"))


def _mounts(container: Mapping[str, Any], path: str, volumes: set[str]) -> Iterator[Cause]:
    for number, mount in enumerate(container.get("volumeMounts") or ()):
        here = f"{path}.volumeMounts[{number}]"
        if not mount.get("name"):
            yield required(f"{here}.name")
        elif mount["name"] not in volumes:
            yield not_found(f"{here}.name", mount["name"])
        if not mount.get("mountPath"):
            yield required(f"{here}.mountPath")
