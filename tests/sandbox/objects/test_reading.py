"""Objects of built-in kinds as the server's own types read and write them, with its defaults."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.sandbox.objects import Undecodable, builtin


def decode(api_version: str, kind: str, **content: Any) -> dict[str, Any]:
    group, _, version = api_version.rpartition("/")
    model = builtin(group, version, kind)
    assert model is not None
    return model.decode({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, **content}).value


def container(**content: Any) -> dict[str, Any]:
    pod = decode("v1", "Pod", spec={"containers": [{"name": "web", **content}]})
    found: dict[str, Any] = pod["spec"]["containers"][0]
    return found


def refusal(api_version: str, kind: str, **content: Any) -> str:
    with pytest.raises(Undecodable) as refused:
        decode(api_version, kind, **content)
    return str(refused.value)


def unknown(api_version: str, kind: str, **content: Any) -> tuple[str, ...]:
    group, _, version = api_version.rpartition("/")
    model = builtin(group, version, kind)
    assert model is not None
    return model.decode({"apiVersion": api_version, "kind": kind, **content}).unknown


def test_a_deployment_gets_the_servers_defaults() -> None:
    spec = decode("apps/v1", "Deployment", spec={"selector": {}, "template": {}})["spec"]

    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30


def test_a_default_that_another_value_excludes_is_not_set() -> None:
    spec = decode("apps/v1", "Deployment", spec={"strategy": {"type": "Recreate"}})["spec"]

    assert spec["strategy"] == {"type": "Recreate"}


def test_a_default_that_depends_on_the_place_is_set_there_only() -> None:
    job = decode("batch/v1", "Job", spec={})["spec"]
    cron_job = decode("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {}}})["spec"]

    assert job["backoffLimit"] == 6
    assert "backoffLimit" not in cron_job["jobTemplate"]["spec"]


def test_a_volume_without_a_source_is_an_empty_directory() -> None:
    spec = decode("v1", "Pod", spec={"containers": [], "volumes": [{"name": "a"}, {"name": "b", "secret": {}}]})["spec"]

    assert spec["volumes"] == [{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {"defaultMode": 420}}]


@pytest.mark.parametrize(
    "image, policy",
    [
        pytest.param("web", "Always", id="no tag"),
        pytest.param("web:latest", "Always", id="latest"),
        pytest.param("web:1", "IfNotPresent", id="a tag"),
        pytest.param("registry:5000/web", "Always", id="a port is no tag"),
        pytest.param("web@sha256:0", "IfNotPresent", id="a digest"),
    ],
)
def test_an_image_that_may_change_is_pulled_each_time(image: str, policy: str) -> None:
    assert container(image=image)["imagePullPolicy"] == policy


def test_what_is_written_always_is_there() -> None:
    assert decode("v1", "Pod", spec={"containers": None}) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {
            "containers": None,
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "securityContext": {},
            "schedulerName": "default-scheduler",
            "enableServiceLinks": True,
        },
        "status": {},
    }


def test_a_zero_counts_only_where_the_type_can_tell_it_from_nothing() -> None:
    spec = decode("v1", "Pod", spec={"hostNetwork": False, "automountServiceAccountToken": False, "hostname": ""})["spec"]

    assert "hostNetwork" not in spec
    assert "hostname" not in spec
    assert spec["automountServiceAccountToken"] is False


def test_a_null_is_nothing() -> None:
    assert decode("v1", "ConfigMap", data=None) == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}


def test_nobody_can_change_what_is_shared() -> None:
    decode("apps/v1", "Deployment", spec={})["spec"]["template"]["metadata"]["labels"] = {"mine": "yes"}

    assert decode("apps/v1", "Deployment", spec={})["spec"]["template"]["metadata"] == {}


def test_what_the_live_object_has_is_taken_as_it_is() -> None:
    live = decode("apps/v1", "Deployment", spec={"replicas": 2})
    model = builtin("apps", "v1", "Deployment")
    assert model is not None

    again = model.decode({**live, "metadata": {"name": "web", "labels": {"a": "b"}}}, known=live).value

    assert again["spec"] is live["spec"]


@pytest.mark.parametrize(
    "given, form",
    [
        pytest.param("0.5", "500m", id="no fraction"),
        pytest.param("1000m", "1", id="the largest suffix"),
        pytest.param("1024Mi", "1Gi", id="binary"),
        pytest.param("1.5Gi", "1536Mi", id="binary without a fraction"),
        pytest.param("1500Mi", "1500Mi", id="binary that fits no larger suffix"),
        pytest.param("1e3", "1e3", id="an exponent stays one"),
        pytest.param("0.5Ki", "512", id="too small for a binary suffix"),
        pytest.param(2, "2", id="a number"),
        pytest.param("100000", "100k", id="thousands"),
        pytest.param("1u", "1m", id="nothing below a thousandth"),
    ],
)
def test_an_amount_has_one_form(given: Any, form: str) -> None:
    assert container(resources={"limits": {"cpu": given}})["resources"]["limits"] == {"cpu": form}


def test_a_text_of_a_secret_is_kept_as_data() -> None:
    secret = decode("v1", "Secret", data={"a": "eA=="}, stringData={"b": "y"})

    assert secret["data"] == {"a": "eA==", "b": "eQ=="}
    assert "stringData" not in secret


def test_the_first_address_of_a_pod_is_its_address() -> None:
    one = decode("v1", "Pod", spec={}, status={"podIP": "10.1.0.1"})["status"]
    several = decode("v1", "Pod", spec={}, status={"podIPs": [{"ip": "10.1.0.1"}, {"ip": "fd00::1"}]})["status"]

    assert one == {"podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}]}
    assert several["podIP"] == "10.1.0.1"


def test_unknown_fields_are_told_with_their_paths() -> None:
    spec = {"replica": 1, "template": {"spec": {"containers": [{"name": "web", "imagee": "x"}]}}}

    assert unknown("apps/v1", "Deployment", spec=spec) == (
        'unknown field "spec.replica"',
        'unknown field "spec.template.spec.containers[0].imagee"',
    )


@pytest.mark.parametrize(
    "api_version, kind, content, said",
    [
        pytest.param("apps/v1", "Deployment", {"spec": {"replicas": "x"}},
                     "string into Go struct field DeploymentSpec.spec.replicas of type int32", id="a number"),
        pytest.param("apps/v1", "Deployment", {"spec": {"replicas": 1.5}},
                     "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32", id="no whole number"),
        pytest.param("v1", "ConfigMap", {"data": {"a": 1}},
                     "number into Go struct field ConfigMap.data of type string", id="an item of a map"),
        pytest.param("v1", "Pod", {"spec": {"containers": {}}},
                     "object into Go struct field PodSpec.spec.containers of type []v1.Container", id="a list"),
        pytest.param("v1", "Pod", {"spec": {"containers": ["web"]}},
                     "string into Go struct field PodSpec.spec.containers of type v1.Container", id="an item of a list"),
        pytest.param("v1", "Pod", {"spec": {"restartPolicy": 1}},
                     "number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy", id="a named type"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_in_the_servers_words(api_version: str, kind: str, content: Any, said: str) -> None:
    version = api_version.rpartition("/")[2]

    message = refusal(api_version, kind, **content)

    assert message == f'{kind} in version "{version}" cannot be handled as a {kind}: json: cannot unmarshal {said}'
