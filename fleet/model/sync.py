"""One attempt to make one App on one cluster match one Revision, and its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

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
    fingerprint: str = ""
    """What git wanted of the App: the Fingerprint that was synced; empty when it is not declared."""
    authored: Mapping[str, Revision] = field(default_factory=dict, hash=False)
    """By commit: what is said of those that Changes name beside `revision`, as far as they are known."""

    @classmethod
    def failed(cls, app: AppKey, revision: Revision, error: FleetError, *, at: datetime) -> Self:
        """Report a Sync that ended before it could do anything, or whose end could not be written down."""
        return cls(
            app=app,
            revision=revision,
            state=SyncState.FAILED,
            started=at,
            ended=at,
            changes=ChangeSet(app=app, commit=revision.commit),
            errors=(error,),
            message=str(error),
        )

    @property
    def named(self) -> frozenset[str]:
        """The commits that its Changes name."""
        done = (each.change for each in self.changes.done)
        still = self.plan.still if self.plan else ()
        return frozenset(change.revision for change in (*done, *still) if change.revision)

    def is_news_after(self, before: SyncReport | None) -> bool:
        """Whether it tells anything that the one before did not: retries that end alike are one line of history.

        One that did nothing and only waits is none: what it waited for will be told.
        """
        if self.state is SyncState.WAITING and not (self.changes.done or self.drifts):
            return False
        if before is None or self.changes.done or self.drifts:
            return True
        return (self.revision.commit, self.state, self.message) != (before.revision.commit, before.state, before.message)
