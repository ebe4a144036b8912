"""Generates Applications from the sets of `sets.yaml`, as the reader under test does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.errors import FleetError
from fleet.hooks import AppKindContext, SourceTree
from fleet.k8syaml import load_documents
from fleet.mapping.builtin.argocd.applicationset.generated import FINALIZER, generated
from fleet.mapping.builtin.argocd.applicationset.looking import Looking
from fleet.model.cluster import Registered
from fleet.model.manifest import Origin
from tests.mapping.applicationset.surroundings import CLUSTERS, SERVERS, URL

HERE = Path(__file__).parent
SETS: list[dict[str, Any]] = load_documents((HERE / "sets.yaml").read_bytes(), file="sets.yaml")[0].value
EXPECTED: dict[str, str | list[Any]] = json.loads((HERE / "expected.json").read_text())
"""By title: `error`, or the Applications as `brief` says them. Worked out from the code of Argo CD 3.6.1, case by case."""
FLEET = Registered(
    urls=(URL,),
    branch="main",
    servers=SERVERS,
    called={name: cluster for cluster, url in SERVERS.items() for name in (cluster, url)},
)


def document(spec: Mapping[str, Any]) -> dict[str, Any]:
    """An ApplicationSet with a spec."""
    metadata = {"name": "set", "namespace": "argocd"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": metadata, "spec": dict(spec)}


def context(spec: Mapping[str, Any], tree: SourceTree, cluster: str = "prod-eu-1") -> AppKindContext:
    """What a reader is given."""
    return AppKindContext(
        document=document(spec),
        origin=Origin("clusters/apps.yaml", 1),
        tree=tree,
        cluster=cluster,
        directory=f"clusters/{cluster}",
        labels=CLUSTERS[cluster],
        variables={},
        clusters=CLUSTERS,
        fleet=FLEET,
        readers=frozenset(CLUSTERS),
    )


def applications(spec: Mapping[str, Any], tree: SourceTree) -> str | list[Any]:
    """What a set generates, as `EXPECTED` says it; in order of name, since Argo CD gives clusters and merged sets in none."""
    try:
        made = generated(Looking(context(spec, tree)))
    except FleetError:
        return "error"
    return sorted(map(brief, made), key=str)


def brief(application: Mapping[str, Any]) -> dict[str, Any]:
    """An Application without what all of them have."""
    metadata, spec = dict(application["metadata"]), dict(application["spec"])
    assert metadata.pop("namespace") == "argocd"
    if metadata.get("finalizers") == [FINALIZER]:
        del metadata["finalizers"]
    else:
        metadata.setdefault("finalizers", [])
    assert spec.pop("project") == "default"
    source, destination = dict(spec.pop("source")), dict(spec.pop("destination"))
    assert (source.pop("repoURL"), source.pop("targetRevision"), destination.pop("namespace")) == (URL, "HEAD", "shop")
    return {**metadata, **source, **destination, **spec}
