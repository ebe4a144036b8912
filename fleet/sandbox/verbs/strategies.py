"""What a server does with objects of a particular kind, beyond defaults: status, generation, what is allocated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fleet.sandbox.resources import Resource
from fleet.sandbox.verbs import services
from fleet.sandbox.verbs.state import ClusterState, now

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
        after = {**old, "metadata": _metadata_with(resource, old, body), **_only(body, "status")}
        return _since(old, after) if resource.storage == "/persistentvolumes" else after
    if "status" in resource.subresources:
        body.pop("status", None)
        if "status" in old:
            body["status"] = old["status"]
    revise = _REVISED.get(resource.storage)
    if revise:
        revise(old, body)
    return body


# Built-in kinds whose status says nothing of metadata (`ResetObjectMetaForStatus`); so do custom kinds.
_STATUS_ALONE = frozenset(
    """apiextensions.k8s.io/customresourcedefinitions storage.k8s.io/volumeattachments resource.k8s.io/resourceclaims
    networking.k8s.io/servicecidrs admissionregistration.k8s.io/validatingadmissionpolicies""".split()
)
# What an update of the status of others leaves alone of their metadata.
_STATUS_KEEPS = {"apps/deployments": "labels", "/pods": "ownerReferences"}


def _metadata_with(resource: Resource, old: Body, body: Body) -> Body:
    """The metadata after a status update. Controllers write annotations of most built-in kinds through the status."""
    new, live = body["metadata"], old["metadata"]
    if resource.custom or resource.storage in _STATUS_ALONE:
        return {**live, **_only(new, "managedFields")}
    kept = _STATUS_KEEPS.get(resource.storage)
    if kept is None:
        return dict(new)
    return {**{key: value for key, value in new.items() if key != kept}, **_only(live, kept)}


def _since(old: Body, new: Body) -> Body:
    """Note when a PersistentVolume came into its phase."""
    before, after = old.get("status") or {}, new.get("status") or {}
    if before.get("phase") == after.get("phase"):
        return new
    return {**new, "status": {**after, "lastPhaseTransitionTime": now()}}


def _only(body: Body, key: str) -> Body:
    return {key: body[key]} if key in body else {}


def number(resource: Resource, old: Body, body: Body) -> None:
    """Count a change of the desired state."""
    generation = old["metadata"].get("generation")
    if not generation or not (resource.custom or resource.storage in _NUMBERED):
        return
    aside = ("metadata", "status") if "status" in resource.subresources else ("metadata",)
    if any(old.get(key) != body.get(key) for key in {*old, *body} if key not in aside):
        body["metadata"]["generation"] = generation + 1


def created_by_update(resource: Resource) -> bool:
    """Whether a PUT to a place where nothing is creates."""
    return resource.storage in _CREATED_BY_UPDATE


def needs_version(resource: Resource) -> bool:
    """Whether an update must say which version it is of."""
    return resource.custom is not None


def allocate(state: ClusterState, resource: Resource, body: Body) -> None:
    """Give what the cluster has a limited number of: the addresses and ports of Services."""
    if resource.storage == "/services":
        services.allocate(state, body)


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
    spec.setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": metadata["uid"]}})
    if not metadata.get("labels"):
        metadata["labels"] = dict(template["labels"])


def _volume(body: Body) -> None:
    """A PersistentVolume says since when it is in its phase."""
    body["status"]["lastPhaseTransitionTime"] = now()


def _daemon_set(body: Body) -> None:
    """A DaemonSet's templates are counted in an annotation, which once was a field."""
    metadata = body["metadata"]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), _TEMPLATES: "1"}


def _revised_daemon_set(old: Body, body: Body) -> None:
    before = (old["metadata"].get("annotations") or {}).get(_TEMPLATES, "1")
    changed = (old.get("spec") or {}).get("template") != (body.get("spec") or {}).get("template")
    count = int(before) + changed if before.isdecimal() else 1
    body["metadata"]["annotations"] = {**(body["metadata"].get("annotations") or {}), _TEMPLATES: str(count)}


def _revised_deployment(old: Body, body: Body) -> None:
    """A Deployment's annotations go to its ReplicaSets, so they alone count as what is wanted; not those of its status."""
    if (old["metadata"].get("annotations") or {}) != (body["metadata"].get("annotations") or {}):
        body["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _definition(body: Body) -> None:
    """A CustomResourceDefinition says what it stores; the rest of its status comes with its names' acceptance."""
    spec = body.get("spec") or {}
    names = spec.setdefault("names", {})
    names.setdefault("listKind", f"{names.get('kind', '')}List")
    names.setdefault("singular", names.get("kind", "").lower())
    spec.setdefault("conversion", {"strategy": "None"})
    stored = [version["name"] for version in spec.get("versions") or () if version.get("storage")]
    body["status"] = {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": stored}


_TEMPLATES = "deprecated.daemonset.template.generation"
_REVISED: Mapping[str, Callable[[Body, Body], None]] = {
    "/services": services.keep,
    "apps/deployments": _revised_deployment,
    "apps/daemonsets": _revised_daemon_set,
}
_BY_KIND: Mapping[str, Callable[[Body], None]] = {
    "/persistentvolumes": _volume,
    "/namespaces": _namespace,
    "/pods": _pod,
    "batch/jobs": _job,
    "apps/daemonsets": _daemon_set,
    "apiextensions.k8s.io/customresourcedefinitions": _definition,
}
