"""Flux's Kustomization: one directory of this repository, built with kustomize, with variables put in afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fleet.hooks import AppKindContext
from fleet.mapping.builtin import fields
from fleet.mapping.builtin.fields import Complaint
from fleet.mapping.builtin.flux import ignoring, references, sources
from fleet.mapping.builtin.places import notices, refuse
from fleet.mapping.builtin.table import Table
from fleet.model.app import App, DeclaredBy, Notice, OnRemoval
from fleet.model.durations import seconds
from fleet.model.keys import AppKey, GroupKind

KIND = GroupKind("kustomize.toolkit.fluxcd.io", "Kustomization")
TABLE = Table.load(Path(__file__).with_name("kustomization.toml"))
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RECONCILE = "kustomize.toolkit.fluxcd.io/reconcile"
_REPLACE = {"fleethub.dev/replace": "true"}
_CLUSTERS = "CLUSTER_"  # variables that every cluster has by itself
_BUILT = ("namePrefix", "nameSuffix", "patches", "images", "components", "ignoreMissingComponents", "buildMetadata")
"""Fields that are kustomize's own, by the same names."""
_CHANGING = (*_BUILT, "targetNamespace", "commonMetadata", "postBuild", "force", "suspend", "ignore", "dependsOn")
"""Fields that would make a cluster's own directory something else than it says."""
_CHECKS: Mapping[str, fields.Check] = {
    "metadata.name": fields.text,
    "metadata.namespace": fields.text,
    "spec.sourceRef.kind": fields.one_of("GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"),
    "spec.sourceRef.name": fields.text,
    "spec.sourceRef.namespace": fields.text,
    "spec.targetNamespace": fields.text,
    "spec.namePrefix": fields.text,
    "spec.nameSuffix": fields.text,
    "spec.patches": fields.list_of(fields.some_mapping),
    "spec.images": fields.list_of(fields.some_mapping),
    "spec.components": fields.list_of(fields.text),
    "spec.ignoreMissingComponents": fields.boolean,
    "spec.commonMetadata.labels": fields.texts_by_key,
    "spec.commonMetadata.annotations": fields.texts_by_key,
    "spec.postBuild.substitute": fields.texts_by_key,
    "spec.postBuild.substituteFrom[].kind": fields.one_of(*references.KINDS),
    "spec.postBuild.substituteFrom[].name": fields.text,
    "spec.postBuild.substituteFrom[].optional": fields.boolean,
    "spec.postBuild.substituteStrategy": fields.one_of("WithVariables", "Always"),
    "spec.dependsOn[].name": fields.text,
    "spec.dependsOn[].namespace": fields.text,
    "spec.prune": fields.boolean,
    "spec.deletionPolicy": fields.one_of("MirrorPrune", "Delete", "WaitForTermination", "Orphan"),
    "spec.suspend": fields.boolean,
    "spec.force": fields.boolean,
    "spec.timeout": fields.duration,
    "spec.interval": fields.duration,
    "spec.ignore[].paths": fields.list_of(fields.matching(r"(/.*)?", "a JSON pointer such as /spec/replicas")),
}


def read(context: AppKindContext) -> Iterable[App | Notice]:
    """Read one Kustomization; raises DeclarationInvalid with everything that is wrong with it."""
    document = context.document
    examined = TABLE.examine(document, _CHECKS)
    required = () if examined.complaints else _required(document)
    refuse(context, [*examined.complaints, *required])
    refuse(context, _wrong(document["spec"]))
    namespace = document["metadata"].get("namespace") or ""
    said = notices(context, [*examined.notices, *_unwaited(document["spec"].get("dependsOn") or (), namespace)])
    ignore = sources.of_git(context, document["spec"]["sourceRef"], namespace, "/spec/sourceRef")
    path = fields.plain_path(document["spec"].get("path") or "")
    if path == context.directory:
        return [*said, _own(context)]
    if fields.plain_path(context.directory).startswith(f"{path}/" if path else ""):
        message = f"{path or 'the root'} holds the directory of {context.cluster}, which is read already; name another"
        refuse(context, [("/spec/path", message)])
    return [*said, _app(context, path, ignore)]


def app_name(namespace: str, name: str) -> str:
    """The name of a Kustomization's App."""
    return name if namespace in ("", sources.HOME) else f"{namespace}.{name}"


def _required(document: Mapping[str, Any]) -> Iterator[Complaint]:
    checks = {"metadata": fields.mapping_with("name"), "spec": fields.mapping_with("prune", "sourceRef", "interval")}
    for name, check in checks.items():
        yield from check(f"/{name}", document.get(name))
    yield from _each_has(document.get("spec"))


def _each_has(spec: Any) -> Iterator[Complaint]:
    if not isinstance(spec, dict):
        return
    yield from fields.mapping_with("kind", "name")("/spec/sourceRef", spec.get("sourceRef") or {})
    build = spec.get("postBuild") or {}
    for at, items, needed in (
        ("/spec/postBuild/substituteFrom", build.get("substituteFrom"), ("kind", "name")),
        ("/spec/dependsOn", spec.get("dependsOn"), ("name",)),
        ("/spec/ignore", spec.get("ignore"), ("paths",)),
    ):
        yield from fields.list_of(fields.mapping_with(*needed))(at, items or [])


