"""The scheduler: a node for each Pod, once its claims are bound, or why there is none."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.controllers.reading.conditions import conditions, find, in_place
from fleet.sandbox.controllers.reading.fields import (
    Object,
    is_going,
    name,
    namespace,
    notes,
    spec,
    status,
    with_metadata,
    with_status,
)
from fleet.sandbox.controllers.reading.fitting import fits, unfitting
from fleet.sandbox.controllers.reading.instants import stamp
from fleet.sandbox.controllers.reading.kinds import CLAIM, NODE
from fleet.sandbox.controllers.reading.turns import NOTHING, SCHEDULER, Bind, Event, Outcome, Turn, Update, Write
from fleet.sandbox.controllers.settings import Fate
from fleet.sandbox.controllers.volumes.classes import SELECTED_NODE, claim_names, waits_for_consumer

SOURCE = "default-scheduler"


def decide(turn: Turn) -> Outcome:
    """Bind a Pod that has no node yet."""
    if spec(turn.live).get("nodeName") or is_going(turn.live) or spec(turn.live).get("schedulingGates"):
        return NOTHING
    if why := _hindrance(turn):
        return _refused(turn, why)
    nodes = [node for node in turn.seen.all(NODE) if fits(spec(turn.live), node) and not is_going(node)]
    if not nodes:
        return _refused(turn, unfitting(spec(turn.live), turn.seen.all(NODE)))
    chosen = name(nodes[sum(turn.live["metadata"]["uid"].encode()) % len(nodes)])
    if unbound := [claim for claim in claims(turn) if not spec(claim).get("volumeName")]:
        return Outcome(writes=tuple(_select(claim, chosen) for claim in unbound if SELECTED_NODE not in notes(claim)))
    message = f"Successfully assigned {namespace(turn.live)}/{name(turn.live)} to {chosen}"
    said = Event(about=turn.live, reason="Scheduled", message=message, source=SOURCE)
    return Outcome(writes=(Bind(pod=turn.live, node=chosen),), events=(said,))


def claims(turn: Turn) -> list[Object]:
    """The claims of a Pod that are there."""
    found = (turn.seen.get(CLAIM, namespace(turn.live), each) for each in claim_names(turn.live))
    return [each for each in found if each is not None]


def _hindrance(turn: Turn) -> str:
    """Why no node can take the Pod, whatever the nodes are."""
    containers = spec(turn.live).get("containers") or ()
    if any(turn.settings.fate(each.get("image", "")) == Fate.UNSCHEDULABLE for each in containers):
        count = len(turn.seen.all(NODE))
        return (
            f"0/{count} nodes are available: {count} Insufficient cpu. no new claims to deallocate, preemption: 0/{count} nodes "
            f"are available: {count} No preemption victims found for incoming pod."
        )
    for each in claim_names(turn.live):
        claim = turn.seen.get(CLAIM, namespace(turn.live), each)
        if claim is None:
            return f'0/{len(turn.seen.all(NODE))} nodes are available: persistentvolumeclaim "{each}" not found. not found'
        if not spec(claim).get("volumeName") and not waits_for_consumer(turn.seen, claim):
            count = len(turn.seen.all(NODE))
            return f"0/{count} nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
    return ""


def _select(claim: Object, node: str) -> Write:
    return Update(body=with_metadata(claim, annotations={**notes(claim), SELECTED_NODE: node}), manager=SCHEDULER)


def _refused(turn: Turn, why: str) -> Outcome:
    told: dict[str, Any] = {
        "type": "PodScheduled",
        "status": "False",
        "lastProbeTime": None,
        "lastTransitionTime": stamp(turn.now),
        "reason": "Unschedulable",
        "message": why,
    }
    before = find(conditions(turn.live), "PodScheduled")
    if (before.get("status"), before.get("message")) == ("False", why):
        return NOTHING
    body = with_status(turn.live, {**status(turn.live), "conditions": in_place(conditions(turn.live), told)})
    said = Event(about=turn.live, reason="FailedScheduling", message=why, source=SOURCE, warning=True)
    return Outcome(writes=(Update(body=body, manager=SCHEDULER, subresource="status"),), events=(said,))
