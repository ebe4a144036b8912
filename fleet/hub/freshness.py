"""Which Health counts: an object's that was told since its last write, an App's that has not changed for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from fleet.hub.desired import Desired
from fleet.hub.shared import Shared
from fleet.hub.state import MISSING
from fleet.model.health import Health, HealthReport, HealthState
from fleet.model.keys import AppKey, GroupKind, ObjectKey
from fleet.model.observation import Absent, LiveObject
from fleet.model.sync import SyncState
from fleet.reconcile.site import Site
from fleet.schema import scope

_RUN = frozenset(
    GroupKind.parse(kind)
    for kind in (
        *("Deployment.apps", "StatefulSet.apps", "DaemonSet.apps", "ReplicaSet.apps"),
        *("Job.batch", "CronJob.batch", "ReplicationController", "Pod"),
    )
)
_VERDICTS = frozenset({HealthState.HEALTHY, HealthState.SUSPENDED, HealthState.DEGRADED})
"""States that something can end in: the others say themselves that they are not the last word."""
_BROKEN = 5.0
"""Seconds after which an App is looked at again whose watches do not stand: no event may tell that they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppHealth:
    """The Health of an App, and how much of a verdict it is."""

    report: HealthReport
    commit: str
    """The commit that its objects are in sync with; empty while they are not, or are being worked on."""
    untold: tuple[ObjectKey, ...]
    """Objects of which the cluster has told nothing since they were last written: what is said of them is no evidence."""
    since: datetime | None
    """Since when no object was written and none is in another state; None while any is untold."""
    final: bool
    """Whether this is how `commit` turned out: all was told, and nothing changed for `stableFor`."""
    due: float | None
    """Seconds after which it becomes final if nothing changes; None when it would not, or is."""


class Freshness:
    """Answers for one cluster, and tells when an App's Health becomes final: no event comes for that."""

    def __init__(
        self,
        shared: Shared,
        desired: Desired,
        *,
        site: Callable[[], Site | None],
        busy: Callable[[AppKey], bool],
        on_final: Callable[[AppKey], None],
    ) -> None:
        self._shared = shared
        self._desired = desired
        self._site = site
        self._busy = busy
        self._on_final = on_final
        self._timers: dict[AppKey, asyncio.TimerHandle] = {}
        self._runs: dict[AppKey, tuple[frozenset[ObjectKey], bool]] = {}
        """Whether Apps run anything, and for which members that was found out."""

    # ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def fresh(self, key: ObjectKey) -> Health | None:
        """The Health of an object by a read since its last write, Missing where it is certainly not there.

        None when the cluster has not told since, at this generation; while it is being written; and while the watch of its
        kind does not stand.
        """
        site = self._site()
        if site is None or site.memory.writes(key) or not site.cache.told(key.group_kind):
            return None
        live = site.cache.get(key)
        if isinstance(live, Absent):
            return MISSING
        assessed = self._shared.state.health.get(self._desired.cluster, {}).get(key)
        if not isinstance(live, LiveObject) or assessed is None or not assessed.is_of(live):
            return None
        return assessed.health

    def since(self, key: ObjectKey) -> datetime | None:
        """Since when an object is in the state that was last told of it."""
        assessed = self._shared.state.health.get(self._desired.cluster, {}).get(key)
        return assessed.since if assessed and assessed.told else None

    def healthy(self, app: AppKey) -> bool:
        """Whether nothing of what an App has in the cluster is worse than Suspended, all of it by reads that count."""
        site = self._site()
        own = site.inventories.inventories.get(app.app) if site else None
        if site is None or own is None:
            return False
        there = ((key, site.cache.get(key)) for key in own.members)
        # A hook says nothing of what the App is.
        found = (self.fresh(key) for key, live in there if isinstance(live, LiveObject) and not live.marks.run)
        return all(health is not None and health.state <= HealthState.SUSPENDED for health in found)

    def of_app(self, app: AppKey) -> AppHealth:
        """The Health of an App as it is told now; costs what the App has."""
        members = self._shared.state.members.get(app, frozenset())
        untold = tuple(sorted(key for key in members if self.fresh(key) is None))
        report, commit = self._shared.state.app_health(app), self._commit(app)
        since = None if untold else self._since(app, members)
        due = None
        if commit and since is not None and report.health.state in _VERDICTS:
            passed = (self._shared.now() - since).total_seconds()
            due = max(0.0, self._stable_for(app) - passed)
        final = due == 0.0
        return AppHealth(report=report, commit=commit, untold=untold, since=since, final=final, due=None if final else due)

    def _commit(self, app: AppKey) -> str:
        """The commit an App is in sync with: the newest, when the fleet is mapped at that and nothing is left to do."""
        report = self._shared.state.reports.get(app)
        if report is None or report.state is not SyncState.SYNCED or self._site() is None or self._busy(app):
            return ""
        return self._desired.newest if self._desired.settled else report.revision.commit

    def _since(self, app: AppKey, members: frozenset[ObjectKey]) -> datetime:
        site, known = self._site(), self._shared.state.health.get(self._desired.cluster, {})
        written = site.memory.written_at if site else {}
        report = self._shared.state.reports.get(app)
        times = [known[key].since for key in members if key in known]
        times += [written[key] for key in members if key in written]
        times += [report.ended] if report and report.changes.done else []
        return max(times, default=report.ended if report else self._shared.now())

    def _stable_for(self, app: AppKey) -> float:
        members = self._shared.state.members.get(app, frozenset())
        known = self._runs.get(app)
        if known is None or known[0] is not members:
            known = self._runs[app] = (members, any(_runs(key.group_kind) for key in members))
        return self._shared.config.settings.stable_for if known[1] else 0.0

    # ── what comes without an event ─────────────────────────────────────────────────────────────────────────────────

    def changed(self, apps: Iterable[str]) -> None:
        """The Health of Apps changed, or they were synced: see to it that it is told when that becomes final."""
        for name in apps:
            app = AppKey(self._desired.cluster, name)
            report = self._shared.state.reports.get(app)
            if app not in self._timers and report is not None and report.state is SyncState.SYNCED:
                self._look_after(app, self._stable_for(app))

    def clear(self) -> None:
        """The connection is lost: nothing becomes final any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._runs.clear()

    def _look_after(self, app: AppKey, seconds: float) -> None:
        self._timers[app] = asyncio.get_running_loop().call_later(seconds, self._look, app)

    def _look(self, app: AppKey) -> None:
        self._timers.pop(app, None)
        found = self.of_app(app)
        if found.final:
            self._on_final(app)
        elif found.due is not None:
            self._look_after(app, found.due)
        elif self._is_broken(found.untold):
            self._look_after(app, _BROKEN)

    def _is_broken(self, untold: Iterable[ObjectKey]) -> bool:
        site = self._site()
        return site is not None and any(not site.cache.told(key.group_kind) for key in untold)


def _runs(kind: GroupKind) -> bool:
    """Whether a kind runs Pods, or may: of custom kinds nobody knows."""
    return kind in _RUN or scope(kind.group, kind.kind) is None
