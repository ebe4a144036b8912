"""Each cluster's objects are checked by the release of Kubernetes that its kubeVersion says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fleet.cli.validating.bodies import judge
from fleet.cli.validating.kinds import BuiltInKind, Definitions, Kinds, Unserved
from fleet.schema.releases import minors
from tests.cli.conftest import Desk
from tests.cli.test_validating import DEFINED, judged, pod
from tests.cli.wrong import right

EVERY = {minor: Kinds(DEFINED, Definitions(), minor=minor) for minor in minors()}


@pytest.mark.parametrize("minor", minors())
def test_nothing_is_wrong_with_an_object_that_every_release_takes(minor: str) -> None:
    assert {body["kind"]: found for body in right() if (found := judged(body, EVERY[minor]))} == {}


def in_spec(**fields: Any) -> dict[str, Any]:
    """A Pod with more in its spec."""
    return {**pod(), "spec": {**pod()["spec"], **fields}}


POD_FIELDS = pod(
    restartPolicyRules=[], env=[{"name": "A", "valueFrom": {"fileKeyRef": {"key": "k", "path": "p", "volumeName": "v"}}}]
)


@pytest.mark.parametrize(
    "minor, body, told",
    [
        pytest.param("1.34", POD_FIELDS, [], id="there"),
        pytest.param(
            "1.33",
            POD_FIELDS,
            [
                "there is no field spec.containers[0].env[0].valueFrom.fileKeyRef before Kubernetes 1.34",
                "there is no field spec.containers[0].restartPolicyRules before Kubernetes 1.34",
            ],
            id="newer",
        ),
        pytest.param(
            "1.36",
            in_spec(workloadRef={"name": "a", "podGroup": "b"}),
            ["there is no field spec.workloadRef after Kubernetes 1.35"],
            id="gone",
        ),
        pytest.param("1.35", in_spec(workloadRef={"name": "a", "podGroup": "b"}), [], id="not-gone"),
        pytest.param(
            "1.33", pod(imagee="x"), ["there is no field spec.containers[0].imagee; did you mean image?"], id="nowhere"
        ),
        pytest.param(
            "1.34",
            in_spec(tolerations=[{"key": "a", "operator": "Gt", "value": "5"}]),
            ["spec.tolerations[0].operator cannot be 'Gt': it may be Equal, Exists"],
            id="a value of later",
        ),
    ],
)  # fmt: skip
def test_a_field_says_since_or_until_when_it_is_there(minor: str, body: dict[str, Any], told: list[str]) -> None:
    kind = EVERY[minor].of("v1", "Pod")
    assert isinstance(kind, BuiltInKind)
    assert sorted(each.message for each in judge(kind, body)) == told


@pytest.mark.parametrize(
    "minor, api_version, kind, told",
    [
        pytest.param("1.31", "flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "", id="served"),
        pytest.param(
            "1.32",
            "flowcontrol.apiserver.k8s.io/v1beta3",
            "FlowSchema",
            "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema is not served after Kubernetes 1.31; "
            "write flowcontrol.apiserver.k8s.io/v1",
            id="removed",
        ),
        pytest.param(
            "1.32",
            "networking.k8s.io/v1",
            "ServiceCIDR",
            "networking.k8s.io/v1 ServiceCIDR is not served before Kubernetes 1.33",
            id="not-yet",
        ),
        pytest.param(
            "1.34",
            "resource.k8s.io/v1beta1",
            "ResourceClaim",
            "Kubernetes serves ResourceClaim in resource.k8s.io/v1, not in resource.k8s.io/v1beta1",
            id="off",
        ),
        pytest.param(
            "1.33", "apps/v1beta1", "Deployment", "Kubernetes serves Deployment in apps/v1, not in apps/v1beta1", id="old"
        ),
    ],
)  # fmt: skip
def test_a_kind_says_since_or_until_when_it_is_served(minor: str, api_version: str, kind: str, told: str) -> None:
    found = EVERY[minor].of(api_version, kind)
    assert (found.message if isinstance(found, Unserved) else "") == told


def test_what_is_turned_on_is_not_judged() -> None:
    kinds = Kinds([], Definitions(), minor="1.34", served=["resource.k8s.io/v1beta1"])
    assert kinds.of("resource.k8s.io/v1beta1", "ResourceClaim") is None


WEB = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default}
spec:
  imagee: x
  containers:
  - name: web
    image: nginx
    env:
    - name: A
      valueFrom:
        fileKeyRef: {key: k, path: p, volumeName: v}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1beta3
kind: FlowSchema
metadata: {name: few}
spec: {priorityLevelConfiguration: {name: low}, matchingPrecedence: many}
"""


def test_one_object_of_clusters_of_several_versions_is_told_once_naming_them(desk: Desk) -> None:
    desk.repository.write("apps/shop/web.yaml", WEB)
    desk.repository.write("clusters/production/one/cluster.yaml", 'kubeVersion: "1.31"\n')
    desk.repository.write("clusters/production/two/cluster.yaml", "labels: {tier: gold}\nkubeVersion: v1.29.4\n")
    desk.repository.commit("Say versions")
    old = json.loads(desk.fleet("validate", "-o", "json").out)
    assert [(each["file"], each["line"], each["clusters"]) for each in old if each["rule"] == "other-version"] == [
        ("clusters/production/two/cluster.yaml", 2, ["two"])
    ]
    desk.repository.write("clusters/production/two/cluster.yaml", 'kubeVersion: "1.36"\n')
    desk.repository.commit("Say another")
    found = json.loads(desk.fleet("validate", "-o", "json").out)
    told = {(each["line"], each["rule"]): (each["clusters"], each["kubernetes"]) for each in found if "web.yaml" in each["file"]}
    assert told == {
        (5, "unknown-field"): (["one", "two"], ["1.31", "1.36"]),
        (12, "unknown-field"): (["one"], ["1.31"]),
        (14, "not-served"): (["two"], ["1.36"]),
        (17, "wrong-type"): (["one"], ["1.31"]),
    }
    said = desk.fleet("validate")
    assert "apps/shop/web.yaml:12: error: Pod/default/web: there is no field " in said.out
    assert "fileKeyRef before Kubernetes 1.34 [unknown-field] on one (Kubernetes 1.31)\n" in said.out
    assert "objects were checked by Kubernetes 1.31 and 1.36" in said.err
