"""Where the verbs meet the types: managedFields, validation and defaults of one object.

Everything here is done by `typed` and `objects`; this says which type a resource has, and makes their refusals Statuses.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fleet.errors import ApiStatus
from fleet.sandbox.resources import Resource
from fleet.sandbox.typed import builtin, managed
from fleet.sandbox.typed.conflicts import Conflicts
from fleet.sandbox.typed.types import FREE_FORM
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.state import Options, now


def schema_of(resource: Resource) -> managed.Schema:
    """The type of a resource's objects."""
    return _schema(resource) if resource.custom is None else _custom_schema(resource)


@cache
def _schema(resource: Resource) -> managed.Schema:
    found = builtin.type_of(resource.group, resource.version, resource.kind)
    return managed.Schema(type=found or FREE_FORM, empty={})


def _custom_schema(resource: Resource) -> managed.Schema:
    return managed.Schema(type=FREE_FORM, empty={})


def check_fields(resource: Resource, body: dict[str, Any], options: Options) -> tuple[str, ...]:
    """Look for unknown and duplicate fields; gives warnings, or raises ApiStatus."""
    return ()


def default(resource: Resource, body: dict[str, Any]) -> None:
    """Set the defaults of fields that are not there."""


def validate(resource: Resource, body: dict[str, Any], old: dict[str, Any] | None) -> None:
    """Raise the Invalid that a body deserves; against `old`, what must not change has not."""


def created(resource: Resource, body: dict[str, Any], options: Options) -> dict[str, Any]:
    """Set defaults, and say who owns what of a new object."""
    default(resource, body)
    return managed.update(schema_of(resource), None, body, _write(resource, options))


def updated(resource: Resource, old: dict[str, Any], body: dict[str, Any], options: Options) -> dict[str, Any]:
    """Say who owns what after an update."""
    return managed.update(schema_of(resource), old, body, _write(resource, options))


def applied(resource: Resource, old: dict[str, Any] | None, body: dict[str, Any], options: Options) -> dict[str, Any]:
    """Lay what is applied over what is there; raises the Conflict that stands against it."""
    try:
        return managed.apply(schema_of(resource), old, body, _write(resource, options))
    except Conflicts as conflicts:
        raise _conflict(conflicts) from conflicts


def _conflict(conflicts: Conflicts) -> ApiStatus:
    return statuses.refusal(409, "Conflict", str(conflicts), {"causes": conflicts.causes()})


def _write(resource: Resource, options: Options) -> managed.Write:
    return managed.Write(
        manager=options.manager,
        api_version=resource.api_version,
        now=now(),
        subresource=options.subresource,
        force=options.force,
    )


def completed(resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
    """Set the defaults of an applied object, which shares parts with the live one: gives another."""
    return body
