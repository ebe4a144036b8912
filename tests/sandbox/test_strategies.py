"""What the API server does with objects of one kind, beyond defaults: as measured on the real one."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import ApiStatus
from fleet.sandbox.cluster import SandboxCluster

Body = dict[str, Any]


@pytest.fixture
def cluster() -> SandboxCluster:
    return SandboxCluster("one")


def workload(kind: str) -> Body:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "shop:1"}]}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web", "labels": {"app": "web"}}, "spec": spec}


def noted(body: Body, **changes: Any) -> Body:
    return {**body, "metadata": {**body["metadata"], **changes}}


def test_the_status_of_a_deployment_may_carry_annotations_and_no_labels(cluster: SandboxCluster) -> None:
    made = cluster.create(workload("Deployment"))

    said = noted(made, annotations={"deployment.kubernetes.io/revision": "1"}, labels={"app": "other"})
    after = cluster.update({**said, "status": {"replicas": 1}}, manager="kube-controller-manager", subresource="status")

    assert after["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}
    assert after["metadata"]["labels"] == {"app": "web"}
    assert after["metadata"]["generation"] == 1
    (entry,) = (each for each in after["metadata"]["managedFields"] if each.get("subresource") == "status")
    assert set(entry["fieldsV1"]) == {"f:metadata", "f:status"}


def test_annotations_of_a_deployment_count_as_what_is_wanted(cluster: SandboxCluster) -> None:
    made = cluster.create(workload("Deployment"))

    after = cluster.update(noted(made, annotations={"team": "shop"}))

    assert after["metadata"]["generation"] == 2
    assert cluster.update(noted(after, labels={"app": "shop"}))["metadata"]["generation"] == 2


def test_the_templates_of_a_daemon_set_are_counted(cluster: SandboxCluster) -> None:
    key = "deprecated.daemonset.template.generation"
    made = cluster.create(workload("DaemonSet"))
    assert made["metadata"]["annotations"][key] == "1"

    same = cluster.update({**made, "spec": {**made["spec"], "minReadySeconds": 5}})
    other = workload("DaemonSet")["spec"]["template"] | {"spec": {"containers": [{"name": "main", "image": "shop:2"}]}}
    after = cluster.update({**same, "spec": {**same["spec"], "template": other}})

    assert (same["metadata"]["annotations"][key], after["metadata"]["annotations"][key]) == ("1", "2")


def test_a_volume_says_since_when_it_is_in_its_phase(cluster: SandboxCluster) -> None:
    room = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}}
    made = cluster.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "one"}, "spec": room})

    after = cluster.update({**made, "status": {"phase": "Available"}}, subresource="status")

    assert set(after["status"]) == {"phase", "lastPhaseTransitionTime"}


def test_a_job_has_the_labels_of_its_pods(cluster: SandboxCluster) -> None:
    pods = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "shop:1"}]}}
    made = cluster.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work"}, "spec": {"template": pods}})

    own = {"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"}
    assert set(made["metadata"]["labels"]) == own
    assert made["spec"]["template"]["metadata"]["labels"] == made["metadata"]["labels"]


def test_a_claim_without_a_volume_may_be_annotated_and_given_a_class_and_a_volume_once(cluster: SandboxCluster) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    place = {"name": "data", "namespace": "default"}
    made = cluster.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": place, "spec": spec})

    marked = cluster.update(noted(made, annotations={"volume.kubernetes.io/selected-node": "node-1"}))
    bound = cluster.update({**marked, "spec": {**marked["spec"], "storageClassName": "fast", "volumeName": "one"}})

    with pytest.raises(ApiStatus, match="spec is immutable after creation"):
        cluster.update({**bound, "spec": {**bound["spec"], "volumeName": "two"}})
