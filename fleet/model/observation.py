"""What a cluster has, at one moment, or why that could not be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fleet.errors import FleetError
from fleet.model import flux_words
from fleet.model.engines import engines_of
from fleet.model.fields import FieldSet, Managed
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import digest_of
from fleet.model.marks import MANAGER, Marks, confirmed, keeps, wave_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveObject:
    """What is kept of one object in a cluster: enough to tell whose it is and whether it drifted; never its body."""

    key: ObjectKey
    uid: str
    resource_version: str
    generation: int = 0
    deleting: bool = False
    marks: Marks
    rivals: tuple[str, ...] = ()
    """Other engines whose marks it carries, by the words of `engines`: `argocd`, `flux`…"""
    kept: bool = False
    """Whether the live object itself says that it is never to be deleted."""
    confirmed: bool = False
    """Whether the live object itself says that it is deleted only when somebody confirms it."""
    wave: int = 0
    """The wave the live object says it is of: what is deleted goes in the reverse order of waves."""
    own: FieldSet = field(default_factory=FieldSet)
    """What our manager owns by Apply; empty when it never applied."""
    others: tuple[Managed, ...] = ()
    """Entries of other managers without a subresource, whose paths drift or adoption may concern."""

    @property
    def ownership(self) -> str:
        """A hash of what our manager owns: it changes when somebody takes a field of ours, or gives one back."""
        return self.own.digest

    @property
    def owner(self) -> AppKey | None:
        """The App its consistent mark names."""
        return self.marks.owner_of(self.key)


def observe(body: Mapping[str, Any], *, key: ObjectKey | None = None) -> LiveObject:
    """Keep of an object (whole, or PartialObjectMetadata) what a LiveObject keeps.

    A PartialObjectMetadata's own kind is not the object's: pass `key` then.
    """
    metadata = body["metadata"]
    key = key or ObjectKey.of(body)
    entries = [Managed.read(entry) for entry in metadata.get("managedFields") or ()]
    ours = [entry for entry in entries if entry.manager == MANAGER and entry.operation == "Apply" and not entry.subresource]
    return LiveObject(
        key=key,
        uid=metadata.get("uid", ""),
        resource_version=metadata.get("resourceVersion", ""),
        generation=metadata.get("generation", 0),
        deleting=metadata.get("deletionTimestamp") is not None,
        marks=Marks.read(metadata),
        rivals=engines_of(metadata, key=key),
        kept=keeps(metadata) or flux_words.left_alone(metadata),
        confirmed=confirmed(metadata.get("annotations") or {}),
        wave=_wave(metadata.get("annotations") or {}),
        own=ours[0].fields if ours else FieldSet(),
        others=tuple(entry for entry in entries if entry not in ours and not entry.subresource),
    )


def _wave(annotations: Mapping[str, str]) -> int:
    try:
        return wave_of(annotations)
    except ValueError:
        return 0


def is_older(version: str, than: str) -> bool:
    """Whether a resource version is older than another one; of two that cannot be compared, neither is.

    They are compared as numbers, as Kubernetes 1.35 and later promise and etcd always gave them.
    """
    return version.isdecimal() and than.isdecimal() and int(version) < int(than)


@dataclass(frozen=True, slots=True)
class Absent:
    """The object is not there: the API server said so, or a complete list did not hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Whether the object is there could not be told."""

    error: FleetError = field(hash=False)


Seen: TypeAlias = LiveObject | Absent | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a cluster has of the keys one App is concerned with. A key that was not looked for is Unknown, not Absent."""

    objects: Mapping[ObjectKey, Seen] = field(hash=False)

    def live(self, key: ObjectKey) -> LiveObject | None:
        """The object, when it was seen; None when it is absent or could not be told."""
        seen = self.objects.get(key)
        return seen if isinstance(seen, LiveObject) else None

    def absent(self, key: ObjectKey) -> bool:
        """Whether the object is certainly not there."""
        return isinstance(self.objects.get(key), Absent)


def members_hash(objects: Mapping[ObjectKey, tuple[str, str]]) -> str:
    """One hash over (uid, ownership) of an App's members: what a Record keeps to know after a restart that nothing drifted."""
    return digest_of(sorted([key.member, uid, ownership] for key, (uid, ownership) in objects.items()))
