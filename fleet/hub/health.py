"""Keeps the Health of one cluster's objects: by what the watch says of them, and by what is known of their children."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fleet.health import assess
from fleet.hooks.contexts import HealthContext
from fleet.hooks.declarations import HealthCheck
from fleet.hooks.registry import Registry
from fleet.hub.children import Related, without_owners_of_fields
from fleet.hub.state import Assessed
from fleet.kube.live.cache import Event
from fleet.model.declared import Declared
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.observation import LiveObject

SOON = 0.5
"""Seconds before what an object relates to is fetched: while it settles, its own events come faster."""
_IN_HAND = 512
"""Bodies of objects that are to be judged again: a few KiB each."""
_WRITTEN = Health(
    state=HealthState.PROGRESSING, reason="Written", message="it was written, and the cluster has not told of it since"
)
_UNREAD = Health(
    state=HealthState.UNKNOWN, reason="NotRead", message="it lost our label, so that no watch tells of it until it has it again"
)
_NOT_LOOKED = Health(state=HealthState.PROGRESSING, reason="NotLooked", message="what it depends on has not been looked at yet")


def needs_reason(health: Health) -> bool:
    """Whether what an object relates to may explain its Health: it is neither as it should be nor stopped on purpose."""
    return health.state not in (HealthState.HEALTHY, HealthState.SUSPENDED)


def _nothing_known(key: ObjectKey, body: Mapping[str, Any], check: HealthCheck) -> Related | None:
    return None


@dataclass(kw_only=True)
class Assessor:
    """Judges objects and remembers what it found."""

    registry: Registry
    health: dict[ObjectKey, Assessed]
    written_at: Mapping[ObjectKey, datetime]
    now: Callable[[], datetime]
    again: Callable[[ObjectKey, float], None]
    """Called with the seconds after which an object is to be judged again, though nothing changes."""
    related: Callable[[ObjectKey, Mapping[str, Any], HealthCheck], Related | None] = _nothing_known
    """What an object relates to, as far as that is known at this moment; None: not all of it."""
    settled: Callable[[ObjectKey], None] = lambda _: None
    """Called with objects whose Health needs no reason."""
    declared: Callable[[GroupKind], Declared | None] = lambda _: None
    _bodies: OrderedDict[ObjectKey, Mapping[str, Any]] = field(default_factory=OrderedDict)

    def event(self, event: Event) -> bool:
        """Assess the object of an event; whether its Health is another than before."""
        key, before = event.key, self.health.get(event.key)
        if event.after is None:
            return self._forget(key)
        check = self.registry.health_check(key.group_kind)
        if check.needs_body and event.body is None:
            self.settled(key)
            self._untold(event.after, _UNREAD)
            return before is None or before.health != _UNREAD
        body = event.body if event.body is not None else metadata_of(event.after)
        related = self.related(key, body, check) if check.related else None
        found = self.judge(key, body, related=related)
        if not needs_reason(found):
            self.settled(key)
        if check.related and (needs_reason(found) or (check.related_always and related is None)):
            self.again(key, SOON)
        return before is None or before.health != found

    def learned(self, key: ObjectKey, live: LiveObject | None) -> None:
        """Take what a write of ours was answered: what was found before it counts no more.

        Of kinds that need no body the watch has no more to tell, of others nothing is known until it does. It may have told
        already: it is often faster.
        """
        if live is None:
            self._forget(key)
            return
        known = self.health.get(key)
        if known is not None and known.is_of(live):
            return
        if self.registry.health_check(key.group_kind).needs_body:
            self._untold(live, _WRITTEN)
        else:
            self.judge(key, metadata_of(live))

    def judge(self, key: ObjectKey, body: Mapping[str, Any], *, related: Related | None = None) -> Health:
        """Assess one object by its body (or its metadata, for kinds that need no more) and what it relates to."""
        check = self.registry.health_check(key.group_kind)
        found = self._found(key, body, check, related)
        metadata, now = body["metadata"], self.now()
        self.health[key] = Assessed(
            health=found,
            uid=metadata.get("uid", ""),
            resource_version=metadata.get("resourceVersion", ""),
            generation=metadata.get("generation", 0),
            at=now,
            since=self._since(key, found.state, metadata.get("uid", ""), now),
        )
        self._keep(key, body, check)
        if found.again is not None:
            self.again(key, found.again)
        return found

    def _found(self, key: ObjectKey, body: Mapping[str, Any], check: HealthCheck, related: Related | None) -> Health:
        looked, declared = related is not None or not check.related, self.declared(key.group_kind)
        context = HealthContext(
            live=body,
            related=related or {},
            looked=looked,
            last_write=self.written_at.get(key),
            now=self.now(),
            has_status=declared is None or declared.status,
            declared=declared,
        )
        found = assess(context, check)
        better_than_it_is = check.related_always and not looked and found.state is HealthState.HEALTHY
        return self._before_looking(key, body) if better_than_it_is else found

    def _before_looking(self, key: ObjectKey, body: Mapping[str, Any]) -> Health:
        """What is said of an object that may look better than it is: what was found by looking, if its spec is still that one."""
        before, metadata = self.health.get(key), body["metadata"]
        if before is None or not before.told or before.health.state is not HealthState.HEALTHY:
            return _NOT_LOOKED
        same = (before.uid, before.generation) == (metadata.get("uid", ""), metadata.get("generation", 0))
        return before.health if same else _NOT_LOOKED

    def in_hand(self, key: ObjectKey) -> Mapping[str, Any] | None:
        """The body by which an object was judged last, where it is kept: of those that are to be judged again."""
        return self._bodies.get(key)

    def _keep(self, key: ObjectKey, body: Mapping[str, Any], check: HealthCheck) -> None:
        found = self.health[key].health
        needed = check.related and (needs_reason(found) or check.related_always)
        if not needed and found.again is None:
            self._bodies.pop(key, None)
            return
        self._bodies[key] = without_owners_of_fields(body)
        self._bodies.move_to_end(key)
        if len(self._bodies) > _IN_HAND:
            self._bodies.popitem(last=False)

    def _forget(self, key: ObjectKey) -> bool:
        self.settled(key)
        self._bodies.pop(key, None)
        return self.health.pop(key, None) is not None

    def _untold(self, live: LiveObject, meanwhile: Health) -> None:
        now = self.now()
        self._bodies.pop(live.key, None)
        self.health[live.key] = Assessed(
            health=meanwhile,
            uid=live.uid,
            resource_version=live.resource_version,
            generation=live.generation,
            at=now,
            since=now,
            told=False,
        )

    def _since(self, key: ObjectKey, state: HealthState, uid: str, now: datetime) -> datetime:
        before = self.health.get(key)
        same = before is not None and before.told and before.uid == uid and before.health.state is state
        return before.since if before is not None and same else now


def metadata_of(live: LiveObject) -> Mapping[str, Any]:
    """An object's body as far as a LiveObject keeps it, for checks that need no more."""
    metadata: dict[str, Any] = {
        "name": live.key.name,
        "uid": live.uid,
        "resourceVersion": live.resource_version,
        "generation": live.generation,
    }
    if live.key.namespace:
        metadata["namespace"] = live.key.namespace
    if live.deleting:
        metadata["deletionTimestamp"] = "1970-01-01T00:00:00Z"  # only that there is one is known
    return {"apiVersion": live.key.group, "kind": live.key.kind, "metadata": metadata}
