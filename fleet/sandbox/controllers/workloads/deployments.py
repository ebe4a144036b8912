"""Deployments: a ReplicaSet for each template, sized so that the new one replaces the old ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.fields import (
    Object,
    generation,
    is_going,
    metadata,
    name,
    namespace,
    notes,
    number,
    section,
    spec,
    status,
    with_metadata,
    with_spec,
)
from fleet.sandbox.controllers.reading.hashing import free_hash
from fleet.sandbox.controllers.reading.kinds import POD, REPLICA_SET
from fleet.sandbox.controllers.reading.owners import reference
from fleet.sandbox.controllers.reading.turns import NOTHING, Create, Delete, Event, Outcome, Turn, Update, Write
from fleet.sandbox.controllers.workloads import progress
from fleet.sandbox.controllers.workloads.adopting import claimed
from fleet.sandbox.controllers.workloads.rollouts import (
    DESIRED,
    HISTORY,
    MAXIMUM,
    POD_TEMPLATE_HASH,
    REVISION,
    Rollout,
    is_scaled,
    proportional,
    read,
    revision,
    rolling,
    wants,
)

SOURCE = "deployment-controller"
# What is a Deployment's own, and not copied to its ReplicaSets.
_NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
        REVISION,
        HISTORY,
        DESIRED,
        MAXIMUM,
    }
)
_PODS_THAT_ENDED = frozenset({"Succeeded", "Failed"})


def decide(turn: Turn) -> Outcome:
    """Move one step; the events of what was written bring the next."""
    if not section(spec(turn.live), "selector"):
        return NOTHING
    sets, adopted = claimed(turn, REPLICA_SET)
    if adopted:
        return Outcome(writes=adopted)
    rollout = read(turn.live, sets)
    if is_going(turn.live):
        return progress.told(turn, rollout)
    if refreshed := _refreshed(rollout):
        return Outcome(writes=(refreshed,))
    if spec(turn.live).get("paused"):
        return _step(turn, rollout, proportional(rollout), more=_outdated(rollout))
    if is_scaled(rollout):
        return _step(turn, rollout, proportional(rollout))
    return _roll(turn, rollout) if rollout.is_rolling else _recreate(turn, rollout)


def _roll(turn: Turn, rollout: Rollout) -> Outcome:
    if rollout.new is None:
        return _begin(turn, rollout)
    sizes = rolling(rollout)
    more = () if sizes else _finished(rollout)
    return _step(turn, rollout, sizes, more=more, rolling_out=True)


def _recreate(turn: Turn, rollout: Rollout) -> Outcome:
    """Take all old Pods off before the first new one is made."""
    active = {name(each): 0 for each in rollout.old if wants(each)}
    if active or _has_old_pods(turn, rollout):
        return _step(turn, rollout, active, rolling_out=True)
    if rollout.new is None:
        return _begin(turn, rollout)
    sizes = {name(rollout.new): rollout.replicas} if wants(rollout.new) != rollout.replicas else {}
    return _step(turn, rollout, sizes, more=() if sizes else _finished(rollout), rolling_out=True)


def _has_old_pods(turn: Turn, rollout: Rollout) -> bool:
    pods = (pod for each in rollout.old for pod in turn.seen.owned(POD, metadata(each)["uid"]))
    running = any(status(pod).get("phase") not in _PODS_THAT_ENDED for pod in pods)
    return running or any(number(status(each), "replicas") for each in rollout.old)


def _begin(turn: Turn, rollout: Rollout) -> Outcome:
    """Make the ReplicaSet of the current template."""
    made = _replica_set(turn, rollout)
    if turn.failure:
        told = progress.told(turn, rollout, failed=f'Failed to create new replica set "{name(made)}": {turn.failure}')
        return Outcome(writes=(*told.writes, Create(body=made)))
    told = progress.told(turn, rollout, begun=made)
    said = (_scaled(rollout, made, 0),) if wants(made) else ()
    return Outcome(writes=(Create(body=made), *told.writes), events=said, again=told.again)


def _replica_set(turn: Turn, rollout: Rollout) -> dict[str, Any]:
    live, pods = rollout.live, spec(rollout.live).get("template") or {}
    of_template = free_hash(pods, status(live).get("collisionCount"), is_taken=lambda each: _is_taken(turn, each))
    meta = {**(pods.get("metadata") or {})}
    meta["labels"] = {**(meta.get("labels") or {}), POD_TEMPLATE_HASH: of_template}
    selector = section(spec(live), "selector")
    own = {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), POD_TEMPLATE_HASH: of_template}}
    room = rollout.replicas + rollout.surge - sum(wants(each) for each in rollout.old)
    size = max(0, min(rollout.replicas, room)) if rollout.is_rolling else rollout.replicas
    wanted: dict[str, Any] = {"replicas": size, "selector": own, "template": {**pods, "metadata": meta}}
    if seconds := number(spec(live), "minReadySeconds"):
        wanted["minReadySeconds"] = seconds
    return {
        "apiVersion": live["apiVersion"],
        "kind": REPLICA_SET.kind,
        "metadata": {
            "name": _set_name(live, of_template),
            "namespace": namespace(live),
            "labels": meta["labels"],
            "annotations": {**_copied(live), **_sizes(rollout), REVISION: str(rollout.revision)},
            "ownerReferences": [reference(live)],
        },
        "spec": wanted,
    }


def _set_name(live: Object, of_template: str) -> str:
    return f"{name(live)[: 252 - len(of_template)]}-{of_template}"


def _is_taken(turn: Turn, of_template: str) -> bool:
    return turn.seen.get(REPLICA_SET, namespace(turn.live), _set_name(turn.live, of_template)) is not None


def _copied(live: Object) -> dict[str, str]:
    return {key: value for key, value in notes(live).items() if key not in _NOT_COPIED}


def _sizes(rollout: Rollout) -> dict[str, str]:
    return {DESIRED: str(rollout.replicas), MAXIMUM: str(rollout.replicas + rollout.surge)}


def _refreshed(rollout: Rollout) -> Write | None:
    """Bring annotations, revision and minReadySeconds of the current ReplicaSet up to date."""
    if rollout.new is None:
        return None
    now = {**notes(rollout.new), **_copied(rollout.live)}
    before = revision(rollout.new)
    if before < rollout.revision:
        now[REVISION] = str(rollout.revision)
        if before:
            now[HISTORY] = ",".join(filter(None, (now.get(HISTORY), str(before))))
    seconds = number(spec(rollout.live), "minReadySeconds")
    if now == notes(rollout.new) and seconds == number(spec(rollout.new), "minReadySeconds"):
        return None
    changed = with_metadata(rollout.new, annotations=now)
    return Update(body=with_spec(changed, minReadySeconds=seconds) if seconds or "minReadySeconds" in spec(changed) else changed)


def _step(
    turn: Turn, rollout: Rollout, sizes: Mapping[str, int], *, more: tuple[Write, ...] = (), rolling_out: bool = False
) -> Outcome:
    """Size the ReplicaSets, then say how it stands."""
    changes = [each for each in rollout.sets if name(each) in sizes]
    writes = [Update(body=_sized(each, rollout, sizes[name(each)])) for each in changes if _differs(each, rollout, sizes)]
    grown = [each for each in changes if wants(each) != sizes[name(each)]]
    said = tuple(_scaled(rollout, with_spec(each, replicas=sizes[name(each)]), wants(each)) for each in grown)
    told = progress.told(turn, rollout, rolling_out=rolling_out)
    return Outcome(writes=(*writes, *more, *told.writes), events=said, again=told.again)


def _differs(replica_set: Object, rollout: Rollout, sizes: Mapping[str, int]) -> bool:
    if wants(replica_set) != sizes[name(replica_set)]:
        return True
    # One that keeps its size while others are resized is told the new whole; a single one is not.
    return len(sizes) > 1 and not _sizes(rollout).items() <= notes(replica_set).items()


def _sized(replica_set: Object, rollout: Rollout, size: int) -> dict[str, Any]:
    marked = with_metadata(replica_set, annotations={**notes(replica_set), **_sizes(rollout)})
    return with_spec(marked, replicas=size)


def _scaled(rollout: Rollout, after: Object, before: int) -> Event:
    way = "up" if wants(after) > before else "down"
    message = f"Scaled {way} replica set {name(after)} from {before} to {wants(after)}"
    return Event(about=rollout.live, reason="ScalingReplicaSet", message=message, source=SOURCE)


def _finished(rollout: Rollout) -> tuple[Write, ...]:
    return _outdated(rollout) if progress.is_complete(rollout, status(rollout.live)) else ()


def _outdated(rollout: Rollout) -> tuple[Write, ...]:
    """Delete the oldest ReplicaSets that nobody will roll back to."""
    limit = number(spec(rollout.live), "revisionHistoryLimit", 10)
    kept = [each for each in rollout.old if not is_going(each)]
    oldest = sorted(kept, key=revision)[: max(0, len(kept) - limit)]
    return tuple(Delete(obj=each) for each in oldest if _is_empty(each))


def _is_empty(replica_set: Object) -> bool:
    seen = number(status(replica_set), "observedGeneration") >= generation(replica_set)
    return seen and not wants(replica_set) and not number(status(replica_set), "replicas")
