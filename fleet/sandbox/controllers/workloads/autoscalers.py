"""HorizontalPodAutoscalers: they scale their target to what is asked of them."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.controllers.reading.conditions import conditions, in_place
from fleet.sandbox.controllers.reading.fields import (
    Object,
    generation,
    is_going,
    name,
    namespace,
    number,
    section,
    spec,
    status,
    with_spec,
    with_status,
)
from fleet.sandbox.controllers.reading.instants import stamp
from fleet.sandbox.controllers.reading.kinds import DEPLOYMENT, REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET
from fleet.sandbox.controllers.reading.turns import NOTHING, Event, Outcome, Turn, Update, Write

SOURCE = "horizontal-pod-autoscaler"
_TARGETS = {kind.kind: kind for kind in (DEPLOYMENT, REPLICA_SET, STATEFUL_SET, REPLICATION_CONTROLLER)}
_FOUND = "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)"


def decide(turn: Turn) -> Outcome:
    """Scale the target where another size is right, and say so."""
    if is_going(turn.live):
        return NOTHING
    target = _target(turn)
    if target is None:
        return _told(turn, current=0, desired=0, scaled=False, told=_unscaled(turn))
    current = number(spec(target), "replicas", 1)
    if current == 0:
        why = "scaling is disabled since the replica count of the target is zero"
        return _told(
            turn, current=0, desired=0, scaled=False, told=[_condition(turn, "ScalingActive", "False", "ScalingDisabled", why)]
        )
    wanted = turn.settings.demand.get(f"{namespace(turn.live)}/{name(turn.live)}", current)
    desired = max(_least(turn.live), min(wanted, number(spec(turn.live), "maxReplicas", 1)))
    told = [_able(turn, current, desired), _condition(turn, "ScalingActive", "True", "ValidMetricFound", _FOUND)]
    told.append(_limited(turn, wanted, desired))
    there = number(status(target), "replicas")
    outcome = _told(turn, current=there, desired=desired, scaled=desired != current, told=told)
    if desired == current:
        return outcome
    message = f"New size: {desired}; reason: cpu resource utilization (percentage of request) {_way(desired, current)} target"
    said = Event(about=turn.live, reason="SuccessfulRescale", message=message, source=SOURCE)
    return Outcome(
        writes=(Update(body=with_spec(target, replicas=desired), subresource="scale"), *outcome.writes), events=(said,)
    )


def _way(desired: int, current: int) -> str:
    return "above" if desired > current else "below"


def _least(live: Object) -> int:
    return number(spec(live), "minReplicas", 1)


def _target(turn: Turn) -> Object | None:
    reference = section(spec(turn.live), "scaleTargetRef")
    kind = _TARGETS.get(str(reference.get("kind")))
    return turn.seen.get(kind, namespace(turn.live), str(reference.get("name"))) if kind else None


def _condition(turn: Turn, kind: str, value: str, reason: str, message: str) -> dict[str, Any]:
    return {"type": kind, "status": value, "lastTransitionTime": stamp(turn.now), "reason": reason, "message": message}


def _unscaled(turn: Turn) -> list[dict[str, Any]]:
    reference = section(spec(turn.live), "scaleTargetRef")
    plural = f"{str(reference.get('kind', '')).lower()}s"
    group = str(reference.get("apiVersion", "")).rpartition("/")[0]
    what = f"{plural}.{group}" if group else plural
    why = f'the HPA controller was unable to get the target\'s current scale: {what} "{reference.get("name")}" not found'
    return [_condition(turn, "AbleToScale", "False", "FailedGetScale", why)]


def _disabled(turn: Turn) -> dict[str, Any]:
    why = "scaling is disabled since the replica count of the target is zero"
    return _condition(turn, "ScalingActive", "False", "ScalingDisabled", why)


def _able(turn: Turn, current: int, desired: int) -> dict[str, Any]:
    if desired != current:
        why = f"the HPA controller was able to update the target scale to {desired}"
        return _condition(turn, "AbleToScale", "True", "SucceededRescale", why)
    return _condition(turn, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size")


def _limited(turn: Turn, wanted: int, desired: int) -> dict[str, Any]:
    if wanted > desired:
        why = "the desired replica count is more than the maximum replica count"
        return _condition(turn, "ScalingLimited", "True", "TooManyReplicas", why)
    if wanted < desired:
        why = "the desired replica count is less than the minimum replica count"
        return _condition(turn, "ScalingLimited", "True", "TooFewReplicas", why)
    return _condition(turn, "ScalingLimited", "False", "DesiredWithinRange", "the desired count is within the acceptable range")


def _told(turn: Turn, *, current: int, desired: int, scaled: bool, told: list[dict[str, Any]]) -> Outcome:
    live = turn.live
    found = conditions(live)
    for each in told:
        found = in_place(found, each)
    whole = {
        **{field: value for field, value in status(live).items() if field == "lastScaleTime"},
        "observedGeneration": generation(live) or None,
        "currentReplicas": current or None,
        "desiredReplicas": desired,
        "currentMetrics": None,
        "conditions": found,
    }
    if scaled:
        whole["lastScaleTime"] = stamp(turn.now)
    kept = {field: value for field, value in whole.items() if value is not None}
    before = {field: value for field, value in status(live).items() if value is not None}
    if kept == before:
        return NOTHING
    writes: tuple[Write, ...] = (Update(body=with_status(live, kept), subresource="status"),)
    return Outcome(writes=writes)
