"""Who owns what on one cluster at one Revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.errors import FleetError
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One App's claim to one key."""

    app: str
    origin: Origin
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """For one cluster and Revision, which App owns which ObjectKey: complete, every declared App having rendered."""

    commit: str
    owners: Mapping[ObjectKey, Claim] = field(hash=False)
    refused: Mapping[ObjectKey, tuple[Claim, Claim]] = field(hash=False)
    """Keys that two Apps claim: (who has it, who was refused)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsIncomplete:
    """Not everything declared for the cluster could be rendered yet: nothing may be deleted or moved."""

    commit: str
    reasons: tuple[FleetError, ...] = field(default=(), hash=False)
    """Why, when it is more than that it is not there yet."""
