"""Reads an Application as the App it declares on its destination."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fleet.hooks import AppKindContext
from fleet.mapping.builtin.argocd import policy, sources
from fleet.mapping.builtin.argocd.checks import CHECKS
from fleet.mapping.builtin.argocd.destination import cluster_of, elsewhere, unheard
from fleet.mapping.builtin.fields import Complaint
from fleet.mapping.builtin.places import notices, refuse
from fleet.mapping.builtin.table import Table
from fleet.model.app import App, DeclaredBy, Elsewhere, Notice
from fleet.model.keys import AppKey

TABLE = Table.load(Path(__file__).with_name("application.toml"))
HOME = "argocd"
"""The namespace in which Argo CD keeps Applications unless it is told otherwise."""


def read(context: AppKindContext) -> Iterable[App | Notice | Elsewhere]:
    """Read one document for one cluster; raises DeclarationInvalid with everything that is wrong with it.

    One that is certainly for another cluster which reads its file too says no more here, not even what is wrong with it.
    """
    document = context.document
    destination = _at(document, "spec", "destination")
    cluster = cluster_of(context, destination)
    if isinstance(cluster, str) and cluster != context.cluster:
        refuse(context, unheard(context, cluster))
        return [elsewhere(context, [cluster])]
    examined = TABLE.examine(document, CHECKS)
    refuse(context, examined.complaints)
    refuse(context, _complaints(context, cluster))
    said = notices(context, (*examined.notices, *policy.notices(document)))
    return [_app(context), *said]


def app_name(metadata: Mapping[str, Any]) -> str:
    """The App's name: the Application's own in Argo CD's home, with its namespace before it elsewhere."""
    namespace = metadata.get("namespace") or HOME
    return str(metadata["name"]) if namespace == HOME else f"{namespace}.{metadata['name']}"


def _complaints(context: AppKindContext, cluster: str | Complaint) -> Iterator[Complaint]:
    if not isinstance(cluster, str):
        yield cluster
    document = context.document
    if not _at(document, "metadata").get("name"):
        yield "/metadata", "metadata needs the field name"
    spec = document.get("spec")
    if not isinstance(spec, dict):
        yield "", "an Application needs the field spec"
        return
    found = sources.sources_of(spec)
    yield from sources.complaints(context, found)
    yield from sources.values_complaints(context, found)
    namespace = _at(spec, "destination").get("namespace") or ""
    for source in found:
        own = source.block("helm").get("namespace")
        if own and own != namespace:
            yield f"{source.at}/helm/namespace", f"helm.namespace is {own}, and the destination's {namespace or 'none'}"
    yield from policy.complaints(document)


def _app(context: AppKindContext) -> App:
    metadata, spec = context.document["metadata"], context.document["spec"]
    first, *more = sources.parts(context, sources.sources_of(spec), name=metadata["name"])
    policies = policy.policy_of(context.document)
    return App(
        key=AppKey(context.cluster, app_name(metadata)),
        declared_by=DeclaredBy(origin=context.origin, parent=context.parent),
        path=first.path,
        renderer=first.renderer,
        options=first.options,
        more=tuple(more),
        namespace=spec["destination"].get("namespace") or "default",
        own_namespace=policies.own_namespace if spec["destination"].get("namespace") else None,
        automated=policies.automated,
        prune=policies.prune,
        on_removal=policies.on_removal,
        drift=policies.drift,
        paused=policies.paused,
        propagation=policies.propagation,
        removal_propagation=policies.removal_propagation,
        overwrite=policies.overwrite,
        ignore_drift=policy.ignored(spec),
    )


def _at(value: Any, *names: str) -> Mapping[str, Any]:
    """A mapping in a mapping; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
