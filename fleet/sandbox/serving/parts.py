"""Subresources that are not the object itself: its scale, its log, its eviction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from fleet.errors import ApiStatus
from fleet.sandbox.serving.answers import Answer, json_answer
from fleet.sandbox.serving.call import Call
from fleet.sandbox.storage import Stored
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.deleting import DeleteOptions, delete
from fleet.sandbox.verbs.patches import Unfit, json_patch, merge_patch
from fleet.sandbox.verbs.patching import APPLY_PATCH, JSON_PATCH, apply
from fleet.sandbox.verbs.placing import bind
from fleet.sandbox.verbs.reading import get
from fleet.sandbox.verbs.state import Written, new_uid, now
from fleet.sandbox.verbs.writing import revise

WHOLE = frozenset({"status", "finalize", "approval", "ephemeralcontainers", "resize"})
"""Those through which the object itself is read and written, or a part of it."""


def answer(call: Call) -> Answer:
    """Answer a request for one of the others. Raises ApiStatus."""
    found = get(call.state, call.target)
    handle = _PARTS.get((call.route.subresource, call.verb))
    if handle is None:
        raise statuses.refusal(501, "NotImplemented", f"the sandbox runs no containers: there is no {call.route.subresource}")
    return handle(call, found)


def _get_scale(call: Call, found: Stored) -> Answer:
    return json_answer(_scale(call, found.parsed()))


def _scale(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    metadata = body["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    spec, status, selector = _paths(call)
    told = {"replicas": _at(body, status) or 0, "selector": _selector(body, selector, custom=call.resource.custom is not None)}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {"replicas": value} if (value := _at(body, spec)) else {},
        "status": {key: value for key, value in told.items() if value or key == "replicas"},
    }


def _paths(call: Call) -> tuple[str, str, str]:
    if call.resource.custom and call.resource.custom.scale:
        said = call.resource.custom.scale
        return said["specReplicasPath"], said["statusReplicasPath"], said.get("labelSelectorPath", "")
    return ".spec.replicas", ".status.replicas", ".spec.selector"


def _at(body: Any, path: str) -> Any:
    for name in path.split(".")[1:]:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _selector(body: dict[str, Any], path: str, *, custom: bool) -> str:
    said = _at(body, path) if path else None
    if custom or said is None:
        return said or ""
    labels = said.get("matchLabels", said) if isinstance(said, dict) else {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if isinstance(value, str))


def _put_scale(call: Call, found: Stored) -> Answer:
    return _rescale(call, found, call.object())


def _patch_scale(call: Call, found: Stored) -> Answer:
    scale, change = _scale(call, found.parsed()), call.decoded()
    kind = call.media.partition(";")[0].strip()
    try:
        wanted = json_patch(scale, change) if kind == JSON_PATCH else merge_patch(scale, change)
    except Unfit as unfit:
        words = "the server rejected our request due to an error in our request"
        raise statuses.refusal(422, "Invalid", words, {}) from unfit
    return _rescale(call, found, wanted, is_apply=kind == APPLY_PATCH)


def _rescale(call: Call, found: Stored, scale: dict[str, Any], *, is_apply: bool = False) -> Answer:
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or (replicas < 0 and not call.resource.custom):
        words = f"Invalid value: {orjson.dumps(replicas).decode()}: must be greater than or equal to 0"
        raise _invalid_scale(found.name, statuses.cause("FieldValueInvalid", "spec.replicas", words))
    written = (_applied if is_apply else _revised)(call, found, scale, replicas)
    return json_answer(_scale(call, orjson.loads(written.data)))


def _revised(call: Call, found: Stored, scale: dict[str, Any], replicas: int) -> Written:
    body = found.parsed()
    if version := (scale.get("metadata") or {}).get("resourceVersion"):
        body["metadata"]["resourceVersion"] = version
    _put(body, _paths(call)[0], replicas)
    return revise(call.state, call.target, found, body, call.options())


def _applied(call: Call, found: Stored, scale: dict[str, Any], replicas: int) -> Written:
    """Who applies a scale owns the replicas of the object that is scaled."""
    body: dict[str, Any] = {"apiVersion": call.resource.api_version, "kind": call.resource.kind}
    body["metadata"] = {key: value for key, value in (scale.get("metadata") or {}).items() if key in ("name", "resourceVersion")}
    _put(body, _paths(call)[0], replicas)
    try:
        return apply(call.state, call.target, body, call.options(apply=True))
    except ApiStatus as refused:
        raise _as_scale(call, refused) from refused


def _put(body: dict[str, Any], path: str, replicas: int) -> None:
    *way, last = path.split(".")[1:]
    for name in way:
        body = body.setdefault(name, {})
    body[last] = replicas


def _as_scale(call: Call, refused: ApiStatus) -> ApiStatus:
    """Tell a conflict in the version of the Scale, in which the server looks for it."""
    begun, told = f'subresource "scale" using {call.resource.api_version}', 'subresource "scale" using autoscaling/v1'
    details = dict(refused.details or {})
    if causes := details.get("causes"):
        details["causes"] = [{**cause, "message": cause["message"].replace(begun, told)} for cause in causes]
    return statuses.refusal(refused.code, refused.reason, refused.message.replace(begun, told), details)


def _invalid_scale(name: str, cause: dict[str, str]) -> ApiStatus:
    details = {"name": name, "group": "autoscaling", "kind": "Scale", "causes": [cause]}
    said = f'Scale.autoscaling "{name}" is invalid: {cause["field"]}: {cause["message"]}'
    return statuses.refusal(422, "Invalid", said, details)


def _log(call: Call, found: Stored) -> Answer:
    body = found.parsed()
    spec = body.get("spec") or {}
    containers = spec.get("containers") or []
    wanted = call.query.get("container") or (containers[0]["name"] if len(containers) == 1 else "")
    chosen = next((each for each in (*containers, *(spec.get("initContainers") or ())) if each["name"] == wanted), None)
    if chosen is None:
        names = " ".join(each["name"] for each in containers)
        words = f"container {wanted} is not valid for pod {found.name}"
        if not wanted:
            words = f"a container name must be specified for pod {found.name}, choose one of: [{names}]"
        raise statuses.bad_request(words)
    status = body.get("status") or {}
    if waiting := _waiting(status, wanted):
        raise statuses.bad_request(f'container "{wanted}" in pod "{found.name}" is waiting to start: {waiting}')
    lines = [
        f"{status.get('startTime') or body['metadata']['creationTimestamp']} sandbox: no container runs here",
        f"pod={found.namespace}/{found.name} container={wanted} image={chosen.get('image')} phase={status.get('phase')}",
    ]
    return Answer(body=_ended("".join(f"{line}\n" for line in lines), call), media="text/plain")


def _waiting(status: Mapping[str, Any], container: str) -> str:
    """What a container that never ran waits for."""
    told = (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ()))
    for each in told:
        state = each.get("state") or {}
        if each["name"] == container and "waiting" in state and not each.get("restartCount"):
            return state["waiting"].get("reason") or "ContainerCreating"
    return ""


def _ended(text: str, call: Call) -> bytes:
    """The end of a log that was asked for: first so many lines, of these so many bytes."""
    lines = text.splitlines(keepends=True)
    tail, limit = call.query.get("tailLines"), call.query.get("limitBytes")
    kept = lines[max(0, len(lines) - int(tail)) :] if tail and tail.isdigit() else lines
    said = "".join(kept).encode()
    return said[: int(limit)] if limit and limit.isdigit() else said


def _evict(call: Call, found: Stored) -> Answer:
    said = call.object().get("deleteOptions") or {}
    conditions = said.get("preconditions") or {}
    options = DeleteOptions(
        propagation=said.get("propagationPolicy") or "",
        uid=conditions.get("uid") or "",
        grace=said.get("gracePeriodSeconds"),
        dry_run=bool(said.get("dryRun")) or bool(call.query.get("dryRun")),
    )
    delete(call.state, call.target, options)
    return json_answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, code=201)


def _bind(call: Call, found: Stored) -> Answer:
    bind(call.state, call.target, (call.object().get("target") or {}).get("name", ""))
    return json_answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, code=201)


def _token(call: Call, found: Stored) -> Answer:
    body = call.object()
    status = {"token": f"sandbox-{new_uid()}", "expirationTimestamp": now()}
    return json_answer({**body, "metadata": {"name": found.name, "namespace": found.namespace}, "status": status}, code=201)


_PARTS: Mapping[tuple[str, str], Callable[[Call, Stored], Answer]] = {
    ("scale", "get"): _get_scale,
    ("scale", "update"): _put_scale,
    ("scale", "patch"): _patch_scale,
    ("log", "get"): _log,
    ("eviction", "create"): _evict,
    ("binding", "create"): _bind,
    ("token", "create"): _token,
}
