"""What the hub knows at this moment, for whoever asks. Everything in it can be read from git and the clusters again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from fleet.aio.bell import Bell
from fleet.model.health import Health, HealthReport, HealthState
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.observation import LiveObject, is_older
from fleet.model.revision import Revision
from fleet.model.sync import SyncReport


class Phase(StrEnum):
    """How far the hub has come with a cluster."""

    CONNECTING = "connecting"
    UNREACHABLE = "unreachable"
    WAITING = "waiting"
    """Another hub holds its lease."""
    OBSERVING = "observing"
    """Connected, but nothing may be written."""
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """What is known of one cluster."""

    name: str
    phase: Phase = Phase.CONNECTING
    message: str = ""
    since: datetime
    uid: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """The Health of one object, and the read that it rests on."""

    health: Health
    uid: str
    resource_version: str
    generation: int = 0
    at: datetime
    since: datetime
    """When the object was first found in this state, as far as nothing was written since."""
    told: bool = True
    """Whether the cluster told of the object since the hub last wrote it; if not, this is what is said meanwhile."""

    def is_of(self, live: LiveObject) -> bool:
        """Whether it rests on a read of this object at this version or a later one, and so of no older generation."""
        older = self.generation < live.generation or is_older(self.resource_version, live.resource_version)
        return self.told and self.uid == live.uid and not older


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchStatus:
    """How the last fetch of the Source went."""

    revision: Revision | None = None
    began: datetime | None = None
    """When the last one began, which may not have ended yet."""
    at: datetime | None = None
    error: str = ""
    problems: tuple[str, ...] = ()
    """What is wrong in the tree, one line each, with file and line."""


@dataclass(kw_only=True)
class HubState:
    """All of it. Written by the hub's own tasks, read by anybody on the same loop; `bell` rings after each change."""

    started: datetime
    fetch: FetchStatus = field(default_factory=FetchStatus)
    clusters: dict[str, ClusterStatus] = field(default_factory=dict)
    reports: dict[AppKey, SyncReport] = field(default_factory=dict)
    """The last Sync of each App."""
    members: dict[AppKey, frozenset[ObjectKey]] = field(default_factory=dict)
    """What each App has, or should have, on its cluster."""
    health: dict[str, dict[ObjectKey, Assessed]] = field(default_factory=dict)
    retries: dict[AppKey, tuple[datetime, int]] = field(default_factory=dict)
    """When a failed App is tried again, and how often it failed in a row."""
    bell: Bell = field(default_factory=Bell)
    turns: Counter[str] = field(default_factory=Counter)
    """By cluster: how often anything of it became another than before. Equal means that all that is told of it still holds."""
    _apps: dict[str, set[AppKey]] = field(default_factory=dict)
    """By cluster: those of `reports`."""

    def turn(self, cluster: str) -> None:
        """Note that something of a cluster may be another than before."""
        self.turns[cluster] += 1

    def cluster_is(self, name: str, phase: Phase, *, message: str = "", now: datetime) -> None:
        """Note a cluster's phase; `since` stays while phase and message do."""
        known = self.clusters.get(name) or ClusterStatus(name=name, since=now)
        if (known.phase, known.message) != (phase, message):
            known = replace(known, phase=phase, message=message, since=now)
        self.clusters[name] = known
        self.turn(name)
        self.bell.ring()

    def app_health(self, app: AppKey) -> HealthReport:
        """The Health of an App's objects; one that is not there is Missing."""
        known = self.health.get(app.cluster, {})
        return HealthReport(app=app, objects={key: _health(known.get(key)) for key in self.members.get(app, ())})

    def synced(self, report: SyncReport, members: frozenset[ObjectKey]) -> None:
        """Note an App's last Sync, and what it has or should have."""
        self.reports[report.app] = report
        self.members[report.app] = members
        self._apps.setdefault(report.app.cluster, set()).add(report.app)
        self.turn(report.app.cluster)

    def removed(self, app: AppKey) -> None:
        """Forget an App that is gone."""
        self.reports.pop(app, None)
        self.members.pop(app, None)
        self._apps.get(app.cluster, set()).discard(app)
        self.turn(app.cluster)

    def apps_of(self, cluster: str) -> Iterable[AppKey]:
        """The Apps of a cluster, sorted; costs what it has, not what the fleet has."""
        return sorted(self._apps.get(cluster, ()))


MISSING = Health(state=HealthState.MISSING, reason="NotFound", message="the object is not in the cluster")


def _health(assessed: Assessed | None) -> Health:
    return assessed.health if assessed else MISSING
