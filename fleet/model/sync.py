"""One attempt to make one App on one cluster match one Revision, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fleet.errors import FleetError
from fleet.model.drift import Drift
from fleet.model.keys import AppKey
from fleet.model.plan import ChangeSet, Plan
from fleet.model.revision import Revision


class SyncState(StrEnum):
    """How a Sync ended."""

    SYNCED = "synced"
    FAILED = "failed"
    WAITING = "waiting"
    """Something it applied must become usable first (a CRD, a Namespace), or Claims are not complete."""
    HELD = "held"
    SUPERSEDED = "superseded"
    OBSERVED = "observed"
    """Nothing may be written here: paused, observe-only, report-only."""
    REMOVED = "removed"
    """The App left git and everything of it is gone or let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """The outcome of one Sync: everything that is said of it later is in here."""

    app: AppKey
    revision: Revision
    state: SyncState
    started: datetime
    ended: datetime
    plan: Plan | None = None
    changes: ChangeSet
    drifts: tuple[Drift, ...] = ()
    errors: tuple[FleetError, ...] = field(default=(), hash=False)
    message: str = ""
