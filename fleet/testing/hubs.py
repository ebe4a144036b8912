"""The hub of a test: the whole of it, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from fleet import queries
from fleet.aio.loops import LoopThread
from fleet.config import load_config
from fleet.errors import DeadlineExceeded
from fleet.hooks.registry import load
from fleet.hub import decisions
from fleet.hub.hub import Hub
from fleet.hub.statedir import claimed
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.sync import SyncState
from fleet.queries import Asked
from fleet.queries.answers import AppAnswer, DriftAnswer, FleetAnswer, HoldAnswer, ObjectAnswer
from fleet.reconcile.builtins import BUILTINS
from fleet.store import Store, sqlite_url

T = TypeVar("T")
_EVERY = 0.02
_SECONDS = 60.0


@asynccontextmanager
async def running(registry: Path) -> AsyncIterator[Hub]:
    """Run a hub for a clusters.yaml in this event loop for the length of the block. What ends it early is raised."""
    config = load_config(registry)
    loaded = load(BUILTINS, plugins=config.plugins, directory=config.file.absolute().parent)
    with claimed(config.state) as directory:
        store = Store(sqlite_url(config.state), now=lambda: datetime.now(UTC))
        hub = Hub(config, registry=loaded, directory=directory, store=store)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(hub.run(), name="hub")
            try:
                yield hub
            finally:
                task.cancel()
                await asyncio.wait([task])
                await store.close()


def rests(hub: Hub, cluster: str, commit: str) -> bool:
    """Whether a cluster has nothing left to do for a commit, and every App of it is in sync."""
    runtime, mapped = hub.clusters[cluster], hub.revisions.map
    if mapped is None or mapped.revision.commit != commit or runtime.site is None or not runtime.desired.settled:
        return False
    if not runtime.worker.idle:
        return False
    states = {key.app: hub.state.reports[key].state for key in hub.state.apps_of(cluster) if key in hub.state.reports}
    return runtime.all_apps() <= states.keys() and all(state is SyncState.SYNCED for state in states.values())


def _has(hub: Hub, cluster: str, commit: str) -> bool:
    """Whether a cluster has all of a commit: what cannot be read declares no App that could be late."""
    found = hub.clusters[cluster].desired.map
    return rests(hub, cluster, commit) and found is not None and not found.problems


class FleetHub:
    """A hub that runs in a thread of its own, until `close`. Answers are those of the API, with its field names."""

    def __init__(self, registry: Path) -> None:
        self._thread = LoopThread("hub")
        self._held = self._thread.hold(running(registry), seconds=_SECONDS)

    @property
    def hub(self) -> Hub:
        """The hub itself, which lives in another thread: look, and change nothing."""
        return self._held.value

    def close(self) -> None:
        """End it; its leases are given back. Raises what it ended of before, if it did."""
        try:
            self._held.close(seconds=_SECONDS)
        finally:
            self._thread.close()

    def synced(self, commit: str, *clusters: str, within: float = 60.0) -> None:
        """Wait until these clusters, or all, have a commit: no error in their trees, every App in sync.

        Raises DeadlineExceeded, which says what is wrong where.
        """
        names = clusters or tuple(self.hub.clusters)
        try:
            self._wait("", lambda: all(_has(self.hub, name, commit) for name in names), within=within)
        except DeadlineExceeded as error:
            behind = [f"the hub is at {self.status().mapped or 'no commit'}", *self.problems()]
            raise DeadlineExceeded(what="; ".join([f"{commit} in sync", *behind]), seconds=within) from error

    def until(self, holds: Callable[[FleetHub], Any], *, within: float = 60.0) -> None:
        """Wait until something is so; raises DeadlineExceeded."""
        end = time.monotonic() + within
        while not holds(self):
            self._check(end, "what was waited for", within)
            time.sleep(_EVERY)

    def status(self) -> FleetAnswer:
        """The fleet at a glance."""
        return self._thread.call(queries.fleet, self.hub, Asked())

    def problems(self) -> tuple[str, ...]:
        """What is wrong now: in the tree with file and line, with Apps that are not in sync, with clusters that are not ready."""
        told = self.status()
        apps = self._thread.call(queries.apps, self.hub, Asked())
        late = [f"{each.cluster}/{each.app} is {each.state}: {each.message}" for each in apps if each.state != "synced"]
        away = [f"{each.name} is {each.phase}: {each.message}" for each in told.clusters if each.phase != "ready"]
        return (*filter(None, [told.fetch_error, *told.problems]), *late, *away)

    def app(self, name: str) -> AppAnswer:
        """One App, `cluster/app`, with its objects, its health, its errors; raises NotThere."""
        return self._thread.call(queries.one_app, self.hub, AppKey.parse(name))

    def object(self, app: str, key: str) -> ObjectAnswer:
        """One object of an App, by `Kind[.group]/[namespace/]name`; raises NotThere."""
        return self._thread.call(queries.one_object, self.hub, AppKey.parse(app), ObjectKey.parse(key))

    def holds(self) -> tuple[HoldAnswer, ...]:
        """What is held, with the words."""
        return self._thread.call(queries.holds, self.hub, Asked())

    def drift(self) -> tuple[DriftAnswer, ...]:
        """What was changed by hand, what stands first."""

        async def asked() -> tuple[DriftAnswer, ...]:
            await self.hub.shared.store.flush()
            return await queries.drift(self.hub, Asked())

        return self._thread.run(asked(), seconds=_SECONDS)

    def approve(self, word: str) -> None:
        """Say the word of a Hold."""
        self._thread.run(decisions.approve(self.hub, word, by="a test"), seconds=_SECONDS)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _wait(self, what: str, holds: Callable[[], bool], *, within: float) -> None:
        end = time.monotonic() + within
        while not self._thread.call(holds):
            self._check(end, what, within)
            time.sleep(_EVERY)

    def _check(self, end: float, what: str, within: float) -> None:
        self._held.check()
        if time.monotonic() > end:
            raise DeadlineExceeded(what=what, seconds=within)
