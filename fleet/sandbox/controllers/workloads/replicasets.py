"""ReplicaSets and ReplicationControllers: as many Pods as wanted, no matter which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.conditions import Condition, conditions, find, moved_last, without
from fleet.sandbox.controllers.reading.fields import (
    Object,
    generation,
    is_going,
    labels,
    name,
    number,
    section,
    spec,
    status,
    with_status,
    without_empty,
)
from fleet.sandbox.controllers.reading.instants import stamp
from fleet.sandbox.controllers.reading.kinds import POD, REPLICATION_CONTROLLER
from fleet.sandbox.controllers.reading.readiness import first_to_go, is_active, is_available, is_ready, next_available
from fleet.sandbox.controllers.reading.selectors import includes
from fleet.sandbox.controllers.reading.turns import Create, Delete, Event, Outcome, Turn, Update, Write, kind_of
from fleet.sandbox.controllers.workloads.adopting import claimed
from fleet.sandbox.controllers.workloads.templates import pod_of

SOURCE = "replicaset-controller"
# One turn makes no more than the real controller would (BurstReplicas); the next one goes on.
BURST = 500


def decide(turn: Turn) -> Outcome:
    """Make or delete Pods, and say how many there are."""
    own, adopted = claimed(turn, POD)
    if adopted:
        return Outcome(writes=adopted)
    active = [pod for pod in own if is_active(pod)]
    sizing = () if is_going(turn.live) else _sizing(turn.live, active)
    told = _told(turn, active, going=sum(is_going(pod) for pod in own))
    # What was refused is said before it is tried again, since a refusal stops the rest.
    writes = (*told, *sizing) if turn.failure else (*sizing, *told)
    return Outcome(
        writes=writes,
        events=_said(turn, sizing),
        again=next_available(active, number(spec(turn.live), "minReadySeconds"), turn.now),
    )


def _sizing(live: Object, active: list[Object]) -> tuple[Write, ...]:
    missing = number(spec(live), "replicas", 1) - len(active)
    if missing >= 0:
        template = spec(live).get("template") or {}
        return tuple(Create(body=pod_of(live, template)) for _ in range(min(missing, BURST)))
    return tuple(Delete(obj=pod) for pod in sorted(active, key=first_to_go)[: min(-missing, BURST)])


def _told(turn: Turn, active: list[Object], *, going: int) -> tuple[Write, ...]:
    minimum = number(spec(turn.live), "minReadySeconds")
    wanted_labels = section(spec(turn.live), "template", "metadata").get("labels") or {}
    counts = without_empty(
        {
            "fullyLabeledReplicas": sum(includes(labels(pod), wanted_labels) for pod in active),
            "readyReplicas": sum(is_ready(pod) for pod in active),
            "availableReplicas": sum(is_available(pod, minimum, turn.now) for pod in active),
            "conditions": _failures(turn, active),
        }
    )
    counts |= {"replicas": len(active), "observedGeneration": generation(turn.live)}
    if kind_of(turn.live) != REPLICATION_CONTROLLER:
        counts["terminatingReplicas"] = going
    return _changed(turn.live, counts)


def _changed(live: Object, counts: Mapping[str, Any]) -> tuple[Write, ...]:
    if status(live) == counts:
        return ()
    return (Update(body=with_status(live, counts), subresource="status"),)


def _failures(turn: Turn, active: list[Object]) -> list[Condition]:
    found = conditions(turn.live)
    if not turn.failure:
        return without(found, "ReplicaFailure")
    if find(found, "ReplicaFailure"):
        return found
    reason = "FailedCreate" if len(active) < number(spec(turn.live), "replicas", 1) else "FailedDelete"
    failure = {"type": "ReplicaFailure", "status": "True", "reason": reason, "message": turn.failure}
    return moved_last(found, {**failure, "lastTransitionTime": stamp(turn.now)})


def _said(turn: Turn, sizing: tuple[Write, ...]) -> tuple[Event, ...]:
    """Deletions; a creation is told by the one who knows the name that the server made up."""
    gone = [write.obj for write in sizing if isinstance(write, Delete)]
    said = [Event(about=turn.live, reason="SuccessfulDelete", message=f"Deleted pod: {name(pod)}", source=SOURCE) for pod in gone]
    if turn.failure:
        message = f"Error creating: {turn.failure}"
        said.append(Event(about=turn.live, reason="FailedCreate", message=message, source=SOURCE, warning=True))
    return tuple(said)
