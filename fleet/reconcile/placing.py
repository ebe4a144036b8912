"""Settles whether what git wants is namespaced: by this Revision's definitions, then by what the cluster serves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.model.keys import GroupKind
from fleet.model.manifest import Manifest, Rendered, Scope
from fleet.reconcile.site import Wanted


def placed(wanted: Wanted, served: Mapping[GroupKind, Scope]) -> tuple[Manifest, ...] | None:
    """An App's Manifests with every scope settled that can be: by this Revision's CRDs, then by what the cluster serves."""
    if wanted.desired is None or not isinstance(wanted.desired.result, Rendered):
        return None
    manifests = wanted.desired.result.manifests
    if all(manifest.scope is not Scope.UNKNOWN for manifest in manifests):
        return manifests
    return place(manifests, {**served, **wanted.custom}, namespace=wanted.desired.app.namespace)


def place(manifests: Iterable[Manifest], scopes: Mapping[GroupKind, Scope], *, namespace: str) -> tuple[Manifest, ...]:
    """Settle unknown scopes; of a kind that nobody knows the Manifest stays as it was written."""
    return tuple(
        manifest.placed(scopes.get(manifest.key.group_kind, Scope.UNKNOWN), namespace)
        if manifest.scope is Scope.UNKNOWN
        else manifest
        for manifest in manifests
    )
