"""One cluster as a Sync reaches it: its connection, what it keeps for us, and what this process remembers of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from fleet.errors import FleetError
from fleet.hooks.registry import Registry
from fleet.kube.kept.inventory import InventoryStore
from fleet.kube.kept.record import RecordKeeper
from fleet.kube.live.cache import ClusterCache
from fleet.kube.live.observe import PreRead
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Discovery
from fleet.model.app import DesiredApp, Standing
from fleet.model.claims import Claims, ClaimsIncomplete
from fleet.model.health import Health
from fleet.model.inventory import Identity
from fleet.model.keys import AppKey, GroupKind, ObjectKey
from fleet.model.manifest import Scope
from fleet.model.plan import Awaited, Hold
from fleet.model.revision import Revision
from fleet.plan import Written
from fleet.plan.hook_run import HookSeen


@dataclass(kw_only=True)
class Memory:
    """What this process remembers of a cluster. Forgetting all of it costs one list per kind and changes nothing else."""

    unreadable: dict[str, FleetError] = field(default_factory=dict)
    """Apps whose Inventory could not be read: nothing of theirs is touched."""
    written: dict[ObjectKey, Written] = field(default_factory=dict)
    """What each object was after our last write."""
    written_at: dict[ObjectKey, datetime] = field(default_factory=dict)
    immutable: dict[ObjectKey, str] = field(default_factory=dict)
    """Objects whose change the server refused as immutable, with the digest that was refused."""
    completed: dict[ObjectKey, str] = field(default_factory=dict)
    """Jobs that were seen complete, with the digest mark they carried: their TTL may remove them in the same moment."""
    hooks: dict[ObjectKey, HookSeen] = field(default_factory=dict)
    """What hooks' objects were last like: they may be removed in the moment in which they end."""
    words: dict[ObjectKey, tuple[str, str]] = field(default_factory=dict)
    """By hook that failed: of which run and phase, and the last words of its Pod."""
    begun: dict[str, str] = field(default_factory=dict)
    """By App: the run of its hooks that is down in the Record."""
    clock: Callable[[], float]
    most_reverts: int = 5
    revert_window: float = 600.0
    """Seconds; more reverts of one object within them and it is contested."""
    _reverts: dict[ObjectKey, deque[float]] = field(default_factory=dict)
    _writing: dict[ObjectKey, tuple[str, list[str]]] = field(default_factory=dict)

    @contextmanager
    def writing(self, key: ObjectKey, app: str) -> Iterator[list[str]]:
        """Collect the versions that the watch tells of an object while an App's write of it is under way.

        The watch is often faster than the answer: what it tells then is mostly the write's own echo.
        """
        heard: list[str] = []
        self._writing[key] = (app, heard)
        try:
            yield heard
        finally:
            self._writing.pop(key, None)

    def heard(self, key: ObjectKey, version: str) -> str:
        """Note what the watch tells of an object (no version: it is gone); gives the App that is writing it, and will judge."""
        app, heard = self._writing.get(key, ("", []))
        heard.append(version)
        return app

    def writes(self, key: ObjectKey) -> bool:
        """Whether a write of an object is under way: what is known of it now may be from before."""
        return key in self._writing

    def reverted(self, key: ObjectKey) -> None:
        """Note that an object was reverted just now."""
        self._reverts.setdefault(key, deque(maxlen=self.most_reverts + 1)).append(self.clock())

    def contested(self, key: ObjectKey) -> bool:
        """Whether an object was reverted so often lately that somebody else must keep writing it."""
        times = self._reverts.get(key)
        return times is not None and len(times) > self.most_reverts and times[0] > self.clock() - self.revert_window


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The handles of one connected cluster, whose lease this hub holds."""

    fleet: str
    identity: Identity
    client: ApiClient
    discovery: Discovery
    cache: ClusterCache
    preread: PreRead
    inventories: InventoryStore
    records: RecordKeeper
    registry: Registry
    override_managers: tuple[str, ...]
    memory: Memory


Trace: TypeAlias = Callable[[frozenset[ObjectKey]], Awaitable[Mapping[ObjectKey, str]]]
"""Keys whose desired state is new or gone → the commit that made it so, where it is another than the Revision's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """What an App that is no longer declared was when git last wanted it here."""

    commit: str
    desired: DesiredApp


LookUp: TypeAlias = Callable[[], Awaitable[Last]]
"""Looks up what an App was last; raises what is wrong with it there, or NotThere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long an App has waited for Health or for other Apps, with what git wants of it now."""

    since: datetime
    slow: bool
    """Long enough that it is to be said."""
    overdue: bool
    """Longer than the App's timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What git wants of one App on one cluster, at this moment."""

    key: AppKey
    revision: Revision
    desired: DesiredApp | None
    """None when it is not declared: then `standing` says how certain that is."""
    standing: Standing
    claims: Claims | ClaimsIncomplete
    custom: Mapping[GroupKind, Scope] = field(default_factory=dict)
    """Scopes of the custom kinds this Revision defines."""
    fleet_hold: Hold | None = None
    cluster_hold: Hold | None = None
    unsettled: frozenset[str] = frozenset()
    """Clusters of the fleet that may still have something to delete."""
    observe_only: str = ""
    """Why nothing may be written; empty when it may."""
    orphan: bool = False
    """The cluster has no directory any more: what it has is let go."""
    healthy: bool = False
    """Whether the App is Healthy by reads made after its last write."""
    fresh: Callable[[ObjectKey], Health | None] = lambda _: None
    """The Health of an object by a read made after its last write; None while there is none."""
    since: Callable[[ObjectKey], datetime | None] = lambda _: None
    """Since when an object is in the state of its Health."""
    dependencies: tuple[Awaited, ...] = ()
    """Apps that go first and are not there yet."""
    disorder: tuple[FleetError, ...] = ()
    """What is wrong with the Apps it says it depends on."""
    asked: bool = False
    """Whether somebody asked for it to be synced: hooks that failed are then run again."""
    requested: bool = False
    """Whether a request for it stands: one that is not automated is synced then, and only then."""
    request: str | None = None
    """What is to be kept of that request, of an App that is not automated; None where there is none."""
    waiting: Waiting | None = None
    """Since when it waits; None when it does not."""
    trace: Trace | None = None
    """Finds out which commits changed the desired state of objects; None: it is put down to `revision`."""
    last: LookUp | None = None
    """Looks up what the App was last, once it is removed: hooks may be due; None: nobody looks, and none is run."""
