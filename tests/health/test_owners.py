"""Owners of Pods: which Pods are evidence, how long they are waited for, and what is said of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.health.kubelet import LONG_AGO, START, ended, pod, running, waits
from tests.health.objects import NOW, Body, condition, judge, live, said

DEADLINE = {"replicas": 2, "progressDeadlineSeconds": 600}
REVISION = "deployment.kubernetes.io/revision"
BAD_IMAGE = waits("ImagePullBackOff", "not found")
CRASHED = {"exitCode": 1, "reason": "Error", "message": "no such table"}
OFTEN = waits("CrashLoopBackOff", restarts=5, last=CRASHED)
QUOTA = condition("ReplicaFailure=True FailedCreate", "exceeded quota: small", lastTransitionTime=START)
OLD_QUOTA = {**QUOTA, "lastTransitionTime": LONG_AGO}


def progress(text: str, *, updated: str = START, message: str = "") -> dict[str, Any]:
    return condition(f"Progressing={text}", message, lastUpdateTime=updated, lastTransitionTime=LONG_AGO)


ROLLING = progress("True ReplicaSetUpdated")
DONE = progress("True NewReplicaSetAvailable", updated=LONG_AGO)


def deployment(*found: Body, spec: Body | None = None, revision: str = "2", **counts: int) -> Any:
    status = {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 1, "readyReplicas": 1, **counts}
    annotations = {REVISION: revision} if revision else {}
    return live(
        "apps/v1 Deployment",
        spec={**DEADLINE, **(spec or {})},
        status={**status, "conditions": list(found)},
        annotations=annotations,
    )


def replicas(name: str, revision: str) -> Any:
    owner = [{"uid": "u-it", "controller": True}]
    annotations = {REVISION: revision} if revision else {}
    return live("apps/v1 ReplicaSet", name=name, uid=f"u-{name}", ownerReferences=owner, annotations=annotations)


def stateful_set(*, spec: Body | None = None, **status: Any) -> Any:
    counts = {"replicas": 2, "readyReplicas": 1, "availableReplicas": 1, "updatedReplicas": 2, "observedGeneration": 1}
    revisions = {"currentRevision": "it-2", "updateRevision": "it-2"}
    return live("apps/v1 StatefulSet", spec={"replicas": 2, **(spec or {})}, status={**counts, **revisions, **status})


def daemon_set(**metadata: Any) -> Any:
    names = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled")
    counts = {**dict.fromkeys(names, 2), "numberAvailable": 1, "numberReady": 1, "observedGeneration": 1}
    return live("apps/v1 DaemonSet", spec={}, status=counts, **metadata)


def job(*, spec: Body | None = None, **status: Any) -> Any:
    whole = {"startTime": LONG_AGO, "active": 1, **status}
    return live("batch/v1 Job", spec={"completions": 1, "backoffLimit": 6, **(spec or {})}, status=whole)


def of_it(*containers: Any, name: str = "it-a", owner: str = "u-it", **more: Any) -> Any:
    return pod(*containers, name=name, owner=owner, **more)


@pytest.mark.parametrize(
    "body, pods, expected, end",
    [
        pytest.param(
            deployment(ROLLING),
            [
                replicas("it-1", "1"),
                replicas("it-2", "2"),
                of_it(BAD_IMAGE, owner="u-it-1"),
                of_it(OFTEN, name="b", owner="u-it-2"),
            ],
            ("Progressing", "LessAvailable"),
            "; Pod b: container main: CrashLoopBackOff: restarted 5 times, last ended with Error (exit code 1): no such table",
            id="only Pods of the current template count, and the deadline that runs decides",
        ),
        pytest.param(
            deployment(ROLLING),
            [replicas("it-1", "1"), of_it(BAD_IMAGE, owner="u-it-1")],
            ("Progressing", "LessAvailable"),
            "2 updated",
            id="no replica set of the current template is seen",
        ),
        pytest.param(
            deployment(ROLLING, revision=""),
            [
                replicas("it-9", "9"),
                replicas("it-10", "10"),
                of_it(BAD_IMAGE, name="b", owner="u-it-10"),
                of_it(OFTEN, owner="u-it-9"),
            ],
            ("Progressing", "LessAvailable"),
            "; Pod b: container main: ImagePullBackOff: not found",
            id="where nothing says which one is current, the newest",
        ),
        pytest.param(
            deployment(ROLLING),
            [of_it(waits("InvalidImageName", "couldn't parse"))],
            ("Degraded", "InvalidImageName"),
            "; Pod it-a: container main: InvalidImageName: couldn't parse",
            id="what no waiting mends is not waited for",
        ),
        pytest.param(
            deployment(ROLLING, QUOTA, replicas=1),
            [of_it(BAD_IMAGE)],
            ("Progressing", "LessReplicas"),
            "; FailedCreate: exceeded quota: small (and 1 more)",
            id="no Pods can be made",
        ),
        pytest.param(
            deployment(progress("False ReplicaSetCreateError", message="invalid template")),
            [],
            ("Degraded", "ReplicaSetCreateError"),
            "; invalid template",
            id="no replica set can be made",
        ),
        pytest.param(
            deployment(progress("True ReplicaSetUpdated", updated="2026-11-23T11:48:00Z")),
            [],
            ("Degraded", "ProgressDeadlineExceeded"),
            "; its deadline is over, and its controller has not said so: is it running?",
            id="nobody ends its rollout",
        ),
        pytest.param(
            deployment(DONE), [of_it(OFTEN)], ("Degraded", "CrashLoopBackOff"), "no such table", id="it crashes after its rollout"
        ),
        pytest.param(
            deployment(DONE), [of_it(waits("CrashLoopBackOff"))], ("Progressing", "LessAvailable"), "CrashLoopBackOff", id="once"
        ),
        pytest.param(
            deployment(DONE, QUOTA, replicas=1), [], ("Progressing", "LessReplicas"), "quota: small", id="it cannot grow"
        ),
        pytest.param(
            deployment(DONE, OLD_QUOTA, replicas=1),
            [],
            ("Degraded", "FailedCreate"),
            "; FailedCreate: exceeded quota: small (since 2026-11-23T11:45:00Z)",
            id="it could not grow for long",
        ),
        pytest.param(
            deployment(spec={"progressDeadlineSeconds": 2**31 - 1}),
            [of_it(BAD_IMAGE, since=LONG_AGO)],
            ("Degraded", "ImagePullBackOff"),
            "not found (since 2026-11-23T11:45:00Z)",
            id="a Deployment without a deadline",
        ),
        pytest.param(
            deployment(ROLLING, spec={"paused": True}),
            [],
            ("Suspended", "Paused"),
            "1 of 2 replicas available, 2 updated",
            id="paused",
        ),
        pytest.param(
            stateful_set(),
            [of_it(BAD_IMAGE)],
            ("Progressing", "LessReady"),
            "; Pod it-a: container main: ImagePullBackOff: not found",
            id="a stateful set's bad image",
        ),
        pytest.param(
            stateful_set(),
            [of_it(BAD_IMAGE, since=LONG_AGO)],
            ("Degraded", "ImagePullBackOff"),
            "(since 2026-11-23T11:45:00Z)",
            id="a stateful set's bad image, for long",
        ),
        pytest.param(stateful_set(), [of_it(OFTEN)], ("Degraded", "CrashLoopBackOff"), "no such table", id="its Pod crashes"),
        pytest.param(
            stateful_set(),
            [of_it(deletionTimestamp=LONG_AGO)],
            ("Degraded", "Terminating"),
            "; Pod it-a should have been gone by 2026-11-23T11:45:00Z; is its node alive? (since 2026-11-23T11:45:00Z)",
            id="a Pod that does not go",
        ),
        pytest.param(
            stateful_set(),
            [of_it(deletionTimestamp="2026-11-23T12:00:30Z")],
            ("Progressing", "LessReady"),
            "2 updated",
            id="a Pod that goes",
        ),
        pytest.param(
            stateful_set(updatedReplicas=0),
            [of_it(running(), labels={"controller-revision-hash": "it-1"})],
            ("Progressing", "LessReady"),
            "probe does not succeed; it is of another revision and holds up the next: delete it",
            id="a broken Pod that is never replaced",
        ),
        pytest.param(
            stateful_set(updatedReplicas=0, spec={"podManagementPolicy": "Parallel"}),
            [of_it(running(), labels={"controller-revision-hash": "it-1"})],
            ("Progressing", "LessReady"),
            "probe does not succeed",
            id="one that will be",
        ),
        pytest.param(
            stateful_set(spec={"updateStrategy": {"type": "OnDelete"}}),
            [],
            ("Progressing", "LessReady"),
            "2 updated",
            id="updated by hand, and not all ready",
        ),
        pytest.param(
            daemon_set(annotations={"deprecated.daemonset.template.generation": "2"}),
            [
                of_it(OFTEN, labels={"pod-template-generation": "1"}),
                of_it(BAD_IMAGE, name="b", labels={"pod-template-generation": "2"}),
            ],
            ("Progressing", "LessAvailable"),
            "; Pod b: container main: ImagePullBackOff: not found",
            id="a daemon of an older template is no evidence",
        ),
        pytest.param(
            daemon_set(),
            [of_it(OFTEN, labels={"pod-template-generation": "1"})],
            ("Degraded", "CrashLoopBackOff"),
            "no such table",
            id="unless nothing says which is which",
        ),
        pytest.param(job(), [of_it(OFTEN)], ("Progressing", "Running"), "no such table", id="a Job is tried as often as it says"),
        pytest.param(
            job(), [of_it(running(), since=LONG_AGO)], ("Progressing", "Running"), "succeed", id="a Job takes as long as it needs"
        ),
        pytest.param(
            job(),
            [of_it(BAD_IMAGE, since=LONG_AGO), of_it(running(), name="b")],
            ("Degraded", "ImagePullBackOff"),
            "; Pod it-a: container main: ImagePullBackOff: not found (since 2026-11-23T11:45:00Z)",
            id="a Job that never starts",
        ),
        pytest.param(
            job(
                conditions=[condition("FailureTarget=True BackoffLimitExceeded", "too often")],
                failed=7,
            ),
            [of_it(ended(3), phase="Failed")],
            ("Degraded", "BackoffLimitExceeded"),
            "7 failed (backoffLimit 6); too often; Pod it-a: container main ended with Error (exit code 3)",
            id="a Job that is about to fail",
        ),
    ],
)
def test_pods_are_evidence_for_their_owner(body: Any, pods: list[Any], expected: tuple[str, str], end: str) -> None:
    health = judge(body, *pods)

    assert said(health) == expected
    assert health.message.endswith(end)


def test_a_rollout_is_judged_again_when_its_deadline_ends_even_if_nobody_says_so() -> None:
    assert judge(deployment(ROLLING)).again == 600.0


def test_what_explains_most_is_said_first_and_the_rest_is_counted() -> None:
    pods = [
        of_it(running(), name="a"),
        of_it(status={"phase": "Failed", "reason": "Evicted"}, name="b"),
        of_it(BAD_IMAGE, name="c"),
    ]

    assert judge(stateful_set(), *pods).message.endswith("; Pod c: container main: ImagePullBackOff: not found (and 2 more)")


def test_where_no_pod_says_why_the_controllers_last_word_is_what_patience_counts_from() -> None:
    def told(at: str) -> Any:
        fields = [{"subresource": "status", "time": at}, {"time": "2026-11-23T11:59:59Z"}]
        return {**stateful_set(replicas=1), "metadata": {**stateful_set()["metadata"], "managedFields": fields}}

    early, late = judge(told("2026-11-23T11:55:00Z")), judge(told(LONG_AGO))

    assert (*said(early), early.again) == ("Progressing", "LessReplicas", 300.0)
    assert said(late) == ("Degraded", "LessReplicas")


def cron_job(*, spec: Body | None = None, **status: Any) -> Any:
    fields = [{"subresource": "status", "time": status.pop("told", LONG_AGO)}]
    whole = {"schedule": "@daily", "jobTemplate": {"spec": {}}, **(spec or {})}
    return live("batch/v1 CronJob", spec=whole, status=status, managedFields=fields)


RAN = {"lastScheduleTime": "2026-11-23T02:00:00Z"}
WELL = {"lastSuccessfulTime": "2026-11-23T02:05:00Z"}
BEFORE = {"lastSuccessfulTime": "2026-11-22T02:05:00Z"}


@pytest.mark.parametrize(
    "body, facts, expected, message",
    [
        pytest.param(
            cron_job(),
            {},
            ("Healthy", "NeverScheduled"),
            "it has not had to start a Job yet; its schedule is @daily",
            id="never",
        ),
        pytest.param(
            cron_job(**RAN, active=[{"name": "it-1"}]),
            {},
            ("Healthy", "Running"),
            "1 active; its last Job was started at 2026-11-23T02:00:00Z, none has ended well; its schedule is @daily",
            id="running",
        ),
        pytest.param(
            cron_job(**RAN, **WELL),
            {},
            ("Healthy", "Scheduled"),
            "its last Job was started at 2026-11-23T02:00:00Z, one last ended well at 2026-11-23T02:05:00Z; "
            "its schedule is @daily",
            id="ended well",
        ),
        pytest.param(
            cron_job(**RAN, **BEFORE),
            {},
            ("Degraded", "LastRunFailed"),
            "its last Job did not end well, look at its Pods; its last Job was started at 2026-11-23T02:00:00Z, "
            "one last ended well at 2026-11-22T02:05:00Z; its schedule is @daily",
            id="failed",
        ),
        pytest.param(
            cron_job(**RAN),
            {"last_write": NOW - timedelta(hours=1)},
            ("Healthy", "Changed"),
            "it was changed since; its last Job was started at 2026-11-23T02:00:00Z, none has ended well; its schedule is @daily",
            id="failed, as it was before",
        ),
        pytest.param(
            cron_job(**RAN, told="2026-11-23T11:59:50Z"),
            {},
            ("Healthy", "Ended"),
            "its last Job was started at 2026-11-23T02:00:00Z, none has ended well; its schedule is @daily",
            id="ended just now, nobody says yet how",
        ),
        pytest.param(
            cron_job(**RAN, spec={"successfulJobsHistoryLimit": 0}),
            {},
            ("Healthy", "Scheduled"),
            "its last Job was started at 2026-11-23T02:00:00Z, none has ended well; its schedule is @daily",
            id="nobody ever says how",
        ),
        pytest.param(
            cron_job(**RAN, spec={"jobTemplate": {"spec": {"ttlSecondsAfterFinished": 0}}}),
            {},
            ("Healthy", "Scheduled"),
            "its last Job was started at 2026-11-23T02:00:00Z, none has ended well; its schedule is @daily",
            id="gone before anybody can say",
        ),
        pytest.param(
            cron_job(**RAN),
            {"looked": False},
            ("Healthy", "Scheduled"),
            "its last Job was started at 2026-11-23T02:00:00Z, none has ended well; its schedule is @daily",
            id="as it was written down, perhaps by a cluster that does not say how",
        ),
        pytest.param(
            cron_job(**RAN),
            {},
            ("Degraded", "LastRunFailed"),
            "its last Job did not end well, look at its Pods; its last Job was started at 2026-11-23T02:00:00Z, "
            "none has ended well; its schedule is @daily",
            id="failed, and never ended well",
        ),
    ],
)
def test_a_cron_job_is_judged_by_the_last_run_of_what_it_is(body: Any, facts: Any, expected: Any, message: str) -> None:
    health = judge(body, **facts)

    assert (*said(health), health.message) == (*expected, message)


def test_how_a_job_ended_is_waited_for() -> None:
    assert judge(cron_job(**RAN, told="2026-11-23T11:59:50Z")).again == 50.0


@pytest.mark.parametrize(
    "body, pods",
    [
        pytest.param(deployment(progress("True ReplicaSetUpdated", updated=LONG_AGO)), [], id="a deadline"),
        pytest.param(stateful_set(), [of_it(BAD_IMAGE, since=LONG_AGO)], id="patience"),
    ],
)
def test_of_what_was_written_down_nobody_knows_how_long_ago_it_was(body: Any, pods: list[Any]) -> None:
    assert str(judge(body, *pods, looked=False).state) == "Progressing"
