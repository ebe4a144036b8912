"""What a server does with objects of a particular kind, beyond defaults: status, generation, what is allocated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fleet.sandbox.resources import Resource
from fleet.sandbox.verbs.state import ClusterState

# Kinds whose generation counts changes of what is not metadata or status.
_NUMBERED = frozenset(
    """apps/deployments apps/replicasets apps/statefulsets apps/daemonsets batch/jobs batch/cronjobs /pods
    /replicationcontrollers networking.k8s.io/ingresses networking.k8s.io/networkpolicies networking.k8s.io/ingressclasses
    policy/poddisruptionbudgets apiextensions.k8s.io/customresourcedefinitions discovery.k8s.io/endpointslices
    admissionregistration.k8s.io/validatingwebhookconfigurations admissionregistration.k8s.io/mutatingwebhookconfigurations
    admissionregistration.k8s.io/validatingadmissionpolicies admissionregistration.k8s.io/validatingadmissionpolicybindings
    flowcontrol.apiserver.k8s.io/flowschemas flowcontrol.apiserver.k8s.io/prioritylevelconfigurations
    scheduling.k8s.io/priorityclasses""".split()
)
# `AllowCreateOnUpdate` of their strategies.
_CREATED_BY_UPDATE = frozenset(
    """/endpoints /events /limitranges coordination.k8s.io/leases rbac.authorization.k8s.io/roles
    rbac.authorization.k8s.io/rolebindings rbac.authorization.k8s.io/clusterroles
    rbac.authorization.k8s.io/clusterrolebindings""".split()
)
_FIRST_STATUS: Mapping[str, Any] = {
    "apps/deployments": {},
    "apps/replicasets": {"replicas": 0},
    "apps/statefulsets": {"replicas": 0, "availableReplicas": 0},
    "apps/daemonsets": {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0},
    "batch/jobs": {},
    "batch/cronjobs": {},
    "networking.k8s.io/ingresses": {"loadBalancer": {}},
    "/services": {"loadBalancer": {}},
    "/persistentvolumeclaims": {"phase": "Pending"},
    "/persistentvolumes": {"phase": "Pending"},
    "/namespaces": {"phase": "Active"},
    "/resourcequotas": {},
    "/replicationcontrollers": {"replicas": 0},
    "policy/poddisruptionbudgets": {"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0},
    "autoscaling/horizontalpodautoscalers": {"desiredReplicas": 0, "currentMetrics": None},
}

Body: TypeAlias = dict[str, Any]


def prepare_create(state: ClusterState, resource: Resource, body: Body) -> None:
    """Set what a new object of this kind begins with; changes the body."""
    if "status" in resource.subresources:
        body.pop("status", None)
        if resource.storage in _FIRST_STATUS:
            body["status"] = dict(_FIRST_STATUS[resource.storage])
    if resource.custom or resource.storage in _NUMBERED:
        body["metadata"]["generation"] = 1
    prepare = _BY_KIND.get(resource.storage)
    if prepare:
        prepare(body)


def prepare_update(resource: Resource, old: Body, body: Body, subresource: str) -> Body:
    """Keep of the live object what this kind of write does not concern; gives the body to go on with."""
    if subresource == "status":
        return {**old, "metadata": _metadata_with(old, body), **_only(body, "status")}
    if "status" in resource.subresources:
        body.pop("status", None)
        if "status" in old:
            body["status"] = old["status"]
    return body


def _metadata_with(old: Body, body: Body) -> Body:
    """The metadata of a status update: the live one, with the owners that the body names."""
    metadata = dict(old["metadata"])
    if "managedFields" in body["metadata"]:
        metadata["managedFields"] = body["metadata"]["managedFields"]
    return metadata


def _only(body: Body, key: str) -> Body:
    return {key: body[key]} if key in body else {}


def number(resource: Resource, old: Body, body: Body) -> None:
    """Count a change of the desired state."""
    generation = old["metadata"].get("generation")
    if not generation or not (resource.custom or resource.storage in _NUMBERED):
        return
    aside = ("metadata", "status") if "status" in resource.subresources else ("metadata",)
    changed = any(old.get(key) != body.get(key) for key in {*old, *body} if key not in aside)
    if resource.storage == "apps/deployments":
        # They alone count their annotations, too.
        changed = changed or old["metadata"].get("annotations") != body["metadata"].get("annotations")
    if changed:
        body["metadata"]["generation"] = generation + 1


def created_by_update(resource: Resource) -> bool:
    """Whether a PUT to a place where nothing is creates."""
    return resource.storage in _CREATED_BY_UPDATE


def needs_version(resource: Resource) -> bool:
    """Whether an update must say which version it is of."""
    return resource.custom is not None


def allocate(state: ClusterState, resource: Resource, body: Body) -> None:
    """Give what the cluster has a limited number of: the addresses of Services."""
    if resource.storage != "/services":
        return
    spec = body.setdefault("spec", {})
    if spec.get("type") == "ExternalName":
        return
    if not spec.get("clusterIP"):
        state.serial += 1
        spec["clusterIP"] = f"10.0.{state.serial // 250 % 250}.{state.serial % 250 + 2}"
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")


def _namespace(body: Body) -> None:
    metadata = body["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
    body["spec"] = {"finalizers": ["kubernetes"]}


def _pod(body: Body) -> None:
    body["status"] = {"phase": "Pending", "qosClass": _quality(body.get("spec") or {})}


def _quality(spec: Body) -> str:
    """The class by which a node chooses whom to evict."""
    resources = [each.get("resources") or {} for each in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]]
    if not any(each.get("requests") or each.get("limits") for each in resources):
        return "BestEffort"
    for each in resources:
        limits = each.get("limits") or {}
        if {"cpu", "memory"} - limits.keys() or any(
            value != limits.get(name) for name, value in (each.get("requests") or {}).items()
        ):
            return "Burstable"
    return "Guaranteed"


def _job(body: Body) -> None:
    """Give a Job the selector that only its own Pods match."""
    metadata, spec = body["metadata"], body.setdefault("spec", {})
    if spec.get("manualSelector"):
        return
    template = spec.setdefault("template", {}).setdefault("metadata", {})
    own = {
        "batch.kubernetes.io/controller-uid": metadata["uid"],
        "batch.kubernetes.io/job-name": metadata["name"],
        "controller-uid": metadata["uid"],
        "job-name": metadata["name"],
    }
    template["labels"] = {**(template.get("labels") or {}), **own}
    metadata["labels"] = metadata.get("labels") or dict(template["labels"])
    spec.setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": metadata["uid"]}})


def _definition(body: Body) -> None:
    """A CustomResourceDefinition says what it stores; the rest of its status comes with its names' acceptance."""
    spec = body.get("spec") or {}
    names = spec.setdefault("names", {})
    names.setdefault("listKind", f"{names.get('kind', '')}List")
    names.setdefault("singular", names.get("kind", "").lower())
    spec.setdefault("conversion", {"strategy": "None"})
    stored = [version["name"] for version in spec.get("versions") or () if version.get("storage")]
    body["status"] = {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": stored}


_BY_KIND: Mapping[str, Callable[[Body], None]] = {
    "/namespaces": _namespace,
    "/pods": _pod,
    "batch/jobs": _job,
    "apiextensions.k8s.io/customresourcedefinitions": _definition,
}
