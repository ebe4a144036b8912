"""The refusals of an API server, in its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fleet.errors import ApiStatus
from fleet.sandbox.resources import Resource

CAUSE = Mapping[str, str]


def refusal(code: int, reason: str, message: str, details: Mapping[str, Any] | None = None) -> ApiStatus:
    """Make any refusal."""
    return ApiStatus(code=code, reason=reason, message=message, details=details)


def body_of(error: ApiStatus) -> dict[str, Any]:
    """Write a refusal as the Status object that is sent."""
    status: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": error.message,
        "reason": error.reason,
        "details": error.details,
        "code": error.code,
    }
    return {key: value for key, value in status.items() if value is not None and value != ""}


def success(resource: Resource, name: str, uid: str) -> dict[str, Any]:
    """Write the answer to a delete that is done."""
    details = {"name": name, **_group(resource), "kind": resource.plural, "uid": uid}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def not_found(resource: Resource, name: str) -> ApiStatus:
    """There is no such object."""
    message = f'{resource.qualified} "{name}" not found'
    return refusal(404, "NotFound", message, _named(resource, name))


def namespace_not_found(name: str) -> ApiStatus:
    """There is no such namespace."""
    return refusal(404, "NotFound", f'namespaces "{name}" not found', {"name": name, "kind": "namespaces"})


def already_exists(resource: Resource, name: str) -> ApiStatus:
    """An object of this name is there."""
    return refusal(409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', _named(resource, name))


def being_deleted(resource: Resource, name: str) -> ApiStatus:
    """An object of this name is there, and about to go."""
    message = f'object is being deleted: {resource.qualified} "{name}" already exists'
    return refusal(409, "AlreadyExists", message, _named(resource, name))


def conflict(resource: Resource, name: str, why: str) -> ApiStatus:
    """The object is not the one that was meant, or not the version."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return refusal(409, "Conflict", message, _named(resource, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def other(resource: Resource, name: str, why: str) -> ApiStatus:
    """The object is not the one that the preconditions of a delete mean; they name its kind, not its resource."""
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {"name": name, **_group(resource), "kind": resource.kind}
    return refusal(409, "Conflict", f'Operation cannot be fulfilled on {kind} "{name}": {why}', details)


def wrong_uid(resource: Resource, place: tuple[str, str], *, wanted: str, found: str) -> ApiStatus:
    """An update names another UID than the object has; source: apiserver `storage.Preconditions`."""
    namespace, name = place
    root = f"{resource.group}/{resource.plural}" if resource.custom else resource.plural
    key = "/".join(("/registry", root, namespace, name) if namespace else ("/registry", root, name))
    why = (
        f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
        f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}"
    )
    return conflict(resource, name, why)


def invalid(resource: Resource, name: str, causes: Iterable[CAUSE]) -> ApiStatus:
    """The object breaks rules of its kind."""
    found = [dict(cause) for cause in causes]
    said = [f"{cause['field']}: {cause['message']}" for cause in found]
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    said = list(dict.fromkeys(said))
    listed = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    details = {"name": name, **_group(resource), "kind": resource.kind, "causes": found}
    return refusal(422, "Invalid", f'{kind} "{name}" is invalid: {listed}', {k: v for k, v in details.items() if v})


def cause(reason: str, field: str, message: str) -> dict[str, str]:
    """One cause of an Invalid; the message without its field."""
    return {"reason": reason, "message": message, "field": field}


def changed_uid(resource: Resource, name: str, uid: str) -> ApiStatus:
    """A patch would give another UID."""
    changed = cause("FieldValueInvalid", "metadata.uid", f'Invalid value: "{uid}": field is immutable')
    return invalid(resource, name, [changed, changed])


def without_version(resource: Resource, name: str) -> ApiStatus:
    """An update must say which version it is of; this refusal names the resource, not the kind."""
    message = "Invalid value: 0: must be specified for an update"
    details = {**_named(resource, name), "causes": [cause("FieldValueInvalid", "metadata.resourceVersion", message)]}
    return refusal(422, "Invalid", f'{resource.qualified} "{name}" is invalid: metadata.resourceVersion: {message}', details)


def invalid_options(kind: str, causes: Sequence[CAUSE]) -> ApiStatus:
    """The options of a request are none."""
    said = [f"{each['field']}: {each['message']}" for each in causes]
    listed = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    details = {"group": "meta.k8s.io", "kind": kind, "causes": list(causes)}
    return refusal(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {listed}', details)


def failed(message: str) -> ApiStatus:
    """Something that a real server did not expect: it says so without a reason."""
    return refusal(500, "", message)


def not_served() -> ApiStatus:
    """The path names nothing in a group that is there."""
    return refusal(404, "NotFound", "the server could not find the requested resource", {})


def bad_request(message: str) -> ApiStatus:
    """The request cannot be understood."""
    return refusal(400, "BadRequest", message)


def unauthorized() -> ApiStatus:
    """Nobody is known by this credential."""
    return refusal(401, "Unauthorized", "Unauthorized")


def forbidden(resource: Resource, name: str, why: str, causes: Sequence[CAUSE] = ()) -> ApiStatus:
    """A rule forbids it, whoever asks."""
    subject = f'{resource.qualified} "{name}"' if name else resource.qualified
    details: dict[str, Any] = {"name": name, **_group(resource), "kind": resource.plural, "causes": list(causes)}
    return refusal(403, "Forbidden", f"{subject} is forbidden: {why}", {k: v for k, v in details.items() if v})


def terminating(resource: Resource, name: str, namespace: str) -> ApiStatus:
    """Nothing new comes into a namespace that goes."""
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    message = f"namespace {namespace} is being terminated"
    return forbidden(resource, name, why, [cause("NamespaceTerminating", "metadata.namespace", message)])


def method_not_allowed() -> ApiStatus:
    """The resource does not know the verb."""
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def not_acceptable(accepted: str, *, media: bool) -> ApiStatus:
    """The client takes no form that there is: no media type of ours, or no view of an object."""
    if media:
        return refusal(406, "NotAcceptable", f"only the following media types are accepted: {accepted}")
    return refusal(406, "NotAcceptable", f"406: Not Acceptable\n\nAvailable representations: {accepted}", {})


def unsupported(accepted: str) -> ApiStatus:
    """The body is in no form that can be read."""
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return refusal(415, "UnsupportedMediaType", message)


def expired(message: str) -> ApiStatus:
    """The past that was asked for is forgotten."""
    return refusal(410, "Expired", message)


def too_large(revision: int, current: int) -> ApiStatus:
    """A resource version of the future was asked for."""
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    message = f"Timeout: Too large resource version: {revision}, current: {current}"
    return refusal(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})


def _named(resource: Resource, name: str) -> dict[str, Any]:
    return {"name": name, **_group(resource), "kind": resource.plural}


def _group(resource: Resource) -> dict[str, str]:
    return {"group": resource.group} if resource.group else {}
