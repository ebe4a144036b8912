"""The order of writes inside an App: by wave, then by one table of kinds. Deletes go the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple

from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.plan import Change
from fleet.plan.waves import wave_in_git


class Stage(IntEnum):
    """Groups of kinds; what is in one may depend on what is in those before it."""

    DEFINITIONS = 0
    SETTINGS = 1
    WORKLOADS = 2
    INTERCEPTORS = 3
    """What can refuse or reroute every other write: it must not stand before what answers for it runs."""


_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"

_TABLE: Mapping[Stage, tuple[str, ...]] = {
    Stage.DEFINITIONS: (
        "Namespace",
        "CustomResourceDefinition.apiextensions.k8s.io",
        f"ClusterRole.{_RBAC}",
        "RuntimeClass.node.k8s.io",
        "IngressClass.networking.k8s.io",
        "GatewayClass.gateway.networking.k8s.io",
        "DeviceClass.resource.k8s.io",
        "PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io",
    ),
    Stage.SETTINGS: (
        "StorageClass.storage.k8s.io",
        "VolumeSnapshotClass.snapshot.storage.k8s.io",
        "CSIDriver.storage.k8s.io",
        "PriorityClass.scheduling.k8s.io",
        "FlowSchema.flowcontrol.apiserver.k8s.io",
        "ServiceAccount",
        "ConfigMap",
        "Secret",
        f"Role.{_RBAC}",
        f"RoleBinding.{_RBAC}",
        f"ClusterRoleBinding.{_RBAC}",
        "ResourceQuota",
        "LimitRange",
        "NetworkPolicy.networking.k8s.io",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Service",
        "Endpoints",
        "EndpointSlice.discovery.k8s.io",
    ),
    Stage.INTERCEPTORS: (
        f"ValidatingWebhookConfiguration.{_ADMISSION}",
        f"MutatingWebhookConfiguration.{_ADMISSION}",
        f"ValidatingAdmissionPolicy.{_ADMISSION}",
        f"ValidatingAdmissionPolicyBinding.{_ADMISSION}",
        f"MutatingAdmissionPolicy.{_ADMISSION}",
        f"MutatingAdmissionPolicyBinding.{_ADMISSION}",
        "APIService.apiregistration.k8s.io",
    ),
}
_STAGES = {GroupKind.parse(kind): stage for stage, kinds in _TABLE.items() for kind in kinds}

CONFIGURATION = frozenset({GroupKind("", "ConfigMap"), GroupKind("", "Secret")})
"""What Pods that still run may read: when it is no longer desired it goes only after they are gone."""


def stage_of(kind: GroupKind) -> Stage:
    """The stage of a kind; one that is not in the table is a workload or a custom resource."""
    return _STAGES.get(kind, Stage.WORKLOADS)


class Step(NamedTuple):
    """A place in the order of writes: everything of a step is written before anything of the next."""

    wave: int
    stage: Stage


def step_of(change: Change) -> Step:
    """The step a Change is of: of what git wants by what git says, of the rest by what it said when it was last applied."""
    wave = wave_in_git(change.manifest) if change.manifest else change.live.wave if change.live else 0
    return Step(wave, stage_of(change.key.group_kind))


def staged(changes: Iterable[Change]) -> tuple[tuple[Change, ...], ...]:
    """Put Changes that write in steps, each sorted by key; a step with nothing in it is left out."""
    groups: dict[Step, list[Change]] = {}
    for change in changes:
        groups.setdefault(step_of(change), []).append(change)
    return tuple(tuple(sorted(groups[step], key=_by_key)) for step in sorted(groups))


def reversed_order(deletes: Iterable[Change]) -> tuple[Change, ...]:
    """Order deletes: the last step first, and in a step the kinds and names backwards too."""
    return tuple(sorted(deletes, key=lambda change: (step_of(change), change.key), reverse=True))


def _by_key(change: Change) -> ObjectKey:
    return change.key
