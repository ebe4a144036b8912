"""Creates and updates: what the server adds, what it keeps, what it refuses, and what comes into the store."""

from __future__ import annotations

from typing import Any

import orjson

from fleet.sandbox.resources import Resource
from fleet.sandbox.storage import Stored
from fleet.sandbox.verbs import shaping, statuses, strategies
from fleet.sandbox.verbs.admission import admit
from fleet.sandbox.verbs.ending import finish
from fleet.sandbox.verbs.metadata import address, begin, carry, name_of, wrong_name
from fleet.sandbox.verbs.state import ClusterState, Options, Target, Written, live
from fleet.sandbox.verbs.versions import parsed, shown, to_storage


def create(state: ClusterState, target: Target, body: dict[str, Any], options: Options) -> Written:
    """Create an object; its body becomes the store's. Raises ApiStatus."""
    metadata = address(target, body)
    if metadata.get("resourceVersion"):
        raise statuses.failed("resourceVersion should not be set on objects to be created")
    body, warnings = shaping.decoded(target.resource, body, options)
    name = name_of(target, body)
    begin(body)
    body = shaping.created(target.resource, body, options)
    return insert(state, Target(resource=target.resource, namespace=target.namespace, name=name), body, options, warnings)


def insert(state: ClusterState, target: Target, body: dict[str, Any], options: Options, warnings: tuple[str, ...]) -> Written:
    """Put an object there that is complete but for what its kind's strategy adds, and that has its managedFields."""
    resource = target.resource
    admit(state, target, body)
    strategies.prepare_create(state, resource, body)
    warnings = (*warnings, *shaping.validate(resource, body, None))
    found = live(state, target)
    if found is not None:
        raise (statuses.being_deleted if found.deleting else statuses.already_exists)(resource, target.name)
    strategies.allocate(state, resource, body)
    if options.dry_run:
        return Written(data=orjson.dumps(body), created=True, warnings=warnings)
    return keep(state, resource, body, warnings, created=True)


def update(state: ClusterState, target: Target, body: dict[str, Any], options: Options) -> Written:
    """Replace an object, or a subresource's part of it; its body becomes the store's. Raises ApiStatus."""
    found = live(state, target)
    metadata = address(target, body)
    if metadata.get("name") != target.name:
        raise wrong_name(metadata.get("name") or "", target.name)
    body, warnings = shaping.decoded(target.resource, body, options)
    metadata = body["metadata"]
    if found is None:
        if options.subresource or not strategies.created_by_update(target.resource):
            raise statuses.not_found(target.resource, target.name)
        if metadata.get("uid"):
            raise statuses.wrong_uid(target.resource, (target.namespace, target.name), wanted=metadata["uid"], found="")
        metadata.pop("resourceVersion", None)
        return create(state, target, body, options)
    return revise(state, target, found, body, options, warnings)


def revise(  # noqa: PLR0913 - what there is, what is wanted, and how
    state: ClusterState, target: Target, found: Stored, body: dict[str, Any], options: Options, warnings: tuple[str, ...] = ()
) -> Written:
    """Update an object from a whole new body, addressed and checked."""
    resource = target.resource
    old = parsed(resource, found)
    _check_version(target, found, body)
    carry(old, body)
    body = strategies.prepare_update(resource, old, body, options.subresource)
    body = shaping.updated(resource, old, body, options)
    return settle(state, target, found, (old, body), options, warnings)


def settle(  # noqa: PLR0913 - what there is, what is wanted, and how
    state: ClusterState,
    target: Target,
    found: Stored,
    bodies: tuple[dict[str, Any], dict[str, Any]],
    options: Options,
    warnings: tuple[str, ...] = (),
) -> Written:
    """Validate and store an update whose managedFields are there; one that changes nothing is none."""
    old, body = bodies
    resource = target.resource
    strategies.number(resource, old, body)
    warnings = (*warnings, *shaping.validate(resource, body, old))
    if unchanged(old, body):
        return Written(data=shown(resource, found), stored=found, warnings=warnings)
    if options.dry_run:
        return Written(data=orjson.dumps(body), warnings=warnings)
    if finish(state, target, found, to_storage(resource, body)):
        return Written(data=orjson.dumps(body), warnings=warnings)
    return keep(state, resource, body, warnings)


def keep(
    state: ClusterState, resource: Resource, body: dict[str, Any], warnings: tuple[str, ...], *, created: bool = False
) -> Written:
    """Put an object into the store, in the version it is kept in."""
    stored = state.store.put(resource.storage, to_storage(resource, body))
    return Written(data=shown(resource, stored), stored=stored, created=created, warnings=warnings)


def unchanged(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether nothing but times of managedFields differs."""
    if old == new:
        return True
    if any(old.get(key) != value for key, value in new.items() if key != "metadata") or old.keys() != new.keys():
        return False
    before, after = old["metadata"], new["metadata"]
    if before.keys() != after.keys():
        return False
    if any(before[key] != value for key, value in after.items() if key != "managedFields"):
        return False
    return _timeless(before.get("managedFields")) == _timeless(after.get("managedFields"))


def _timeless(entries: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in entry.items() if key != "time"} for entry in entries or ()]


def _check_version(target: Target, found: Stored, body: dict[str, Any]) -> None:
    metadata = body["metadata"]
    uid, version = metadata.get("uid"), metadata.get("resourceVersion")
    if uid and uid != found.uid:
        raise statuses.wrong_uid(target.resource, (target.namespace, target.name), wanted=uid, found=found.uid)
    if not version:
        if strategies.needs_version(target.resource):
            raise statuses.without_version(target.resource, target.name)
        return
    if not version.isdecimal():
        raise statuses.failed(f'strconv.ParseUint: parsing "{version}": invalid syntax')
    if version != str(found.revision):
        raise statuses.conflict(target.resource, target.name, statuses.MODIFIED)
