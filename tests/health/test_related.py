"""What a check wants to see is fetched with as few and as small lists as will do."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.health import Look, looks
from fleet.model.keys import GroupKind, ObjectKey
from tests.health.objects import REGISTRY, live

POD = GroupKind("", "Pod")
SETS = GroupKind("apps", "ReplicaSet")
SERVICES = GroupKind("", "Service")
SLICES = GroupKind("discovery.k8s.io", "EndpointSlice")
CLASSES = GroupKind("storage.k8s.io", "StorageClass")


def looked_for(body: Any) -> tuple[Look, ...]:
    return looks(body, REGISTRY.health_check(ObjectKey.of(body).group_kind))


def workload(kind: str, selector: Any) -> dict[str, Any]:
    return live(kind, spec={"selector": selector}, namespace="shop")


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(
            workload("apps/v1 Deployment", {"matchLabels": {"b": "2", "a": "1"}}),
            (Look(SETS, "shop", "a=1,b=2"), Look(POD, "shop", "a=1,b=2")),
            id="by labels, in its own namespace",
        ),
        pytest.param(
            workload(
                "batch/v1 Job",
                {
                    "matchExpressions": [
                        {"key": "tier", "operator": "In", "values": ["web", "api"]},
                        {"key": "old", "operator": "DoesNotExist"},
                        {"key": "app", "operator": "Exists"},
                        {"key": "env", "operator": "NotIn", "values": ["test"]},
                    ]
                },
            ),
            (Look(POD, "shop", "!old,app,env notin (test),tier in (web,api)"),),
            id="by expressions",
        ),
        pytest.param(
            workload("v1 ReplicationController", {"app": "web"}), (Look(POD, "shop", "app=web"),), id="by labels without a name"
        ),
        pytest.param(
            live("v1 PersistentVolumeClaim", spec={"selector": {"matchLabels": {"a": "1"}}}, namespace="shop"),
            (Look(CLASSES, "", ""),),
            id="all classes of the cluster",
        ),
        pytest.param(
            {
                **live("admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration"),
                "webhooks": [
                    {"name": "b", "clientConfig": {"service": {"namespace": "policy", "name": "judge"}}},
                    {"name": "a", "clientConfig": {"service": {"namespace": "policy", "name": "judge"}}},
                    {"name": "c", "clientConfig": {"url": "https://elsewhere.example.com"}},
                ],
            },
            (
                Look(SERVICES, "policy", name="judge"),
                Look(SLICES, "policy", selector="kubernetes.io/service-name=judge"),
            ),
            id="what it names, in another namespace, once",
        ),
        pytest.param(live("v1 ConfigMap", namespace="shop"), (), id="nothing"),
    ],
)
def test_an_owners_selector_says_what_to_fetch(body: Any, expected: tuple[Look, ...]) -> None:
    assert looked_for(body) == expected
