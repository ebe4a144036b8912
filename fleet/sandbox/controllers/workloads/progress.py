"""How a Deployment stands: its counts, and whether it is available, moving, done or given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.conditions import Condition, conditions, find, moved_last, without
from fleet.sandbox.controllers.reading.fields import (
    Object,
    generation,
    name,
    notes,
    number,
    spec,
    status,
    with_metadata,
    with_status,
    without_empty,
)
from fleet.sandbox.controllers.reading.instants import passed, stamp
from fleet.sandbox.controllers.reading.turns import Outcome, Turn, Update
from fleet.sandbox.controllers.workloads.rollouts import REVISION, Rollout, total, wants

AVAILABLE, PROGRESSING, FAILURE = "Available", "Progressing", "ReplicaFailure"
DONE, GIVEN_UP, PAUSED = "NewReplicaSetAvailable", "ProgressDeadlineExceeded", "DeploymentPaused"


def told(turn: Turn, rollout: Rollout, *, begun: Object | None = None, failed: str = "", rolling_out: bool = False) -> Outcome:
    """Write the status, if it is another than before.

    `begun` is the ReplicaSet that is being made in this step, `failed` why it could not be made. Progress is judged while
    `rolling_out` only: a Deployment that is merely resized, or paused, does not run out of time.
    """
    found = _paused_or_resumed(turn, rollout, conditions(turn.live))
    found = _begun(turn, rollout, found, begun=begun, failed=failed)
    counts = _counts(rollout)
    found = _available(turn, rollout, counts, found)
    if rollout.deadline is None:
        found = without(found, PROGRESSING)
    elif rolling_out or begun is not None:
        found = _progressing(turn, rollout, counts, found)
    if rolling_out:
        found = _failing(rollout, found)
    wanted = without_empty({**counts, "collisionCount": status(turn.live).get("collisionCount")})
    wanted |= {"terminatingReplicas": counts["terminatingReplicas"]} | ({"conditions": found} if found else {})
    body = with_status(_revised(turn.live, rollout), wanted)
    changed = body["status"] != dict(status(turn.live)) or body["metadata"] != turn.live["metadata"]
    again = _left(turn, rollout, found) if rolling_out or begun is not None else None
    return Outcome(writes=(Update(body=body, subresource="status"),) if changed else (), again=again)


def is_complete(rollout: Rollout, counts: Mapping[str, Any]) -> bool:
    """Whether all Pods are of the current template and available, and no other is left."""
    wanted = rollout.replicas
    fields = ("updatedReplicas", "replicas", "availableReplicas")
    seen = number(counts, "observedGeneration") >= generation(rollout.live)
    return seen and all(number(counts, field) == wanted for field in fields)


def _counts(rollout: Rollout) -> dict[str, Any]:
    available = total(rollout.sets, "availableReplicas")
    return {
        "observedGeneration": generation(rollout.live),
        "replicas": total(rollout.sets, "replicas"),
        "updatedReplicas": number(status(rollout.new), "replicas") if rollout.new else 0,
        "readyReplicas": total(rollout.sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(wants(each) for each in rollout.sets) - available),
        "terminatingReplicas": total(rollout.sets, "terminatingReplicas"),
    }


def _revised(live: Object, rollout: Rollout) -> Object:
    """Mark the Deployment with the revision of its ReplicaSet; the real controller does so through the status, too."""
    marked = notes(rollout.new).get(REVISION) if rollout.new else None
    if marked is None or notes(live).get(REVISION) == marked:
        return live
    return with_metadata(live, annotations={**notes(live), REVISION: marked})


def _condition(turn: Turn, kind: str, value: str, reason: str, message: str) -> dict[str, str]:
    now = stamp(turn.now)
    return {
        "type": kind,
        "status": value,
        "lastUpdateTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }


def _paused_or_resumed(turn: Turn, rollout: Rollout, found: list[Condition]) -> list[Condition]:
    current = find(found, PROGRESSING).get("reason")
    if rollout.deadline is None or current == GIVEN_UP:
        return found
    paused = bool(spec(rollout.live).get("paused"))
    if paused and current != PAUSED:
        return moved_last(found, _condition(turn, PROGRESSING, "Unknown", PAUSED, "Deployment is paused"))
    if not paused and current == PAUSED:
        return moved_last(found, _condition(turn, PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed"))
    return found


def _begun(turn: Turn, rollout: Rollout, found: list[Condition], *, begun: Object | None, failed: str) -> list[Condition]:
    if rollout.deadline is None:
        return found
    if failed:
        return moved_last(found, _condition(turn, PROGRESSING, "False", "ReplicaSetCreateError", failed))
    if begun is not None:
        message = f'Created new replica set "{name(begun)}"'
        return moved_last(found, _condition(turn, PROGRESSING, "True", "NewReplicaSetCreated", message))
    if rollout.new is not None and not find(found, PROGRESSING):
        message = f'Found new replica set "{name(rollout.new)}"'
        return moved_last(found, _condition(turn, PROGRESSING, "True", "FoundNewReplicaSet", message))
    return found


def _available(turn: Turn, rollout: Rollout, counts: Mapping[str, Any], found: list[Condition]) -> list[Condition]:
    if counts["availableReplicas"] >= rollout.replicas - rollout.unavailable:
        enough = "True", "MinimumReplicasAvailable", "Deployment has minimum availability."
    else:
        enough = "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
    return moved_last(found, _condition(turn, AVAILABLE, *enough))


def _progressing(turn: Turn, rollout: Rollout, counts: Mapping[str, Any], found: list[Condition]) -> list[Condition]:
    before = find(conditions(turn.live), PROGRESSING)
    if counts["replicas"] == counts["updatedReplicas"] and before.get("reason") == DONE and rollout.new is not None:
        return found
    what = f'ReplicaSet "{name(rollout.new)}"' if rollout.new else f'Deployment "{name(rollout.live)}"'
    if is_complete(rollout, counts):
        done = _condition(turn, PROGRESSING, "True", DONE, f"{what} has successfully progressed.")
        return moved_last(found, done)
    current = find(found, PROGRESSING)
    if _has_moved(status(turn.live), counts):
        moving = _condition(turn, PROGRESSING, "True", "ReplicaSetUpdated", f"{what} is progressing.")
        if current and current["status"] == "True":
            moving["lastTransitionTime"] = current["lastTransitionTime"]
        return [*without(found, PROGRESSING), moving]
    if _is_late(turn, rollout, current):
        return moved_last(found, _condition(turn, PROGRESSING, "False", GIVEN_UP, f"{what} has timed out progressing."))
    return found


def _has_moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    more = any(now[field] > number(before, field) for field in ("updatedReplicas", "readyReplicas", "availableReplicas"))
    old = number(before, "replicas") - number(before, "updatedReplicas")
    return more or now["replicas"] - now["updatedReplicas"] < old


def _is_late(turn: Turn, rollout: Rollout, current: Condition) -> bool:
    if not current or current["reason"] == DONE or rollout.deadline is None:
        return False
    return current["reason"] == GIVEN_UP or passed(current["lastUpdateTime"], turn.now) > rollout.deadline


def _left(turn: Turn, rollout: Rollout, found: list[Condition]) -> float | None:
    """Seconds until the deadline, plus one: times are written to the second."""
    current = find(found, PROGRESSING)
    if not current or current["reason"] in (DONE, GIVEN_UP) or rollout.deadline is None:
        return None
    return max(0.0, rollout.deadline - passed(current["lastUpdateTime"], turn.now)) + 1


def _failing(rollout: Rollout, found: list[Condition]) -> list[Condition]:
    ordered = [*([rollout.new] if rollout.new else []), *rollout.old]
    failures = (failure for each in ordered if (failure := find(conditions(each), FAILURE)))
    failure = next(failures, {})
    if not failure:
        return without(found, FAILURE)
    return moved_last(found, {**failure, "lastUpdateTime": failure["lastTransitionTime"]})
