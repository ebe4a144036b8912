"""A Deployment and its ReplicaSets at one moment, and how many replicas each of these should have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.sandbox.controllers.reading.fields import Object, metadata, name, notes, number, section, share, spec, status

POD_TEMPLATE_HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"

# Kubernetes' own way to say that there is no deadline.
NO_DEADLINE = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """`new` is the ReplicaSet of the current template, None before it is made; `old` are the others, the oldest first."""

    live: Object
    new: Object | None
    old: tuple[Object, ...]

    @property
    def replicas(self) -> int:
        """How many Pods are wanted."""
        return number(spec(self.live), "replicas", 1)

    @property
    def sets(self) -> tuple[Object, ...]:
        """All ReplicaSets."""
        return (*self.old, self.new) if self.new else self.old

    @property
    def is_rolling(self) -> bool:
        """Whether old Pods go as new ones come, and not before them."""
        return bool(section(spec(self.live), "strategy").get("type", "RollingUpdate") == "RollingUpdate")

    @property
    def surge(self) -> int:
        """How many Pods there may be above what is wanted."""
        return self._bounds()[0] if self.is_rolling else 0

    @property
    def unavailable(self) -> int:
        """How many Pods may be lacking."""
        return min(self._bounds()[1], self.replicas) if self.is_rolling and self.replicas else 0

    @property
    def deadline(self) -> int | None:
        """Seconds without progress after which it is given up; None for no deadline."""
        found = number(spec(self.live), "progressDeadlineSeconds", 600)
        return None if found == NO_DEADLINE else found

    @property
    def revision(self) -> int:
        """The revision of the current template."""
        return max((revision(each) for each in self.old), default=0) + 1

    def _bounds(self) -> tuple[int, int]:
        """Surge and unavailability; both zero would never move, so one Pod may then be lacking."""
        limits = section(spec(self.live), "strategy", "rollingUpdate")
        surge = share(limits.get("maxSurge", "25%"), self.replicas, up=True)
        lacking = share(limits.get("maxUnavailable", "25%"), self.replicas, up=False)
        return (surge, lacking) if surge or lacking else (0, 1)


def read(live: Object, sets: Iterable[Object]) -> Rollout:
    """Tell the current ReplicaSet from the old ones, by the template; of several the oldest is current."""
    ordered = sorted(sets, key=lambda each: (metadata(each).get("creationTimestamp", ""), name(each)))
    wanted = spec(live).get("template")
    new = next((each for each in ordered if template(each) == wanted), None)
    return Rollout(live=live, new=new, old=tuple(each for each in ordered if each is not new))


def template(replica_set: Object) -> Mapping[str, Any]:
    """The template of a ReplicaSet without the label that makes it this one's."""
    whole: Mapping[str, Any] = spec(replica_set).get("template") or {}
    meta = whole.get("metadata") or {}
    kept = {key: value for key, value in (meta.get("labels") or {}).items() if key != POD_TEMPLATE_HASH}
    return {**whole, "metadata": {**meta, "labels": kept}}


def revision(obj: Object) -> int:
    """The revision that an object is marked with; 0 where it is not, or by something else than a number."""
    written = notes(obj).get(REVISION, "")
    return int(written) if written.isdigit() else 0


def wants(replica_set: Object) -> int:
    """How many Pods a ReplicaSet should have."""
    return number(spec(replica_set), "replicas", 1)


def total(sets: Iterable[Object], field: str) -> int:
    """Sum a field of the status of ReplicaSets."""
    return sum(number(status(each), field) for each in sets)


def is_scaled(rollout: Rollout) -> bool:
    """Whether the Deployment was given another size since its active ReplicaSets were sized."""
    sizes = (notes(each).get(DESIRED) for each in rollout.sets if wants(each))
    return any(size is not None and size != str(rollout.replicas) for size in sizes)


def rolling(rollout: Rollout) -> dict[str, int]:
    """The next sizes in a rolling update, of those ReplicaSets that change: more of the new, or else fewer of the old.

    Never above what is wanted and the surge, never fewer available than is allowed.
    """
    new = rollout.new
    assert new is not None, "a rolling update begins with its ReplicaSet"
    grown = min(rollout.replicas, wants(new) + max(0, rollout.replicas + rollout.surge - _wanted(rollout)))
    if grown != wants(new):
        return {name(new): grown}
    fresh = wants(new) - number(status(new), "availableReplicas")
    room = _wanted(rollout) - (rollout.replicas - rollout.unavailable) - fresh
    return _fewer_old(rollout, room) if room > 0 else {}


def _fewer_old(rollout: Rollout, room: int) -> dict[str, int]:
    """Take off first the old Pods that are not available, then as many as availability allows."""
    sizes = {name(each): wants(each) for each in rollout.old}
    for each in rollout.old:
        broken = min(room, sizes[name(each)] - number(status(each), "availableReplicas"))
        sizes[name(each)] -= max(0, broken)
        room -= max(0, broken)
    spare = total(rollout.sets, "availableReplicas") - (rollout.replicas - rollout.unavailable)
    for each in rollout.old:
        less = min(max(0, spare), sizes[name(each)])
        sizes[name(each)] -= less
        spare -= less
    return {name(each): sizes[name(each)] for each in rollout.old if sizes[name(each)] != wants(each)}


def proportional(rollout: Rollout) -> dict[str, int]:
    """The sizes after the Deployment was given another size, or while it is paused: each active ReplicaSet its share."""
    active = [each for each in rollout.sets if wants(each)]
    if len(active) <= 1:
        latest = active[0] if active else rollout.new or (rollout.old[-1] if rollout.old else None)
        return {name(latest): rollout.replicas} if latest else {}
    if rollout.new and _is_saturated(rollout):
        return {name(each): 0 for each in active if each is not rollout.new}
    if not rollout.is_rolling:
        return {}
    allowed = rollout.replicas + rollout.surge if rollout.replicas else 0
    missing = allowed - _wanted(rollout)
    active.sort(key=wants, reverse=True)
    sizes = {name(each): wants(each) + _fraction(each, rollout, missing) for each in active}
    sizes[name(active[0])] = max(0, sizes[name(active[0])] + allowed - sum(sizes.values()))
    return sizes


def _fraction(replica_set: Object, rollout: Rollout, missing: int) -> int:
    if not missing:
        return 0
    before = int(notes(replica_set).get(MAXIMUM) or 0) or number(status(rollout.live), "replicas")
    if not rollout.replicas or not before:
        return -wants(replica_set) if not rollout.replicas else 0
    ideal = round(wants(replica_set) * (rollout.replicas + rollout.surge) / before) - wants(replica_set)
    return min(ideal, missing) if missing > 0 else max(ideal, missing)


def _wanted(rollout: Rollout) -> int:
    return sum(wants(each) for each in rollout.sets)


def _is_saturated(rollout: Rollout) -> bool:
    assert rollout.new is not None, "asked only of one that is there"
    sizes = wants(rollout.new), number(status(rollout.new), "availableReplicas")
    return sizes == (rollout.replicas, rollout.replicas) and notes(rollout.new).get(DESIRED) == str(rollout.replicas)
