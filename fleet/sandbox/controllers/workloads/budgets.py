"""PodDisruptionBudgets: how many of the selected Pods may be disturbed now."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.controllers.reading.conditions import Condition, conditions, in_place
from fleet.sandbox.controllers.reading.fields import (
    Object,
    generation,
    is_going,
    namespace,
    number,
    section,
    share,
    spec,
    status,
    with_status,
)
from fleet.sandbox.controllers.reading.instants import stamp
from fleet.sandbox.controllers.reading.kinds import DAEMON_SET, POD, REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET
from fleet.sandbox.controllers.reading.owners import controller
from fleet.sandbox.controllers.reading.readiness import is_active, is_ready
from fleet.sandbox.controllers.reading.turns import NOTHING, Outcome, Turn, Update

_SIZED = (REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET, DAEMON_SET)


def decide(turn: Turn) -> Outcome:
    """Say how many there are, how many must stay, and how many may go."""
    if is_going(turn.live):
        return NOTHING
    pods = [pod for pod in turn.seen.selected(POD, namespace(turn.live), section(spec(turn.live), "selector")) if is_active(pod)]
    expected, desired = _bounds(turn, pods)
    healthy = sum(is_ready(pod) for pod in pods)
    allowed = max(0, healthy - desired) if expected else 0
    counts = {
        "observedGeneration": generation(turn.live),
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": expected,
    }
    found = in_place(conditions(turn.live), _condition(turn, allowed))
    whole = {**counts, "conditions": found}
    if _told(turn.live) == {**whole, "conditions": _plain(found)}:
        return NOTHING
    return Outcome(writes=(Update(body=with_status(turn.live, whole), subresource="status"),))


def _bounds(turn: Turn, pods: list[Object]) -> tuple[int, int]:
    """Pods expected, and how many of them must be healthy. A percentage, or a maximum, is of the size of their controllers."""
    least, most = spec(turn.live).get("minAvailable"), spec(turn.live).get("maxUnavailable")
    if isinstance(least, int):
        return len(pods), least
    expected = _expected(turn, pods)
    if most is not None:
        return expected, max(0, expected - share(most, expected, up=True))
    return expected, share(least, expected, up=True)


def _expected(turn: Turn, pods: list[Object]) -> int:
    sizes: dict[str, int] = {}
    for pod in pods:
        owner = controller(pod)
        kind = next((each for each in _SIZED if each.kind == owner.get("kind")), None)
        found = turn.seen.get(kind, namespace(pod), owner["name"]) if kind else None
        if found is not None:
            sizes[owner["uid"]] = number(spec(found), "replicas", number(status(found), "desiredNumberScheduled", 1))
    return sum(sizes.values())


def _condition(turn: Turn, allowed: int) -> dict[str, Any]:
    return {
        "type": "DisruptionAllowed",
        "status": "True" if allowed else "False",
        "observedGeneration": generation(turn.live),
        "lastTransitionTime": stamp(turn.now),
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": "",
    }


def _told(live: Object) -> dict[str, Any]:
    """The status without what says nothing: Pods that were evicted a moment ago."""
    kept = {field: value for field, value in status(live).items() if field != "disruptedPods"}
    return {**kept, "conditions": _plain(conditions(live))}


def _plain(found: list[Condition]) -> list[dict[str, Any]]:
    return [{**each, "message": each.get("message", "")} for each in found]
