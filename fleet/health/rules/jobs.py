"""Jobs and CronJobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fleet.health.rules.children import POD, because, lagging, pods_of, troubles
from fleet.health.rules.containers import CRASHING, UNREADY
from fleet.health.rules.patience import changed, left_of, moment, reported, written
from fleet.health.rules.reading import conditions, is_true, items, number, optional_number, section, text
from fleet.health.rules.verdicts import degraded, healthy, progressing, suspended, verdict
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind

# Of a Job's Pods; that they are tried again is what the Job's backoffLimit is about.
RETRIED = frozenset({CRASHING, "ContainerFailed"})
# Seconds in which a CronJob says that a Job ended well: it says first that it ended, and how only at its next look.
TOLD_WITHIN = 60


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare both."""
    return (
        HealthCheck(kind=GroupKind("batch", "Job"), assess=assess_job, related=(POD,)),
        HealthCheck(kind=GroupKind("batch", "CronJob"), assess=assess_cron_job),
    )


def assess_job(context: HealthContext) -> Health:
    """A Job is Healthy once complete and Degraded once failed; while it runs it is Progressing (kstatus: current)."""
    spec, status, found = section(context.live, "spec"), section(context.live, "status"), conditions(context.live)
    counts = _counts(spec, status)
    if is_complete(context.live):
        return healthy("Complete", counts)
    # A Job that has met its end is told to fail before its last Pods are gone.
    for failure in (found.get("Failed"), found.get("FailureTarget")):
        if failure is not None and is_true(failure):
            why = f"; {failure.message}" if failure.message else ""
            return degraded(failure.reason or "Failed", f"{counts}{why}{because(troubles(context, pods_of(context)))}")
    if spec.get("suspend") is True:
        return suspended("Suspended", f"it is suspended (spec.suspend); {counts}")
    if not text(status, "startTime"):
        return progressing("NotStarted", "it has not been started yet")
    return _running(context, counts)


def is_complete(live: Mapping[str, Any]) -> bool:
    """Whether a Job has run to its end: what its TTL then removes is not missed."""
    return is_true(conditions(live).get("Complete"))


def _running(context: HealthContext, counts: str) -> Health:
    """A Job takes as long as it needs and is tried as often as it says; one whose Pods never start does neither."""
    found = troubles(context, pods_of(context))
    stuck = [trouble for trouble in found if trouble.rank < UNREADY and trouble.reason not in RETRIED]
    return lagging(context, "Running", counts, stuck) if stuck else progressing("Running", counts + because(found))


def _counts(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    succeeded, failed, active = (number(status, name) for name in ("succeeded", "failed", "active"))
    retries = optional_number(spec, "backoffLimit")
    tried = f" (backoffLimit {retries})" if failed and retries is not None else ""
    indexes = f" (indexes {text(status, 'failedIndexes')})" if text(status, "failedIndexes") else ""
    return f"{succeeded} of {number(spec, 'completions', 1)} succeeded, {active} active, {failed} failed{indexes or tried}"


def assess_cron_job(context: HealthContext) -> Health:
    """A CronJob is Suspended when it says so, and Degraded while the last run of what it now is did not end well."""
    spec, status = section(context.live, "spec"), section(context.live, "status")
    if spec.get("suspend") is True:
        return suspended("Suspended", "it starts no Jobs (spec.suspend)")
    last, success = moment(text(status, "lastScheduleTime")), moment(text(status, "lastSuccessfulTime"))
    schedule = f"its schedule is {text(spec, 'schedule')}" if text(spec, "schedule") else "it has no schedule"
    if last is None:
        return healthy("NeverScheduled", f"it has not had to start a Job yet; {schedule}")
    ended = f"one last ended well at {written(success)}" if success else "none has ended well"
    said = f"its last Job was started at {written(last)}, {ended}; {schedule}"
    if active := len(items(status, "active")):
        return healthy("Running", f"{active} active; {said}")
    if (success is not None and success >= last) or not _tells_success(spec) or (success is None and not context.looked):
        return healthy("Scheduled", said)
    return _unsuccessful(context, last, said)


def _unsuccessful(context: HealthContext, last: datetime, said: str) -> Health:
    since = changed(context)
    if since is not None and last < since:
        return healthy("Changed", f"it was changed since; {said}")
    left = left_of(TOLD_WITHIN, context, reported(context.live))
    if left is not None and left > 0:
        return verdict(HealthState.HEALTHY, "Ended", said, again=left)
    return degraded("LastRunFailed", f"its last Job did not end well, look at its Pods; {said}")


def _tells_success(spec: Mapping[str, Any]) -> bool:
    """Whether a Job that ended well is there long enough for its CronJob to take note of it."""
    kept = number(spec, "successfulJobsHistoryLimit", 1)
    return kept > 0 and number(section(spec, "jobTemplate", "spec"), "ttlSecondsAfterFinished", TOLD_WITHIN) >= TOLD_WITHIN
