"""Kinds that are what they should be as soon as they exist: nobody reports on them, so their bodies are not watched."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.verdicts import healthy
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind

# Every built-in kind without a status subresource that can be watched, but for those with a rule: a test compares.
KINDS = {
    "": "ConfigMap Endpoints Event LimitRange PodTemplate Secret ServiceAccount",
    "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding ValidatingAdmissionPolicyBinding",
    "apps": "ControllerRevision",
    "coordination.k8s.io": "Lease",
    "events.k8s.io": "Event",
    "networking.k8s.io": "IPAddress IngressClass NetworkPolicy",
    "node.k8s.io": "RuntimeClass",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding Role RoleBinding",
    "resource.k8s.io": "DeviceClass ResourceClaimTemplate ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttributesClass",
}


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare them all; what is judged needs no body."""
    kinds = (GroupKind(group, kind) for group, names in KINDS.items() for kind in names.split())
    return tuple(HealthCheck(kind=kind, assess=assess, needs_body=False) for kind in kinds)


def assess(context: HealthContext) -> Health:
    """It is Healthy: it exists."""
    return healthy("Exists", "it exists, and its kind reports no status")
