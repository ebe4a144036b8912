"""Whether a document is an object that Kubernetes could take, as far as that can be told without its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.errors import ObjectInvalid
from fleet.k8syaml import Document
from fleet.model.sync_hook import is_hook
from fleet.render.encrypted import encrypted

_SCOPES = ("Namespaced", "Cluster")


def complaints(document: Document) -> Iterator[ObjectInvalid]:
    """Give everything that is wrong with a document, as errors with its file and line; nothing if it is an object."""
    for message in _messages(document.value):
        yield ObjectInvalid(file=document.file, line=document.line, message=message)


def _messages(body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"this is {_said(body)}, not a Kubernetes object; keep other files out of the App's directory, or exclude them"
        return
    if "apiVersion" not in body and "kind" not in body:
        yield "this is not a Kubernetes object: it has no apiVersion and no kind; keep other files out, or exclude them"
        return
    missing = [name for name in ("apiVersion", "kind") if not _is_text(body.get(name))]
    for name in missing:
        yield f"{name} must be a text; here it is {_said(body.get(name))}"
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        yield f"metadata must be a mapping with a name; here it is {_said(metadata)}"
        return
    yield from _metadata_messages(metadata)
    if missing:
        return
    if body["apiVersion"] == "v1" and body["kind"] == "Secret":
        yield from _secret_messages(body)
    yield from encrypted(body)
    if body["kind"] == "CustomResourceDefinition" and body["apiVersion"].startswith("apiextensions.k8s.io/"):
        yield from _definition_messages(body)


def _metadata_messages(metadata: dict[str, Any]) -> Iterator[str]:
    if not _is_text(metadata.get("name")) and not makes_a_name(metadata):
        generated = "generateName makes a new object each time; write" if "generateName" in metadata else "write"
        yield f"metadata.name must be a text; here it is {_said(metadata.get('name'))}; {generated} a name"
    if not isinstance(metadata.get("namespace"), str | None):
        yield f"metadata.namespace must be a text; here it is {_said(metadata['namespace'])}"
    for field in ("labels", "annotations"):
        yield from _text_messages(f"metadata.{field}", metadata.get(field), null=True)


def makes_a_name(metadata: Mapping[str, Any]) -> bool:
    """Whether an object's name may be made of its `generateName`: a hook's, which is made anew each time it runs."""
    annotations = metadata.get("annotations")
    if "name" in metadata or not _is_text(metadata.get("generateName")) or not isinstance(annotations, dict):
        return False
    return all(isinstance(value, str) for value in annotations.values()) and is_hook(annotations)


def _secret_messages(body: dict[str, Any]) -> Iterator[str]:
    # The values themselves are never said.
    for field in ("data", "stringData"):
        yield from _text_messages(field, body.get(field), null=field == "data")


def _text_messages(field: str, values: Any, *, null: bool = False) -> Iterator[str]:
    if values is None:
        return
    if not isinstance(values, dict):
        yield f"{field} must be a mapping; here it is {_said(values)}"
        return
    for name, value in values.items():
        if not isinstance(value, str) and not (null and value is None):
            yield f"{field}.{name} must be a text, but it is {_kind(value)}; quote it"


def _definition_messages(body: dict[str, Any]) -> Iterator[str]:
    spec = body.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    names = spec.get("names")
    if not _is_text(spec.get("group")) or not isinstance(names, dict) or not _is_text(names.get("kind")):
        yield "a CustomResourceDefinition needs spec.group and spec.names.kind"
    if spec.get("scope") not in _SCOPES:
        yield f"spec.scope must be {' or '.join(_SCOPES)}; here it is {_said(spec.get('scope'))}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _said(value: Any) -> str:
    """Say a value for people: what it is, and a short text or number itself."""
    if value is None:
        return "missing"
    if value == "":
        return "empty"
    if isinstance(value, dict | list) or len(str(value)) > 40:
        return _kind(value)
    return f"{_kind(value)} ({str(value).lower() if isinstance(value, bool) else value})"


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    for kinds, words in ((bool, "a boolean"), (int | float, "a number"), (str, "a text"), (list, "a list")):
        if isinstance(value, kinds):
            return words
    return "a mapping"
