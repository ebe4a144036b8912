"""Writes single objects of Apps: apply, delete, replace; and reads a whole one.

Every function sends what it is told to, once: whether it should be sent is decided by the Plan, and retries are the
caller's, who must look again first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from fleet.aio import deadline
from fleet.errors import ApiConflict, ApiError, FleetError, NotFound, ObjectReplaced, Rejected
from fleet.kube.server.client import APPLY, ApiClient
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import ObjectKey
from fleet.model.marks import MANAGER
from fleet.model.observation import LiveObject, observe

_APPLY_PARAMS = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
_DRY_RUN = {"dryRun": "All"}
_FORCED_PARAMS = {**_APPLY_PARAMS, "force": "true"}
# How API servers say it: apimachinery's ValidateImmutableField, Service, StatefulSet and Pod, RBAC, StorageClass, CEL.
_IMMUTABLE = (
    "field is immutable",
    "is immutable",
    "are immutable",
    "may not change once set",
    "may not be changed",
    "may not be modified",
    "cannot be changed",
    "cannot change roleref",
    "updates to ",  # "updates to statefulset spec for fields other than…", "updates to parameters are forbidden"
    "updates may not change fields",
)
# The server calls its own fault what is the body's: a field that the kind does not have, or of another type.
_NOT_IN_SCHEMA = "failed to create typed patch object"
_FIRST_LOOK, _LONGEST_LOOK = 0.05, 1.0


async def apply(
    client: ApiClient, discovery: Discovery, body: Mapping[str, Any], *, force: bool, resource_version: str = ""
) -> LiveObject:
    """Server-side apply a whole object as our manager, and give it as it is after.

    Unforced, a field that another manager owns with another value is an ApiConflict whose causes name the managers. With a
    resource version it is one as well when the object is at another, and when it is not there. `immutable` tells of a
    Rejected whether the object would have to be replaced. Unknown and duplicate fields are Rejected.
    """
    key = ObjectKey.of(body)
    resource = await discovery.resource(key.group_kind, _version(body))
    if resource_version:
        body = {**body, "metadata": {**body["metadata"], "resourceVersion": resource_version}}
    params = _FORCED_PARAMS if force else _APPLY_PARAMS
    # The server parses it as YAML, of which JSON is a part; it takes no apply as plain JSON.
    try:
        _, answer = await client.write("PATCH", resource.item(key), orjson.dumps(body), params=params, content_type=APPLY)
    except ApiError as error:
        if error.status == 500 and _NOT_IN_SCHEMA in error.facts.get("reason", ""):
            raise Rejected(**error.facts) from error
        raise
    return observe(answer, key=key)


async def tried(client: ApiClient, discovery: Discovery, body: Mapping[str, Any], *, force: bool) -> dict[str, Any]:
    """Give the whole object as an apply would leave it, and write nothing. Raises what `apply` does."""
    resource = await discovery.resource(ObjectKey.of(body).group_kind, _version(body))
    params = {**(_FORCED_PARAMS if force else _APPLY_PARAMS), **_DRY_RUN}
    path, sent = resource.item(ObjectKey.of(body)), orjson.dumps(body)
    _, answer = await client.write("PATCH", path, sent, params=params, content_type=APPLY, metadata_only=False)
    return dict(answer)


async def tried_whole(client: ApiClient, discovery: Discovery, body: Mapping[str, Any]) -> dict[str, Any]:
    """Give the whole object as putting this one in its place would leave it, and write nothing."""
    resource = await discovery.resource(ObjectKey.of(body).group_kind, _version(body))
    path, params = resource.item(ObjectKey.of(body)), {"fieldManager": MANAGER, **_DRY_RUN}
    _, answer = await client.write("PUT", path, orjson.dumps(body), params=params, metadata_only=False)
    return dict(answer)


async def overwrite(client: ApiClient, discovery: Discovery, body: Mapping[str, Any], live: LiveObject) -> None:
    """Put a body in the place of this very object: what others set goes, but for what keeps the object, or tells of it.

    Its finalizers, its owners and its status stay: a finalizer that is lost is a cloud resource that nobody deletes. An
    object that is gone is left so. Raises ApiConflict when it changes meanwhile, or another has its name.
    """
    resource = await discovery.resource(live.key.group_kind, _version(body))
    found = await read(client, discovery, live.key)
    if found is None:
        return
    kept = {name: value for name in ("finalizers", "ownerReferences") if (value := found["metadata"].get(name))}
    metadata = {**kept, **body["metadata"], "uid": live.uid, "resourceVersion": found["metadata"]["resourceVersion"]}
    status = {"status": found["status"]} if "status" in found and "status" not in body else {}
    sent = orjson.dumps({**body, **status, "metadata": metadata})
    await client.write("PUT", resource.item(live.key), sent, params=_APPLY_PARAMS)


def _version(body: Mapping[str, Any]) -> str:
    return str(body["apiVersion"]).rpartition("/")[2]


def immutable(error: FleetError) -> bool:
    """Whether a write was rejected because it would change a field that can only be set at creation."""
    if not isinstance(error, Rejected):
        return False
    causes: tuple[tuple[str, str], ...] = error.facts.get("causes") or ()
    said = " ".join([str(error.facts.get("reason", "")), *(message for _, message in causes)]).lower()
    return any(words in said for words in _IMMUTABLE)


async def read(client: ApiClient, discovery: Discovery, key: ObjectKey) -> dict[str, Any] | None:
    """Read a whole object; None only when the API server says that it is not there."""
    resource = await discovery.resource(key.group_kind)
    try:
        body: dict[str, Any] = await client.get(resource.item(key))
    except NotFound:
        return None
    return body


async def look(client: ApiClient, discovery: Discovery, key: ObjectKey) -> LiveObject | None:
    """Read what a LiveObject keeps of an object; None only when the API server says that it is not there."""
    resource = await discovery.resource(key.group_kind)
    try:
        return observe(await client.get(resource.item(key), metadata_only=True), key=key)
    except NotFound:
        return None


async def delete(client: ApiClient, discovery: Discovery, live: LiveObject, *, propagation: str = "Background") -> bool:
    """Delete this very object, as it was seen, and tell whether it is gone; one that was gone already is fine.

    Raises ApiConflict when it has changed since, or another object has its name. It may live on for a while: finalizers,
    Pods that end gracefully.
    """
    resource = await discovery.resource(live.key.group_kind)
    options = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": {"uid": live.uid, "resourceVersion": live.resource_version},
        "propagationPolicy": propagation,
    }
    try:
        _, answer = await client.write("DELETE", resource.item(live.key), orjson.dumps(options))
    except NotFound:
        return True
    # The server answers with a Status once the object is gone, and with the object while it lives on.
    return bool(answer.get("kind") == "Status")


async def replace(
    client: ApiClient, discovery: Discovery, body: Mapping[str, Any], live: LiveObject, *, patience: float = 60.0
) -> LiveObject:
    """Delete an object, wait until it is gone, and create it anew: what changes an immutable field.

    Raises what `delete` raises, DeadlineExceeded when it is not gone in time (finalizers), ObjectReplaced when somebody
    else created one meanwhile.
    """
    await delete(client, discovery, live, propagation="Background")
    async with deadline(patience, f"the deletion of {live.key} from {client.cluster}"):
        await _gone(client, discovery, live)
    try:
        return await apply(client, discovery, body, force=False)
    except ApiConflict as error:
        raise replaced(client, live.key, "somebody else created it") from error


async def _gone(client: ApiClient, discovery: Discovery, live: LiveObject) -> None:
    wait = _FIRST_LOOK
    while (found := await look(client, discovery, live.key)) is not None:
        if found.uid != live.uid:
            raise replaced(client, live.key, "somebody else created it")
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST_LOOK)


def replaced(client: ApiClient, key: ObjectKey, reason: str) -> FleetError:
    """The error for an object that is not the one that was planned for."""
    return ObjectReplaced(cluster=client.cluster, key=key, reason=reason)


def is_stale(error: FleetError) -> bool:
    """Whether a write was refused because the object is no longer at the version it named: read it and plan anew."""
    return isinstance(error, ApiConflict) and not error.facts.get("causes")


def managers_of(error: ApiError) -> tuple[str, ...]:
    """The managers that an apply conflict names, sorted."""
    causes: tuple[tuple[str, str], ...] = error.facts.get("causes") or ()
    named = {message.split('"')[1] for _, message in causes if message.count('"') >= 2}
    return tuple(sorted(named))
