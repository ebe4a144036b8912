"""The answers. Their field names are public: they are what `-o json` and the API give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitAnswer:
    """A commit, and who made it."""

    commit: str
    author: str
    subject: str
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAnswer:
    """What a Guard holds back, and the word that lets it through."""

    guard: str
    reason: str
    word: str
    objects: tuple[str, ...]
    """`cluster Kind[.group]/[namespace/]name` of all it holds."""
    apps: tuple[str, ...]
    """`cluster/app` of the Plans that wait for the word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """One error of a Sync."""

    message: str
    """With file and line, where it comes from git."""
    retry: bool
    """Whether trying again may help although nothing changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAnswer:
    """One field that differs. A value that is not there, is too large, or is a Secret's is left out: null."""

    path: str
    git: Any = field(default=None, hash=False)
    live: Any = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAnswer:
    """A live object that is, or was, not what the hub applied."""

    cluster: str
    app: str
    object: str
    kind: str
    fields: tuple[FieldAnswer, ...]
    manager: str
    """Who, as the API server says; empty is unknown."""
    time: str
    """When, as the API server says; empty is unknown."""
    seen: datetime
    state: str
    """`reverted`, `standing` (it still is so), or `past`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseAnswer:
    """What makes an App, a cluster or the fleet as bad as it is: the first object that is as bad as the worst."""

    cluster: str
    app: str
    """Empty where the whole cluster is the cause: it is not connected."""
    object: str
    """Empty where it is no single object."""
    health: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSummary:
    """One object of an App."""

    cluster: str
    app: str
    object: str
    state: str
    """`synced`, `drifted`, `held`, `skipped`, `failed`, `missing` or `unknown`."""
    health: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAnswer:
    """One object with its marks and what last happened to it."""

    cluster: str
    app: str
    object: str
    state: str
    health: str
    reason: str
    message: str
    assessed: datetime | None
    uid: str
    resource_version: str
    deleting: bool
    kept: bool
    """Whether it says itself that it is never to be deleted."""
    owner: str
    digest: str
    revision: str
    source: str
    """File and line it came from."""
    managers: tuple[str, ...]
    """Who else owns fields of it."""
    last_change: ChangeAnswer | None
    """What the last Sync did to it, or why it did nothing."""
    drift: DriftAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnswer:
    """What was, or would be, done to one object. `diff` is only in a preview, author and subject only in history."""

    object: str
    action: str
    cause: str
    reason: str
    error: str
    commit: str = ""
    """The commit that last changed what git says of the object, or removed it."""
    author: str = ""
    subject: str = ""
    diff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSummary:
    """One App on one cluster."""

    cluster: str
    app: str
    state: str
    """How its last Sync ended: `synced`, `failed`, `waiting`, `held`, `superseded`, `observed`; `pending` before the first."""
    commit: str
    author: str
    subject: str
    ended: datetime | None
    health: str
    healths: Mapping[str, int] = field(hash=False)
    """How many objects there are in each state of Health, the worst first."""
    cause: CauseAnswer | None
    """Null when all is Healthy."""
    reason: str
    message: str
    """Why it is not synced, or else the evidence of its Health."""
    objects: int
    drifted: int
    held: int
    errors: int
    next_try: datetime | None
    failures: int
    """In a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAnswer:
    """One App on one cluster, with everything that is known of it."""

    cluster: str
    app: str
    summary: AppSummary
    path: str
    declared_by: str
    """File and line, and the App whose render holds the declaration, if any."""
    paused: bool
    fingerprint: str
    applied: str
    """The commit it last fully matched, as the cluster's Record says."""
    standing: str
    """Whether git declares it: `declared`, `removed`, `confirmed`, `orphaned`, `unknown`."""
    holds: tuple[HoldAnswer, ...]
    errors: tuple[ErrorAnswer, ...]
    drifts: tuple[DriftAnswer, ...]
    approvals: tuple[str, ...]
    """Words that were said, and by whom."""
    objects: tuple[ObjectSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSummary:
    """One registered cluster."""

    name: str
    phase: str
    """`connecting`, `unreachable`, `waiting` (another hub has its lease), `observing` (nothing may be written), `ready`."""
    message: str
    since: datetime
    uid: str
    directory: str
    labels: Mapping[str, str] = field(hash=False)
    apps: int
    states: Mapping[str, int] = field(hash=False)
    """How many Apps there are in each state."""
    health: str
    healths: Mapping[str, int] = field(hash=False)
    """How many objects there are in each state of Health, the worst first."""
    cause: CauseAnswer | None
    """Null when all is Healthy."""
    objects: int
    drifted: int
    held: int
    """Apps whose Plan is held."""
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAnswer:
    """One registered cluster with its Apps."""

    name: str
    summary: ClusterSummary
    commit: str
    """The commit its map is of."""
    adoptable: bool
    """Whether `fleet adopt` may end that it is only observed."""
    departed: tuple[str, ...]
    """Other engines that somebody said are gone from there."""
    problems: tuple[str, ...]
    """What is wrong in its part of the tree, with file and line: while there is any, nothing undeclared is removed."""
    apps: tuple[AppSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAnswer:
    """The fleet at a glance."""

    fleet: str
    version: str
    started: datetime
    source: str
    revision: CommitAnswer | None
    mapped: str
    """The commit that was last mapped to its end."""
    fetched: datetime | None
    fetch_error: str
    problems: tuple[str, ...]
    """What is wrong in the tree, with file and line."""
    hold: HoldAnswer | None
    """The fleet-wide Hold of the newest Revision."""
    health: str
    """Of the clusters that were asked for, as the two below."""
    healths: Mapping[str, int] = field(hash=False)
    cause: CauseAnswer | None
    """Null when all is Healthy."""
    history_problem: str
    """Why the history cannot be read or written; the clusters are not concerned."""
    clusters: tuple[ClusterSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncAnswer:
    """One Sync of the past."""

    cluster: str
    app: str
    commit: str
    author: str
    subject: str
    state: str
    message: str
    started: datetime
    ended: datetime
    attempts: int
    """How many equal ones in a row; `ended` is the last one's."""
    changes: tuple[ChangeAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewAnswer:
    """What a Sync of one App would do now."""

    cluster: str
    app: str
    commit: str
    error: str
    """Why it could not be told."""
    waits: str
    changes: tuple[ChangeAnswer, ...]
    """Without those that leave an object as it is."""
    holds: tuple[HoldAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAnswer:
    """One object that was there before, and whether it would be taken over."""

    cluster: str
    app: str
    object: str
    engines: tuple[str, ...]
    """Engines whose mark it carries."""
    managers: tuple[str, ...]
    """Field managers that fields would be taken from."""
    fields: tuple[str, ...]
    """The fields."""
    template: str
    """What happens to its Pod template: `same`, `changes`; empty where it has none, or that could not be told."""
    taken: bool
    """Whether it would be taken over."""
    reason: str
    """Why it is there, or why it is not touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressAnswer:
    """How far the hub is with what was asked of it at a moment."""

    now: datetime
    fetched: bool
    """Whether a fetch that began since then has ended."""
    fetch_error: str
    mapped: bool
    """Whether what was fetched is mapped to its end."""
    pending: tuple[str, ...]
    """Clusters that were not reached yet, and Apps whose Sync has not ended since then, or ended to go on: `cluster/app`."""
    unsynced: tuple[AppSummary, ...]
    """Apps whose Sync ended since then, but not in sync."""
    unreachable: tuple[str, ...]
    """Clusters that are not connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitedAnswer:
    """One App that is not there yet."""

    cluster: str
    app: str
    state: str
    commit: str
    """The commit it is in sync with now; empty while it is not in sync."""
    health: str
    final: bool
    """Whether it stays so until there is another commit, or somebody does something."""
    message: str
    """What it lacks, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalAnswer:
    """How far Apps are with what somebody waits for."""

    goal: str
    """`synced` or `healthy`."""
    commit: str
    """At which commit, or a later one: the one asked for, else the newest that was fetched."""
    fetched: bool
    """Whether the hub has it."""
    fetch_error: str
    mapped: bool
    """Whether what was fetched is mapped to its end."""
    reached: bool
    """Whether every App is there, on every cluster that was asked for."""
    clusters: int
    """How many were asked for."""
    apps: int
    """How many Apps they have."""
    missing: tuple[WaitedAnswer, ...]
    """Those that are not there yet; those that will not get there by themselves first."""
    connecting: tuple[str, ...]
    """Clusters that were not reached yet."""
    unreachable: tuple[str, ...]
    """Clusters that are not connected."""
    problems: tuple[str, ...]
    """What is wrong in the tree for these clusters, with file and line: what it hides cannot be waited for."""
