"""Which Syncs of a cluster wait for Health or for other Apps, for what, and since when."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from fleet.model.keys import AppKey, ObjectKey
from fleet.model.plan import Awaited, Cause
from fleet.model.sync import SyncReport
from fleet.reconcile.site import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One App that waits."""

    of: tuple[str, ...]
    """The Fingerprints it waits with: another one, and the clock starts anew."""
    since: datetime
    awaits: tuple[Awaited, ...] = ()
    said: bool = False
    """Whether the log tells that it takes long."""


class Waits:
    """Remembers from one Sync of an App to its next, and finds who waits for an object or an App. Costs what waits."""

    def __init__(self, *, slow_after: float) -> None:
        self._slow_after = slow_after
        self._waits: dict[AppKey, Wait] = {}
        self._objects: dict[ObjectKey, set[AppKey]] = {}
        self._apps: dict[str, set[AppKey]] = {}

    def begin(self, report: SyncReport, of: tuple[str, ...]) -> Wait:
        """Note that an App waits. The clock goes on, unless git wants something else by now or the Sync came further."""
        key, before = report.app, self._waits.get(report.app)
        wait = Wait(of=of, since=report.ended)
        if before is not None and before.of == of and not _came_further(report):
            wait = before
        self.end(key)
        awaits = report.plan.awaits if report.plan else ()
        self._waits[key] = replace(wait, awaits=awaits)
        for each in awaits:
            if each.key is not None:
                self._objects.setdefault(each.key, set()).add(key)
            if each.app:
                self._apps.setdefault(each.app, set()).add(key)
        return self._waits[key]

    def end(self, key: AppKey) -> None:
        """Note that an App waits no longer."""
        before = self._waits.pop(key, None)
        for each in before.awaits if before else ():
            if each.key is not None:
                _drop(self._objects, each.key, key)
            if each.app:
                _drop(self._apps, each.app, key)

    def say(self, key: AppKey) -> bool:
        """Whether the log is to tell of a wait now: once."""
        wait = self._waits[key]
        self._waits[key] = replace(wait, said=True)
        return not wait.said

    def of(self, key: AppKey, of: tuple[str, ...], *, timeout: float, now: datetime) -> Waiting | None:
        """What a Sync is to know of the wait it may go on with; None when it begins anew."""
        wait = self._waits.get(key)
        if wait is None or wait.of != of:
            return None
        waited = (now - wait.since).total_seconds()
        return Waiting(since=wait.since, slow=waited >= self._slow_after, overdue=waited >= timeout)

    def next_look(self, key: AppKey, *, timeout: float, now: datetime) -> float | None:
        """Seconds until something is to be said of a wait, though nothing happens; None when all of it is said."""
        wait = self._waits.get(key)
        if wait is None:
            return None
        waited = (now - wait.since).total_seconds()
        left = (limit - waited for limit in sorted((self._slow_after, timeout)) if waited < limit < math.inf)
        # A timer may come a little early, and then the moment would not have come yet.
        return next((seconds + 0.01 for seconds in left), None)

    def awaits(self, key: AppKey) -> tuple[Awaited, ...]:
        """What an App waits for."""
        wait = self._waits.get(key)
        return wait.awaits if wait else ()

    def for_object(self, key: ObjectKey) -> Iterable[AppKey]:
        """Who waits for an object."""
        return tuple(self._objects.get(key, ()))

    def for_app(self, app: str) -> Iterable[AppKey]:
        """Who waits for an App."""
        return tuple(self._apps.get(app, ()))


def _drop(index: dict[ObjectKey, set[AppKey]] | dict[str, set[AppKey]], of: ObjectKey | str, key: AppKey) -> None:
    waiting = index[of]  # type: ignore[index]
    waiting.discard(key)
    if not waiting:
        del index[of]  # type: ignore[arg-type]


def _came_further(report: SyncReport) -> bool:
    """Whether something was done that git wants, not only what heals drift."""
    return any(done.error is None and done.change.cause is not Cause.DRIFT for done in report.changes.done)
