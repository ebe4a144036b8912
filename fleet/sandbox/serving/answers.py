"""Answers: status, bytes and headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from fleet.errors import ApiStatus
from fleet.k8syaml import dump
from fleet.sandbox.resources import Resource
from fleet.sandbox.serving.negotiation import JSON, YAML, Form
from fleet.sandbox.storage import Stored
from fleet.sandbox.verbs.state import Written
from fleet.sandbox.verbs.statuses import body_of
from fleet.sandbox.verbs.versions import shown

_PARTIAL = b'{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/%b","metadata":'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back."""

    body: bytes
    code: int = 200
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def json_answer(value: Any, *, code: int = 200) -> Answer:
    """Answer with any value."""
    return Answer(body=orjson.dumps(value), code=code)


def error_answer(error: ApiStatus) -> Answer:
    """Answer with a Status; a client that is asked for patience is told how much."""
    seconds = (error.details or {}).get("retryAfterSeconds")
    headers = {"Retry-After": str(seconds)} if seconds else {}
    return Answer(body=orjson.dumps(body_of(error)), code=error.code, headers=headers)


def written_answer(resource: Resource, written: Written, form: Form) -> Answer:
    """Answer with what a write came to."""
    code = 201 if written.created else 200
    if form.view == "PartialObjectMetadata" and written.stored is not None:
        body = partial(written.stored, form)
    elif form.view == "PartialObjectMetadata":
        body = partial_of(orjson.loads(written.data), form)
    else:
        body = written.data
    return in_form(Answer(body=body, code=code, warnings=written.warnings), form)


def in_form(answer: Answer, form: Form) -> Answer:
    """Write it as YAML where that is wanted."""
    if form.media != YAML:
        return answer
    # By key, as Go writes maps.
    ordered = orjson.loads(orjson.dumps(orjson.loads(answer.body), option=orjson.OPT_SORT_KEYS))
    text = dump([ordered]).encode()
    return Answer(body=text, code=answer.code, media=YAML, headers=answer.headers, warnings=answer.warnings)


def one(resource: Resource, found: Stored, form: Form) -> bytes:
    """One object, whole or its metadata."""
    return partial(found, form) if form.view == "PartialObjectMetadata" else shown(resource, found)


def partial(found: Stored, form: Form) -> bytes:
    """An object's metadata, cut out of it."""
    return b"".join((_PARTIAL % form.version.encode(), found.data[found.start : found.end], b"}"))


def partial_of(body: Mapping[str, Any], form: Form) -> bytes:
    """The same, of an object that is not kept."""
    return _PARTIAL % form.version.encode() + orjson.dumps(body["metadata"]) + b"}"


def many(resource: Resource, found: Iterable[Stored], form: Form) -> bytes:
    """The items of a list, with commas between them; items of built-in kinds do not name their kind in a list."""
    if form.view == "PartialObjectMetadata":
        return b",".join(partial(each, form) for each in found)
    if resource.custom:
        return b",".join(shown(resource, each) for each in found)
    if resource.api_version != resource.storage_version:
        bodies = (orjson.loads(shown(resource, each)) for each in found)
        return b",".join(orjson.dumps({key: body[key] for key in body if key not in ("apiVersion", "kind")}) for body in bodies)
    return b",".join(b"{" + each.data[each.start - _METADATA :] for each in found)


_METADATA = len(b'"metadata":')
