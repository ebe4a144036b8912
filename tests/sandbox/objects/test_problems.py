"""An object of a built-in kind is refused for what the API server refuses; the conformance suite compares the words."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.sandbox.objects.problems import of_change, of_new

MAIN = {"name": "main", "image": "web:1"}
WORKLOAD = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [MAIN]}},
}


def new(kind: str, body: Any, **metadata: Any) -> dict[str, str]:
    group, _, name = kind.rpartition("/")
    found = of_new({"metadata": {"name": "it", **metadata}, **body}, group=group, kind=name)
    return {cause["field"]: cause["reason"].removeprefix("FieldValue") for cause in found}


def change(kind: str, old: Any, body: Any, **metadata: Any) -> list[tuple[str, str]]:
    group, _, name = kind.rpartition("/")
    before = {"metadata": {"name": "it", **metadata.pop("had", {})}, **old}
    found = of_change({"metadata": {"name": "it", **metadata}, **body}, before, group=group, kind=name)
    return [(cause["field"], cause["message"]) for cause in found]


def pod(**spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": [MAIN], **spec}}


@pytest.mark.parametrize(
    ("kind", "body", "metadata"),
    [
        pytest.param("ConfigMap", {"data": {"a.b_c-D": "x"}}, {"labels": {"example.com/a": "b", "c": ""}}, id="config-map"),
        pytest.param("ConfigMap", {}, {"finalizers": ["example.com/a", "orphan"]}, id="finalizers"),
        pytest.param("ConfigMap", {}, {"annotations": {"Example.com/Upper": "any text"}}, id="annotations"),
        pytest.param("rbac.authorization.k8s.io/Role", {}, {"name": "system:x"}, id="role"),
        pytest.param("Pod", pod(), {}, id="pod"),
        pytest.param("apps/Deployment", {"spec": WORKLOAD}, {}, id="deployment"),
        pytest.param("Service", {"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}, {}, id="service"),
        pytest.param("Service", {"spec": {"clusterIP": "None"}}, {}, id="headless"),
        pytest.param(
            "batch/CronJob",
            {"spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": pod(restartPolicy="Never")}}}},
            {},
            id="cron-job",
        ),
        pytest.param("example.com/Unknown", {"spec": 1}, {}, id="no-rules"),
    ],
)
def test_what_is_fine_has_no_problems(kind: str, body: Any, metadata: Any) -> None:
    assert new(kind, body, **metadata) == {}


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        pytest.param({"name": "Upper"}, "metadata.name", id="name"),
        pytest.param({"name": ""}, "metadata.name", id="no-name"),
        pytest.param({"labels": {"bad key": "x"}}, "metadata.labels", id="label-key"),
        pytest.param({"labels": {"a": "bad value"}}, "metadata.labels", id="label-value"),
        pytest.param({"labels": {"/a": "x"}}, "metadata.labels", id="label-prefix"),
        pytest.param({"annotations": {"bad key": "x"}}, "metadata.annotations", id="annotation"),
        pytest.param({"annotations": {"a": "x" * 300_000}}, "metadata.annotations", id="annotations-too-long"),
        pytest.param({"finalizers": ["nogroup"]}, "metadata.finalizers[0]", id="finalizer"),
        pytest.param(
            {"ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "a"}]}, "metadata.ownerReferences.uid", id="owner"
        ),
    ],
)
def test_metadata_of_every_kind_is_checked(metadata: Any, field: str) -> None:
    assert list(new("ConfigMap", {}, **metadata)) == [field]


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        pytest.param("ConfigMap", {"data": {"a/b": "x"}}, {"data[a/b]": "Invalid"}, id="data-key"),
        pytest.param("ConfigMap", {"data": {"k": "x"}, "binaryData": {"k": "eA=="}}, {"data[k]": "Invalid"}, id="data-key-twice"),
        pytest.param("Pod", {"spec": {}}, {"spec.containers": "Required"}, id="no-containers"),
        pytest.param("Pod", pod(containers=[{"name": "a"}]), {"spec.containers[0].image": "Required"}, id="no-image"),
        pytest.param("Pod", pod(containers=[MAIN, MAIN]), {"spec.containers[1].name": "Duplicate"}, id="container-twice"),
        pytest.param("Pod", pod(restartPolicy="Maybe"), {"spec.restartPolicy": "NotSupported"}, id="restart-policy"),
        pytest.param(
            "Pod",
            pod(containers=[{**MAIN, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]),
            {"spec.containers[0].volumeMounts[0].name": "NotFound"},
            id="mount",
        ),
        pytest.param(
            "Pod",
            pod(containers=[{**MAIN, "ports": [{"containerPort": 99999}]}]),
            {"spec.containers[0].ports[0].containerPort": "Invalid"},
            id="port",
        ),
        pytest.param("apps/Deployment", {"spec": {**WORKLOAD, "replicas": -1}}, {"spec.replicas": "Invalid"}, id="replicas"),
        pytest.param(
            "apps/Deployment",
            {"spec": {**WORKLOAD, "selector": {"matchLabels": {"app": "other"}}}},
            {"spec.template.metadata.labels": "Invalid"},
            id="selector",
        ),
        pytest.param("batch/Job", {"spec": {"template": pod()}}, {"spec.template.spec.restartPolicy": "Required"}, id="job"),
        pytest.param("Service", {"spec": {}}, {"spec.ports": "Required"}, id="no-ports"),
        pytest.param(
            "Service",
            {"spec": {"ports": [{"port": 80}, {"port": 81}]}},
            {"spec.ports[0].name": "Required", "spec.ports[1].name": "Required"},
            id="unnamed-ports",
        ),
        pytest.param(
            "coordination.k8s.io/Lease",
            {"spec": {"leaseDurationSeconds": 0}},
            {"spec.leaseDurationSeconds": "Invalid"},
            id="lease",
        ),
    ],
)
def test_what_is_wrong_is_named_by_its_field(kind: str, body: Any, found: dict[str, str]) -> None:
    assert new(kind, body) == found


@pytest.mark.parametrize(
    ("kind", "old", "body", "field"),
    [
        pytest.param("Secret", {"type": "Opaque"}, {"type": "other"}, "type", id="secret-type"),
        pytest.param(
            "ConfigMap", {"immutable": True, "data": {"a": "1"}}, {"immutable": True, "data": {"a": "2"}}, "data", id="immutable"
        ),
        pytest.param("ConfigMap", {"immutable": True}, {}, "immutable", id="no-longer-immutable"),
        pytest.param("Pod", pod(), pod(nodeSelector={"a": "b"}), "spec", id="pod"),
        pytest.param(
            "Service",
            {"spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "ports": [{"port": 80}]}},
            {"spec": {"clusterIP": "10.0.0.2", "clusterIPs": ["10.0.0.2"], "ports": [{"port": 80}]}},
            "spec.clusterIPs[0]",
            id="address",
        ),
        pytest.param(
            "rbac.authorization.k8s.io/RoleBinding",
            {"roleRef": {"name": "a"}},
            {"roleRef": {"name": "b"}},
            "roleRef",
            id="role-binding",
        ),
        pytest.param(
            "apps/StatefulSet", {"spec": WORKLOAD}, {"spec": {**WORKLOAD, "serviceName": "x"}}, "spec", id="stateful-set"
        ),
    ],
)
def test_what_must_not_change_is_named_by_its_field(kind: str, old: Any, body: Any, field: str) -> None:
    assert [where for where, _ in change(kind, old, body)] == [field]


def test_what_may_change_does() -> None:
    web = pod(containers=[{**MAIN, "image": "web:2"}])
    assert change("Pod", pod(), web) == []
    assert change("apps/StatefulSet", {"spec": WORKLOAD}, {"spec": {**WORKLOAD, "replicas": 3}}) == []
    assert change("ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}}) == []


def test_metadata_that_only_the_server_sets_stays_and_is_said_twice() -> None:
    found = change("ConfigMap", {}, {}, uid="b", had={"uid": "a"})
    assert found == [("metadata.uid", 'Invalid value: "b": field is immutable')] * 2


def test_a_deleted_object_takes_no_new_finalizer() -> None:
    deleted = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
    found = change("ConfigMap", {}, {}, **deleted, finalizers=["example.com/a"], had=deleted)
    assert {field for field, _ in found} == {"metadata.finalizers"}
    assert change("ConfigMap", {}, {}, **deleted, had=deleted | {"finalizers": ["example.com/a"]}) == []
