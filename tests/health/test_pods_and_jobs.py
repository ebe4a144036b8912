"""Pods without a controller, Jobs and CronJobs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.objects import condition, conditions, judge, live, pod, said


def alone(phase: str, *, found: list[Any] | None = None, created: str = "2026-11-23T11:00:00Z", **status: Any) -> dict[str, Any]:
    return live("v1 Pod", status={"phase": phase, "conditions": found or [], **status}, creationTimestamp=created)


def waits(reason: str) -> list[Any]:
    return [{"name": "main", "state": {"waiting": {"reason": reason, "message": "because"}}}]


def job(*found: str, spec: Any = None, **status: Any) -> dict[str, Any]:
    status = {"startTime": "2026-11-23T11:59:00Z", "conditions": conditions(*found), **status}
    return live("batch/v1 Job", spec={"completions": 2, **(spec or {})}, status=status)


UNSCHEDULABLE = [condition("PodScheduled=False Unschedulable", "0/3 nodes are available: insufficient memory")]
GATED = [condition("PodScheduled=False SchedulingGated", "waiting for gates")]
READY = conditions("Ready=True")
NOT_READY = [condition("Ready=False ContainersNotReady", "containers with unready status: [main]")]


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(alone("Running", found=READY), ("Healthy", "Ready"), id="ready"),
        pytest.param(alone("Running", found=NOT_READY), ("Progressing", "NotReady"), id="not ready yet"),
        pytest.param(alone("Succeeded"), ("Healthy", "Succeeded"), id="ended well"),
        pytest.param(alone("Failed"), ("Degraded", "Failed"), id="a bare Pod that failed"),
        pytest.param(alone("Unknown"), ("Unknown", "NodeLost"), id="its node is lost"),
        pytest.param(alone("Pending"), ("Progressing", "Pending"), id="starting"),
        pytest.param(alone(""), ("Progressing", "Pending"), id="no phase yet"),
        pytest.param(
            alone("Pending", containerStatuses=waits("ImagePullBackOff")),
            ("Progressing", "ImagePullBackOff"),
            id="its image cannot be pulled",
        ),
        pytest.param(
            alone("Running", containerStatuses=waits("CrashLoopBackOff")), ("Degraded", "CrashLoopBackOff"), id="it crashes"
        ),
        pytest.param(
            alone("Pending", initContainerStatuses=waits("CrashLoopBackOff")),
            ("Degraded", "CrashLoopBackOff"),
            id="what prepares it crashes",
        ),
        pytest.param(alone("Pending", found=UNSCHEDULABLE), ("Degraded", "Unschedulable"), id="no node can take it"),
        pytest.param(alone("Pending", found=GATED), ("Progressing", "SchedulingGated"), id="held by a gate"),
        pytest.param(job(active=1), ("Progressing", "Running"), id="a running Job is on its way"),
        pytest.param(job("Complete=True", succeeded=2), ("Healthy", "Complete"), id="a Job that completed"),
        pytest.param(job("SuccessCriteriaMet=True", succeeded=2), ("Progressing", "Running"), id="a Job about to be complete"),
        pytest.param(job("Failed=True BackoffLimitExceeded"), ("Degraded", "BackoffLimitExceeded"), id="a Job that failed"),
        pytest.param(job(startTime=None), ("Progressing", "NotStarted"), id="a Job not yet started"),
        pytest.param(job(spec={"suspend": True}), ("Suspended", "Suspended"), id="a suspended Job"),
        pytest.param(job("Complete=True", spec={"suspend": True}), ("Healthy", "Complete"), id="suspended after its end"),
        pytest.param(live("batch/v1 CronJob", spec={"suspend": True}), ("Suspended", "Suspended"), id="a suspended CronJob"),
        pytest.param(live("batch/v1 CronJob", spec={}), ("Healthy", "NeverScheduled"), id="a CronJob"),
    ],
)
def test_pods_and_jobs_are_judged_by_how_far_they_came(body: Any, expected: tuple[str, str]) -> None:
    assert said(judge(body)) == expected


def test_a_pod_gets_fifteen_seconds_to_be_scheduled() -> None:
    health = judge(alone("Pending", found=UNSCHEDULABLE, created="2026-11-23T11:59:50Z"))

    assert said(health) == ("Progressing", "NotScheduled")
    assert health.again == 5.0
    assert health.message == "no node yet: 0/3 nodes are available: insufficient memory"


def test_a_pod_says_what_it_waits_for() -> None:
    health = judge(alone("Pending", containerStatuses=waits("ImagePullBackOff")))

    assert health.message == "container main: ImagePullBackOff: because"


def test_what_every_container_waits_for_at_first_is_no_news() -> None:
    health = judge(alone("Pending", containerStatuses=waits("ContainerCreating")))

    assert health.message == "its containers are being started"


def test_a_failed_job_says_how_its_pods_ended() -> None:
    child = pod("it-x", "u-it")
    child["status"]["containerStatuses"] = [{"name": "main", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]

    health = judge(job("Failed=True BackoffLimitExceeded", failed=1), child)

    assert health.message == "0 of 2 succeeded, 0 active, 1 failed; Pod it-x: container main ended with Error (exit code 3)"
