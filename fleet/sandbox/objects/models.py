"""A kind as the server knows it: how its objects are read, checked and owned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from fleet.sandbox.objects.decoded import Decoded
from fleet.sandbox.objects.problems.causes import Cause
from fleet.sandbox.objects.problems.kinds import of_change, of_new
from fleet.sandbox.objects.reading import Undecodable, Walk, reader
from fleet.sandbox.objects.scalars import Wrong, json_kind
from fleet.sandbox.objects.zeros import zero_of
from fleet.sandbox.typed import builtin as builtin_types
from fleet.sandbox.typed.managed import Schema
from fleet.sandbox.typed.sets import FieldSet
from fleet.schema import types


class Model(Protocol):
    """What is known of one kind in one version."""

    @property
    def schema(self) -> Schema:
        """How its fields are owned."""

    def decode(self, body: Mapping[str, Any], *, known: Mapping[str, Any] | None = None) -> Decoded:
        """Read an object and set its defaults; raises Undecodable.

        `known` is the live object: a part of the body that is the very same Python object as there is taken as it is.
        """

    def problems(self, new: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> list[Cause]:
        """Return what the server has against a decoded object, or against a change of one: the causes of an Invalid."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A built-in kind in one version."""

    name: str
    group: str
    version: str
    kind: str
    schema: Schema = field(compare=False)

    def decode(self, body: Mapping[str, Any], *, known: Mapping[str, Any] | None = None) -> Decoded:
        """Read an object as the server's Go type does, with its defaults."""
        walk = Walk()
        try:
            value = reader(self.name)(dict(body) if not isinstance(body, dict) else body, walk, known)
        except Wrong as wrong:  # Only the object itself: everything inside has told where it is.
            raise Undecodable(f"json: cannot unmarshal {json_kind(wrong.what)} into Go value") from wrong
        except Undecodable as refused:
            head = f'{self.kind} in version "{self.version}" cannot be handled as a {self.kind}: '
            raise Undecodable(refused.why, head) from refused
        return Decoded(value, tuple(walk.unknown))

    def problems(self, new: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> list[Cause]:
        """Return what the server has against it; the rules are those that people meet."""
        if old is None:
            return of_new(new, group=self.group, kind=self.kind)
        return of_change(new, old, group=self.group, kind=self.kind)


@cache
def builtin(group: str, version: str, kind: str) -> Model | None:
    """Return what is known of a built-in kind; None where the kind is not built in. All clusters share it."""
    name = types.kind_type(group, version, kind)
    shape = builtin_types.type_of(group, version, kind)
    if name is None or shape is None:
        return None
    return BuiltIn(name, group, version, kind, Schema(type=shape, empty=zero_of(name), reset=_reset(name)))


# Beside the spec, what a write of the status does not change. Source: `GetResetFields` of Kubernetes' registries.
_METADATA: FieldSet = {"f:metadata": {}}
_KEPT_BY_STATUS: Mapping[str, FieldSet] = {
    "apps.v1.Deployment": {"f:metadata": {"f:labels": {}}},
    "core.v1.Pod": {"f:metadata": {"f:deletionTimestamp": {}, "f:ownerReferences": {}}},
    "admissionregistration.v1.ValidatingAdmissionPolicy": _METADATA,
    "apiregistration.v1.APIService": _METADATA,
    "flowcontrol.v1.FlowSchema": _METADATA,
    "flowcontrol.v1.PriorityLevelConfiguration": _METADATA,
    "networking.v1.ServiceCIDR": _METADATA,
    "resource.v1.ResourceClaim": _METADATA,
    "storage.v1.VolumeAttachment": _METADATA,
}


def _reset(name: str) -> dict[str, FieldSet]:
    """A write of the object does not change its status, and one of the status nothing else."""
    if "status" not in (types.struct(name).fields or {}):
        return {}
    return {"": {"f:status": {}}, "status": {"f:spec": {}, **_KEPT_BY_STATUS.get(name, {})}}
