"""From a renderer's text, or loose documents, to Manifests: all errors at once, or all objects."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.errors import FleetError, ObjectInvalid, YamlError
from fleet.hooks import RenderedFile
from fleet.k8syaml import Document, Limits, load_documents
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Declaration, Manifest, Origin, Rendered, RenderFailed, Scope, digest_of
from fleet.render.check import complaints, makes_a_name
from fleet.schema import scope

# What a Job's name may have, less the hash: its Pods' names and labels are made of it.
_LONGEST_BEGIN = 53
_AS_KUSTOMIZE = str.maketrans("013ae", "ghkmt")


def parse(files: Iterable[RenderedFile], *, limits: Limits) -> tuple[tuple[Document, ...], tuple[FleetError, ...]]:
    """Read each file's documents, with their lines in the file they came from; the errors of all that cannot be read."""
    documents: list[Document] = []
    errors: list[FleetError] = []
    for file in files:
        try:
            documents.extend(_placed(load_documents(file.text, file=file.origin.file, limits=limits), file.origin.line))
            limits.check("max_documents", len(documents), file=file.origin.file, line=file.origin.line)
        except YamlError as error:
            errors.append(_moved(error, file.origin.line))
    return tuple(documents), tuple(errors)


def assemble(
    documents: Iterable[Document], *, fingerprint: str, namespace: str, kinds: frozenset[GroupKind]
) -> Rendered | RenderFailed:
    """Check documents, settle their namespaces and split off those of `kinds`, which declare Apps."""
    errors: list[FleetError] = []
    manifests: list[Manifest] = []
    declarations: list[Declaration] = []
    first: dict[ObjectKey, Origin] = {}
    for document in documents:
        wrong = tuple(complaints(document))
        errors.extend(wrong)
        if wrong:
            continue
        made = _noun(document, namespace, kinds)
        (declarations if isinstance(made, Declaration) else manifests).append(made)  # type: ignore[arg-type]
        key = made.identity if isinstance(made, Declaration) else made.key
        if key in first:
            errors.append(_twice(key, made.origin, first[key]))
        first.setdefault(key, made.origin)
    if errors:
        return RenderFailed(fingerprint=fingerprint, errors=tuple(errors), read=tuple(manifests))
    return Rendered(fingerprint=fingerprint, manifests=tuple(manifests), declarations=tuple(declarations))


def _noun(document: Document, namespace: str, kinds: frozenset[GroupKind]) -> Manifest | Declaration:
    origin, value = Origin(document.file, document.line), _named(document.value)
    kind = ObjectKey.of(value).group_kind
    if kind in kinds:
        return Declaration(body=value, origin=origin)
    body = with_data(value) if kind == GroupKind("", "Secret") else value
    return Manifest.of(body, origin=origin, scope=scope_of(kind), namespace=namespace)


def _named(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a hook that says `generateName` a name of its own for each state that git gives it.

    Written as kustomize writes its generators' hashes: so the guards know the one before it as its predecessor.
    """
    metadata = body["metadata"]
    if not makes_a_name(metadata):
        return body
    begin = metadata["generateName"][:_LONGEST_BEGIN]
    rest = {name: value for name, value in metadata.items() if name != "generateName"}
    return {**body, "metadata": {**rest, "name": begin + digest_of(body)[:10].translate(_AS_KUSTOMIZE)}}


def scope_of(kind: GroupKind) -> Scope:
    """The scope of a built-in kind; unknown for any other, until the Revision's definitions or the cluster tell."""
    found = scope(kind.group, kind.kind)
    return Scope(found) if found else Scope.UNKNOWN


def with_data(secret: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write a Secret's `stringData` as `data`, as the API server does: else an edit of `data` would not be drift."""
    if "stringData" not in secret:
        return secret
    texts = secret["stringData"] or {}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
    rest = {name: value for name, value in secret.items() if name != "stringData"}
    return {**rest, "data": {**(secret.get("data") or {}), **encoded}} if encoded else rest


def _placed(documents: Iterable[Document], line: int) -> Iterator[Document]:
    for document in documents:
        yield Document(
            value=document.value,
            file=document.file,
            line=document.line + line - 1,
            index=document.index,
            pointer=document.pointer,
        )


def _moved(error: YamlError, line: int) -> YamlError:
    return type(error)(**{**error.facts, "line": error.line + line - 1})


def _twice(key: ObjectKey, origin: Origin, first: Origin) -> ObjectInvalid:
    message = f"{key} stands here and already at {first}; an App says each object once"
    return ObjectInvalid(file=origin.file, line=origin.line, message=message)
