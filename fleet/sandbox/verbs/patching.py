"""PATCH in its four kinds; server-side apply is the one that may create."""

from __future__ import annotations

from typing import Any

from fleet.errors import ApiStatus
from fleet.sandbox.verbs import shaping, statuses, strategies
from fleet.sandbox.verbs.metadata import address, begin, carry, mismatch, wrong_name
from fleet.sandbox.verbs.patches import Unfit, json_patch, merge_patch
from fleet.sandbox.verbs.state import ClusterState, Options, Target, Written, live
from fleet.sandbox.verbs.strategic import strategic_patch
from fleet.sandbox.verbs.versions import parsed
from fleet.sandbox.verbs.writing import insert, revise, settle

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


def patch(state: ClusterState, target: Target, kind: str, change: Any, options: Options) -> Written:
    """Change an object by a patch of one of the three kinds that need one to be there. Raises ApiStatus."""
    found = live(state, target)
    if found is None:
        raise statuses.not_found(target.resource, target.name)
    body = _patched(target, kind, parsed(target.resource, found), change)
    _check_kind(target, body)
    metadata = address(target, body)
    if metadata.get("name") != target.name:
        raise wrong_name(metadata.get("name") or "", target.name)
    body, warnings = shaping.patched(target.resource, body, options, strategic=change if kind == STRATEGIC_PATCH else None)
    metadata = body["metadata"]
    metadata.setdefault("resourceVersion", str(found.revision))
    if metadata.get("uid", found.uid) != found.uid:
        raise statuses.changed_uid(target.resource, target.name, metadata["uid"])
    return revise(state, target, found, body, options, warnings)


def _check_kind(target: Target, body: dict[str, Any]) -> None:
    given = (body.get("apiVersion") or "", body.get("kind") or "")
    if not target.resource.custom and given != (target.resource.api_version, target.resource.kind):
        raise shaping.bad_patch(body, None, mismatch(target.resource, *given).partition(": ")[2])


def _patched(target: Target, kind: str, body: dict[str, Any], change: Any) -> dict[str, Any]:
    if not isinstance(change, list if kind == JSON_PATCH else dict):
        raise statuses.bad_request(f"error decoding patch: {_unfit(change, kind)}")
    try:
        if kind == JSON_PATCH:
            return _object(json_patch(body, change))
        if kind == STRATEGIC_PATCH:
            return _object(strategic_patch(shaping.schema_of(target.resource).type, body, change))
        return _object(merge_patch(body, change))
    except Unfit as unfit:
        raise _refused() from unfit


def _unfit(change: Any, kind: str) -> str:
    """What Go's JSON says of a patch of another shape."""
    shapes = {dict: "object", list: "array", str: "string", bool: "bool", type(None): "null"}
    wanted = "[]handlers.jsonPatchOp" if kind == JSON_PATCH else "map[string]interface {}"
    return f"json: cannot unmarshal {shapes.get(type(change), 'number')} into Go value of type {wanted}"


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit("the patch leaves no object")
    return value


def _refused() -> ApiStatus:
    return statuses.refusal(422, "Invalid", "the server rejected our request due to an error in our request", {})


def apply(state: ClusterState, target: Target, body: dict[str, Any], options: Options) -> Written:
    """Apply an object: create it, or lay it over what is there. Raises ApiStatus."""
    said = {"apiVersion": body.get("apiVersion") or "", "kind": body.get("kind") or ""}
    if (said["apiVersion"], said["kind"]) != (target.resource.api_version, target.resource.kind):
        group, _, version = said["apiVersion"].rpartition("/")
        raise statuses.bad_request(f"invalid object type: {group}/{version}, Kind={said['kind']}")
    sent = (body.get("metadata") or {}).get("namespace") or ""
    metadata = address(target, body)
    if metadata.get("name") != target.name:
        raise wrong_name(metadata.get("name") or "", target.name)
    if metadata.get("managedFields"):
        raise statuses.bad_request("metadata.managedFields must be nil")
    found = live(state, target)
    if found is None:
        return _apply_new(state, target, body, options, sent)
    wanted = metadata.pop("resourceVersion", None)
    if wanted and wanted != str(found.revision):
        raise statuses.conflict(target.resource, target.name, statuses.MODIFIED)
    uid = metadata.pop("uid", None)
    if uid and uid != found.uid:
        raise statuses.changed_uid(target.resource, target.name, uid)
    old = parsed(target.resource, found)
    after = shaping.applied(target.resource, old, body, options, sent=sent)
    if after == old:
        return settle(state, target, found, (old, after), options)
    after = shaping.completed(target.resource, after, old)
    carry(old, after)
    after = strategies.prepare_update(target.resource, old, after, options.subresource)
    return settle(state, target, found, (old, after), options)


def _apply_new(state: ClusterState, target: Target, body: dict[str, Any], options: Options, sent: str) -> Written:
    if options.subresource:
        raise statuses.not_found(target.resource, target.name)
    if body["metadata"].get("uid"):
        why = "uid mismatch: the provided object specified uid {}, and no existing object was found"
        raise statuses.conflict(target.resource, target.name, why.format(body["metadata"]["uid"]))
    body["metadata"].pop("resourceVersion", None)
    after = shaping.completed(target.resource, shaping.applied(target.resource, None, body, options, sent=sent), None)
    begin(after)
    return insert(state, target, after, options, ())
