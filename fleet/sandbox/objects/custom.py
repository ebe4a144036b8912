"""A custom kind, as a CustomResourceDefinition declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.sandbox.objects import structural, structural_problems
from fleet.sandbox.objects.decoded import Decoded
from fleet.sandbox.objects.problems.causes import Cause
from fleet.sandbox.objects.problems.kinds import of_change, of_new
from fleet.sandbox.objects.reading import Undecodable, Walk, reader
from fleet.sandbox.typed import custom as custom_types
from fleet.sandbox.typed.managed import Schema

_METADATA = "meta.v1.ObjectMeta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """A custom kind in one version; `structure` is None where it has no schema."""

    group: str
    version: str
    kind: str
    schema: Schema = field(compare=False)
    structure: Mapping[str, Any] | None
    scale: Mapping[str, str] | None

    def decode(self, body: Mapping[str, Any], *, known: Mapping[str, Any] | None = None) -> Decoded:
        """Leave out what the schema does not know, and set its defaults."""
        if known is not None and body is known:
            return Decoded(dict(known))
        walk = Walk()
        metadata = body.get("metadata") or {}
        try:
            read = reader(_METADATA)(metadata, walk, None)
        except Undecodable as refused:
            head = f'{self.kind} in version "{self.version}" cannot be handled as a {self.kind}: '
            raise Undecodable(refused.why, head) from refused
        said = [word.replace('"', '"metadata.', 1) for word in walk.unknown]
        value = {**body, "metadata": read}
        if self.structure is None:
            return Decoded(value, tuple(said))
        kept, unknown = structural.pruned(value, self.structure)
        said.extend(f'unknown field "{path}"' for path in unknown)
        return Decoded(structural.defaulted(kept, self.structure), tuple(said))

    def problems(self, new: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> list[Cause]:
        """Return what the server has against an object, or against a change of one."""
        if old is None:
            found = of_new(new, group=self.group, kind=self.kind)
        else:
            found = of_change(new, old, group=self.group, kind=self.kind)
        if self.structure is not None:
            found = [*found, *structural_problems.problems(new, self.structure)]
        return [*found, *structural_problems.scale_problems(new, self.scale)] if self.scale else found


def custom(group: str, kind: str, entry: Mapping[str, Any]) -> Custom:
    """Return what is known of a custom kind from the entry of its version in `spec.versions`; costs a walk of its schema."""
    structure = (entry.get("schema") or {}).get("openAPIV3Schema")
    subresources = entry.get("subresources") or {}
    # A definition says `status: {}`.
    has_status = subresources.get("status") is not None
    reset: dict[str, Any] = {"": {"f:status": {}}, "status": {"f:metadata": {}, "f:spec": {}}} if has_status else {}
    version = entry["name"]
    empty = {"apiVersion": f"{group}/{version}", "kind": kind}
    schema = Schema(type=custom_types.type_of(structure), empty=empty, reset=reset)
    scale = subresources.get("scale")
    return Custom(group=group, version=version, kind=kind, schema=schema, structure=structure, scale=scale)
