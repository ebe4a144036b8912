"""Finds in an owner's Pods the sentence that says why the owner is not ready, and whether it will be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.health.rules.containers import CRASHING, ENDED, FAILING, hindrances
from fleet.health.rules.patience import lapsing, moment, reported, written
from fleet.health.rules.reading import Condition, conditions, is_true, items, section, text
from fleet.health.rules.verdicts import degraded
from fleet.hooks import HealthContext
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind

POD = GroupKind("", "Pod")
REPLICA_SET = GroupKind("apps", "ReplicaSet")

# Restarts after which a crash is no matter of what starts first: the kubelet's pauses have grown to five minutes by then.
OFTEN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What hinders one child, or the making of any. `since` is when the child was last well, or was made."""

    rank: int
    reason: str
    text: str
    since: datetime | None
    hopeless: bool = False
    """Whether waiting will not help."""


def because(found: Sequence[Trouble]) -> str:
    """The first of several, to be put behind a message; empty when there is none."""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"; {found[0].text}{more}" if found else ""


def troubles(context: HealthContext, pods: Sequence[Mapping[str, Any]]) -> list[Trouble]:
    """What hinders each of some Pods, what explains most first."""
    found = (trouble for pod in pods for trouble in _trouble(context, pod))
    return sorted(found, key=lambda trouble: (trouble.rank, trouble.text))


def failing(condition: Condition | None) -> list[Trouble]:
    """A condition by which a controller says that it cannot make Pods, when it is True: a quota, mostly."""
    if condition is None or not is_true(condition):
        return []
    said = f"{condition.reason}: {condition.message}"
    return [Trouble(rank=FAILING, reason=condition.reason, text=said, since=moment(condition.since))]


def lagging(context: HealthContext, reason: str, message: str, found: Sequence[Trouble]) -> Health:
    """Judge an object that lacks ready Pods and has no deadline of its own.

    Progressing, with the cause. Degraded when the cause is one that waiting does not mend, when it has lasted too long, or,
    where no cause is known, when the controller has had nothing to tell for too long.
    """
    said = message + because(found)
    for trouble in found:
        if trouble.hopeless:
            return degraded(trouble.reason, said)
    times = [trouble.since for trouble in found if trouble.since is not None]
    health = lapsing(context, min(times, default=reported(context.live)), reason, said)
    return degraded(found[0].reason, health.message) if found and health.state is HealthState.DEGRADED else health


def pods_of(context: HealthContext, owners: Collection[str] = ()) -> list[Mapping[str, Any]]:
    """The Pods that are controlled by the object itself, or by one of these UIDs; equal labels are not enough."""
    return children(context, POD, {uid(context.live), *owners})


def children(context: HealthContext, kind: GroupKind, owners: Collection[str]) -> list[Mapping[str, Any]]:
    """Of what the check asked to see, the objects of a kind that are controlled by one of these UIDs, in order of key."""
    real = {owner for owner in owners if owner}
    found = sorted((key, body) for key, body in _of_kind(context, kind) if controller(body) in real)
    return [body for _, body in found]


def uid(body: Mapping[str, Any]) -> str:
    """The UID of an object."""
    return text(section(body, "metadata"), "uid")


def controller(body: Mapping[str, Any]) -> str:
    """The UID of an object's controller; empty where it has none."""
    owners = [owner for owner in items(section(body, "metadata"), "ownerReferences") if isinstance(owner, Mapping)]
    return next((text(owner, "uid") for owner in owners if owner.get("controller") is True), "")


def _of_kind(context: HealthContext, kind: GroupKind) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    return ((key, body) for key, body in context.related.items() if key.group_kind == kind)


def _trouble(context: HealthContext, pod: Mapping[str, Any]) -> Iterator[Trouble]:
    metadata = section(pod, "metadata")
    name = f"Pod {text(metadata, 'name')}"
    if ending := text(metadata, "deletionTimestamp"):
        # It is the instant at which the kubelet should have let go.
        due = moment(ending)
        if due is not None and context.now > due:
            said = f"{name} should have been gone by {written(due)}; is its node alive?"
            yield Trouble(rank=FAILING, reason="Terminating", text=said, since=due)
        return
    found = hindrances(pod)
    if not found:
        return
    first = found[0]
    hopeless = first.hopeless or (first.reason == CRASHING and first.restarts >= OFTEN)
    since = None if first.rank == ENDED else _unready_since(pod)
    yield Trouble(rank=first.rank, reason=first.reason, text=f"{name}: {first.message}", since=since, hopeless=hopeless)


def _unready_since(pod: Mapping[str, Any]) -> datetime | None:
    ready = conditions(pod).get("Ready")
    return moment(ready.since if ready is not None else text(section(pod, "metadata"), "creationTimestamp"))
