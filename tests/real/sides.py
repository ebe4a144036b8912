"""The real control plane and the sandbox, side by side: the same done to both, and both seen without what is chance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from fleet.sandbox.cluster import SandboxCluster
from tests.controlplane import Kube
from tests.sandbox.controllers.worlds import merged

Body = dict[str, Any]

# Group, version and plural of the kinds that controllers write.
PLACES: Mapping[str, tuple[str, str]] = {
    "Deployment": ("apps/v1", "deployments"),
    "ReplicaSet": ("apps/v1", "replicasets"),
    "StatefulSet": ("apps/v1", "statefulsets"),
    "DaemonSet": ("apps/v1", "daemonsets"),
    "ControllerRevision": ("apps/v1", "controllerrevisions"),
    "Job": ("batch/v1", "jobs"),
    "Pod": ("v1", "pods"),
    "Service": ("v1", "services"),
    "Endpoints": ("v1", "endpoints"),
    "EndpointSlice": ("discovery.k8s.io/v1", "endpointslices"),
    "PersistentVolumeClaim": ("v1", "persistentvolumeclaims"),
    "PodDisruptionBudget": ("policy/v1", "poddisruptionbudgets"),
}
_HASHES = ("pod-template-hash", "controller-revision-hash", "controller.kubernetes.io/hash")
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# The fake kubelet of the tests stands in for one.
_MANAGERS = {"kwok": "kubelet"}


class Side(Protocol):
    """One cluster of the two."""

    def create(self, body: Body) -> None:
        """Create an object in the namespace default."""
        ...

    def change(self, kind: str, name: str, spec: Body) -> None:
        """Merge into an object's spec."""
        ...

    def delete(self, kind: str, name: str) -> None:
        """Delete an object."""
        ...

    def all(self, kind: str) -> list[Body]:
        """The objects of a kind in the namespace default."""
        ...


class Real:
    """A real cluster, asked over HTTP."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube

    def create(self, body: Body) -> None:
        """POST it."""
        self._kube.create(self._path(body["kind"]), body).ok()

    def change(self, kind: str, name: str, spec: Body) -> None:
        """PATCH it."""
        self._kube.patch(f"{self._path(kind)}/{name}", {"spec": spec}).ok()

    def delete(self, kind: str, name: str) -> None:
        """DELETE it."""
        self._kube.delete(f"{self._path(kind)}/{name}").ok()

    def all(self, kind: str) -> list[Body]:
        """List them."""
        return self._kube.list(self._path(kind))

    def _path(self, kind: str) -> str:
        version, plural = PLACES[kind]
        return f"{'/apis' if '/' in version else '/api'}/{version}/namespaces/default/{plural}"


class Sandboxed:
    """A sandbox cluster, asked through its handle."""

    def __init__(self, cluster: SandboxCluster) -> None:
        self._cluster = cluster

    def create(self, body: Body) -> None:
        """Create it."""
        self._cluster.create(body, manager="fleet-tests")

    def change(self, kind: str, name: str, spec: Body) -> None:
        """Read, merge, write."""
        before = self._cluster.get(_group(kind), kind, "default", name)
        self._cluster.update(merged(before, {"spec": spec}), manager="fleet-tests")

    def delete(self, kind: str, name: str) -> None:
        """Delete it."""
        self._cluster.delete(_group(kind), kind, "default", name)

    def all(self, kind: str) -> list[Body]:
        """List them."""
        return self._cluster.list(_group(kind), kind, "default")


def _group(kind: str) -> str:
    return PLACES[kind][0].rpartition("/")[0]


def seen(side: Side, kind: str, *, without: tuple[str, ...] = ()) -> list[Body]:
    """What the controllers said of the objects of a kind, without names, times and addresses that are chance; in order."""
    chance = _chances(side)
    found = [_replaced(_plain(each, without), {**chance, **_random(each)}) for each in side.all(kind)]
    return sorted(found, key=str)


def _chances(side: Side) -> dict[str, str]:
    """The hashes of templates, as labels name them."""
    labels = [each["metadata"].get("labels") or {} for kind in ("ReplicaSet", "ControllerRevision") for each in side.all(kind)]
    written = (found[key] for found in labels for key in _HASHES if key in found)
    return {each.rpartition("-")[2]: "HASH" for each in written}


def _random(body: Body) -> dict[str, str]:
    """What the server added to a generateName."""
    metadata = body["metadata"]
    prefix, name = metadata.get("generateName"), metadata["name"]
    suffix = name.removeprefix(prefix) if prefix else ""
    return {suffix: "RANDOM"} if suffix and not suffix.isdigit() else {}


def _plain(body: Body, without: tuple[str, ...]) -> Body:
    metadata = body["metadata"]
    plain = {
        "name": metadata["name"],
        **{field: metadata[field] for field in ("labels", "annotations", "finalizers", "generation") if metadata.get(field)},
        "owners": [(each["kind"], each["name"], each.get("controller")) for each in metadata.get("ownerReferences") or ()],
        "managers": sorted({_manager(each) for each in metadata.get("managedFields") or ()}),
        **{field: value for field, value in body.items() if field not in ("apiVersion", "kind", "metadata", "spec")},
    }
    plain = {field: value for field, value in plain.items() if field not in without}
    if "status" in plain:
        plain["status"] = _ordered(plain["status"], without)
    return plain


def _manager(entry: Body) -> tuple[str, str, str]:
    return _MANAGERS.get(entry["manager"], entry["manager"]), entry["operation"], entry.get("subresource", "")


def _ordered(status: Body, without: tuple[str, ...]) -> Body:
    kept = {field: value for field, value in status.items() if field != "observedGeneration" or "generation" not in without}
    return {**kept, **({"conditions": sorted(status["conditions"], key=str)} if status.get("conditions") else {})}


def _replaced(value: Any, chance: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {_replaced(key, chance): _replaced(each, chance) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_replaced(each, chance) for each in value]
    if not isinstance(value, str):
        return value
    for word, stands in chance.items():
        value = value.replace(word, stands)
    return _TIME.sub("TIME", _UID.sub("UID", value))
