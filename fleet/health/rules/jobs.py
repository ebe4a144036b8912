"""Jobs and CronJobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.health.rules.children import POD, because
from fleet.health.rules.reading import conditions, is_true, number, section, text
from fleet.health.rules.verdicts import degraded, healthy, progressing, suspended
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind


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
    succeeded, failed, active = (number(status, name) for name in ("succeeded", "failed", "active"))
    counts = f"{succeeded} of {number(spec, 'completions', 1)} succeeded, {active} active, {failed} failed"
    if is_complete(context.live):
        return healthy("Complete", counts)
    failure = found.get("Failed")
    if failure is not None and is_true(failure):
        why = f"; {failure.message}" if failure.message else ""
        return degraded(failure.reason or "Failed", f"{counts}{why}{because(context)}")
    if spec.get("suspend") is True:
        return suspended("Suspended", f"it is suspended (spec.suspend); {counts}")
    if not text(status, "startTime"):
        return progressing("NotStarted", "it has not been started yet")
    return progressing("Running", counts + because(context))


def is_complete(live: Mapping[str, Any]) -> bool:
    """Whether a Job has run to its end: what its TTL then removes is not missed."""
    return is_true(conditions(live).get("Complete"))


def assess_cron_job(context: HealthContext) -> Health:
    """A CronJob is Healthy unless suspended: its Jobs are judged by themselves."""
    if section(context.live, "spec").get("suspend") is True:
        return suspended("Suspended", "it starts no Jobs (spec.suspend)")
    last = text(section(context.live, "status"), "lastScheduleTime")
    return healthy("Scheduled", f"last started at {last}" if last else "it has not had to start a Job yet")