def _wrong(spec: Mapping[str, Any]) -> Iterator[Complaint]:
    """What is of the right form, and cannot be."""
    kind = spec["sourceRef"]["kind"]
    if kind != "GitRepository":
        yield "/spec/sourceRef/kind", f"spec.sourceRef.kind is refused: desired state comes from git alone, not from a {kind}"
    if ".." in str(spec.get("path") or "").split("/"):
        yield "/spec/path", "spec.path must stay inside the repository: no .."
    for name in (spec.get("postBuild") or {}).get("substitute") or {}:
        if not _VARIABLE.fullmatch(name):
            at = f"/spec/postBuild/substitute/{fields.escaped(name)}"
            yield at, f"{name} cannot be a variable's name: letters, digits and _, no digit first"
    yield from ignoring.wrong(spec.get("ignore") or (), "/spec/ignore")


def _own(context: AppKindContext) -> Notice:
    """The Kustomization that Flux's bootstrap makes: it points at the directory that is the cluster's own App already."""
    spec = context.document["spec"]
    changed = [name for name in _CHANGING if spec.get(name)]
    own = f"this is the directory of {context.cluster}, whose objects are its own App"
    refuse(context, [(f"/spec/{name}", f"spec.{name} is refused here: {own}, just as they are written") for name in changed])
    return Notice(context.origin, f"Kustomization {context.document['metadata']['name']} declares no App: {own}")


def _app(context: AppKindContext, path: str, ignore: str) -> App:
    document = context.document
    spec, metadata = document["spec"], document["metadata"]
    namespace = metadata.get("namespace") or ""
    secrets: list[str] = []
    variables = _variables(context, spec.get("postBuild") or {}, namespace, secrets=secrets)
    policy = spec.get("deletionPolicy") or "MirrorPrune"
    kept = policy == "Orphan" or (policy == "MirrorPrune" and not spec["prune"])
    return App(
        key=AppKey(context.cluster, app_name(namespace, metadata["name"])),
        declared_by=DeclaredBy(origin=context.origin, parent=context.parent),
        path=path,
        renderer="kustomize",
        options=_options(spec, ignore),
        namespace=spec.get("targetNamespace") or "default",
        substitute=variables is not None,
        variables=variables or {},
        secrets=tuple(secrets),
        strict=False,
        depends_on=tuple(_depends(spec.get("dependsOn") or (), namespace)),
        prune=spec["prune"],
        on_removal=OnRemoval.ORPHAN if kept else OnRemoval.DELETE,
        paused=bool(spec.get("suspend")) or (metadata.get("annotations") or {}).get(_RECONCILE) == "disabled",
        timeout=seconds(spec.get("timeout") or spec["interval"]) or 0.0,
        ignore_drift=ignoring.rules(spec.get("ignore") or ()),
    )


def _options(spec: Mapping[str, Any], ignore: str) -> Mapping[str, Any]:
    said = {name: spec[name] for name in _BUILT if spec.get(name)}
    common = {name: dict(pairs) for name, pairs in (spec.get("commonMetadata") or {}).items() if pairs}
    if spec.get("force"):
        common["annotations"] = {**common.get("annotations", {}), **_REPLACE}
    return {
        "generate": True,
        **({"ignore": ignore} if ignore else {}),
        **({"namespace": spec["targetNamespace"]} if spec.get("targetNamespace") else {}),
        **({"commonMetadata": common} if common else {}),
        **said,
    }


def _unwaited(said: Iterable[Mapping[str, Any]], namespace: str) -> Iterator[Complaint]:
    for number, each in enumerate(said):
        if _is_own(each, namespace):
            message = f"{sources.HOME}/{sources.HOME} is the cluster's own directory, which is not waited for"
            yield f"/spec/dependsOn/{number}", f"spec.dependsOn.{number} has no effect here: {message}"


def _is_own(dependency: Mapping[str, Any], namespace: str) -> bool:
    """Whether it is the Kustomization of Flux's bootstrap: the directory that this one stands in. Read, it is there."""
    return (dependency.get("namespace") or namespace, dependency["name"]) == (sources.HOME, sources.HOME)


def _depends(said: Iterable[Mapping[str, Any]], namespace: str) -> Iterator[str]:
    for each in said:
        if not _is_own(each, namespace):
            yield app_name(each.get("namespace") or namespace, each["name"])


def _variables(
    context: AppKindContext, build: Mapping[str, Any], namespace: str, *, secrets: list[str]
) -> Mapping[str, str] | None:
    """The Kustomization's own variables; None where nothing is put in. What came from Secrets is added to `secrets`."""
    if not build:
        return None
    found: dict[str, str] = {}
    for number, reference in enumerate(build.get("substituteFrom") or ()):
        at = f"/spec/postBuild/substituteFrom/{number}"
        given = references.texts(context, reference, namespace, at) or {}
        wrong = [name for name in given if not _VARIABLE.fullmatch(name)]
        refuse(context, [(at, f"its key {name} cannot be a variable's name") for name in wrong])
        found |= given
        secrets += (text.replace("\n", "") for text in references.secrets(reference, given))
    found |= build.get("substitute") or {}
    always = build.get("substituteStrategy") == "Always"
    if not (found or always or any(not name.startswith(_CLUSTERS) for name in context.variables)):
        return None
    # As Flux does: a value is one line.
    return {name: value.replace("\n", "") for name, value in found.items()}
