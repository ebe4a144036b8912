"""Questions about who somebody is and what he may: asked as creates, stored nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fleet.sandbox.access import DENIED, MASTERS, READERS, Asked, User, allowed
from fleet.sandbox.resources import Resource
from fleet.sandbox.serving.answers import Answer, json_answer
from fleet.sandbox.serving.call import Call
from fleet.sandbox.verbs import statuses

_WHY = 'RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "system:masters"'


def _access_of_oneself(call: Call, spec: Mapping[str, Any]) -> dict[str, Any]:
    return _verdict(call.user, spec)


def _access(call: Call, spec: Mapping[str, Any]) -> dict[str, Any]:
    return _verdict(User(name=spec.get("user") or "", groups=tuple(spec.get("groups") or ())), spec)


def _verdict(user: User, spec: Mapping[str, Any]) -> dict[str, Any]:
    may = allowed(user, _asked(spec))
    return {"allowed": may, **({"reason": _WHY} if may and MASTERS in user.groups else {})}


def _asked(spec: Mapping[str, Any]) -> Asked:
    if other := spec.get("nonResourceAttributes"):
        return Asked(verb=other.get("verb", ""), path=other.get("path", ""))
    said = spec.get("resourceAttributes") or {}
    return Asked(
        verb=said.get("verb", ""),
        group=said.get("group", ""),
        resource=said.get("resource", ""),
        subresource=said.get("subresource", ""),
        namespace=said.get("namespace", ""),
        name=said.get("name", ""),
    )


def _rules(call: Call, spec: Mapping[str, Any]) -> dict[str, Any]:
    verbs = ["*"] if MASTERS in call.user.groups else ["get", "list", "watch"] if READERS in call.user.groups else []
    rules = [{"verbs": verbs, "apiGroups": ["*"], "resources": ["*"]}] if verbs and DENIED not in call.user.groups else []
    return {"resourceRules": rules, "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/api/*"]}], "incomplete": False}


def _who(call: Call, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"userInfo": _told(call.user)}


def _token(call: Call, spec: Mapping[str, Any]) -> dict[str, Any]:
    user = call.access.known(spec.get("token") or "")
    return {"authenticated": True, "user": _told(user)} if user else {"authenticated": False, "user": {}}


def _told(user: User) -> dict[str, Any]:
    return {"username": user.name, "uid": user.uid, "groups": list(user.groups)}


REVIEWS: Mapping[str, Callable[[Call, Mapping[str, Any]], dict[str, Any]]] = {
    "selfsubjectaccessreviews": _access_of_oneself,
    "localsubjectaccessreviews": _access,
    "subjectaccessreviews": _access,
    "selfsubjectrulesreviews": _rules,
    "selfsubjectreviews": _who,
    "tokenreviews": _token,
}


def _check(resource: Resource, spec: Mapping[str, Any]) -> None:
    """A review of access asks about one thing."""
    if not resource.plural.endswith("accessreviews"):
        return
    if bool(spec.get("resourceAttributes")) == bool(spec.get("nonResourceAttributes")):
        field = "spec.resourceAttributes"
        message = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
        details = {"group": resource.group, "causes": [statuses.cause("FieldValueInvalid", field, message)]}
        raise statuses.refusal(422, "Invalid", f'.{resource.group} "" is invalid: {field}: {message}', details)


def answer(call: Call) -> Answer:
    """Answer a review."""
    body = call.object()
    if body.get("kind") not in (None, call.resource.kind):
        raise statuses.bad_request(
            f"the kind in the data ({body['kind']}) does not match the expected kind ({call.resource.kind})"
        )
    _check(call.resource, body.get("spec") or {})
    status = REVIEWS[call.resource.plural](call, body.get("spec") or {})
    head = {"kind": call.resource.kind, "apiVersion": call.resource.api_version, "metadata": {}}
    spec = {"spec": body["spec"]} if "spec" in body else {}
    return json_answer({**head, **spec, "status": status}, code=201)
