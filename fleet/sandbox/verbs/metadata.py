"""What the server alone decides of an object's metadata."""

from __future__ import annotations

import secrets
from typing import Any

from fleet.sandbox.resources import Resource
from fleet.sandbox.resources.resource import built_in
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.state import Target, new_uid, now

# `rand.String`: no vowels and no look-alikes, so that no word comes about.
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_LONGEST_GENERATED = 58

_GIVEN_BY_THE_SERVER = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def address(target: Target, body: dict[str, Any]) -> dict[str, Any]:
    """Check that a body belongs where it was sent, and complete its kind, version and namespace; gives its metadata."""
    resource = target.resource
    _match_kind(resource, body)
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    body["metadata"] = metadata
    namespace = metadata.get("namespace") or ""
    if resource.namespaced and namespace not in ("", target.namespace):
        raise statuses.bad_request("the namespace of the provided object does not match the namespace sent on the request")
    metadata.pop("namespace", None)
    if resource.namespaced:
        metadata["namespace"] = target.namespace
    return metadata


def _match_kind(resource: Resource, body: dict[str, Any]) -> None:
    api_version, kind = body.get("apiVersion") or resource.api_version, body.get("kind") or resource.kind
    body["apiVersion"], body["kind"] = api_version, kind
    if (api_version, kind) != (resource.api_version, resource.kind):
        raise statuses.bad_request(mismatch(resource, api_version, kind))


def mismatch(resource: Resource, api_version: str, kind: str) -> str:
    """What a server says to a body of another kind, or of a version that is none."""
    group, _, version = api_version.rpartition("/")
    if resource.custom:
        wanted = f"{resource.api_version}, Kind={resource.kind}"
        return f"the object provided is unrecognized (must be of type {resource.kind}): expected {wanted}"
    if kind in {other.kind for other in built_in().get((group, version), {}).values()}:
        inner = f"converting ({version}.{kind}) to ({_package(resource.group)}.{resource.kind}): unknown conversion"
    else:
        inner = f'no kind "{kind}" is registered for version "{api_version}" in scheme "pkg/runtime/scheme.go:111"'
    return f'{kind} in version "{version}" cannot be handled as a {resource.kind}: {inner}'


def _package(group: str) -> str:
    """The Go package of a group's internal types."""
    return group.partition(".")[0] or "core"


def name_of(target: Target, body: dict[str, Any]) -> str:
    """The name of an object to be created, generated where that is asked for."""
    metadata = body["metadata"]
    if not metadata.get("name") and metadata.get("generateName"):
        prefix = metadata["generateName"][:_LONGEST_GENERATED]
        metadata["name"] = prefix + "".join(secrets.choice(_LETTERS) for _ in range(5))
    name = metadata.get("name") or ""
    if target.name and name != target.name:
        raise wrong_name(name, target.name)
    if not name:
        missing = statuses.cause("FieldValueRequired", "metadata.name", "Required value: name or generateName is required")
        raise statuses.invalid(target.resource, "", [missing])
    return str(name)


def wrong_name(given: str, wanted: str) -> Exception:
    """The body names another object than the path."""
    if not given:
        return statuses.bad_request(f"the name of the object ({wanted} based on URL) was undeterminable: name must be provided")
    return statuses.bad_request(f"the name of the object ({given}) does not match the name on the URL ({wanted})")


def begin(body: dict[str, Any]) -> None:
    """Give a new object what the server gives."""
    metadata = body["metadata"]
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"):
        metadata.pop(key, None)
    metadata["uid"] = new_uid()
    metadata["creationTimestamp"] = now()


def carry(live: dict[str, Any], body: dict[str, Any]) -> None:
    """Keep of the live object what a write cannot change."""
    old, new = live["metadata"], body["metadata"]
    for key in _GIVEN_BY_THE_SERVER:
        if key in old:
            new[key] = old[key]
        else:
            new.pop(key, None)
    for key in ("generation", "generateName", "selfLink"):
        if key in old:
            new[key] = old[key]
        else:
            new.pop(key, None)
    new["resourceVersion"] = old["resourceVersion"]
