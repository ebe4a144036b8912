"""What an object names elsewhere is fetched by its name; what is Healthy for now is judged again when it says so."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleet.hooks import HealthCheck, HealthContext
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind, ObjectKey
from tests.controlplane.waiting import eventually
from tests.sandbox.test_hub_health import World, looking

CONFIGURATION = ObjectKey("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", "judge")
MAP = ObjectKey("", "ConfigMap", "default", "it")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with looking(tmp_path) as found:
        yield found


def configuration() -> dict[str, Any]:
    bundle = b64encode(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").decode()
    hook = {
        "name": "judge.example.com",
        "clientConfig": {"service": {"namespace": "default", "name": "judge"}, "caBundle": bundle},
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
    }
    whole = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
    return {**whole, "metadata": {"name": "judge"}, "webhooks": [hook]}


def service(name: str) -> dict[str, Any]:
    spec = {"ports": [{"port": 443}], "selector": {"app": name}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def endpoints(name: str) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": name}
    whole = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4"}
    ready = [{"addresses": ["10.0.0.7"], "conditions": {"ready": True}}]
    return {**whole, "metadata": {"name": f"{name}-x", "namespace": "default", "labels": labels}, "endpoints": ready}


async def test_a_webhook_s_service_is_fetched_by_its_name_until_it_answers(world: World) -> None:
    world.cluster.create(configuration())
    world.cluster.create(service("other"))
    world.tell(CONFIGURATION)
    assert world.health[CONFIGURATION].health.reason == "NotLooked"
    await eventually(lambda: world.health[CONFIGURATION].health.reason == "ServiceNotFound")

    world.cluster.create(service("judge"))
    world.cluster.create(endpoints("judge"))

    await eventually(lambda: world.health[CONFIGURATION].health.reason == "Registered")
    assert world.health[CONFIGURATION].health.state is HealthState.HEALTHY


async def test_what_is_healthy_for_now_is_judged_again_when_it_says_so(world: World) -> None:
    answers = [Health(state=HealthState.HEALTHY, reason="ForNow", again=0.05)]
    late = Health(state=HealthState.DEGRADED, reason="TooLate", message="nothing came")

    def assess(context: HealthContext) -> Health:
        return answers.pop() if answers else late

    assert world.looker.assessor is not None
    registry = world.looker.assessor.registry
    check = HealthCheck(kind=GroupKind("", "ConfigMap"), assess=assess)
    world.looker.assessor.registry = replace(registry, health_checks={**registry.health_checks, check.kind: check})
    world.cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it", "namespace": "default"}})

    world.tell(MAP)

    assert world.health[MAP].health.reason == "ForNow"
    await eventually(lambda: world.health[MAP].health == late)
