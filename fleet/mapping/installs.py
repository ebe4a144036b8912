"""Install manifests of other GitOps engines that stand in the tree: found by what they are, reported, never applied.

An engine's own CRDs are known by name. Of the rest an object must have the kind and the name that the engine's project
gives it, and say that it is part of it: an object of yours in the engine's namespace, or with its label alone, is yours.
Sources: argoproj/argo-cd `manifests/`, argoproj/argo-helm `charts/argo-cd`, fluxcd/flux2 `manifests/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from fleet.model.flux_words import left_alone
from fleet.model.manifest import Manifest

_CRD = "CustomResourceDefinition.apiextensions.k8s.io"
_PART_OF = "app.kubernetes.io/part-of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """What an engine's project installs, as names by kind; `*` allowed."""

    engine: str
    part_of: str
    """The value of the label `app.kubernetes.io/part-of` that an object must have, whatever its name."""
    labelled: Mapping[str, tuple[str, ...]] = field(hash=False)
    """Objects that the label is asked of. A Helm release may stand before the name: `argo-argocd-server`."""
    named: Mapping[str, tuple[str, ...]] = field(hash=False)
    """Objects whose name alone tells: nobody else gives it."""


_ARGO = tuple(
    f"argocd-{part}"
    for part in (
        "application-controller",
        "applicationset-controller",
        "commit-server",
        "dex-server",
        "notifications-controller",
        "redis",
        "redis-ha*",
        "repo-server",
        "server",
    )
)
_ARGO_CONFIG = tuple(
    f"argocd-{part}"
    for part in (
        "cm",
        "cmd-params-cm",
        "gpg-keys-cm",
        "notifications-cm",
        "rbac-cm",
        "redis-ha*",
        "ssh-known-hosts-cm",
        "tls-certs-cm",
    )
)
_FLUX = (
    "helm-controller",
    "image-automation-controller",
    "image-reflector-controller",
    "kustomize-controller",
    "notification-controller",
    "source-controller",
    "source-watcher",
)
_FLUX_ROLES = ("cluster-reconciler*", "crd-controller*", "flux-edit*", "flux-view*")

INSTALLS = (
    Install(
        engine="Argo CD",
        part_of="argocd",
        labelled={
            "ServiceAccount": _ARGO,
            "ConfigMap": _ARGO_CONFIG,
            "Secret": ("argocd-notifications-secret", "argocd-secret"),
            "Service": (*_ARGO, "argocd-metrics", "argocd-notifications-controller-metrics", "argocd-server-metrics"),
            "Deployment.apps": _ARGO,
            "StatefulSet.apps": _ARGO,
            "Role.rbac.authorization.k8s.io": _ARGO,
            "RoleBinding.rbac.authorization.k8s.io": _ARGO,
            "ClusterRole.rbac.authorization.k8s.io": _ARGO,
            "ClusterRoleBinding.rbac.authorization.k8s.io": _ARGO,
        },
        named={
            _CRD: ("applications.argoproj.io", "applicationsets.argoproj.io", "appprojects.argoproj.io"),
            "NetworkPolicy.networking.k8s.io": tuple(f"{part}-network-policy" for part in _ARGO),
        },
    ),
    Install(
        engine="Flux",
        part_of="flux",
        labelled={
            "Namespace": ("flux-system",),
            "ServiceAccount": _FLUX,
            "Service": (*_FLUX, "webhook-receiver"),
            "Deployment.apps": _FLUX,
            "ResourceQuota": ("critical-pods*",),
            "ClusterRole.rbac.authorization.k8s.io": _FLUX_ROLES,
            "ClusterRoleBinding.rbac.authorization.k8s.io": _FLUX_ROLES,
            "NetworkPolicy.networking.k8s.io": ("allow-egress", "allow-scraping", "allow-webhooks"),
        },
        named={_CRD: ("*.toolkit.fluxcd.io",)},
    ),
)


def engine_of(manifest: Manifest) -> str:
    """The engine whose installation an object is part of; empty for any other object."""
    return next((each.engine for each in INSTALLS if _is_of(each, manifest)), "")


def parted(manifests: Iterable[Manifest]) -> tuple[tuple[Manifest, ...], tuple[Manifest, ...]]:
    """Separate what is applied from what is not: another engine's installation, and what Flux's words leave to others."""
    own: list[Manifest] = []
    withheld: list[Manifest] = []
    for manifest in manifests:
        (withheld if left_alone(manifest.metadata) or engine_of(manifest) else own).append(manifest)
    return tuple(own), tuple(withheld)


def _is_of(install: Install, manifest: Manifest) -> bool:
    kind, name = str(manifest.key.group_kind), manifest.key.name
    if any(fnmatchcase(name, pattern) for pattern in install.named.get(kind, ())):
        return True
    labels = manifest.body["metadata"].get("labels") or {}
    if labels.get(_PART_OF) != install.part_of:
        return False
    return any(fnmatchcase(name, each) or fnmatchcase(name, f"*-{each}") for each in install.labelled.get(kind, ()))
