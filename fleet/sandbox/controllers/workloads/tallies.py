"""How a Job stands: which Pods have ended and how, which run, and whether it is done, has failed or is suspended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.sandbox.controllers.reading.conditions import Condition, conditions, find, holds
from fleet.sandbox.controllers.reading.fields import (
    Object,
    finalizers,
    is_going,
    notes,
    number,
    section,
    spec,
    status,
    uid,
    with_status,
    without_empty,
)
from fleet.sandbox.controllers.reading.instants import passed, stamp
from fleet.sandbox.controllers.reading.readiness import is_active, is_ready
from fleet.sandbox.controllers.reading.turns import Turn, Update, Write
from fleet.sandbox.controllers.workloads.indexes import parsed, written

FINALIZER = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"

_MET, _TARGET, _COMPLETE, _FAILED = "SuccessCriteriaMet", "FailureTarget", "Complete", "Failed"
_FINAL = {_MET: _COMPLETE, _TARGET: _FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The Pods of a Job, counted.

    `noted` are the UIDs of ended Pods that are not in the counters yet, by succeeded and failed; `counted` are the Pods whose
    finalizer may go now. `end` is the condition in which it ends: SuccessCriteriaMet or FailureTarget.
    """

    active: tuple[Object, ...]
    going: int
    succeeded: int
    failed: int
    counters: Mapping[str, int]
    noted: Mapping[str, list[str]]
    counted: tuple[Object, ...]
    indexes: frozenset[int]
    last_failure: str
    end: Condition | None
    deadline_in: float | None


def is_finished(job: Object) -> bool:
    """Whether it is complete or has failed."""
    return holds(job, _COMPLETE) or holds(job, _FAILED)


def finished_at(job: Object) -> str:
    """When it was complete or failed."""
    found = find(conditions(job), _COMPLETE) or find(conditions(job), _FAILED)
    return str(found.get("lastTransitionTime", ""))


def count(turn: Turn, pods: list[Object]) -> Tally:
    """Count the Pods."""
    live = turn.live
    counters, kept = _settled(live, {uid(pod) for pod in pods if FINALIZER in finalizers(pod)})
    fresh = {"succeeded": list(kept["succeeded"]), "failed": list(kept["failed"])}
    known = {*fresh["succeeded"], *fresh["failed"]}
    tracked = [pod for pod in pods if FINALIZER in finalizers(pod)]
    for pod in tracked:
        if uid(pod) not in known and (ended := _ended(pod)):
            fresh[ended].append(uid(pod))
    indexes = parsed(str(status(live).get("completedIndexes") or "")) | _completed(live, pods)
    failed = counters["failed"] + len(fresh["failed"])
    succeeded = len(indexes) if _is_indexed(live) else counters["succeeded"] + len(fresh["succeeded"])
    noted = {*fresh["succeeded"], *fresh["failed"]}
    active = tuple(pod for pod in pods if is_active(pod))
    deadline = _deadline_in(turn)
    return Tally(
        active=active,
        going=sum(is_going(pod) for pod in pods),
        succeeded=succeeded,
        failed=failed,
        counters=counters,
        noted=fresh,
        counted=tuple(pod for pod in tracked if uid(pod) in noted),
        indexes=frozenset(indexes),
        last_failure=max((_ended_at(pod) for pod in pods if status(pod).get("phase") == "Failed"), default=""),
        end=_end(turn, active, succeeded=succeeded, failed=failed, left=deadline),
        deadline_in=deadline,
    )


