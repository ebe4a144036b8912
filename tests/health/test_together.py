"""Objects that are given together explain one another, and nothing is known of when they were written."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest

from fleet.health import assess_all
from fleet.hooks import HealthCheck
from fleet.hooks.declarations import ANY_KIND
from tests.health.objects import NOW, REGISTRY, Body, conditions, live, pod, said

OLD = (NOW - timedelta(days=1)).isoformat()
SELECTED = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}}


def judged(*bodies: Body) -> list[tuple[str, str, str]]:
    return [(*said(health), health.message) for health in assess_all(bodies, REGISTRY.health_check, now=NOW)]


def deployment(namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1}
    return live("apps/v1 Deployment", spec={**SELECTED, **spec}, status=status, namespace=namespace, uid="u-web")


def stuck(namespace: str = "shop", labels: Body | None = None) -> dict[str, Any]:
    found = pod("web-1", "u-web", waiting="ImagePullBackOff", message="no such image")
    found["metadata"] |= {"namespace": namespace, "labels": labels or {"app": "web", "tier": "front"}}
    return found


def test_a_deployment_is_explained_by_its_pods_wherever_they_stand() -> None:
    before, after = judged(stuck(), deployment()), judged(deployment(), stuck())
    assert "Pod web-1: container main: ImagePullBackOff: no such image" in before[1][2]
    assert before == [after[1], after[0]]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(stuck(namespace="other"), id="of another namespace"),
        pytest.param(stuck(labels={"app": "other"}), id="of other labels"),
    ],
)
def test_pods_that_a_cluster_would_not_list_explain_nothing(other: Body) -> None:
    assert "web-1" not in judged(deployment(), other)[0][2]


def test_expressions_of_a_selector_hide_no_pod() -> None:
    selector = {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]}
    assert "web-1" in judged(deployment(selector=selector), stuck())[0][2]


def test_classes_of_the_cluster_explain_claims() -> None:
    claim = live("v1 PersistentVolumeClaim", spec={"storageClassName": "slow"}, status={"phase": "Pending"}, namespace="shop")
    slow = live("storage.k8s.io/v1 StorageClass", name="slow")
    waits = {**slow, "volumeBindingMode": "WaitForFirstConsumer"}
    assert [found[0][0] for found in (judged(claim, slow), judged(claim, waits))] == ["Progressing", "Healthy"]


def test_each_is_answered_in_its_place_also_when_given_twice() -> None:
    ready = live("example.com/v1 Thing", status={"conditions": conditions("Ready=True")})
    failed = live("example.com/v1 Thing", status={"conditions": conditions("Ready=False ReconcileError")})
    assert [state for state, _, _ in judged(ready, failed, ready)] == ["Healthy", "Degraded", "Healthy"]


def test_silence_counts_as_such_only_when_it_is_known_to_have_lasted() -> None:
    silent = live("example.com/v1 Thing", spec={})
    old = live("example.com/v1 Thing", spec={}, creationTimestamp=OLD)
    assert [state for state, _, _ in judged(silent, old)] == ["Progressing", "Healthy"]


def definition(**version: Any) -> dict[str, Any]:
    spec = {"group": "example.com", "names": {"kind": "Thing"}, "versions": [{"name": "v1", **version}]}
    return live("apiextensions.k8s.io/v1 CustomResourceDefinition", spec=spec, name="things.example.com")


COLUMN = {"additionalPrinterColumns": [{"name": "Ready", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'}]}


@pytest.mark.parametrize(
    "crd, state",
    [
        pytest.param(definition(subresources={"status": {}}, **COLUMN), "Progressing", id="it is to report"),
        pytest.param(definition(subresources={"status": {}}), "Healthy", id="it need not report"),
        pytest.param(definition(), "Healthy", id="it has no status"),
    ],
)
def test_a_definition_tells_whether_silence_is_golden(crd: Body, state: str) -> None:
    silent = live("example.com/v1 Thing", spec={}, creationTimestamp=OLD)
    assert judged(silent, crd)[0][0] == state


def test_a_kind_without_a_status_is_not_waited_for() -> None:
    new = live("example.com/v1 Thing", spec={})
    assert [judged(new, crd)[0][0] for crd in (definition(subresources={"status": {}}), definition())] == [
        "Progressing",
        "Healthy",
    ]


def test_nothing_is_judged_of_nothing() -> None:
    assert judged() == []


def test_a_webhook_s_service_in_another_namespace_is_found_by_its_name_and_not_missed_where_it_is_not_given() -> None:
    bundle = b64encode(b"-----BEGIN CERTIFICATE-----").decode()
    client = {"service": {"namespace": "policy", "name": "judge"}, "caBundle": bundle}
    configuration = live("admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration")
    configuration["webhooks"] = [{"name": "a", "clientConfig": client}]
    services = [
        live("v1 Service", spec={"ports": [{"port": port}]}, name=name, namespace="policy")
        for name, port in (("judge", 8443), ("other", 443))
    ]

    assert judged(configuration)[0][:2] == ("Healthy", "Registered")
    assert judged(configuration, *services)[0][:2] == ("Degraded", "PortNotFound")


def test_a_check_that_cannot_say_what_it_must_see_is_told_as_one_that_fails() -> None:
    def related(live: Any) -> Any:
        raise KeyError("spec")

    check = HealthCheck(kind=ANY_KIND, assess=lambda context: context, related=related)

    (health,) = assess_all([live("x.io/v1 W")], lambda kind: check, now=NOW)

    assert said(health) == ("Unknown", "CheckFailed")
