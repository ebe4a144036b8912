"""Jobs: Pods until enough of them have ended well, or too many badly.

Each ended Pod is counted once, as the real controller does: its UID is noted in the status, then its finalizer is taken off,
then it is counted and the note removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.fields import (
    Object,
    finalizers,
    is_going,
    name,
    notes,
    number,
    section,
    spec,
    uid,
    with_metadata,
)
from fleet.sandbox.controllers.reading.instants import passed
from fleet.sandbox.controllers.reading.kinds import JOB, POD
from fleet.sandbox.controllers.reading.readiness import first_to_go
from fleet.sandbox.controllers.reading.turns import NOTHING, Create, Delete, Event, Outcome, Turn, Update, Write
from fleet.sandbox.controllers.workloads import tallies
from fleet.sandbox.controllers.workloads.tallies import FINALIZER, INDEX, Tally
from fleet.sandbox.controllers.workloads.templates import generated, pod_of

SOURCE = "job-controller"
OURS = "kubernetes.io/job-controller"


def decide(turn: Turn) -> Outcome:
    """Count what has ended, make what is missing, and say how it stands."""
    if spec(turn.live).get("managedBy", OURS) != OURS:
        return NOTHING
    if tallies.is_finished(turn.live):
        return _expire(turn)
    tally = tallies.count(turn, turn.seen.owned(POD, uid(turn.live)))
    steps, again = ((), None) if is_going(turn.live) else _steps(turn, tally)
    told = tallies.told(turn, tally, made=sum(isinstance(step, Create) for step in steps), stopped=_stopped(steps))
    freed = tuple(Update(body=untracked(pod)) for pod in tally.counted)
    writes = (*told, *steps, *freed) if turn.failure else (*steps, *told, *freed)
    return Outcome(writes=writes, events=_said(turn, tally, told), again=_soonest(again, tally.deadline_in))


def untracked(pod: Object) -> dict[str, Any]:
    """A Pod without the finalizer that keeps it until it is counted."""
    return with_metadata(pod, finalizers=[each for each in finalizers(pod) if each != FINALIZER])


def free(turn: Turn) -> Outcome:
    """Let a Pod go whose Job is gone: nobody will count it."""
    pod = turn.live
    if FINALIZER not in finalizers(pod):
        return NOTHING
    owners = [each for each in (pod["metadata"].get("ownerReferences") or ()) if each.get("controller")]
    job = turn.seen.get(JOB, pod["metadata"].get("namespace", ""), owners[0]["name"]) if owners else None
    if job is not None and uid(job) == owners[0]["uid"] and not tallies.is_finished(job):
        return NOTHING
    return Outcome(writes=(Update(body=untracked(pod)),))


def _expire(turn: Turn) -> Outcome:
    """Delete a finished Job after its time to live."""
    limit = spec(turn.live).get("ttlSecondsAfterFinished")
    if limit is None or is_going(turn.live):
        return NOTHING
    left = int(limit) - passed(tallies.finished_at(turn.live), turn.now)
    return Outcome(again=left + 0.01) if left > 0 else Outcome(writes=(Delete(obj=turn.live, propagation="Foreground"),))


def _steps(turn: Turn, tally: Tally) -> tuple[tuple[Write, ...], float | None]:
    """Pods to make and to delete, and when to look again for more."""
    active = sorted(tally.active, key=first_to_go)
    if tally.end is not None:
        return tuple(Delete(obj=pod) for pod in active), None
    wanted = 0 if spec(turn.live).get("suspend") else _wanted(turn.live, tally)
    if len(active) >= wanted:
        surplus = active[: len(active) - wanted]
        # Not to be counted as failed: nothing was wrong with them.
        return (*(Update(body=untracked(pod)) for pod in surplus), *(Delete(obj=pod) for pod in surplus)), None
    delay = _delay(turn, tally)
    if delay > 0:
        return (), delay
    missing = wanted - len(active) - (tally.going if _only_failed(turn.live) else 0)
    return tuple(Create(body=_pod(turn.live, index)) for index in _indexes(turn.live, tally, max(0, missing))), None


def _wanted(live: Object, tally: Tally) -> int:
    parallel, completions = number(spec(live), "parallelism", 1), spec(live).get("completions")
    if completions is None:
        return len(tally.active) if tally.succeeded else parallel
    return max(0, min(parallel, int(completions) - tally.succeeded))


def _only_failed(live: Object) -> bool:
    return spec(live).get("podReplacementPolicy") == "Failed"


def _delay(turn: Turn, tally: Tally) -> float:
    """Seconds to wait after the last failure, twice as long after each."""
    if not tally.failed:
        return 0.0
    pause = turn.settings.retry_job_after * 2 ** (tally.failed - 1)
    return pause - passed(tally.last_failure, turn.now) if tally.last_failure else 0.0


def _indexes(live: Object, tally: Tally, count: int) -> list[int | None]:
    if spec(live).get("completionMode") != "Indexed":
        return [None] * count
    busy = {int(notes(pod).get(INDEX, -1)) for pod in tally.active}
    free = [each for each in range(number(spec(live), "completions")) if each not in busy | tally.indexes]
    return list(free[:count])


def _pod(live: Object, index: int | None) -> dict[str, Any]:
    template = section(spec(live), "template")
    kept = [*(section(template, "metadata").get("finalizers") or ()), FINALIZER]
    if index is None:
        return pod_of(live, template, generateName=generated(name(live)), finalizers=kept)
    made = pod_of(live, template, generateName=generated(f"{name(live)}-{index}"), finalizers=kept)
    meta = made["metadata"]
    meta["labels"] = {**meta.get("labels", {}), INDEX: str(index)}
    meta["annotations"] = {**meta.get("annotations", {}), INDEX: str(index)}
    made["spec"] = {**_numbered(made["spec"]), "hostname": f"{name(live)}-{index}"}
    return made


def _numbered(pod_spec: Mapping[str, Any]) -> dict[str, Any]:
    """Tell each container its index."""
    path = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}}
    variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": path}
    containers = [{**each, "env": [*(each.get("env") or ()), variable]} for each in pod_spec.get("containers") or ()]
    return {**pod_spec, "containers": containers}


def _stopped(steps: tuple[Write, ...]) -> int:
    return sum(isinstance(step, Delete) for step in steps)


def _said(turn: Turn, tally: Tally, told: tuple[Write, ...]) -> tuple[Event, ...]:
    if not any(isinstance(write, Update) and tallies.is_finished(write.body) for write in told):
        return ()
    if tally.end is not None and tally.end["type"] == "Failed":
        reason, message = tally.end["reason"], tally.end["message"]
        return (Event(about=turn.live, reason=reason, message=message, source=SOURCE, warning=True),)
    return (Event(about=turn.live, reason="Completed", message="Job completed", source=SOURCE),)


def _soonest(*times: float | None) -> float | None:
    known = [each for each in times if each is not None]
    return min(known) if known else None
