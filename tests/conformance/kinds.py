"""The short names by which cases call kinds, and the path of an object."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """Where a kind is served."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True


class Target(NamedTuple):
    """What a step names: `deploy/web/scale` is the scale of a Deployment."""

    kind: Kind
    name: str
    subresource: str


_CRD = "apiextensions.k8s.io/v1"
KINDS = {
    "cm": Kind("v1", "ConfigMap", "configmaps"),
    "secret": Kind("v1", "Secret", "secrets"),
    "pod": Kind("v1", "Pod", "pods"),
    "svc": Kind("v1", "Service", "services"),
    "sa": Kind("v1", "ServiceAccount", "serviceaccounts"),
    "pvc": Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    "event": Kind("v1", "Event", "events"),
    "quota": Kind("v1", "ResourceQuota", "resourcequotas"),
    "endpoints": Kind("v1", "Endpoints", "endpoints"),
    "ns": Kind("v1", "Namespace", "namespaces", namespaced=False),
    "node": Kind("v1", "Node", "nodes", namespaced=False),
    "pv": Kind("v1", "PersistentVolume", "persistentvolumes", namespaced=False),
    "deploy": Kind("apps/v1", "Deployment", "deployments"),
    "sts": Kind("apps/v1", "StatefulSet", "statefulsets"),
    "ds": Kind("apps/v1", "DaemonSet", "daemonsets"),
    "rs": Kind("apps/v1", "ReplicaSet", "replicasets"),
    "job": Kind("batch/v1", "Job", "jobs"),
    "cronjob": Kind("batch/v1", "CronJob", "cronjobs"),
    "hpa": Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    "ingress": Kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    "netpol": Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    "pdb": Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    "lease": Kind("coordination.k8s.io/v1", "Lease", "leases"),
    "role": Kind("rbac.authorization.k8s.io/v1", "Role", "roles"),
    "rolebinding": Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
    "clusterrole": Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced=False),
    "storageclass": Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False),
    "priorityclass": Kind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", namespaced=False),
    "crd": Kind(_CRD, "CustomResourceDefinition", "customresourcedefinitions", namespaced=False),
    # Custom kinds that the run defines before its first case: see `definitions.yaml`.
    "widget": Kind("conformance.example.com/v1", "Widget", "widgets"),
    "gadget": Kind("conformance.example.com/v1", "Gadget", "gadgets"),
    "loose": Kind("conformance.example.com/v1", "Loose", "looses"),
    "wide": Kind("conformance.example.com/v1", "Wide", "wides", namespaced=False),
}


def target(named: str) -> Target:
    """Read `kind`, `kind/name` or `kind/name/subresource`."""
    kind, _, rest = named.partition("/")
    name, _, subresource = rest.partition("/")
    return Target(KINDS[kind], name, subresource)


def path(of: Target, namespace: str) -> str:
    """Return the path of the object, or of the collection where no name is given; `*` is every namespace."""
    group = of.kind.api_version
    root = f"/apis/{group}" if "/" in group else f"/api/{group}"
    inside = f"/namespaces/{namespace}" if of.kind.namespaced and namespace != "*" else ""
    return "/".join(filter(None, (f"{root}{inside}/{of.kind.plural}", of.name, of.subresource)))
