"""Finds in an owner's Pods the sentence that says why the owner is not ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.reading import conditions, is_false, items, mappings, section, text
from fleet.hooks import HealthContext
from fleet.model.keys import GroupKind

POD = GroupKind("", "Pod")
REPLICA_SET = GroupKind("apps", "ReplicaSet")

# Waiting for these is what a container does that will be fine.
_ORDINARY = frozenset({"", "ContainerCreating", "PodInitializing"})
_CRASHING = "CrashLoopBackOff"


def because(context: HealthContext) -> str:
    """What hinders the object's Pods, to be put behind a message; empty when nothing is known of them.

    Pods count by their controller, which is the object itself or a ReplicaSet of it; so what else was found with the same
    labels does not.
    """
    owners = {_uid(context.live)} - {""}
    sets = [body for key, body in _sorted(context, REPLICA_SET) if _controller(body) in owners]
    owners |= {_uid(body) for body in sets} - {""}
    pods = [body for key, body in _sorted(context, POD) if _controller(body) in owners]
    found = [trouble for pod in pods for trouble in [*_troubles(pod)][:1]]
    if not found:
        return ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"; {found[0]}{more}"


def crashing(pod: Mapping[str, Any]) -> list[str]:
    """The containers of a Pod that crash again and again."""
    return [name for name, reason, _ in _waiting(pod) if reason == _CRASHING]


def waiting(pod: Mapping[str, Any]) -> list[str]:
    """What the containers of a Pod wait for that they should not have to wait for."""
    return [f"container {name}: {reason}{f': {message}' if message else ''}" for name, reason, message in _waiting(pod)]


def _troubles(pod: Mapping[str, Any]) -> Iterable[str]:
    name = text(section(pod, "metadata"), "name")
    scheduled = conditions(pod).get("PodScheduled")
    if scheduled is not None and is_false(scheduled):
        yield f"Pod {name}: {scheduled.reason}: {scheduled.message}"
    yield from (f"Pod {name}: {trouble}" for trouble in waiting(pod))
    yield from (f"Pod {name}: container {container} ended with {reason}" for container, reason in _ended(pod))


def _waiting(pod: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for container in _containers(pod):
        state = section(container, "state", "waiting")
        reason = text(state, "reason")
        if reason not in _ORDINARY:
            found.append((text(container, "name"), reason, text(state, "message")))
    return sorted(found)


def _ended(pod: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    for container in _containers(pod):
        state = section(container, "state", "terminated")
        if state.get("exitCode") not in (None, 0):
            found.append((text(container, "name"), f"{text(state, 'reason') or 'Error'} (exit code {state['exitCode']})"))
    return sorted(found)


def _containers(pod: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    status = section(pod, "status")
    return [*mappings(status, "initContainerStatuses"), *mappings(status, "containerStatuses")]


def _sorted(context: HealthContext, kind: GroupKind) -> list[tuple[Any, Mapping[str, Any]]]:
    return sorted(((key, body) for key, body in context.related.items() if key.group_kind == kind), key=lambda pair: pair[0])


def _uid(body: Mapping[str, Any]) -> str:
    return text(section(body, "metadata"), "uid")


def _controller(body: Mapping[str, Any]) -> str:
    owners = [owner for owner in items(section(body, "metadata"), "ownerReferences") if isinstance(owner, Mapping)]
    return next((text(owner, "uid") for owner in owners if owner.get("controller") is True), "")
