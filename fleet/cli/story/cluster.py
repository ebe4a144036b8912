"""One cluster of the demo, and what can be read of it: its objects, its Pods, its audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.cli.story.audit import Request, requests
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.marks import FLEET, Marks

if TYPE_CHECKING:
    from fleet.sandbox.cluster import SandboxCluster

DEPLOYMENT = GroupKind("apps", "Deployment")
POD = GroupKind("", "Pod")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An object that carries the fleet's mark."""

    uid: str
    digest: str
    revision: str


@dataclass(frozen=True, slots=True)
class Pods:
    """How many Pods are ready, and how many Deployments ask for."""

    ready: int
    wanted: int

    @property
    def settled(self) -> bool:
        """Whether all are ready, and no more."""
        return self.ready == self.wanted

    def __str__(self) -> str:
        return f"{self.ready} of {self.wanted} Pods ready"


class Shown:
    """Reads one sandbox cluster from this process; the hub and kubectl reach it over its socket, as any cluster."""

    def __init__(self, sandbox: SandboxCluster, *, fleet: str) -> None:
        self.sandbox = sandbox
        self.name = sandbox.name
        self._fleet = fleet

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig with the cluster's name as its context."""
        assert self.sandbox.kubeconfig, "it was added, so it has one"
        return self.sandbox.kubeconfig

    def get(self, key: str) -> Mapping[str, Any] | None:
        """An object by `Kind[.group]/[namespace/]name`; None when it is not there."""
        place = ObjectKey.parse(key)
        return self.sandbox.get(place.group, place.kind, place.namespace, place.name)

    def value(self, key: str, *path: str) -> Any:
        """One value of an object; None when there is none."""
        found: Any = self.get(key)
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    def image(self, deployment: str) -> str:
        """The image that a Deployment of the shop runs."""
        containers = self.value(f"Deployment.apps/shop/{deployment}", "spec", "template", "spec", "containers") or [{}]
        return str(containers[0].get("image", ""))

    def members(self, kinds: Iterable[GroupKind]) -> dict[str, Member]:
        """All objects of these kinds with the fleet's mark, by key."""
        found = {}
        for kind in kinds:
            for body in self.sandbox.list(kind.group, kind.kind):
                metadata = body["metadata"]
                if (metadata.get("labels") or {}).get(FLEET) != self._fleet or Marks.read(metadata).owner == "":
                    continue
                key = ObjectKey(kind.group, kind.kind, metadata.get("namespace", ""), metadata["name"])
                marks = Marks.read(metadata)
                if marks.owner_of(key) is not None:  # controllers copy marks
                    found[str(key)] = Member(uid=metadata["uid"], digest=marks.digest, revision=marks.revision)
        return found

    def pods(self) -> Pods:
        """Count them, as Pods and Deployments say."""
        bodies = self.sandbox.list(POD.group, POD.kind)
        wanted = sum(each["spec"].get("replicas", 1) for each in self.sandbox.list(DEPLOYMENT.group, DEPLOYMENT.kind))
        return Pods(sum(_is_ready(each) for each in bodies), wanted)

    def rolled_out(self, deployment: str) -> bool:
        """Whether a Deployment of the shop says that all its Pods are new and ready."""
        body = self.get(f"Deployment.apps/shop/{deployment}")
        if body is None:
            return False
        status, replicas = body.get("status") or {}, body["spec"]["replicas"]
        counts = {status.get(name) for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")}
        return status.get("observedGeneration") == body["metadata"]["generation"] and counts == {replicas}

    def mark(self) -> int:
        """Where the audit log is now."""
        return self.sandbox.audit_mark()

    def since(self, mark: int) -> list[Request]:
        """The requests that came after a mark."""
        return requests(self.sandbox.audit_since(mark))

    def cut(self) -> None:
        """Refuse every connection, and cut those that are open."""
        self.sandbox.faults.refuse()

    def mend(self) -> None:
        """Answer again."""
        self.sandbox.faults.clear()


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
