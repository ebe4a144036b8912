"""Which App owns which object of a cluster, from git alone."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.errors import FleetError
from fleet.model.app import App, ClusterMap
from fleet.model.claims import Claim, Claims, ClaimsIncomplete
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest, RenderFailed


def claims(cluster_map: ClusterMap, manifests: Mapping[str, tuple[Manifest, ...]], commit: str) -> Claims | ClaimsIncomplete:
    """Give each key to the first App that wants it, in order of declaration (file, line, then name).

    `manifests` holds, by App name, what each App renders to on this cluster. An error in the cluster's chain, a failed render
    or an App that is not in there makes the answer incomplete: an App could be missing from it, and its objects with it.
    """
    missing = [name for name in cluster_map.apps if name not in manifests]
    if missing or not cluster_map.complete:
        return ClaimsIncomplete(commit=commit, reasons=_reasons(cluster_map))
    owners: dict[ObjectKey, Claim] = {}
    refused: dict[ObjectKey, tuple[Claim, Claim]] = {}
    yielding: list[tuple[ObjectKey, Claim]] = []
    for app in sorted((desired.app for desired in cluster_map.apps.values()), key=_declared):
        for manifest in manifests[app.key.app]:
            claim = Claim(app=app.key.app, origin=manifest.origin, digest=manifest.digest)
            if manifest.yields:
                yielding.append((manifest.key, claim))
                continue
            first = owners.setdefault(manifest.key, claim)
            if first is not claim:
                refused.setdefault(manifest.key, (first, claim))
    for key, claim in yielding:
        owners.setdefault(key, claim)
    return Claims(commit=commit, owners=owners, refused=refused)


def _declared(app: App) -> tuple[str, int, str]:
    origin = app.declared_by.origin
    return origin.file, origin.line, app.key.app


def _reasons(cluster_map: ClusterMap) -> tuple[FleetError, ...]:
    problems = [problem.error for problem in cluster_map.problems]
    failed = [app.result for app in cluster_map.apps.values() if isinstance(app.result, RenderFailed)]
    return (*problems, *(error for result in failed for error in result.errors))
