"""What Flux's words on an object say: as a label or as an annotation, in any case of letters, as its own controllers read them.

Source: fluxcd/pkg `ssa` (manager_apply.go, manager_delete.go, utils/meta.go) and `ssa/jsondiff`, fluxcd/kustomize-controller
`kustomization_controller.go`, fluxcd/helm-controller `internal/action/diff.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KUSTOMIZE = "kustomize.toolkit.fluxcd.io/"
SSA = f"{_KUSTOMIZE}ssa"
RECONCILE = f"{_KUSTOMIZE}reconcile"
PRUNE = f"{_KUSTOMIZE}prune"
FORCE = f"{_KUSTOMIZE}force"
DETECTION = "helm.toolkit.fluxcd.io/driftDetection"
_PLACES = ("labels", "annotations")


def said(metadata: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Every value that an object gives a word: by a label, by an annotation."""
    return tuple(str(found[name]).casefold() for place in _PLACES if name in (found := metadata.get(place) or {}))


def keeps(metadata: Mapping[str, Any]) -> bool:
    """Whether the object is not to be deleted when git no longer has it."""
    return "disabled" in said(metadata, PRUNE)


def left_alone(metadata: Mapping[str, Any]) -> bool:
    """Whether the object is none of Flux's business: not made, not changed, not deleted."""
    return "disabled" in said(metadata, RECONCILE) or "ignore" in said(metadata, SSA)


def made_only(metadata: Mapping[str, Any]) -> bool:
    """Whether the object is made where it is not there, and otherwise left as it is."""
    return "ifnotpresent" in said(metadata, SSA)


def merges(metadata: Mapping[str, Any]) -> bool:
    """Whether what people's tools added to the object stays, as long as git does not say the same field."""
    return "merge" in said(metadata, SSA)


def replaces(metadata: Mapping[str, Any]) -> bool:
    """Whether the object may be deleted and created anew."""
    return "enabled" in said(metadata, FORCE)


def undetected(metadata: Mapping[str, Any]) -> bool:
    """Whether nobody looks for drift of the object: what git changes is applied, and nothing is reverted."""
    return "disabled" in said(metadata, DETECTION)