def _settled(live: Object, tracked: set[str]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Move noted Pods whose finalizer is off into the counters; return these, and the notes that stay."""
    noted = section(status(live), "uncountedTerminatedPods")
    counters, kept = {}, {}
    for how in ("succeeded", "failed"):
        before = noted.get(how) or []
        kept[how] = [each for each in before if each in tracked]
        counters[how] = number(status(live), how) + len(before) - len(kept[how])
    return counters, kept


def _ended(pod: Object) -> str:
    """How a Pod counts; one that is taken off while it runs has failed."""
    phase = status(pod).get("phase")
    if phase == "Succeeded":
        return "succeeded"
    return "failed" if phase == "Failed" or is_going(pod) else ""


def _ended_at(pod: Object) -> str:
    states = (section(each, "state", "terminated") for each in status(pod).get("containerStatuses") or ())
    return max((str(state.get("finishedAt") or "") for state in states), default="")


def _is_indexed(live: Object) -> bool:
    return spec(live).get("completionMode") == "Indexed"


def _completed(live: Object, pods: list[Object]) -> set[int]:
    if not _is_indexed(live):
        return set()
    done = (pod for pod in pods if status(pod).get("phase") == "Succeeded")
    return {int(notes(pod).get(INDEX, -1)) for pod in done} & set(range(number(spec(live), "completions")))


def _deadline_in(turn: Turn) -> float | None:
    """Seconds until its activeDeadlineSeconds are over; None where they are not running."""
    limit = spec(turn.live).get("activeDeadlineSeconds")
    if limit is None or spec(turn.live).get("suspend"):
        return None
    return int(limit) - passed(str(status(turn.live).get("startTime") or stamp(turn.now)), turn.now)


def _end(turn: Turn, active: tuple[Object, ...], *, succeeded: int, failed: int, left: float | None) -> Condition | None:
    found = conditions(turn.live)
    for kind in _FINAL:
        if find(found, kind).get("status") == "True":
            return find(found, kind)
    limit = number(spec(turn.live), "backoffLimit", 6)
    if failed > limit or _restarted_too_often(turn.live, active, limit):
        return _condition(turn, _TARGET, "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    if left is not None and left <= 0:
        return _condition(turn, _TARGET, "True", "DeadlineExceeded", "Job was active longer than specified deadline")
    completions = spec(turn.live).get("completions")
    enough = succeeded > 0 if completions is None else succeeded >= int(completions)
    if enough and not active:
        return _condition(turn, _MET, "True", "CompletionsReached", "Reached expected number of succeeded pods")
    return None


def _restarted_too_often(live: Object, active: tuple[Object, ...], limit: int) -> bool:
    """With restartPolicy OnFailure the kubelet's restarts count."""
    if section(spec(live), "template", "spec").get("restartPolicy") != "OnFailure":
        return False
    restarts = (number(each, "restartCount") for pod in active for each in status(pod).get("containerStatuses") or ())
    return sum(restarts) >= max(1, limit)


def _condition(turn: Turn, kind: str, value: str, reason: str, message: str) -> dict[str, str]:
    now = stamp(turn.now)
    times = {"lastProbeTime": now, "lastTransitionTime": now}
    return {"type": kind, "status": value, **times, "reason": reason, "message": message}


def told(turn: Turn, tally: Tally, *, made: int, stopped: int) -> tuple[Write, ...]:
    """Write the status after so many Pods were made and so many stopped, if it is another than before."""
    live = turn.live
    found, since = _suspended(turn, conditions(live), tally)
    going = tally.going + stopped
    final = None
    if tally.end is not None:
        found = found if find(found, tally.end["type"]) else [*found, tally.end]
        if not any(tally.noted.values()) and not going:
            final = _condition(turn, _FINAL[tally.end["type"]], "True", tally.end["reason"], tally.end["message"])
            found = [*found, final]
    active = len(tally.active) + made - stopped
    whole = without_empty(
        {
            "conditions": list(found),
            "startTime": since,
            "completionTime": stamp(turn.now) if final and final["type"] == _COMPLETE else None,
            "active": active,
            "succeeded": len(tally.indexes) if _is_indexed(live) else tally.counters["succeeded"],
            "failed": tally.counters["failed"],
            "completedIndexes": written(tally.indexes) if _is_indexed(live) else "",
        }
    )
    whole |= {"ready": min(active, sum(is_ready(pod) for pod in tally.active)), "terminating": going}
    whole["uncountedTerminatedPods"] = without_empty(tally.noted)
    return (Update(body=with_status(live, whole), subresource="status"),) if whole != dict(status(live)) else ()


def _suspended(turn: Turn, found: list[Condition], tally: Tally) -> tuple[list[Condition], str | None]:
    """The Suspended condition, and since when the Job runs: not at all while suspended, anew when resumed."""
    live = turn.live
    since = status(live).get("startTime") or (None if spec(live).get("suspend") else stamp(turn.now))
    current = find(found, "Suspended")
    if tally.end is not None:
        return found, since
    if spec(live).get("suspend") and current.get("status") != "True":
        new = _condition(turn, "Suspended", "True", "JobSuspended", "Job suspended")
        return [*(each for each in found if each is not current), new], None
    if not spec(live).get("suspend") and current.get("status") == "True":
        new = _condition(turn, "Suspended", "False", "JobResumed", "Job resumed")
        return [new if each is current else each for each in found], stamp(turn.now)
    return found, since
