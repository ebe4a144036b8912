"""Drift: a live object that no longer is what was applied; and what may differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from fleet.model.fields import FieldPath
from fleet.model.keys import AppKey, ObjectKey


class DriftKind(StrEnum):
    """How it was seen."""

    GONE = "gone"
    MARK = "mark"
    """Our marks are missing or name another digest."""
    OWNERSHIP = "ownership"
    """Somebody took a field of ours, or removed one."""
    OVERRIDE = "override"
    """A manager used by people owns fields of the object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDrift:
    """One field that differs. `git` and `live` are JSON values, or `values.ABSENT`; Secret values are never here."""

    path: FieldPath
    git: Any = field(hash=False)
    live: Any = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A live object that no longer is what the hub last applied."""

    app: AppKey
    key: ObjectKey
    kind: DriftKind
    fields: tuple[FieldDrift, ...] = ()
    manager: str = ""
    """Who, as the API server says; empty is unknown."""
    time: str = ""
    """When, RFC 3339, as the API server says; empty is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A field, or a whole object, that may differ; by whom, why and until when."""

    key: ObjectKey
    paths: tuple[FieldPath, ...] = ()
    whole: bool = False
    managers: tuple[str, ...] = ()
    """Field managers whose fields, whichever they are, may differ."""
    source: str = ""
    """Which declaration or plugin said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionFailed:
    """What may differ could not be told: the object is neither healed nor overwritten."""

    key: ObjectKey
    reason: str


Exempted: TypeAlias = Exemption | ExemptionFailed
