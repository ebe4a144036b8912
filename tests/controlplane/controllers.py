"""The controllers of a cluster: kube-controller-manager, kube-scheduler, and KWOK as the kubelet of a fake node."""

from __future__ import annotations

from pathlib import Path

from tests.controlplane.binaries import HERE, Binaries
from tests.controlplane.client import Kube
from tests.controlplane.credentials import Credentials
from tests.controlplane.processes import Child

USERS = ("kube-controller-manager", "kube-scheduler", "kwok")
NODE = "node-1"

# What makes workloads, namespaces and volumes behave. Left out: whatever watches nodes for heartbeats, which a fake one
# does not send; certificates and clouds.
_CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemonset-controller",
    "deployment-controller",
    "disruption-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "job-controller",
    "namespace-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-protection-controller",
    "persistentvolumeclaim-protection-controller",
    "pod-garbage-collector-controller",
    "replicaset-controller",
    "replicationcontroller-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "statefulset-controller",
    "ttl-after-finished-controller",
)


def kubeconfig(directory: Path, user: str) -> Path:
    """Say where a controller's kubeconfig is written."""
    return directory / f"{user}.kubeconfig"


def spawn(directory: Path, binaries: Binaries, credentials: Credentials) -> list[Child]:
    """Start the three processes; the API server must be ready."""
    # Far above what the defaults allow: the limits protect production servers, and only slow a test down.
    fast = ["--kube-api-qps=1000", "--kube-api-burst=2000", "--leader-elect=false", "--secure-port=0"]
    manager: list[str | Path] = [
        binaries.kube_controller_manager,
        f"--kubeconfig={kubeconfig(directory, 'kube-controller-manager')}",
        f"--controllers={','.join(_CONTROLLERS)}",
        f"--root-ca-file={credentials.ca_file}",
        f"--service-account-private-key-file={credentials.service_account_key}",
        "--use-service-account-credentials=false",
        "--allocate-node-cidrs=false",
        "--concurrent-namespace-syncs=20",
        *fast,
    ]
    scheduler: list[str | Path] = [binaries.kube_scheduler, f"--kubeconfig={kubeconfig(directory, 'kube-scheduler')}", *fast]
    kwok: list[str | Path] = [
        binaries.kwok,
        f"--kubeconfig={kubeconfig(directory, 'kwok')}",
        f"--config={_stages(directory)}",
        "--manage-all-nodes=true",
        "--node-lease-duration-seconds=0",  # Nobody looks at the leases; no writes at rest.
    ]
    commands = [manager, scheduler, kwok]
    return [Child(command, log=directory / f"{Path(command[0]).name}.log") for command in commands]


def are_ready(kube: Kube) -> bool:
    """Say whether the node is ready and Pods can be made; creates the node the first time."""
    node = kube.get(f"/api/v1/nodes/{NODE}")
    if node.status == 404:
        _create_node(kube)
        return False
    conditions = node.ok().get("status", {}).get("conditions", [])
    if not any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions):
        return False
    # Made by the controllers in every namespace, and the former needed by every Pod: what comes later is taken for a test's.
    made = (("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt"))
    namespaces = {each["metadata"]["name"] for each in kube.list("/api/v1/namespaces")}
    return all(_everywhere(kube, plural, name) >= namespaces for plural, name in made)


def _everywhere(kube: Kube, plural: str, name: str) -> set[str]:
    found = kube.list(f"/api/v1/{plural}", fieldSelector=f"metadata.name={name}")
    return {each["metadata"]["namespace"] for each in found}


def _create_node(kube: Kube) -> None:
    metadata = {"name": NODE, "labels": {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}}
    kube.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata}).ok()


def _stages(directory: Path) -> Path:
    """Put our stages into the one file that KWOK is given."""
    path = directory / "stages.yaml"
    path.write_text("\n---\n".join(stage.read_text() for stage in sorted((HERE / "stages").glob("*.yaml"))))
    return path
