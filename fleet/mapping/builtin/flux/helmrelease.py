"""Flux's HelmRelease: a chart of this repository or of a chart repository, with values that stand in git."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fleet.hooks import AppKindContext
from fleet.mapping.builtin import fields
from fleet.mapping.builtin.fields import Complaint
from fleet.mapping.builtin.flux import charts, ignoring, references
from fleet.mapping.builtin.flux.values import values
from fleet.mapping.builtin.places import notices, refuse
from fleet.mapping.builtin.table import Table
from fleet.model.app import App, DeclaredBy, DriftPolicy, Notice, OwnNamespace, Propagation
from fleet.model.durations import seconds
from fleet.model.keys import AppKey, GroupKind

KIND = GroupKind("helm.toolkit.fluxcd.io", "HelmRelease")
TABLE = Table.load(Path(__file__).with_name("helmrelease.toml"))
_TIMEOUT = "5m"
_LONGEST = 53  # characters of a release's name, which Helm puts into labels with suffixes of its own
_PROPAGATION = {"background": Propagation.BACKGROUND, "foreground": Propagation.FOREGROUND, "orphan": Propagation.ORPHAN}
_CRDS = fields.one_of("Skip", "Create", "CreateReplace")
_SOURCES = ("GitRepository", "HelmRepository", "Bucket")
_CHECKS: Mapping[str, fields.Check] = {
    "metadata.name": fields.text,
    "metadata.namespace": fields.text,
    "spec.chart.spec.chart": fields.text,
    "spec.chart.spec.version": fields.text,
    "spec.chart.spec.sourceRef.kind": fields.one_of(*_SOURCES),
    "spec.chart.spec.sourceRef.name": fields.text,
    "spec.chart.spec.sourceRef.namespace": fields.text,
    "spec.chart.spec.valuesFiles": fields.list_of(fields.text),
    "spec.chart.spec.ignoreMissingValuesFiles": fields.boolean,
    "spec.chartRef.kind": fields.one_of("OCIRepository", "HelmChart"),
    "spec.chartRef.name": fields.text,
    "spec.chartRef.namespace": fields.text,
    "spec.commonMetadata.labels": fields.texts_by_key,
    "spec.commonMetadata.annotations": fields.texts_by_key,
    "spec.values": fields.some_mapping,
    "spec.valuesFrom[].kind": fields.one_of(*references.KINDS),
    "spec.valuesFrom[].name": fields.text,
    "spec.valuesFrom[].valuesKey": fields.text,
    "spec.valuesFrom[].targetPath": fields.text,
    "spec.valuesFrom[].literal": fields.boolean,
    "spec.valuesFrom[].optional": fields.boolean,
    "spec.releaseName": fields.text,
    "spec.targetNamespace": fields.text,
    "spec.install.createNamespace": fields.boolean,
    "spec.install.crds": _CRDS,
    "spec.install.skipCRDs": fields.boolean,
    "spec.install.disableSchemaValidation": fields.boolean,
    "spec.upgrade.disableSchemaValidation": fields.boolean,
    "spec.postRenderers[].kustomize.patches": fields.list_of(fields.some_mapping),
    "spec.postRenderers[].kustomize.images": fields.list_of(fields.some_mapping),
    "spec.driftDetection.mode": fields.one_of("enabled", "warn", "disabled"),
    "spec.driftDetection.ignore[].paths": fields.list_of(fields.matching(r"(/.*)?", "a JSON pointer such as /spec/replicas")),
    "spec.dependsOn[].name": fields.text,
    "spec.dependsOn[].namespace": fields.text,
    "spec.uninstall.deletionPropagation": fields.one_of(*_PROPAGATION),
    "spec.suspend": fields.boolean,
    "spec.timeout": fields.duration,
}


def read(context: AppKindContext) -> Iterable[App | Notice]:
    """Read one HelmRelease; raises DeclarationInvalid with everything that is wrong with it."""
    examined = TABLE.examine(context.document, _CHECKS)
    refuse(context, [*examined.complaints, *(() if examined.complaints else _required(context.document))])
    refuse(context, ignoring.wrong(_drift(context.document["spec"]).get("ignore") or (), "/spec/driftDetection/ignore"))
    return [*notices(context, examined.notices), _app(context)]


def app_name(namespace: str, name: str) -> str:
    """The name of a HelmRelease's App."""
    return f"helm.{namespace}.{name}"


