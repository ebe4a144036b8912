"""In which form a client wants its answer, and in which it sends its body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from fleet.errors import YamlError
from fleet.k8syaml import load_documents
from fleet.sandbox.verbs import statuses

JSON, YAML = "application/json", "application/yaml"
ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
_VIEWS = frozenset({"Table", "PartialObjectMetadata", "PartialObjectMetadataList"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A media type, and what of the object is wanted: all of it, or a `Table` or its `PartialObjectMetadata`."""

    media: str = JSON
    view: str = ""
    version: str = "v1"
    discovery: str = ""
    """`v2` or `v2beta1` of the aggregated discovery."""


@lru_cache(maxsize=256)
def form(accept: str) -> Form:
    """Choose the first form that we have. Raises the ApiStatus 406."""
    known = False
    for part in (accept or "*/*").split(","):
        media, *given = [word.strip() for word in part.split(";")]
        parameters = dict(word.split("=", 1) for word in given if "=" in word)
        if media not in (JSON, YAML, "*/*", "application/*"):
            continue
        known = True
        view = parameters.get("as", "")
        if view and view not in _VIEWS and view != "APIGroupDiscoveryList":
            continue
        discovery = parameters.get("v", "") if view == "APIGroupDiscoveryList" else ""
        return Form(
            media=YAML if media == YAML else JSON,
            view="" if discovery else view.removesuffix("List"),
            version=parameters.get("v", "v1"),
            discovery=discovery,
        )
    raise statuses.not_acceptable(ACCEPTED, media=known)


class Unreadable(ValueError):
    """A body that is no JSON or no YAML; says so in the words of Go's decoders, where it is JSON."""


def decoded(body: bytes, media: str) -> Any:
    """Read a body. Raises Unreadable, or the ApiStatus 415."""
    kind = media.partition(";")[0].strip()
    if kind in ("", JSON) or kind.endswith("+json"):
        return _json(body)
    if kind.endswith("yaml"):
        return _yaml(body)
    raise statuses.unsupported(ACCEPTED)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        rest = body.decode(errors="replace")[error.pos :].lstrip()
        said = f"invalid character {rest[0]!r} looking for beginning of value" if rest else "unexpected end of JSON input"
        raise Unreadable(said) from error


def _yaml(body: bytes) -> Any:
    try:
        # What is JSON is YAML, and most of what comes as YAML is JSON, which is read much faster.
        return orjson.loads(body) if body[:1] == b"{" else _documents(body)
    except orjson.JSONDecodeError:
        return _documents(body)


def _documents(body: bytes) -> Any:
    try:
        documents = load_documents(body, file="body")
    except YamlError as error:
        raise Unreadable(f"error converting YAML to JSON: yaml: {error}") from error
    return documents[0].value if documents else None
