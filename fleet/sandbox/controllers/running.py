"""The controllers of one cluster at work: a queue of keys, each decided from everything that is known when its turn comes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from fleet.errors import ApiStatus
from fleet.model.keys import GroupKind
from fleet.sandbox.controllers import surroundings
from fleet.sandbox.controllers.acting import Actor, Cluster
from fleet.sandbox.controllers.reading.fields import Object, is_going, name, namespace, uid
from fleet.sandbox.controllers.reading.kinds import NODE
from fleet.sandbox.controllers.reading.seen import Seen
from fleet.sandbox.controllers.reading.turns import KUBELET, Create, Turn
from fleet.sandbox.controllers.roster import KINDS, ROSTER, Controller, Place
from fleet.sandbox.controllers.settings import Controllers

Key: TypeAlias = tuple[int, Place]  # a controller, by its place in the roster, and an object

# So many turns, then the loop's other work: the server of this cluster, and the controllers of others.
SLICE = 20
# Seconds until what was refused is tried again, doubled each time.
FIRST_RETRY = 0.05
LONGEST_RETRY = 10.0
# What is due in less is due then: a difference of two times may be too small for a clock to advance by it.
SHORTEST_WAIT = 0.001


class Running:
    """Watches one cluster and decides, until stopped; belongs to one event loop, and needs no task of its own.

    At rest it costs what it remembers: no timer, no request.
    """

    def __init__(self, cluster: Cluster, settings: Controllers, *, now: Callable[[], datetime] | None = None) -> None:
        self.settings = settings
        self._cluster = cluster
        self._now = now or (lambda: datetime.now(UTC))
        self._actor = Actor(cluster, events=settings.events)
        self._stop_hearing: Callable[[], None] | None = None
        self._begin()

    def start(self) -> None:
        """Look at everything there is, and go on from there; makes the Nodes of a cluster that has none."""
        self._stop_hearing = self._cluster.subscribe(self._heard)
        self._cluster.restored.append(self.look_again)
        self.look_again()

    def stop(self) -> None:
        """Let everything stand as it is."""
        if self._stop_hearing:
            self._stop_hearing()
            self._stop_hearing = None
            self._cluster.restored.remove(self.look_again)
        self._drop_timers()
        self._queue.clear()

    def change(self, settings: Controllers) -> None:
        """Go on with other settings; what they concern is decided anew."""
        self.settings = settings
        self._actor.events = settings.events
        self._wake_everything()

    def look_again(self) -> None:
        """Forget what was seen, and look at everything: also after the cluster went back to an older state."""
        self._drop_timers()
        self._begin()
        for kind in sorted(KINDS, key=str):
            for obj in self._cluster.list(kind.group, kind.kind):
                self._remember(kind, obj)
        self._wake_everything()
        if not self._seen.all(NODE):
            nodes = tuple(Create(body=node, manager=KUBELET) for node in surroundings.nodes(self.settings))
            self._actor.act(nodes, now=self._now())

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to be decided now; timers may still be running."""
        return not self._queue

    @property
    def timers(self) -> int:
        """How many objects will be looked at again by themselves."""
        return len(self._timers)

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        self._seen = Seen()
        self._since: dict[str, float] = {}
        self._going: set[str] = set()
        self._queue: dict[Key, None] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, tuple[str, int]] = {}
        self._drain_soon: asyncio.Handle | None = None

    def _heard(self, what: str, group: str, kind: str, obj: Object) -> None:
        changed = GroupKind(group, kind)
        if changed not in KINDS:
            return
        before = self._seen.get(changed, namespace(obj), name(obj))
        if what == "DELETED":
            self._seen.drop(changed, obj)
            self._since.pop(uid(obj), None)
            self._going.discard(uid(obj))
        else:
            self._remember(changed, obj)
        self._wake(changed, obj)
        if before is not None:
            self._wake(changed, before)

    def _remember(self, kind: GroupKind, obj: Object) -> None:
        self._seen.put(kind, obj)
        if uid(obj) not in self._since or (is_going(obj) and uid(obj) not in self._going):
            self._since[uid(obj)] = asyncio.get_running_loop().time()
            if is_going(obj):
                self._going.add(uid(obj))

    def _wake(self, kind: GroupKind, obj: Object) -> None:
        for index, _ in _BY_KIND[kind]:
            self._add((index, (namespace(obj), name(obj))))
        for index, wakes in _WOKEN_BY[kind]:
            for place in wakes(obj, self._seen):
                self._add((index, place))

    def _wake_everything(self) -> None:
        for index, controller in enumerate(ROSTER):
            for obj in self._seen.all(controller.kind):
                self._add((index, (namespace(obj), name(obj))))

    def _add(self, key: Key) -> None:
        self._queue[key] = None
        if self._drain_soon is None and self._stop_hearing is not None:
            self._drain_soon = asyncio.get_running_loop().call_soon(self._drain)

    # ── turns ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _drain(self) -> None:
        """Take some turns; also when one of them fails for a defect, which the loop reports, the others go on."""
        self._drain_soon = None
        try:
            for _ in range(SLICE):
                if not self._queue:
                    break
                key = next(iter(self._queue))
                del self._queue[key]
                self._take_turn(key)
        finally:
            if self._queue and self._drain_soon is None:
                self._drain_soon = asyncio.get_running_loop().call_soon(self._drain)

    def _take_turn(self, key: Key) -> None:
        controller = ROSTER[key[0]]
        self._cancel(key)
        live = self._seen.get(controller.kind, *key[1])
        if live is None:
            self._failures.pop(key, None)
            return
        outcome = controller.decide(self._turn(key, live))
        try:
            self._actor.act(outcome.writes, outcome.events, now=self._now())
        except ApiStatus as refusal:
            self._failed(key, refusal)
            return
        if self._failures.pop(key, None):
            self._add(key)
        if outcome.again is not None:
            self._add_after(key, outcome.again)

    def _turn(self, key: Key, live: Object) -> Turn:
        waited = asyncio.get_running_loop().time() - self._since.get(uid(live), 0.0)
        failure = self._failures.get(key, ("", 0))[0]
        return Turn(live=live, seen=self._seen, settings=self.settings, now=self._now(), waited=waited, failure=failure)

    def _failed(self, key: Key, refusal: ApiStatus) -> None:
        """Say it at once, then try again, more and more seldom."""
        before, count = self._failures.get(key, ("", 0))
        self._failures[key] = (refusal.message, count + 1)
        if not before and refusal.message:
            self._add(key)
        else:
            self._add_after(key, min(LONGEST_RETRY, FIRST_RETRY * 2**count))

    def _add_after(self, key: Key, delay: float) -> None:
        self._cancel(key)
        self._timers[key] = asyncio.get_running_loop().call_later(max(SHORTEST_WAIT, delay), self._due, key)

    def _due(self, key: Key) -> None:
        self._timers.pop(key, None)
        self._add(key)

    def _cancel(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _drop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._drain_soon is not None:
            self._drain_soon.cancel()
            self._drain_soon = None


def _indexed() -> tuple[dict[GroupKind, list[tuple[int, Controller]]], dict[GroupKind, list[tuple[int, Any]]]]:
    by_kind: dict[GroupKind, list[tuple[int, Controller]]] = defaultdict(list)
    woken_by: dict[GroupKind, list[tuple[int, Any]]] = defaultdict(list)
    for index, controller in enumerate(ROSTER):
        by_kind[controller.kind].append((index, controller))
        for kind, wakes in controller.woken_by.items():
            woken_by[kind].append((index, wakes))
    return by_kind, woken_by


_BY_KIND, _WOKEN_BY = _indexed()
