"""An App of several directories, or with a Namespace of its own: its parts' renders put together as one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from fleet.model.app import App, DesiredApp
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Declaration, Manifest, Rendered, RenderFailed, Scope
from fleet.model.marks import PRUNE


def parts_of(app: App) -> tuple[App, ...]:
    """An App for each directory, alike but for what is rendered."""
    alone = replace(app, more=(), own_namespace=None)
    further = (replace(alone, path=part.path, renderer=part.renderer, options=part.options) for part in app.more)
    return (alone, *further)


def composed(app: App, parts: Sequence[DesiredApp]) -> DesiredApp:
    """Put the parts together; one that failed fails the whole, with the errors of all that did."""
    fingerprint = _fingerprint(app, parts)
    inputs = tuple(sorted(dict(row for part in parts for row in part.inputs).items()))
    failed = [part.result for part in parts if isinstance(part.result, RenderFailed)]
    if failed:
        errors = tuple(error for each in failed for error in each.errors)
        read = tuple(each for part in parts for each in _read(part.result))
        result: Rendered | RenderFailed = RenderFailed(fingerprint=fingerprint, errors=errors, read=read)
    else:
        result = _together(app, [part.result for part in parts if isinstance(part.result, Rendered)], fingerprint)
    return DesiredApp(app=app, fingerprint=fingerprint, result=result, inputs=inputs)


def _read(result: Rendered | RenderFailed) -> tuple[Manifest, ...]:
    return result.manifests if isinstance(result, Rendered) else result.read


def _together(app: App, results: Iterable[Rendered], fingerprint: str) -> Rendered:
    """Of equal keys the later part's object counts, as in Argo CD."""
    manifests: dict[ObjectKey, Manifest] = {}
    declarations: dict[ObjectKey, Declaration] = {}
    withheld: dict[ObjectKey, Manifest] = {}
    for each in results:
        manifests |= {manifest.key: manifest for manifest in each.manifests}
        declarations |= {declaration.identity: declaration for declaration in each.declarations}
        withheld |= {manifest.key: manifest for manifest in each.withheld}
    own = _own_namespace(app)
    if own is not None:
        manifests.setdefault(own.key, own)
    return Rendered(
        fingerprint=fingerprint,
        manifests=tuple(manifests.values()),
        declarations=tuple(declarations.values()),
        withheld=tuple(withheld.values()),
    )


def _own_namespace(app: App) -> Manifest | None:
    """The Namespace that the App brings where nobody declares it; nothing deletes it, as it may hold what is not the App's."""
    said = app.own_namespace
    if said is None:
        return None
    metadata: dict[str, Any] = {"name": app.namespace, "annotations": {**said.annotations, PRUNE: "false"}}
    if said.labels:
        metadata["labels"] = dict(said.labels)
    body: Mapping[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    made = Manifest.of(body, origin=app.declared_by.origin, scope=Scope.CLUSTER, namespace="")
    return replace(made, yields=True)


def _fingerprint(app: App, parts: Sequence[DesiredApp]) -> str:
    own = app.own_namespace
    namespace = [app.namespace, dict(own.labels), dict(own.annotations)] if own else []
    said = ["composed", [part.fingerprint for part in parts], namespace]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
