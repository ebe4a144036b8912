"""Works on one cluster's Apps by name: reads everything afresh, syncs, and decides when to look again.

A worker is never held while something is waited for: what waits is put back on the queue, with a time or for an event.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from fleet.aio import Backoff, TaskOwner, WorkQueue, owned
from fleet.errors import ClusterUnreachable, FleetError, LeaseLost, SyncCrashed, Unauthorized
from fleet.hub.dependencies import Dependencies
from fleet.hub.desired import Desired
from fleet.hub.requests import Requests
from fleet.hub.shared import Shared
from fleet.hub.tracing import attributed
from fleet.hub.waits import Waits
from fleet.model.health import Health
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.plan import Awaited, Cause
from fleet.model.sync import SyncReport, SyncState
from fleet.reconcile.site import Site, Waiting, Wanted
from fleet.reconcile.sync import Synced, sync

log = logging.getLogger(__name__)

_LOOK_SOON, _LOOK_LATE = 0.2, 30.0
"""Seconds after which a Sync that waits for the cluster looks again, if no event woke it before; ever longer."""


class Worker:
    """One cluster's queue of Apps, and the tasks that work on it. `run()` it while the cluster is connected."""

    def __init__(
        self,
        shared: Shared,
        desired: Desired,
        *,
        site: Callable[[], Site | None],
        wanted: Callable[[AppKey], Wanted | None],
        lose: Callable[[FleetError], None],
    ) -> None:
        self.shared = shared
        self.cluster = desired.cluster
        self.queue: WorkQueue[AppKey] = WorkQueue(name=desired.cluster)
        self.waiting: set[AppKey] = set()
        """Apps whose Sync waits for something the cluster will tell."""
        self._finishing: Counter[AppKey] = Counter()
        self.asked: set[AppKey] = set()
        """Apps that somebody asked to be synced."""
        self.requests = Requests()
        self._waits = Waits(slow_after=shared.config.settings.slow_after)
        self.fresh: Callable[[ObjectKey], Health | None] = lambda _: None
        """The Health of an object by a read made after its last write."""
        self.dependencies: Dependencies | None = None
        self._desired = desired
        self._site = site
        self._wanted = wanted
        self._lose = lose
        self.on_settled: Callable[[AppKey], None] = lambda _: None
        """Called when a Sync was told done."""
        self._backoff: Backoff[AppKey] = Backoff(random=shared.random)
        self._patience: Backoff[AppKey] = Backoff(random=shared.random, first=_LOOK_SOON, cap=_LOOK_LATE)

    @property
    def idle(self) -> bool:
        """Whether no App is queued, worked on, or about to be told done; those that wait for a time or an event are not."""
        return not (self.queue.waiting or self.queue.working or self._finishing)

    @property
    def finishing(self) -> frozenset[AppKey]:
        """Apps whose Sync is over, and about to be told done."""
        return frozenset(self._finishing)

    def busy_with(self, key: AppKey) -> bool:
        """Whether an App is queued, worked on, or about to be told done: what is told of it is not the last word."""
        return self.queue.holds(key) or key in self._finishing

    async def run(self) -> None:
        """Take Apps from the queue and work on them, a bounded number at once; ends only by being cancelled."""
        places = asyncio.Semaphore(self.shared.config.settings.workers)
        try:
            async with owned(f"worker of {self.cluster}") as owner:
                while True:
                    await places.acquire()
                    key = await self.queue.get()
                    owner.spawn(self._worked(key, places, owner), name=f"sync {key}")
        finally:
            self._all_ended()

    async def _worked(self, key: AppKey, places: asyncio.Semaphore, owner: TaskOwner) -> None:
        try:
            synced = await self._sync(key)
            if synced is not None:
                self._again(synced)
                if synced.again:
                    self.queue.add(key)
                # Whoever waits for the Record to be written holds no place.
                self._finishing[key] += 1
                owner.spawn(self._finish(synced), name=f"record {key}")
        finally:
            self.queue.done(key)
            places.release()
            self._hurry()

    def _all_ended(self) -> None:
        """Take back what is left of a connection: a task that is cancelled before its first step never says that it ended."""
        self._finishing.clear()
        for key in self.queue.working:
            self.queue.done(key)

    async def _sync(self, key: AppKey) -> Synced | None:
        """Sync one App; an error of ours that is nobody's fault ends this Sync, never the hub."""
        site, wanted = self._site(), self._wanted(key)
        if site is None or wanted is None:
            return None
        self.waiting.discard(key)
        self.asked.discard(key)
        try:
            synced = await sync(site, wanted, now=self.shared.now, current=lambda: self._is_current(wanted))
        except Exception as error:
            log.exception("A Sync crashed", extra={"app": str(key)})
            return Synced(report=self._crashed(wanted, error), entry=None)
        if wanted.asked and synced.report.state is SyncState.SUPERSEDED:
            self.asked.add(key)
        if synced.report.state is SyncState.SYNCED:
            self.requests.done(key)
        return synced

    def _is_current(self, wanted: Wanted) -> bool:
        now = self._desired.revision
        return self._site() is not None and now is not None and now.commit == wanted.revision.commit

    def _hurry(self) -> None:
        """When this was the last App for now, let the Record wait for no other."""
        site = self._site()
        if site is not None and self._desired.settled and not (len(self.queue) or self.queue.working):
            site.records.hurry()

    def _crashed(self, wanted: Wanted, error: Exception) -> SyncReport:
        crashed = SyncCrashed(app=wanted.key, reason=f"{type(error).__name__}: {error}")
        return SyncReport.failed(wanted.key, wanted.revision, crashed, at=self.shared.now())

    # ── what comes after ────────────────────────────────────────────────────────────────────────────────────────────

    def _again(self, synced: Synced) -> None:
        """Decide when the App is looked at again, and wake those whose objects it took over."""
        report = synced.report
        key, state = report.app, report.state
        for owner in _moved_from(report):
            self.queue.add(owner)
        if state is SyncState.WAITING or (report.plan and report.plan.awaits):
            self._waits.begin(report, self._fingerprints(key))
        elif report.plan:
            self._waits.end(key)  # without a Plan nothing is known anew of what it waited for
        if state is SyncState.FAILED:
            self._failed(report)
            return
        self._backoff.forget(key)
        self.shared.state.retries.pop(key, None)
        if state is SyncState.SUPERSEDED:
            self.queue.add(key)
        elif state is SyncState.WAITING:
            self._wait(synced)
            return
        self._patience.forget(key)

    def _wait(self, synced: Synced) -> None:
        """Look again when an event tells of what it waits for; without one, when something is to be said of the wait."""
        key, report = synced.report.app, synced.report
        self.waiting.add(key)
        if not synced.told:
            self.queue.add_after(key, self._patience.next(key))
        if report.plan and report.plan.awaits and (report.changes.done or self._has_news(key)):
            self.queue.add(key)  # what it waits for may have been told while it was written, or decided about
        wait = self.waiting_of(key)
        if wait is not None and wait.slow:
            self._say(report)
        later = self._waits.next_look(key, timeout=self._timeout(key), now=self.shared.now())
        if later is not None:
            self.queue.add_after(key, later)

    def _say(self, report: SyncReport) -> None:
        """Log once that a Sync takes long."""
        if self._waits.say(report.app):
            log.warning("A Sync waits for long", extra={"app": str(report.app), "reason": report.message})

    def _failed(self, report: SyncReport) -> None:
        """Try again later, for ever; an error of the connection ends that, for all Apps."""
        broken = next((error for error in _all(report.errors) if isinstance(error, _BREAKS)), None)
        if broken is not None:
            self._lose(broken)
        wait = self._backoff.next(report.app, at_least=_asked_for(report.errors))
        self.queue.add_after(report.app, wait)
        # What could not be written tells of itself as it was before: that is no reason to try it again at once.
        if report.plan and report.plan.awaits and not report.changes.errors:
            self.waiting.add(report.app)
            if self._has_news(report.app):
                self.queue.add(report.app)
        failures = self._backoff.failures(report.app)
        self.shared.state.retries[report.app] = (self.shared.now() + timedelta(seconds=wait), failures)

    async def _finish(self, synced: Synced) -> None:
        """Write down how it ended, then say so: a Sync is done when its Record is down."""
        try:
            site = self._site()
            if site is not None:
                await self._tell(await self._written_down(synced, site))
                if synced.follows:
                    self.queue.add(synced.report.app)
        finally:
            self._finished(synced.report.app)

    def _finished(self, key: AppKey) -> None:
        self._finishing[key] -= 1
        if not self._finishing[key]:
            del self._finishing[key]
            self.on_settled(key)

    async def _written_down(self, synced: Synced, site: Site) -> SyncReport:
        report = synced.report
        try:
            if synced.entry is not None:
                await site.records.commit(report.app.app, synced.entry)
            elif synced.forget:
                await site.records.forget(report.app.app)
            else:
                await site.records.settled(report.app.app)
        except FleetError as error:
            self.queue.add_after(report.app, self._backoff.next(report.app))
            return SyncReport.failed(report.app, report.revision, error, at=self.shared.now())
        return report

    async def _tell(self, report: SyncReport) -> None:
        report = replace(report, authored=attributed(report.named, report.revision, self.shared.repository))
        state = self.shared.state
        before = state.reports.get(report.app)
        if report.state is SyncState.REMOVED:
            state.removed(report.app)
        else:
            state.synced(report, self._members(report))
        self.heard_of([report.app.app])
        if report.is_news_after(before):
            await self.shared.store.record_sync(report)
        state.bell.ring()

    def _members(self, report: SyncReport) -> frozenset[ObjectKey]:
        site = self._site()
        own = site.inventories.inventories.get(report.app.app) if site else None
        members = own.members if own else frozenset()
        return (members | report.plan.desired) - report.plan.hooks if report.plan else members

    # ── order ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def waiting_of(self, key: AppKey) -> Waiting | None:
        """Since when an App waits with what git wants of it now; None when it does not."""
        return self._waits.of(key, self._fingerprints(key), timeout=self._timeout(key), now=self.shared.now())

    def heard(self, key: ObjectKey) -> None:
        """Wake the Apps that wait for an object, when it tells something else than they know."""
        for app in self._waits.for_object(key):
            if app in self.waiting and any(self._is_news(each) for each in self._waits.awaits(app) if each.key == key):
                self.queue.add(app)

    def heard_of(self, apps: Iterable[str]) -> None:
        """Wake the Apps that wait for others, when what is missing of those is something else than they know."""
        for app in apps:
            for key in self._waits.for_app(app):
                if key in self.waiting and self._has_news(key):
                    self.queue.add(key)

    @property
    def waiting_for_apps(self) -> frozenset[AppKey]:
        """The Apps that wait for others."""
        return frozenset(key for key in self.waiting if any(each.app for each in self._waits.awaits(key)))

    def _has_news(self, key: AppKey) -> bool:
        awaits = self._waits.awaits(key)
        apps = tuple(each for each in awaits if each.app)
        missing = self.dependencies.of(key) if apps and self.dependencies else ()
        return apps != missing or any(self._is_news(each) for each in awaits)

    def _is_news(self, awaited: Awaited) -> bool:
        told = self.fresh(awaited.key) if awaited.key else None
        return told is not None and told != awaited.health

    def _fingerprints(self, key: AppKey) -> tuple[str, ...]:
        return self.dependencies.fingerprints(key) if self.dependencies else ()

    def _timeout(self, key: AppKey) -> float:
        desired = self._desired.apps.get(key.app)
        return desired.app.timeout if desired else math.inf

    # ── health ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def wake_waiting(self, apps: Iterable[str]) -> None:
        """Look again at Apps that wait for what has just changed."""
        for app in apps:
            if (key := AppKey(self.cluster, app)) in self.waiting:
                self.queue.add(key)


_BREAKS = (ClusterUnreachable, LeaseLost, Unauthorized)


def _all(errors: tuple[FleetError, ...]) -> Iterator[FleetError]:
    """The errors and what caused them."""
    for error in errors:
        yield error
        if isinstance(error.__cause__, FleetError):
            yield error.__cause__


def _moved_from(report: SyncReport) -> frozenset[AppKey]:
    """The Apps that objects were moved from: their Inventories still list them."""
    moved = (done.change.live for done in report.changes.done if done.change.cause is Cause.MOVE and done.error is None)
    return frozenset(live.owner for live in moved if live is not None and live.owner is not None)


def _asked_for(errors: tuple[FleetError, ...]) -> float:
    return max((float(error.facts.get("retry_after", 0.0)) for error in _all(errors)), default=0.0)
