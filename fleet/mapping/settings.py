"""`cluster.yaml`: the labels, variables and versions that a group or a cluster's directory gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import FleetError, MappingError
from fleet.hooks import SourceTree
from fleet.k8syaml import Document
from fleet.mapping.builtin.fields import escaped, unknown
from fleet.mapping.variables import NAME, RESERVED

FILE = "cluster.yaml"
_FIELDS = ("labels", "variables", "kubeVersion", "apiVersions")
_LABEL = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one `cluster.yaml` says, or several of them merged."""

    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


def merged(settings: Iterable[Settings]) -> Settings:
    """Merge from the outermost group inwards: the nearest wins key by key, versions as a whole."""
    labels: dict[str, str] = {}
    variables: dict[str, str] = {}
    kube_version, api_versions = "", tuple[str, ...]()
    for each in settings:
        labels |= each.labels
        variables |= each.variables
        kube_version = each.kube_version or kube_version
        api_versions = each.api_versions or api_versions
    return Settings(labels=labels, variables=variables, kube_version=kube_version, api_versions=api_versions)


def read_settings(tree: SourceTree, path: str) -> tuple[Settings, tuple[FleetError, ...]]:
    """Read one `cluster.yaml`: what is right in it, and everything that is wrong."""
    documents = tree.documents(path)
    if not documents:
        return Settings(), ()
    document = documents[0]
    errors = [_error(tree, extra, "", "this is a second document; cluster.yaml holds one") for extra in documents[1:]]
    if not isinstance(document.value, dict):
        return Settings(), (*errors, _error(tree, document, "", f"a mapping of {', '.join(_FIELDS)} belongs here"))
    errors.extend(_error(tree, document, pointer, message) for pointer, message in _complaints(document.value))
    return _settings(document.value), tuple(errors)


def _settings(value: Mapping[str, Any]) -> Settings:
    return Settings(
        labels=_texts(value.get("labels")),
        variables=_texts(value.get("variables")),
        kube_version=version if isinstance(version := value.get("kubeVersion"), str) else "",
        api_versions=tuple(found) if isinstance(found := value.get("apiVersions"), list) else (),
    )


def _complaints(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in value:
        if name not in _FIELDS:
            yield f"/{escaped(name)}", unknown(name, _FIELDS)
    yield from _mapping_complaints("labels", value.get("labels"))
    yield from _mapping_complaints("variables", value.get("variables"))
    for label, text in _texts(value.get("labels")).items():
        if not _LABEL.fullmatch(label) or not _LABEL_VALUE.fullmatch(text):
            yield f"/labels/{escaped(label)}", f"{label}: {text} is not a Kubernetes label"
    for name in _texts(value.get("variables")):
        if not NAME.fullmatch(name):
            yield f"/variables/{escaped(name)}", f"{name} cannot be a variable's name: letters, digits and _, no digit first"
        elif name in RESERVED or name.startswith("CLUSTER_LABEL_"):
            yield f"/variables/{name}", f"{name} is set by the cluster itself; choose another name"
    if not isinstance(value.get("kubeVersion"), str | None):
        yield "/kubeVersion", 'kubeVersion must be a text; quote it, as in "1.36"'
    versions = value.get("apiVersions") or []
    if not isinstance(versions, list) or not all(isinstance(each, str) for each in versions):
        yield "/apiVersions", "apiVersions must be a list of texts such as monitoring.coreos.com/v1"


def _mapping_complaints(name: str, values: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(values, dict | None):
        yield f"/{name}", f"{name} must be a mapping of texts"
        return
    for key, value in (values or {}).items():
        if not isinstance(value, str):
            yield f"/{name}/{escaped(key)}", f"{name}.{key} must be a text; quote it"


def _texts(values: Any) -> Mapping[str, str]:
    found = values if isinstance(values, dict) else {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _error(tree: SourceTree, document: Document, pointer: str, message: str) -> MappingError:
    return MappingError(file=document.file, line=tree.line_of(document, pointer), message=message)
