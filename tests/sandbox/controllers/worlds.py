"""A sandbox cluster with controllers, on virtual time; and objects to put into it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import Controllers, Running

GOOD = "registry.example.com/shop:1"
BETTER = "registry.example.com/shop:2"
BAD = "registry.example.com/shop:bad"

Body = dict[str, Any]


class World:
    """One cluster and its controllers; time passes when a test says so."""

    def __init__(self, settings: Controllers) -> None:
        self.cluster = SandboxCluster("world")
        self.began = datetime.now(UTC)
        self.start = asyncio.get_running_loop().time()
        self.running = Running(self.cluster, settings, now=self.now)
        self.writes: list[tuple[str, str, Body]] = []
        self.cluster.subscribe(lambda what, group, kind, obj: self.writes.append((what, kind, obj)))
        self.running.start()

    def now(self) -> datetime:
        """The wall clock, moved by the loop's virtual time."""
        return self.began + timedelta(seconds=asyncio.get_running_loop().time() - self.start)

    async def passes(self, seconds: float = 5) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)
        assert self.running.is_idle, "something is still to be decided"

    async def has(self, *bodies: Body) -> None:
        """Create objects, and let time pass."""
        for body in bodies:
            self.cluster.create(body, manager="someone")
        await self.passes()

    def get(self, kind: str, name: str, namespace: str = "default") -> Body:
        """One object, which must be there."""
        found = self.cluster.get(group_of(kind), kind, namespace, name)
        assert found is not None, f"no {kind} {name}"
        return found

    def gone(self, kind: str, name: str, namespace: str = "default") -> bool:
        """Whether there is no such object."""
        return self.cluster.get(group_of(kind), kind, namespace, name) is None

    def all(self, kind: str, namespace: str = "default", **labels: str) -> list[Body]:
        """The objects of a kind."""
        return self.cluster.list(group_of(kind), kind, namespace, selector=labels)

    def names(self, kind: str, namespace: str = "default", **labels: str) -> list[str]:
        """Their names."""
        return [each["metadata"]["name"] for each in self.all(kind, namespace, **labels)]

    def status(self, kind: str, name: str) -> Body:
        """What is said of an object."""
        found: Body = self.get(kind, name)["status"]
        return found

    async def change(self, kind: str, name: str, spec: Body, *, seconds: float = 5) -> None:
        """Change an object's spec, and let time pass."""
        self.cluster.update(merged(self.get(kind, name), {"spec": spec}), manager="someone")
        await self.passes(seconds)

    async def delete(self, kind: str, name: str, namespace: str = "default") -> None:
        """Delete an object, and let time pass."""
        self.cluster.delete(group_of(kind), kind, namespace, name)
        await self.passes()

    def events(self, about: str) -> list[tuple[str, str]]:
        """What was told of the objects whose names begin so: reasons and messages."""
        found = [each for each in self.all("Event") if each["involvedObject"]["name"].startswith(about)]
        return [(each["reason"], each["message"]) for each in found]


_GROUPS: Mapping[str, str] = {
    **dict.fromkeys(("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ControllerRevision"), "apps"),
    **dict.fromkeys(("Job", "CronJob"), "batch"),
    "EndpointSlice": "discovery.k8s.io",
    "HorizontalPodAutoscaler": "autoscaling",
    "Ingress": "networking.k8s.io",
    "PodDisruptionBudget": "policy",
    "StorageClass": "storage.k8s.io",
}


def group_of(kind: str) -> str:
    """The API group of a kind."""
    return _GROUPS.get(kind, "")


def conditions(status: Body) -> dict[str, tuple[str, str]]:
    """The status and reason of each condition."""
    return {each["type"]: (each["status"], each.get("reason", "")) for each in status.get("conditions") or ()}


def message(status: Body, kind: str) -> str:
    """The message of a condition."""
    return next(str(each.get("message", "")) for each in status["conditions"] if each["type"] == kind)


def counts(status: Body) -> dict[str, int]:
    """The numbers in a status, without the generation."""
    return {field: value for field, value in status.items() if isinstance(value, int) and field != "observedGeneration"}


def managers(body: Body) -> set[tuple[str, str]]:
    """Who owns fields of an object, and through which subresource."""
    return {(each["manager"], each.get("subresource", "")) for each in body["metadata"]["managedFields"]}


def merged(old: Any, new: Any) -> Any:
    """Lay mappings over mappings; anything else replaces."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{field: merged(old.get(field), value) for field, value in new.items()}}


def pod_spec(image: str = GOOD, **more: Any) -> Body:
    """The spec of a Pod of one container."""
    container = {"name": "main", "image": image, "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}
    return {"containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 1, **more}


def pod(name: str, image: str = GOOD, *, labels: Mapping[str, str] | None = None, **more: Any) -> Body:
    """A Pod without a controller."""
    metadata = {"name": name, "namespace": "default", **({"labels": dict(labels)} if labels else {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod_spec(image, **more)}


def template(image: str = GOOD, app: str = "web", **more: Any) -> Body:
    """A template of Pods."""
    return {"metadata": {"labels": {"app": app}}, "spec": pod_spec(image, **more)}


def workload(kind: str, name: str = "web", image: str = GOOD, **spec: Any) -> Body:
    """A Deployment, ReplicaSet, StatefulSet or DaemonSet."""
    whole = {"selector": {"matchLabels": {"app": name}}, "template": template(image, name), **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "default"}, "spec": whole}


def deployment(name: str = "web", image: str = GOOD, **spec: Any) -> Body:
    """A Deployment as the API server would complete it."""
    return workload("Deployment", name, image, **{"replicas": 1, "progressDeadlineSeconds": 600, **spec})


def job(name: str = "work", image: str = GOOD, **spec: Any) -> Body:
    """A Job."""
    pods = {"spec": pod_spec(image, restartPolicy="Never")}
    whole = {"completions": 1, "parallelism": 1, "backoffLimit": 6, "template": pods, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "default"}, "spec": whole}


def service(name: str = "web", **spec: Any) -> Body:
    """A Service for the Pods of the same name."""
    ports = [{"port": 80, "targetPort": "http", "protocol": "TCP"}]
    whole = {"selector": {"app": name}, "ports": ports, **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": whole}


def ingress(name: str = "web") -> Body:
    """An Ingress."""
    spec = {"defaultBackend": {"service": {"name": name, "port": {"number": 80}}}}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def storage_class(name: str = "fast", provisioner: str = "example.com/disk", **more: Any) -> Body:
    """A class that makes volumes."""
    whole = {"provisioner": provisioner, "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate", **more}
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, **whole}
