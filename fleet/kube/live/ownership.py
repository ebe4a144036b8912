"""Changes who owns fields of a live object, and nothing else of it: take over path by path, let go.

The API server keeps `managedFields` as part of the object and lets them be set by whoever may update it. A JSON patch that
replaces them, at the resource version they were read at, changes no other field: no generation, no restart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import orjson

from fleet.errors import ApiConflict, NotFound
from fleet.kube.live.apply import replaced
from fleet.kube.server.client import JSON_PATCH, ApiClient
from fleet.kube.server.discovery import Discovery
from fleet.model.fields import FieldPath, FieldSet, Managed
from fleet.model.keys import ObjectKey
from fleet.model.marks import DIGEST, FLEET, MANAGER, OWNER, PART_OF, REVISION, SOURCE
from fleet.model.observation import LiveObject, observe

# Somebody's status updates move the resource version; more often than this in a row is not chance.
_TRIES = 5

_DIGEST_MARK = FieldPath.parse(f"/metadata/annotations/{DIGEST.replace('/', '~1')}")

_Patch: TypeAlias = Callable[[Mapping[str, Any]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """What is taken from whom."""

    paths: tuple[FieldPath, ...]
    """Each covers the field it names and all below it."""
    managers: tuple[str, ...]
    """Names, `*` allowed: `kubectl*`. Nobody else loses anything, and no entry of a subresource is touched."""
    api_version: str
    """Of our own entry, where there is none yet: the manifest's."""


async def take(client: ApiClient, discovery: Discovery, live: LiveObject, takeover: Takeover) -> LiveObject:
    """Move paths from override managers' entries to our Apply entry, so that our next apply decides over these fields.

    We own our digest mark no longer then, until that apply: should it never come, nothing else would tell of these values.
    Gives the object as it is after; without a write when nobody of these managers owns any of the paths any more. Raises
    NotFound when the object is gone, ObjectReplaced when another one has its name.
    """

    def patch(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
        entries = metadata.get("managedFields") or []
        moved = taken(entries, takeover)
        return [_set_entries(moved)] if moved != entries else []

    return await _patched(client, discovery, live, patch)


async def release(client: ApiClient, discovery: Discovery, live: LiveObject) -> LiveObject | None:
    """Take our marks and our ownership off an object and leave every value as it is; None when it is gone.

    Raises ObjectReplaced when it no longer is the object, or no longer has the owner, that was seen.
    """

    def patch(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = observe({"metadata": metadata}, key=live.key)
        if found.owner and found.owner != live.owner:
            raise replaced(client, live.key, f"it belongs to {found.owner} now")
        entries = metadata.get("managedFields") or []
        kept = [entry for entry in entries if not _is_ours(entry)]
        marks = _mark_removals(metadata)
        # An empty list would leave them as they are; one empty entry strips them.
        return [*marks, _set_entries(kept or [{}])] if kept != entries else marks

    try:
        return await _patched(client, discovery, live, patch)
    except NotFound:
        return None


async def _patched(client: ApiClient, discovery: Discovery, live: LiveObject, patch: _Patch) -> LiveObject:
    resource = await discovery.resource(live.key.group_kind)
    path = resource.item(live.key)
    for _ in range(_TRIES):
        metadata = (await client.get(path, metadata_only=True))["metadata"]
        if metadata["uid"] != live.uid:
            raise replaced(client, live.key, "another object has its name")
        changes = patch(metadata)
        if not changes:
            return observe({"metadata": metadata}, key=live.key)
        # Replacing the version by itself makes the server refuse the patch when the object has moved on.
        at = {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]}
        try:
            return await _send(client, path, [at, *changes], live.key)
        except ApiConflict as error:
            conflict = error
    raise conflict


async def _send(client: ApiClient, path: str, operations: list[dict[str, Any]], key: ObjectKey) -> LiveObject:
    params = {"fieldManager": MANAGER}
    _, answer = await client.write("PATCH", path, orjson.dumps(operations), params=params, content_type=JSON_PATCH)
    return observe(answer, key=key)


def _set_entries(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"op": "replace", "path": "/metadata/managedFields", "value": entries}


def _is_ours(entry: Mapping[str, Any]) -> bool:
    mine = entry.get("manager") == MANAGER and entry.get("operation") == "Apply"
    return mine and not entry.get("subresource")


def _mark_removals(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    marks = {"labels": (PART_OF, FLEET), "annotations": (OWNER, DIGEST, REVISION, SOURCE)}
    return [
        {"op": "remove", "path": f"/metadata/{place}/{name.replace('~', '~0').replace('/', '~1')}"}
        for place, names in marks.items()
        for name in names
        if name in (metadata.get(place) or {})
    ]


def taken(entries: list[dict[str, Any]], takeover: Takeover) -> list[dict[str, Any]]:
    """The entries after a takeover. Pure; those that it does not concern stay exactly as they were."""
    gained = FieldSet()
    rest: list[dict[str, Any]] = []
    for entry in entries:
        found = Managed.read(entry)
        moving = found.fields.under(takeover.paths) if _may_lose(found, takeover) else FieldSet()
        gained = gained.union(moving)
        left = found.fields.without(takeover.paths) if moving else found.fields
        if moving and left:
            rest.append(replace(found, fields=left).write())
        elif not moving:
            rest.append(entry)
    if not gained:
        return entries
    ours = next((entry for entry in rest if _is_ours(entry)), None)
    if ours is None:
        made = Managed(manager=MANAGER, operation="Apply", api_version=takeover.api_version, fields=gained)
        return [*rest, made.write()]
    mine = Managed.read(ours)
    more = replace(mine, fields=mine.fields.union(gained).without((_DIGEST_MARK,))).write()
    return [more if entry is ours else entry for entry in rest]


def _may_lose(entry: Managed, takeover: Takeover) -> bool:
    ours = entry.manager == MANAGER and entry.operation == "Apply"
    return not ours and not entry.subresource and any(fnmatchcase(entry.manager, name) for name in takeover.managers)
