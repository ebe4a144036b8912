"""Where the verbs meet the types: managedFields, validation and defaults of one object.

Everything here is done by `typed` and `objects`; this says which type a resource has, and makes their refusals Statuses.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from fleet.errors import ApiStatus
from fleet.sandbox import objects
from fleet.sandbox.objects import Model, Undecodable
from fleet.sandbox.objects.hints import hints
from fleet.sandbox.resources import Resource
from fleet.sandbox.typed import managed
from fleet.sandbox.typed.checking import go_value, told
from fleet.sandbox.typed.conflicts import Conflicts
from fleet.sandbox.typed.entries import Unreadable
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.doubled import doubled
from fleet.sandbox.verbs.state import Options, now

Body = dict[str, Any]


def schema_of(resource: Resource) -> managed.Schema:
    """The type of a resource's objects."""
    return model_of(resource).schema


@lru_cache(maxsize=4096)
def model_of(resource: Resource) -> Model:
    """What is known of a resource's kind."""
    if resource.custom is not None:
        return _custom(resource.group, resource.kind, orjson.dumps(resource.custom.version))
    found = objects.builtin(resource.group, resource.version, resource.kind)
    assert found is not None, "discovery and types are of one server"
    return found


@lru_cache(maxsize=256)
def _custom(group: str, kind: str, version: bytes) -> Model:
    """Clusters that have the same definition share what follows from it."""
    return objects.custom(group, kind, orjson.loads(version))


def decoded(resource: Resource, body: Body, options: Options) -> tuple[Body, tuple[str, ...]]:
    """Read a body, and set its defaults; gives it with the warnings it deserves. Raises ApiStatus.

    What nobody sent as text, an object of the same process, has no field twice.
    """
    try:
        found = model_of(resource).decode(body)
    except Undecodable as refused:
        raise statuses.bad_request(str(refused)) from refused
    if options.validation == "Ignore":
        return found.value, ()
    wrong = (*doubled(options.raw), *found.unknown)
    if wrong and options.validation == "Strict":
        kind = resource.kind
        message = f'{kind} in version "{resource.version}" cannot be handled as a {kind}: strict decoding error: '
        raise statuses.bad_request(message + ", ".join(wrong))
    return found.value, wrong


def patched(resource: Resource, body: Body, options: Options, *, strategic: Any = None) -> tuple[Body, tuple[str, ...]]:
    """Read what a patch made of an object; `strategic` is the patch where it was of that kind. Raises ApiStatus."""
    try:
        found = model_of(resource).decode(body)
    except Undecodable as refused:
        raise bad_patch(body, strategic, refused.why) from refused
    if not found.unknown or options.validation == "Ignore":
        return found.value, ()
    if options.validation == "Strict":
        raise bad_patch(body, strategic, f"strict decoding error: {', '.join(found.unknown)}")
    return found.value, found.unknown


def bad_patch(body: Body, strategic: Any, why: str) -> ApiStatus:
    """Say why what a patch made cannot be read; of a strategic one the server tells the patch instead."""
    text = _in_order(body) if strategic is None else go_value(strategic)
    said = f"Invalid value: {orjson.dumps(text).decode()}: {why}"
    details = {"causes": [statuses.cause("FieldValueInvalid", "patch", said)]}
    return statuses.refusal(422, "Invalid", f' "" is invalid: patch: {said}', details)


_METADATA_ORDER = ("name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp")


def _in_order(body: Body) -> str:
    """Write an object as the server does: its fields sorted, and those of the metadata as Go declares them."""
    metadata = body.get("metadata") or {}
    first = {key: metadata[key] for key in _METADATA_ORDER if key in metadata}
    ordered = {key: body[key] for key in sorted(body)} | {"metadata": {**first, **metadata}}
    return orjson.dumps(ordered).decode()


def validate(resource: Resource, body: Body, old: Body | None) -> tuple[str, ...]:
    """Raise the Invalid that a body deserves; against `old`, what must not change has not. Gives what is warned of."""
    found = model_of(resource).problems(body, old)
    if found:
        raise statuses.invalid(resource, body["metadata"].get("name", ""), found)
    return hints(body, group=resource.group, kind=resource.kind)


def created(resource: Resource, body: Body, options: Options) -> Body:
    """Say who owns what of a new object."""
    return managed.update(schema_of(resource), None, body, _write(resource, options))


def updated(resource: Resource, old: Body, body: Body, options: Options) -> Body:
    """Say who owns what after an update."""
    after = managed.update(schema_of(resource), old, body, _write(resource, options))
    return _without_time(after) if options.subresource == "scale" else after


def _without_time(body: Body) -> Body:
    """The server forgets the time of what is written through the scale."""
    entries = body["metadata"].get("managedFields") or []
    timeless = [
        {key: value for key, value in entry.items() if key != "time"} if entry.get("subresource") == "scale" else entry
        for entry in entries
    ]
    return {**body, "metadata": {**body["metadata"], "managedFields": timeless}} if entries else body


def applied(resource: Resource, old: Body | None, body: Body, options: Options, *, sent: str = "") -> Body:
    """Lay what is applied over what is there; `sent` is the namespace that the body itself named. Raises ApiStatus."""
    try:
        return managed.apply(schema_of(resource), old, body, _write(resource, options))
    except Conflicts as conflicts:
        raise statuses.refusal(409, "Conflict", str(conflicts), {"causes": conflicts.causes()}) from conflicts
    except managed.Misfit as misfit:
        version = f"{resource.api_version}, Kind={resource.kind}"
        place = f"{sent}/{body['metadata']['name']}; {version if resource.group else '/' + version}"
        message = f"failed to create typed patch object ({place}): {told(misfit.mismatches)}"
        raise statuses.refusal(500, "", message) from misfit
    except Unreadable as unreadable:
        raise statuses.refusal(500, "", f"failed to decode managed fields: {unreadable}") from unreadable


def completed(resource: Resource, body: Body, old: Body | None) -> Body:
    """Read an applied object, which shares parts with the live one, and set its defaults. Raises ApiStatus."""
    try:
        return model_of(resource).decode(body, known=old).value
    except Undecodable as refused:
        raise statuses.bad_request(str(refused)) from refused


def _write(resource: Resource, options: Options) -> managed.Write:
    return managed.Write(
        manager=options.manager,
        api_version=resource.api_version,
        now=now(),
        subresource=options.subresource,
        force=options.force,
    )
