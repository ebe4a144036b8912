"""Webhook configurations and EndpointSlices: whether anybody answers behind them."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest

from tests.health.objects import NOW, judge, live, said

CERTIFICATE = b64encode(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").decode()
LINE_FEED = "Cg=="


def hook(*, name: str = "judge.policy.example.com", bundle: str = CERTIFICATE, policy: str = "Fail", **service: Any) -> Any:
    where = {"namespace": "policy", "name": "judge", **service}
    return {"name": name, "clientConfig": {"service": where, "caBundle": bundle}, "failurePolicy": policy}


def configuration(*hooks: Any, kind: str = "Validating", **metadata: Any) -> dict[str, Any]:
    body = live(f"admissionregistration.k8s.io/v1 {kind}WebhookConfiguration", **metadata)
    return {**body, "webhooks": list(hooks)}


def service(*ports: int, kind: str = "ClusterIP") -> dict[str, Any]:
    spec = {"type": kind, "ports": [{"port": port} for port in ports]}
    return live("v1 Service", spec=spec, name="judge", namespace="policy")


def slice_of(name: str, *ready: bool | None) -> dict[str, Any]:
    endpoints = [{"addresses": ["10.0.0.7"], "conditions": {"ready": each}} for each in ready]
    labels = {"kubernetes.io/service-name": name}
    body = live("discovery.k8s.io/v1 EndpointSlice", name=f"{name}-x", namespace="policy", labels=labels)
    return {**body, "endpoints": endpoints}


SERVED = [service(443), slice_of("judge", False, True)]


@pytest.mark.parametrize(
    "body, related, expected",
    [
        pytest.param(configuration(), [], ("Healthy", "Exists"), id="no webhook"),
        pytest.param(configuration(hook()), SERVED, ("Healthy", "Registered"), id="its Service has a ready endpoint"),
        pytest.param(configuration(hook(), kind="Mutating"), SERVED, ("Healthy", "Registered"), id="a mutating one"),
        pytest.param(
            configuration({"name": "a", "clientConfig": {"url": "https://judge.example.com"}}),
            [],
            ("Healthy", "Registered"),
            id="elsewhere, believed by the system's authorities",
        ),
        pytest.param(configuration(hook()), [], ("Degraded", "ServiceNotFound"), id="its Service does not exist"),
        pytest.param(configuration(hook(namespace="other")), SERVED, ("Degraded", "ServiceNotFound"), id="in another namespace"),
        pytest.param(
            configuration(hook(), hook(name="other", namespace="gone")),
            SERVED,
            ("Degraded", "ServiceNotFound"),
            id="one of two",
        ),
        pytest.param(configuration(hook(port=8443)), SERVED, ("Degraded", "PortNotFound"), id="a port its Service has not"),
        pytest.param(
            configuration(hook()), [service(443)], ("Progressing", "NoEndpoints"), id="nothing stands behind its Service"
        ),
        pytest.param(
            configuration(hook()),
            [service(443), slice_of("judge", False)],
            ("Progressing", "NoEndpoints"),
            id="nothing behind its Service is ready",
        ),
        pytest.param(
            configuration(hook()),
            [service(443), slice_of("other", True)],
            ("Progressing", "NoEndpoints"),
            id="another Service's endpoints",
        ),
        pytest.param(
            configuration(hook()), [service(443), slice_of("judge", None)], ("Healthy", "Registered"), id="ready unless said"
        ),
        pytest.param(
            configuration(hook()), [service(kind="ExternalName")], ("Healthy", "Registered"), id="a name outside the cluster"
        ),
        pytest.param(configuration(hook(bundle="")), SERVED, ("Progressing", "NoCABundle"), id="no authority"),
        pytest.param(configuration(hook(bundle=LINE_FEED)), SERVED, ("Progressing", "NoCABundle"), id="a place holder"),
        pytest.param(configuration(hook(bundle="?")), SERVED, ("Progressing", "NoCABundle"), id="no base64"),
        pytest.param(slice_of("judge"), [], ("Healthy", "Exists"), id="a slice of a Service without Pods"),
        pytest.param(slice_of("judge", True, False), [], ("Healthy", "Exists"), id="a slice with a ready endpoint"),
        pytest.param(slice_of("judge", False), [], ("Progressing", "NoneReady"), id="a slice without one"),
    ],
)
def test_a_webhook_is_healthy_when_a_server_it_believes_answers(body: Any, related: list[Any], expected: Any) -> None:
    assert said(judge(body, *related)) == expected


def test_what_nobody_looked_for_is_not_said_to_be_missing() -> None:
    health = judge(configuration(hook()), looked=False)

    assert said(health) == ("Healthy", "Registered")
    assert health.message == "1 webhooks; behind them: policy/judge, which nobody has looked at"


@pytest.mark.parametrize(
    "policy, effect",
    [
        pytest.param("Fail", "every request that it matches is refused", id="fail"),
        pytest.param("Ignore", "what it matches passes unseen", id="ignore"),
    ],
)
def test_the_message_names_webhook_and_service_and_what_comes_of_it(policy: str, effect: str) -> None:
    health = judge(configuration(hook(policy=policy)))

    assert health.message == f"webhook judge.policy.example.com: Service policy/judge does not exist; {effect}"


def test_an_authority_that_is_never_injected_is_a_failure_in_the_end() -> None:
    early, late = (
        configuration(hook(bundle=""), creationTimestamp=at) for at in ("2026-11-23T11:55:00Z", "2026-11-23T11:50:00Z")
    )

    assert (*said(judge(early, *SERVED)), judge(early, *SERVED).again) == ("Progressing", "NoCABundle", 300)
    assert said(judge(late, *SERVED)) == ("Degraded", "NoCABundle")
    assert said(judge(late, *SERVED, last_write=NOW - timedelta(seconds=1))) == ("Progressing", "NoCABundle")
