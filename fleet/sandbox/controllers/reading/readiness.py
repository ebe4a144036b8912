"""How far a Pod has come: does its work, is ready, is available, has ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fleet.sandbox.controllers.reading.conditions import conditions, find
from fleet.sandbox.controllers.reading.fields import Object, is_going, metadata, name, spec, status
from fleet.sandbox.controllers.reading.instants import passed

_ENDED = frozenset({"Succeeded", "Failed"})


def is_active(pod: Object) -> bool:
    """Whether a Pod still does its work: neither ended nor being deleted."""
    return not is_going(pod) and not has_ended(pod)


def has_ended(pod: Object) -> bool:
    """Whether a Pod has ended, well or not."""
    return status(pod).get("phase") in _ENDED


def is_ready(pod: Object) -> bool:
    """Whether a Pod takes requests."""
    return find(conditions(pod), "Ready").get("status") == "True"


def unavailable_for(pod: Object, minimum: int, now: datetime) -> float | None:
    """Seconds until a ready Pod counts as available; 0 when it does, None when it is not ready."""
    ready = find(conditions(pod), "Ready")
    if ready.get("status") != "True":
        return None
    # To the second, and then strictly more: times are written to the second.
    left = minimum - passed(ready.get("lastTransitionTime"), now) if minimum else 0.0
    return max(0.0, left)


def is_available(pod: Object, minimum: int, now: datetime) -> bool:
    """Whether a Pod has been ready for `minimum` seconds."""
    return unavailable_for(pod, minimum, now) == 0


def next_available(pods: Iterable[Object], minimum: int, now: datetime) -> float | None:
    """Seconds until the next of the ready Pods counts as available, and a moment more; None when none is waited for."""
    left = [seconds for pod in pods if (seconds := unavailable_for(pod, minimum, now))]
    return min(left) + 0.01 if left else None


def first_to_go(pod: Object) -> tuple[bool, bool, bool, str]:
    """Sort Pods so that the one that is missed least comes first: without a node, not running, not ready, newest."""
    running = status(pod).get("phase") == "Running"
    return bool(spec(pod).get("nodeName")), running, is_ready(pod), name(pod)


def created(pod: Object) -> str:
    """When a Pod was made."""
    return str(metadata(pod).get("creationTimestamp", ""))
