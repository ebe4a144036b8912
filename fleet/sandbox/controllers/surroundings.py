"""What is there before anybody comes: in every Namespace a ServiceAccount and the authority's certificate, and the Nodes."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.controllers.reading.fields import is_going, name, status, with_status
from fleet.sandbox.controllers.reading.instants import stamp
from fleet.sandbox.controllers.reading.kinds import CONFIG_MAP, SERVICE_ACCOUNT
from fleet.sandbox.controllers.reading.turns import KUBELET, NOTHING, Create, Outcome, Turn, Update, Write
from fleet.sandbox.controllers.settings import Controllers

ROOT_CA = "kube-root-ca.crt"
_ABOUT = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal "
    "service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)
# Room for every Pod, as the fake node of the tests has.
_ROOM = {"cpu": "1k", "memory": "1Ti", "pods": "1M"}
_TROUBLES = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


def furnish(turn: Turn) -> Outcome:
    """Give a Namespace its ServiceAccount and its certificate; what was deleted or changed comes back."""
    if is_going(turn.live) or status(turn.live).get("phase") == "Terminating":
        return NOTHING
    namespace = name(turn.live)
    writes: list[Write] = []
    if turn.seen.get(SERVICE_ACCOUNT, namespace, "default") is None:
        writes.append(Create(body=_named(SERVICE_ACCOUNT.kind, namespace, "default")))
    wanted = {"ca.crt": turn.settings.certificate}
    found = turn.seen.get(CONFIG_MAP, namespace, ROOT_CA)
    if found is None:
        made = _named(CONFIG_MAP.kind, namespace, ROOT_CA)
        made["metadata"]["annotations"] = {"kubernetes.io/description": _ABOUT}
        writes.append(Create(body={**made, "data": wanted}))
    elif found.get("data") != wanted:
        writes.append(Update(body={**found, "data": wanted}))
    return Outcome(writes=tuple(writes))


def _named(kind: str, namespace: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}}


def nodes(settings: Controllers) -> list[dict[str, Any]]:
    """The Nodes that a cluster begins with."""
    return [_node(f"node-{number}") for number in range(1, settings.nodes + 1)]


def _node(name: str) -> dict[str, Any]:
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}}


def enliven(turn: Turn) -> Outcome:
    """Let a Node be ready, as its kubelet would say."""
    if status(turn.live).get("conditions") or is_going(turn.live):
        return NOTHING
    now = stamp(turn.now)
    times = {"lastHeartbeatTime": now, "lastTransitionTime": now}
    fine = [
        {"type": kind, "status": "False", **times, "reason": reason, "message": message}
        for kind, (reason, message) in _TROUBLES.items()
    ]
    ready = {"type": "Ready", "status": "True", **times, "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    wanted = {
        **status(turn.live),
        "addresses": [{"type": "InternalIP", "address": _address(turn)}, {"type": "Hostname", "address": name(turn.live)}],
        "allocatable": _ROOM,
        "capacity": _ROOM,
        "conditions": [*fine, ready],
        "nodeInfo": _info(turn),
    }
    body = with_status(turn.live, wanted)
    return Outcome(writes=(Update(body=body, manager=KUBELET, subresource="status"),))


def _address(turn: Turn) -> str:
    """Nodes that end in a number have it in their address."""
    last = name(turn.live).rpartition("-")[2]
    number = int(last) if last.isdigit() else sum(name(turn.live).encode())
    return f"192.0.2.{number % 254 + 1}"


def _info(turn: Turn) -> dict[str, str]:
    known = ("machineID", "systemUUID", "bootID", "kernelVersion", "kubeProxyVersion")
    about = {"osImage": "sandbox", "containerRuntimeVersion": "sandbox://1", "kubeletVersion": "v1.36.0"}
    return {**dict.fromkeys(known, ""), **about, "operatingSystem": "linux", "architecture": "amd64"}