def release_name(spec: Mapping[str, Any], name: str) -> str:
    """The release's name: as said, else with the target's before it, and shortened where Helm would not take it."""
    target = spec.get("targetNamespace")
    found = str(spec.get("releaseName") or (f"{target}-{name}" if target else name))
    if len(found) <= _LONGEST:
        return found
    return f"{found[:40]}-{hashlib.sha256(found.encode()).hexdigest()[:12]}"


def _required(document: Mapping[str, Any]) -> Iterator[Complaint]:
    yield from fields.mapping_with("name", "namespace")("/metadata", document.get("metadata"))
    spec = document.get("spec")
    if not isinstance(spec, dict) or bool(spec.get("chart")) == bool(spec.get("chartRef")):
        yield "/spec", "a HelmRelease needs spec.chart or spec.chartRef, one of them"
        return
    if spec.get("chart"):
        yield from fields.mapping_with("chart", "sourceRef")("/spec/chart/spec", spec["chart"].get("spec"))
        reference = (spec["chart"].get("spec") or {}).get("sourceRef") or {}
        yield from fields.mapping_with("kind", "name")("/spec/chart/spec/sourceRef", reference)
    else:
        yield from fields.mapping_with("kind", "name")("/spec/chartRef", spec["chartRef"])
    for at, items, needed in (
        ("/spec/valuesFrom", spec.get("valuesFrom"), ("kind", "name")),
        ("/spec/dependsOn", spec.get("dependsOn"), ("name",)),
        ("/spec/driftDetection/ignore", _drift(spec).get("ignore"), ("paths",)),
        ("/spec/postRenderers", spec.get("postRenderers"), ("kustomize",)),
    ):
        yield from fields.list_of(fields.mapping_with(*needed))(at, items or [])


def _app(context: AppKindContext) -> App:
    spec, metadata = context.document["spec"], context.document["metadata"]
    namespace = metadata["namespace"]
    chart = charts.chart(context, spec, namespace)
    given = values(context, spec, namespace)
    options = {**chart.options, **dict(given.options()), **_options(spec)}
    uninstall = (spec.get("uninstall") or {}).get("deletionPropagation") or "background"
    return App(
        key=AppKey(context.cluster, app_name(namespace, metadata["name"])),
        declared_by=DeclaredBy(origin=context.origin, parent=context.parent),
        path=chart.path,
        renderer="helm",
        options={"releaseName": release_name(spec, metadata["name"]), **options},
        secrets=tuple(given.secrets),
        namespace=spec.get("targetNamespace") or namespace,
        own_namespace=OwnNamespace() if (spec.get("install") or {}).get("createNamespace") else None,
        depends_on=tuple(app_name(each.get("namespace") or namespace, each["name"]) for each in spec.get("dependsOn") or ()),
        drift=DriftPolicy.REVERT if _drift(spec).get("mode") == "enabled" else DriftPolicy.REPORT,
        paused=bool(spec.get("suspend")),
        propagation=_PROPAGATION[uninstall],
        removal_propagation=_PROPAGATION[uninstall],
        timeout=seconds(spec.get("timeout") or _TIMEOUT) or 0.0,
        ignore_drift=ignoring.rules(_drift(spec).get("ignore") or ()),
    )


def _options(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    install, upgrade = spec.get("install") or {}, spec.get("upgrade") or {}
    found: dict[str, Any] = {"skipTests": True}
    if install.get("skipCRDs") or install.get("crds") == "Skip":
        found["skipCrds"] = True
    if install.get("disableSchemaValidation") or upgrade.get("disableSchemaValidation"):
        found["skipSchemaValidation"] = True
    rendered = [each for each in spec.get("postRenderers") or () if each["kustomize"]]
    common = {name: dict(pairs) for name, pairs in (spec.get("commonMetadata") or {}).items() if pairs}
    if common:
        rendered.append({"kustomize": {"patches": [_everywhere(common)]}})
    return {**found, "postRenderers": rendered} if rendered else found


def _everywhere(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """A patch of kustomize that gives every object labels and annotations, and touches nothing below its metadata."""
    lines = ["apiVersion: v1", "kind: All", "metadata:", "  name: all"]
    for name, pairs in metadata.items():
        lines += [f"  {name}:", *(f"    {_quoted(key)}: {_quoted(value)}" for key, value in pairs.items())]
    return {"target": {"kind": ".*"}, "patch": "\n".join(lines) + "\n"}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _drift(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return spec.get("driftDetection") or {}
