"""One request for a resource, read and allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleet.sandbox.access import Access, User
from fleet.sandbox.resources import Resource
from fleet.sandbox.serving.negotiation import Form, Unreadable, decoded
from fleet.sandbox.serving.routes import Route
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.state import ClusterState, Options, Target

_LONGEST_MANAGER = 128
# What an object must be for its kind to be looked up.
_GO_KIND = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
_LONGEST_SUMMARY = 30
_VALIDATIONS = ("", "Ignore", "Warn", "Strict")
_OPTIONS = {"patch": "PatchOptions", "update": "UpdateOptions"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of which resource, by whom and in which words."""

    state: ClusterState
    access: Access
    resource: Resource
    route: Route
    verb: str
    query: Mapping[str, str]
    form: Form
    media: str
    body: bytes
    agent: str
    user: User

    @property
    def target(self) -> Target:
        """The place it names."""
        return Target(resource=self.resource, namespace=self.route.namespace, name=self.route.name)

    def decoded(self) -> Any:
        """Its body. Raises ApiStatus."""
        try:
            return decoded(self.body, self.media)
        except Unreadable as unreadable:
            raise statuses.bad_request(self._unreadable(str(unreadable))) from unreadable

    def object(self) -> dict[str, Any]:
        """Its body, which must be an object. Raises ApiStatus."""
        value = self.decoded()
        if not isinstance(value, dict):
            shape = "array" if isinstance(value, list) else type(value).__name__
            raise statuses.bad_request(self._unreadable(f"json: cannot unmarshal {shape} into Go value of type {_GO_KIND}"))
        return value

    def _unreadable(self, why: str) -> str:
        if self.verb == "patch":
            return f"error decoding {'YAML' if 'yaml' in self.media else 'patch'}: {why}"
        begun = f"the object provided is unrecognized (must be of type {self.resource.kind}): couldn't get version/kind; "
        return f"{begun}json parse error: {why} ({_summary(self.body)})"

    def truth(self, name: str) -> bool:
        """A parameter that is true or false."""
        return self.query.get(name, "") in ("1", "true", "True", "t", "T", "TRUE")

    def options(self, *, apply: bool = False) -> Options:
        """What a write says besides its object. Raises ApiStatus for what no server takes."""
        query = self.query
        _check(query, apply=apply, kind=_OPTIONS.get(self.verb, "CreateOptions"))
        return Options(
            manager=query.get("fieldManager") or self.agent.partition("/")[0][:_LONGEST_MANAGER] or "unknown",
            dry_run="dryRun" in query and bool(query["dryRun"]),
            force=self.truth("force"),
            validation=query.get("fieldValidation") or "Warn",
            subresource=self.route.subresource,
            raw=self.body,
        )


def _summary(body: bytes) -> str:
    """The begin of a body that could not be read; one that is surely no JSON in hexadecimal digits."""
    more = " ..." if len(body) > _LONGEST_SUMMARY else ""
    begin = body[:_LONGEST_SUMMARY]
    if not body:
        return "<empty>"
    return (begin.decode(errors="replace") if begin[:1] == b"{" else begin.hex()) + more


def _check(query: Mapping[str, str], *, apply: bool, kind: str) -> None:
    causes = []
    if apply and not query.get("fieldManager"):
        causes.append(statuses.cause("FieldValueRequired", "fieldManager", "Required value: is required for apply patch"))
    if query.get("force") and kind == "PatchOptions" and not apply:
        causes.append(statuses.cause("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch"))
    if query.get("dryRun", "") not in ("", "All"):
        message = f'Unsupported value: ["{query["dryRun"]}"]: supported values: "All"'
        causes.append(statuses.cause("FieldValueNotSupported", "dryRun", message))
    if query.get("fieldValidation", "") not in _VALIDATIONS:
        message = f'Unsupported value: "{query["fieldValidation"]}": supported values: "", "Ignore", "Strict", "Warn"'
        causes.append(statuses.cause("FieldValueNotSupported", "fieldValidation", message))
    if len(query.get("fieldManager", "")) > _LONGEST_MANAGER:
        words = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        causes.append(statuses.cause("FieldValueTooLong", "fieldManager", words))
    if causes:
        raise statuses.invalid_options(kind, causes)
