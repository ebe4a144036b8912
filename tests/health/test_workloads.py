"""Deployments, StatefulSets, DaemonSets and ReplicaSets: every count and condition that holds one back, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.objects import condition, conditions, judge, live, pod, said

DONE = ["Progressing=True NewReplicaSetAvailable", "Available=True MinimumReplicasAvailable"]


def deployment(*, spec: Any = None, found: list[str] | None = None, **counts: Any) -> dict[str, Any]:
    all_three = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3, "readyReplicas": 3, "observedGeneration": 1}
    status = {**all_three, **counts, "conditions": conditions(*(DONE if found is None else found))}
    return live("apps/v1 Deployment", spec={"replicas": 3, "progressDeadlineSeconds": 600, **(spec or {})}, status=status)


def stateful_set(*, spec: Any = None, **counts: Any) -> dict[str, Any]:
    full = {"replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "updatedReplicas": 3, "observedGeneration": 1}
    revisions = {"currentRevision": "it-2", "updateRevision": "it-2"}
    return live("apps/v1 StatefulSet", spec={"replicas": 3, **(spec or {})}, status={**full, **revisions, **counts})


def daemon_set(*, spec: Any = None, **counts: Any) -> dict[str, Any]:
    names = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady")
    status = {**dict.fromkeys(names, 2), "observedGeneration": 1, **counts}
    return live("apps/v1 DaemonSet", spec=spec or {}, status=status)


def replica_set(**status: Any) -> dict[str, Any]:
    names = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    return live("apps/v1 ReplicaSet", spec={"replicas": 2}, status={**dict.fromkeys(names, 2), "observedGeneration": 1, **status})


PARTITIONED = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}
ON_DELETE = {"updateStrategy": {"type": "OnDelete"}}
EXCEEDED = ["Progressing=False ProgressDeadlineExceeded", "Available=False MinimumReplicasUnavailable"]
RESUMED = ["Progressing=Unknown DeploymentResumed", "Available=True MinimumReplicasAvailable"]


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(deployment(), ("Healthy", "Available"), id="all are there"),
        pytest.param(deployment(observedGeneration=0), ("Progressing", "OldGeneration"), id="not seen since it changed"),
        pytest.param(deployment(observedGeneration=None), ("Progressing", "NotObserved"), id="never seen"),
        pytest.param(deployment(replicas=2), ("Progressing", "LessReplicas"), id="Pods are missing"),
        pytest.param(deployment(updatedReplicas=2), ("Progressing", "LessUpdated"), id="Pods of an old template"),
        pytest.param(deployment(replicas=4), ("Progressing", "ExtraReplicas"), id="a Pod too many"),
        pytest.param(deployment(availableReplicas=2), ("Progressing", "LessAvailable"), id="one not available"),
        pytest.param(deployment(readyReplicas=2), ("Progressing", "LessReady"), id="one not ready"),
        pytest.param(deployment(found=EXCEEDED, updatedReplicas=1), ("Degraded", "ProgressDeadlineExceeded"), id="too late"),
        pytest.param(deployment(found=RESUMED), ("Progressing", "RollingOut"), id="not reported as complete"),
        pytest.param(deployment(found=DONE[:1]), ("Progressing", "NotAvailable"), id="not reported as available"),
        pytest.param(
            deployment(found=DONE[1:], spec={"progressDeadlineSeconds": 2**31 - 1}), ("Healthy", "Available"), id="no deadline"
        ),
        pytest.param(deployment(spec={"paused": True}, updatedReplicas=0), ("Suspended", "Paused"), id="paused"),
        pytest.param(
            deployment(spec={"replicas": 0}, replicas=0, updatedReplicas=0, availableReplicas=0, readyReplicas=0),
            ("Healthy", "Available"),
            id="scaled to nothing",
        ),
        pytest.param(stateful_set(), ("Healthy", "Ready"), id="a stateful set, all ready"),
        pytest.param(stateful_set(replicas=2), ("Progressing", "LessReplicas"), id="a stateful set lacks a Pod"),
        pytest.param(stateful_set(readyReplicas=2), ("Progressing", "LessReady"), id="a stateful set's Pod is not ready"),
        pytest.param(stateful_set(availableReplicas=2), ("Progressing", "LessAvailable"), id="ready, but not for long enough"),
        pytest.param(stateful_set(replicas=4), ("Progressing", "ExtraReplicas"), id="a stateful set shrinks"),
        pytest.param(stateful_set(updatedReplicas=2), ("Progressing", "LessUpdated"), id="a stateful set rolls"),
        pytest.param(stateful_set(currentRevision="it-1"), ("Progressing", "RollingOut"), id="not yet of one revision"),
        pytest.param(
            stateful_set(spec=PARTITIONED, updatedReplicas=1, currentRevision="it-1"),
            ("Healthy", "PartitionReady"),
            id="all above the partition are new",
        ),
        pytest.param(
            stateful_set(spec=PARTITIONED, updatedReplicas=0),
            ("Progressing", "PartitionRollout"),
            id="none above the partition is",
        ),
        pytest.param(stateful_set(spec=ON_DELETE, updatedReplicas=0), ("Healthy", "OnDelete"), id="updated by hand"),
        pytest.param(daemon_set(), ("Healthy", "Available"), id="a daemon on every node"),
        pytest.param(daemon_set(observedGeneration=None), ("Progressing", "NotObserved"), id="a daemon set never seen"),
        pytest.param(daemon_set(desiredNumberScheduled=None), ("Progressing", "NotCounted"), id="nodes not counted"),
        pytest.param(daemon_set(currentNumberScheduled=1), ("Progressing", "LessScheduled"), id="a node without one"),
        pytest.param(daemon_set(updatedNumberScheduled=1), ("Progressing", "LessUpdated"), id="an old daemon"),
        pytest.param(daemon_set(spec=ON_DELETE, updatedNumberScheduled=1), ("Healthy", "Available"), id="an old one by intent"),
        pytest.param(daemon_set(numberAvailable=1), ("Progressing", "LessAvailable"), id="a daemon not available"),
        pytest.param(replica_set(), ("Healthy", "Available"), id="a replica set, all available"),
        pytest.param(replica_set(availableReplicas=1), ("Progressing", "LessAvailable"), id="a replica set's Pod is not"),
        pytest.param(replica_set(replicas=3), ("Progressing", "ExtraReplicas"), id="a replica set has one too many"),
        pytest.param(
            replica_set(conditions=conditions("ReplicaFailure=True FailedCreate")),
            ("Progressing", "ReplicaFailure"),
            id="a replica set cannot make Pods",
        ),
    ],
)
def test_a_workload_is_healthy_when_all_of_its_pods_are_new_and_available(body: Any, expected: tuple[str, str]) -> None:
    assert said(judge(body)) == expected


def test_the_counts_are_the_evidence() -> None:
    health = judge(deployment(replicas=4, updatedReplicas=2, availableReplicas=2))

    assert health.message == "2 of 3 replicas available, 2 updated, 2 of an older template"


def test_a_deployment_says_why_its_pods_cannot_be_made() -> None:
    body = deployment(replicas=0, updatedReplicas=0, availableReplicas=0, readyReplicas=0)
    body["status"]["conditions"].append(condition("ReplicaFailure=True FailedCreate", "pods is forbidden: exceeded quota: small"))

    health = judge(body)

    assert said(health) == ("Progressing", "LessReplicas")
    assert health.message == "0 of 3 replicas available, 0 updated; FailedCreate: pods is forbidden: exceeded quota: small"


def test_a_deployment_says_what_its_pods_wait_for() -> None:
    owner = [{"uid": "u-it", "controller": True}]
    replicas = live("apps/v1 ReplicaSet", name="it-7", uid="u-it-7", ownerReferences=owner)
    pods = [pod(name, "u-it-7", waiting="ImagePullBackOff", message="no such image") for name in ("it-7-b", "it-7-a")]

    health = judge(deployment(availableReplicas=1), replicas, *pods)

    assert said(health) == ("Progressing", "LessAvailable")
    assert health.message.endswith("; Pod it-7-a: container main: ImagePullBackOff: no such image (and 1 more)")


def test_pods_of_another_owner_explain_nothing() -> None:
    stranger = pod("stranger", "u-other", waiting="CrashLoopBackOff")

    assert judge(deployment(availableReplicas=1), stranger).message == "1 of 3 replicas available, 3 updated"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(stateful_set(readyReplicas=1), id="stateful set"),
        pytest.param(daemon_set(numberAvailable=1), id="daemon set"),
        pytest.param(replica_set(availableReplicas=1), id="replica set"),
    ],
)
def test_every_workload_says_what_its_pods_wait_for(body: Any) -> None:
    health = judge(body, pod("it-0", "u-it", waiting="CrashLoopBackOff", message="back-off 40s"))

    assert health.message.endswith("; Pod it-0: container main: CrashLoopBackOff: back-off 40s")
