"""Looks again at objects whose Health depends on time or on other objects; only at those, and only while it must."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from random import Random
from typing import Any

from fleet.aio import Backoff, WorkQueue, owned
from fleet.errors import FleetError
from fleet.health import Look, looks
from fleet.hooks.declarations import HealthCheck
from fleet.hub.children import MOST, Children, Listed, Related, without_owners_of_fields
from fleet.hub.health import SOON, Assessor, needs_reason
from fleet.kube.live.apply import read
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Discovery
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.observation import is_older

_LATER = 30.0
"""Seconds after which an object that could not be read is looked at again."""
_SELDOM_FIRST, _SELDOM_AT_MOST = 6.0, 60.0
"""Seconds after which what an object relates to is fetched again while it is not Healthy and that cannot be followed: a Pod
that cannot pull its image tells its Deployment nothing. Longer than one list answers, ever longer, and bounded."""
_SHARED = 5.0
"""Seconds for which one list answers every object that asks for the same: classes are the same for all Ingresses."""
_QUIET_AT_MOST, _QUIET_STEP = 15.0, 0.1
"""Seconds that a look waits for a lull: Syncs come first, and what they settle needs no look."""
_TOGETHER = 0.05
"""Seconds in which what happens to an owner's children is taken together."""


class Looker:
    """What an object relates to is listed once, then followed until the object is Healthy; one object at a time is looked at.

    Where it cannot be followed, it is listed again, ever more seldom. `assessor` must be set before `run()`.
    """

    def __init__(
        self,
        client: ApiClient,
        discovery: Discovery,
        *,
        changed: Callable[[ObjectKey], None],
        busy: Callable[[], bool],
        random: Random,
    ) -> None:
        self.assessor: Assessor | None = None
        self.children = Children(client, told=self._told)
        self._busy = busy
        self._lists: dict[Look, tuple[float, Listed]] = {}
        self._client = client
        self._discovery = discovery
        self._changed = changed
        self._queue: WorkQueue[ObjectKey] = WorkQueue(name=f"health of {client.cluster}")
        self._explained: WorkQueue[ObjectKey] = WorkQueue(name=f"children on {client.cluster}")
        self._anew: set[ObjectKey] = set()
        self._seldom: Backoff[ObjectKey] = Backoff(random=random, first=_SELDOM_FIRST, cap=_SELDOM_AT_MOST)

    def later(self, key: ObjectKey, seconds: float) -> None:
        """Look at an object after so many seconds."""
        self._queue.add_after(key, seconds)

    def anew(self, kind: GroupKind) -> None:
        """Judge every object of a kind again, the Healthy ones too: its definition says something else."""
        assert self.assessor is not None
        for key in [key for key in self.assessor.health if key.group_kind == kind]:
            self._anew.add(key)
            self._queue.add(key)

    def related(self, key: ObjectKey, body: Mapping[str, Any], check: HealthCheck) -> Related | None:
        """What a check asks to see, as far as that is known without a request: followed, or listed just now."""
        self._drop_lists()
        if not (callable(check.related) or self._lists or self.children.owns(key)):
            return None  # so it is mostly, and every event asks
        wanted = _wanted(body, check)
        explained = self.children.explained(key, wanted)
        if explained is not None:
            return explained
        if any(look not in self._lists for look in wanted):
            return None
        return _joined(self._lists[look][1] for look in wanted)

    def settled(self, key: ObjectKey) -> None:
        """The object is as it should be, or gone: nothing needs to explain it."""
        self.children.release(key)

    async def run(self) -> None:
        """Look, and follow; ends only by being cancelled."""
        async with owned(f"looks at {self._client.cluster}") as owner:
            owner.forever(self.children.run(), name="children")
            owner.forever(self._judging(), name="judge owners")
            owner.forever(self._looking(), name="look")
            await asyncio.Event().wait()

    # ── with requests ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _looking(self) -> None:
        while True:
            key = await self._queue.get()
            try:
                await self._lull()
                await self._look(key)
            except FleetError:
                self._queue.add_after(key, _LATER)
            finally:
                self._queue.done(key)

    async def _lull(self) -> None:
        """Wait until nothing is being synced, but not for ever."""
        for _ in range(int(_QUIET_AT_MOST / _QUIET_STEP)):
            if not self._busy():
                return
            await asyncio.sleep(_QUIET_STEP)

    async def _look(self, key: ObjectKey) -> None:
        assert self.assessor is not None
        check = self.assessor.registry.health_check(key.group_kind)
        if self._is_settled(key, check):
            self._seldom.forget(key)
            return  # it became so while this waited
        self._anew.discard(key)
        body = self.assessor.in_hand(key) or await read(self._client, self._discovery, key)
        if body is None:
            self._seldom.forget(key)
            self.settled(key)
            return
        wanted = _wanted(body, check)
        listed = {look: await self._shared(look) for look in wanted if not self.children.has(look)}
        before = self.assessor.health.get(key)
        if before is not None and is_older(body["metadata"]["resourceVersion"], before.resource_version):
            self._queue.add_after(key, SOON)
            return  # the watch told of more meanwhile
        found = self._judge(key, body, {**self.children.of(wanted), **_joined(listed.values())})
        if wanted and needs_reason(found):
            self._follow(key, wanted, listed)

    def _is_settled(self, key: ObjectKey, check: HealthCheck) -> bool:
        """Whether nothing is to be found out by looking; of what was just written the watch will tell."""
        assert self.assessor is not None
        found = self.assessor.health.get(key)
        if found is None or key in self._anew:
            return False
        due = found.health.again is not None or check.related_always
        return not found.told or not (needs_reason(found.health) or due)

    def _follow(self, key: ObjectKey, wanted: Collection[Look], listed: Mapping[Look, Listed]) -> None:
        """Follow what explains an object from here on; where that cannot be, it is fetched again."""
        if all(found.whole for found in listed.values()) and self.children.takes(wanted, listed):
            self.children.follow(key, wanted, listed)
        else:
            self._queue.add_after(key, self._seldom.next(key))

    async def _shared(self, look: Look) -> Listed:
        self._drop_lists()
        if look not in self._lists:
            self._lists[look] = (asyncio.get_running_loop().time(), await self._listed(look))
        return self._lists[look][1]

    def _drop_lists(self) -> None:
        """Forget those that are too old; the oldest come first."""
        oldest = asyncio.get_running_loop().time() - _SHARED
        for look in list(itertools.takewhile(lambda look: self._lists[look][0] <= oldest, self._lists)):
            del self._lists[look]

    async def _listed(self, look: Look) -> Listed:
        resource = await self._discovery.resource(look.kind)
        params = {"limit": str(MOST), **_selecting(look)}
        page = await self._client.list(resource.collection(look.namespace), params=params)
        items = tuple(without_owners_of_fields(item, resource) for item in page["items"] or ())
        metadata = page["metadata"]
        return Listed(resource=resource, items=items, version=metadata["resourceVersion"], whole=not metadata.get("continue"))

    # ── without ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _told(self, owner: ObjectKey) -> None:
        self._explained.add_after(owner, _TOGETHER)

    async def _judging(self) -> None:
        """Judge owners by what their children have become, at once: that asks the cluster nothing."""
        while True:
            key = await self._explained.get()
            self._judge_again(key)
            self._explained.done(key)

    def _judge_again(self, key: ObjectKey) -> None:
        assert self.assessor is not None
        check, body = self.assessor.registry.health_check(key.group_kind), self.assessor.in_hand(key)
        known = self.assessor.health.get(key)
        if known is not None and not known.told:
            return  # its own event comes, and is judged with what its children are then
        related = self.children.explained(key, _wanted(body, check)) if body is not None else None
        if body is None or related is None:
            self.settled(key)
            self._queue.add_after(key, SOON)
            return
        self._judge(key, body, related)

    def _judge(self, key: ObjectKey, body: Mapping[str, Any], related: Related) -> Health:
        assert self.assessor is not None
        before = self.assessor.health.get(key)
        found = self.assessor.judge(key, body, related=related)
        if before is None or before.health != found or not before.told:
            self._seldom.forget(key)
            self._changed(key)
        if not needs_reason(found):
            self.settled(key)
        return found


def _wanted(body: Mapping[str, Any], check: HealthCheck) -> tuple[Look, ...]:
    try:
        return looks(body, check) if check.related else ()
    except FleetError:
        return ()  # a plugin's own function failed


def _selecting(look: Look) -> Mapping[str, str]:
    fields = f"metadata.name={look.name}" if look.name else ""
    return {name: value for name, value in (("labelSelector", look.selector), ("fieldSelector", fields)) if value}


def _joined(found: Iterable[Listed]) -> Related:
    return {ObjectKey.of(item): item for listed in found for item in listed.items}
