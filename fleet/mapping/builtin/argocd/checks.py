"""What belongs into the fields of an Application that are honoured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fleet.mapping.builtin import fields

_OPTION = re.compile(r"(?P<name>[A-Za-z]+)=(?P<value>.*)")
_POLICIES = ("foreground", "background", "orphan")
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = fields.matching(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*", "a name of lower case letters, digits, - and .")
_NAMESPACE = fields.matching(_LABEL, "the name of a namespace")
FINALIZER = "resources-finalizer.argocd.argoproj.io"


def some_text(at: str, value: Any) -> Iterator[fields.Complaint]:
    """A text, which may be empty: tools write empty ones for what is not said."""
    if not isinstance(value, str):
        yield at, f"{fields.named(at)} must be a text"


def _namespace(at: str, value: Any) -> Iterator[fields.Complaint]:
    yield from () if value == "" else _NAMESPACE(at, value)


def _path(at: str, value: Any) -> Iterator[fields.Complaint]:
    if value == "":
        return
    yield from fields.directory(at, value) if value != "." else ()


def _replicas(at: str, value: Any) -> Iterator[fields.Complaint]:
    checks = {"name": fields.text, "count": fields.anything}
    yield from fields.list_of(fields.mapping(checks, required=["name", "count"]))(at, value)


def _options(at: str, value: Any) -> Iterator[fields.Complaint]:
    for number, each in enumerate(value if isinstance(value, list) else ()):
        match = _OPTION.fullmatch(each.strip()) if isinstance(each, str) else None
        if match is None:
            continue  # the table says how they are written
        allowed = _POLICIES if match["name"] == "PrunePropagationPolicy" else ("true", "false", "confirm")
        if match["value"] not in allowed:
            yield f"{at}/{number}", f"{match['name']} must be {' or '.join(allowed[:2] if 'true' in allowed else allowed)}"


_TEXTS = fields.list_of(fields.text)
_PARAMETER = {"name": fields.text, "value": some_text, "forceString": fields.boolean}
_FILE_PARAMETER = {"name": fields.text, "path": fields.text}
_PATCH = {"path": fields.text, "patch": fields.text, "target": fields.some_mapping, "options": fields.some_mapping}

CHECKS: Mapping[str, fields.Check] = {
    "metadata.name": _SUBDOMAIN,
    "metadata.namespace": _namespace,
    "metadata.finalizers": _TEXTS,
    "metadata.annotations": fields.texts_by_key,
    "spec.destination.server": some_text,
    "spec.destination.name": some_text,
    "spec.destination.namespace": _namespace,
    "spec.source.repoURL": fields.text,
    "spec.source.targetRevision": some_text,
    "spec.source.path": _path,
    "spec.source.chart": some_text,
    "spec.source.ref": some_text,
    "spec.source.directory.recurse": fields.boolean,
    "spec.source.directory.include": some_text,
    "spec.source.directory.exclude": some_text,
    "spec.source.kustomize.images": _TEXTS,
    "spec.source.kustomize.namePrefix": some_text,
    "spec.source.kustomize.nameSuffix": some_text,
    "spec.source.kustomize.namespace": some_text,
    "spec.source.kustomize.commonLabels": fields.texts_by_key,
    "spec.source.kustomize.commonAnnotations": fields.texts_by_key,
    "spec.source.kustomize.labelWithoutSelector": fields.boolean,
    "spec.source.kustomize.labelIncludeTemplates": fields.boolean,
    "spec.source.kustomize.replicas": _replicas,
    "spec.source.kustomize.patches": fields.list_of(fields.mapping(_PATCH)),
    "spec.source.kustomize.components": _TEXTS,
    "spec.source.kustomize.ignoreMissingComponents": fields.boolean,
    "spec.source.helm.releaseName": some_text,
    "spec.source.helm.valueFiles": _TEXTS,
    "spec.source.helm.ignoreMissingValueFiles": fields.boolean,
    "spec.source.helm.values": some_text,
    "spec.source.helm.valuesObject": fields.some_mapping,
    "spec.source.helm.parameters": fields.list_of(fields.mapping(_PARAMETER, required=["name"])),
    "spec.source.helm.fileParameters": fields.list_of(fields.mapping(_FILE_PARAMETER, required=["name", "path"])),
    "spec.source.helm.skipCrds": fields.boolean,
    "spec.source.helm.skipTests": fields.boolean,
    "spec.source.helm.skipSchemaValidation": fields.boolean,
    "spec.source.helm.kubeVersion": some_text,
    "spec.source.helm.apiVersions": _TEXTS,
    "spec.source.helm.namespace": some_text,
    "spec.syncPolicy.automated.enabled": fields.boolean,
    "spec.syncPolicy.automated.prune": fields.boolean,
    "spec.syncPolicy.automated.selfHeal": fields.boolean,
    "spec.syncPolicy.managedNamespaceMetadata.labels": fields.texts_by_key,
    "spec.syncPolicy.managedNamespaceMetadata.annotations": fields.texts_by_key,
    "spec.syncPolicy.syncOptions": _options,
    "spec.ignoreDifferences[].group": some_text,
    "spec.ignoreDifferences[].kind": fields.text,
    "spec.ignoreDifferences[].name": some_text,
    "spec.ignoreDifferences[].namespace": some_text,
    "spec.ignoreDifferences[].jsonPointers": _TEXTS,
    "spec.ignoreDifferences[].jqPathExpressions": _TEXTS,
    "spec.ignoreDifferences[].managedFieldsManagers": _TEXTS,
}
