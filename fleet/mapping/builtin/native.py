"""Reads `fleethub.dev/v1alpha1 App` documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.hooks import AppKind, AppKindContext, hookimpl
from fleet.mapping.builtin import fields
from fleet.mapping.builtin.places import refuse
from fleet.model.app import AdoptPolicy, App, DeclaredBy, DriftPolicy, IgnoreDrift, OnRemoval
from fleet.model.durations import seconds
from fleet.model.keys import AppKey, GroupKind

KIND = GroupKind("fleethub.dev", "App")
VERSION = "fleethub.dev/v1alpha1"
OPTIONS = ("plain", "kustomize", "helm")
"""Renderers whose options are known by name; another's stand under the name that `renderer` says."""

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_APP_NAME = fields.matching(rf"(?=.{{1,200}}\Z){_LABEL}(\.{_LABEL})*", "a name of lower case letters, digits, - and .")
_POINTER = fields.matching(r"/.+|\*", 'a JSON pointer such as /spec/replicas, or "*"')
_METADATA = {"name": _APP_NAME, "namespace": fields.text, "labels": fields.anything, "annotations": fields.anything}
_IGNORED = {
    "group": fields.text,
    "kind": fields.text,
    "namespace": fields.text,
    "name": fields.text,
    "fields": fields.list_of(_POINTER),
}
_SPEC: Mapping[str, fields.Check] = {
    "path": fields.directory,
    "renderer": fields.text,
    "namespace": fields.matching(_LABEL, "the name of a namespace"),
    "clusters": fields.mapping({"matchLabels": fields.texts_by_key}, required=["matchLabels"]),
    "substitute": fields.boolean,
    "dependsOn": fields.list_of(_APP_NAME),
    "prune": fields.boolean,
    "drift": fields.one_of(*DriftPolicy),
    "adopt": fields.one_of(*AdoptPolicy),
    "paused": fields.boolean,
    "timeout": fields.duration,
    "ignoreDrift": fields.list_of(fields.mapping(_IGNORED, required=["kind", "fields"])),
}


@hookimpl
def fleet_app_kinds() -> Iterable[AppKind]:
    """Declare this reader."""
    return [AppKind(kind=KIND, read=read)]


def read(context: AppKindContext) -> Iterable[App]:
    """Read one document for one cluster; raises DeclarationInvalid with everything that is wrong with it."""
    document = context.document
    refuse(context, _complaints(document))
    spec = document["spec"]
    wanted = spec.get("clusters", {}).get("matchLabels", {})
    if any(context.labels.get(key) != value for key, value in wanted.items()):
        return []
    return [_app(context, document["metadata"]["name"], spec)]


def _app(context: AppKindContext, name: str, spec: Mapping[str, Any]) -> App:
    renderer = _renderer(spec)
    prune = spec.get("prune", True)
    return App(
        key=AppKey(context.cluster, name),
        declared_by=DeclaredBy(origin=context.origin, parent=context.parent),
        path=fields.plain_path(spec.get("path", "")),
        renderer=renderer,
        options=spec.get(renderer, {}) if renderer else {},
        namespace=spec.get("namespace", "default"),
        substitute=spec.get("substitute", False),
        depends_on=tuple(spec.get("dependsOn", ())),
        prune=prune,
        on_removal=OnRemoval.DELETE if prune else OnRemoval.ORPHAN,
        drift=DriftPolicy(spec.get("drift", DriftPolicy.REVERT)),
        adopt=AdoptPolicy(spec.get("adopt", AdoptPolicy.IF_NO_CONFLICT)),
        paused=spec.get("paused", False),
        timeout=seconds(spec.get("timeout", "10m")) or 0.0,
        ignore_drift=tuple(_ignored(each) for each in spec.get("ignoreDrift", ())),
    )


def _ignored(said: Mapping[str, Any]) -> IgnoreDrift:
    return IgnoreDrift(
        kind=said["kind"],
        group=said.get("group", ""),
        namespace=said.get("namespace", ""),
        name=said.get("name", ""),
        fields=tuple(said["fields"]),
    )


def _renderer(spec: Mapping[str, Any]) -> str:
    """The renderer that is named, by itself or by its options; empty when neither is."""
    named = spec.get("renderer", "")
    return named or next((name for name in OPTIONS if name in spec), "")


def _complaints(document: Mapping[str, Any]) -> Iterator[fields.Complaint]:
    if document["apiVersion"] != VERSION:
        yield "/apiVersion", f"an App is read as {VERSION}, not as {document['apiVersion']}"
        return
    spec = document.get("spec")
    renderer = spec.get("renderer") if isinstance(spec, dict) else None
    of_renderers = {name: fields.some_mapping for name in (*OPTIONS, renderer) if isinstance(name, str) and name not in _SPEC}
    helm = spec.get("helm") if isinstance(spec, dict) else None
    needed = [] if isinstance(helm, dict) and "chart" in helm else ["path"]
    checks = {
        "apiVersion": fields.anything,
        "kind": fields.anything,
        "metadata": fields.mapping(_METADATA, required=["name"]),
        "spec": fields.mapping({**_SPEC, **of_renderers}, required=needed),
    }
    yield from fields.mapping(checks, required=["metadata", "spec"])("", document)
    if isinstance(spec, dict):
        yield from _option_complaints(spec)


def _option_complaints(spec: Mapping[str, Any]) -> Iterator[fields.Complaint]:
    given = [name for name in OPTIONS if name in spec]
    meant = spec.get("renderer") or (given[0] if len(given) == 1 else "")
    for name in given:
        if name != meant:
            why = f"the renderer is {meant}" if meant else "say which one with renderer"
            yield f"/spec/{name}", f"spec.{name} are options of another renderer; {why}"
