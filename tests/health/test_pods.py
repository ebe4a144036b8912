"""What hinders a Pod is said with the container and the reason, and told from what only takes its time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.kubelet import LONG_AGO, ended, pod, running, waits
from tests.health.objects import condition, judge, said

SIDECAR = {"initContainers": [{"name": "proxy", "restartPolicy": "Always"}]}
NEVER = {"restartPolicy": "Never"}
CRASHED = {"exitCode": 1, "reason": "Error", "message": "no such table: orders"}
PREEMPTED = condition("DisruptionTarget=True PreemptionByScheduler", "a Pod of higher priority took its place")
EVICTED = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
READY = condition("Ready=True", lastTransitionTime="2026-11-23T11:59:59Z")


def resize(text: str, message: str = "") -> dict[str, Any]:
    return pod(running(ready=True), found=[READY, condition(text, message)])


@pytest.mark.parametrize(
    "body, expected, message",
    [
        pytest.param(
            pod(waits("ErrImagePull", "not found"), phase="Pending"),
            ("Progressing", "ErrImagePull"),
            "container main: ErrImagePull: not found",
            id="an image that is not there",
        ),
        pytest.param(
            pod(waits("ImagePullBackOff", "not found"), phase="Pending", since=LONG_AGO),
            ("Degraded", "ImagePullBackOff"),
            "container main: ImagePullBackOff: not found (since 2026-11-23T11:45:00Z)",
            id="an image that has not been there for long",
        ),
        pytest.param(
            pod(waits("InvalidImageName", "couldn't parse"), phase="Pending"),
            ("Degraded", "InvalidImageName"),
            "container main: InvalidImageName: couldn't parse",
            id="an image that never will be there",
        ),
        pytest.param(
            pod(waits("CreateContainerConfigError", 'secret "db" not found'), phase="Pending"),
            ("Progressing", "CreateContainerConfigError"),
            'container main: CreateContainerConfigError: secret "db" not found',
            id="a Secret that is missing",
        ),
        pytest.param(
            pod(waits("CrashLoopBackOff", "back-off 20s restarting", restarts=2, last=CRASHED)),
            ("Degraded", "CrashLoopBackOff"),
            "container main: CrashLoopBackOff: restarted 2 times, last ended with Error (exit code 1): no such table: orders",
            id="a crash, with how it ended",
        ),
        pytest.param(
            pod(waits("CrashLoopBackOff", restarts=1, last={"exitCode": 137, "reason": "OOMKilled"})),
            ("Degraded", "CrashLoopBackOff"),
            "container main: CrashLoopBackOff: restarted 1 time, last ended with OOMKilled (exit code 137)",
            id="too little memory",
        ),
        pytest.param(
            pod(
                waits("CrashLoopBackOff", "back-off 20s"),
                init=[waits("CrashLoopBackOff", name="a", last={"exitCode": 0}, restarts=1)],
            ),
            ("Degraded", "CrashLoopBackOff"),
            "init container a: CrashLoopBackOff: restarted 1 time, last ended with Completed (exit code 0); "
            "container main: CrashLoopBackOff: back-off 20s",
            id="all that crash, what prepares it first",
        ),
        pytest.param(
            pod(waits("PodInitializing"), phase="Pending", init=[ended(1, name="migrate", message="refused")]),
            ("Progressing", "ContainerFailed"),
            "init container migrate ended with Error (exit code 1): refused",
            id="what prepares it failed, and is tried again",
        ),
        pytest.param(
            pod(waits("PodInitializing"), phase="Pending", init=[running("migrate", restarts=1, last=CRASHED)]),
            ("Progressing", "Pending"),
            "init container migrate is running; restarted 1 time, last ended with Error (exit code 1): no such table: orders",
            id="what prepares it is at it again",
        ),
        pytest.param(
            pod(running(ready=True), init=[running("proxy", started=False)], spec=SIDECAR),
            ("Progressing", "NotReady"),
            "sidecar container proxy runs, and its startup probe does not succeed",
            id="a sidecar that does not come up",
        ),
        pytest.param(
            pod(running(restarts=3, last=CRASHED)),
            ("Progressing", "NotReady"),
            "container main runs, and its readiness probe does not succeed; "
            "restarted 3 times, last ended with Error (exit code 1): no such table: orders",
            id="not ready after crashes",
        ),
        pytest.param(
            pod(running(), since=LONG_AGO),
            ("Degraded", "NotReady"),
            "container main runs, and its readiness probe does not succeed (since 2026-11-23T11:45:00Z)",
            id="not ready for long",
        ),
        pytest.param(
            pod(ended(2), running("other", ready=True), spec=NEVER),
            ("Degraded", "ContainerFailed"),
            "container main ended with Error (exit code 2)",
            id="one of two has failed and is not restarted",
        ),
        pytest.param(
            pod(ended(2), running("other", ready=True), spec={"containers": [{"name": "main", "restartPolicy": "Never"}]}),
            ("Degraded", "ContainerFailed"),
            "container main ended with Error (exit code 2)",
            id="by a policy of its own",
        ),
        pytest.param(
            pod(ended(2), running("other", ready=True)),
            ("Progressing", "ContainerFailed"),
            "container main ended with Error (exit code 2)",
            id="one of two has failed and will be restarted",
        ),
        pytest.param(
            pod(ended(0, reason="Completed"), running("other", ready=True), spec=NEVER),
            ("Progressing", "NotReady"),
            "containers with unready status: [main]",
            id="one of two has ended well",
        ),
        pytest.param(
            pod(waits("ContainerCreating"), phase="Pending"),
            ("Progressing", "Pending"),
            "its containers are not created yet: volumes, network or images are not there; its Events say more",
            id="nothing created yet",
        ),
        pytest.param(
            pod(waits("ContainerCreating"), phase="Pending", since=LONG_AGO),
            ("Degraded", "Pending"),
            "its containers are not created yet: volumes, network or images are not there; its Events say more "
            "(since 2026-11-23T11:45:00Z)",
            id="nothing created for long",
        ),
        pytest.param(
            pod(
                running(ready=True), found=[condition("Ready=False ReadinessGatesNotReady", "no target", lastTransitionTime="3")]
            ),
            ("Progressing", "ReadinessGatesNotReady"),
            "no target",
            id="a gate of its readiness",
        ),
        pytest.param(
            pod(status=EVICTED), ("Degraded", "Evicted"), "Evicted: The node was low on resource: memory.", id="it was evicted"
        ),
        pytest.param(
            pod(ended(143), phase="Failed", found=[PREEMPTED]),
            ("Degraded", "Failed"),
            "PreemptionByScheduler: a Pod of higher priority took its place",
            id="it was preempted",
        ),
        pytest.param(
            pod(ended(3), ended(0, name="other"), phase="Failed"),
            ("Degraded", "Failed"),
            "container main ended with Error (exit code 3)",
            id="it failed by itself",
        ),
        pytest.param(
            resize("PodResizePending=True Infeasible", "Node didn't have enough capacity: cpu"),
            ("Degraded", "Infeasible"),
            "it keeps its old resources: Node didn't have enough capacity: cpu",
            id="no room to grow, ever",
        ),
        pytest.param(
            resize("PodResizePending=True Deferred"),
            ("Progressing", "Deferred"),
            "it keeps its old resources: Deferred",
            id="no room to grow yet",
        ),
        pytest.param(
            resize("PodResizeInProgress=True"), ("Progressing", "ResizeInProgress"), "it is being resized", id="it grows"
        ),
        pytest.param(
            resize("PodResizeInProgress=True Error", "cgroup"),
            ("Degraded", "ResizeError"),
            "it is being resized: cgroup",
            id="it cannot grow",
        ),
        pytest.param(resize("PodResizePending=False"), ("Healthy", "Ready"), "it runs and is ready", id="it has grown"),
    ],
)
def test_a_pod_says_which_container_hinders_it_and_why(body: Any, expected: tuple[str, str], message: str) -> None:
    health = judge(body)

    assert (*said(health), health.message) == (*expected, message)


def test_a_pod_that_is_not_ready_is_judged_again_when_patience_ends() -> None:
    assert judge(pod(running())).again == 540.0


def test_a_pod_of_which_its_node_says_nothing_is_unknown() -> None:
    body = pod(status={"phase": "Unknown", "reason": "NodeLost", "message": "Node a which was running pod it is unresponsive"})

    assert judge(body).message == "Node a which was running pod it is unresponsive"
