"""Built-in kinds that somebody reports on: autoscalers, limits, Nodes, requests for certificates, extensions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.kubelet import LONG_AGO, START
from tests.health.objects import NOW, Body, judge, of, said, told

LONG = {"creationTimestamp": LONG_AGO}


def scaler(*found: Body, **metadata: Any) -> dict[str, Any]:
    spec, status = {"minReplicas": 2, "maxReplicas": 5}, {"currentReplicas": 3, "desiredReplicas": 5}
    return of("autoscaling/v2 HorizontalPodAutoscaler", *found, spec=spec, status=status, **metadata)


def budget(*found: Body, **status: int) -> dict[str, Any]:
    whole = {"observedGeneration": 1, "expectedPods": 3, "currentHealthy": 2, "desiredHealthy": 2, "disruptionsAllowed": 0}
    return of("policy/v1 PodDisruptionBudget", *found, status={**whole, **status})


def quota(hard: Body, counted: Body, used: Body, **metadata: Any) -> dict[str, Any]:
    return of("v1 ResourceQuota", spec={"hard": hard}, status={"hard": counted, "used": used}, **metadata)


def node(*found: Body, **spec: Any) -> dict[str, Any]:
    return of("v1 Node", *found, spec=spec, **LONG)


def request(*found: Body, **status: Any) -> dict[str, Any]:
    return of("certificates.k8s.io/v1 CertificateSigningRequest", *found, spec={"signerName": "example.com/s"}, status=status)


def service_with(ports: list[Body]) -> dict[str, Any]:
    point = {"ip": "192.0.2.7", "ports": ports}
    return of("v1 Service", spec={"type": "LoadBalancer"}, status={"loadBalancer": {"ingress": [point]}})


ABLE = told("AbleToScale=True ReadyForNewScale")
ACTIVE = told("ScalingActive=True ValidMetricFound")
READY = told("Ready=True KubeletReady")
APPROVED = told("Approved=True ByAdmin")
API = "apiregistration.k8s.io/v1 APIService"
DEFINITION = "apiextensions.k8s.io/v1 CustomResourceDefinition"
POLICY = "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy"
FLOW = "flowcontrol.apiserver.k8s.io/v1 FlowSchema"
OLD_SCALER = {
    "autoscaling.alpha.kubernetes.io/conditions": '[{"type":"ScalingActive","status":"False","reason":"FailedGetScale"}]'
}


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(scaler(ABLE, ACTIVE), ("Healthy", "ScalingActive", "3 replicas, 5 wanted, of 2 to 5"), id="an autoscaler"),
        pytest.param(
            scaler(ABLE, ACTIVE, told("ScalingLimited=True TooManyReplicas", "more than the maximum")),
            ("Healthy", "ScalingActive", "3 replicas, 5 wanted, of 2 to 5; TooManyReplicas: more than the maximum"),
            id="an autoscaler at its bound",
        ),
        pytest.param(scaler(), ("Progressing", "NotReported", "no controller has looked at it yet"), id="a new autoscaler"),
        pytest.param(
            scaler(**LONG),
            ("Degraded", "NotReported", "no controller has looked at it yet (since 2026-11-23T11:45:00Z)"),
            id="an autoscaler that nobody runs",
        ),
        pytest.param(
            scaler(ABLE, told("ScalingActive=False FailedGetResourceMetric", "no metrics")),
            (
                "Progressing",
                "FailedGetResourceMetric",
                "ScalingActive=False (FailedGetResourceMetric): no metrics; 3 replicas, 5 wanted, of 2 to 5",
            ),
            id="an autoscaler without metrics",
        ),
        pytest.param(
            scaler(told("AbleToScale=False FailedGetScale", "not found", LONG_AGO), ACTIVE),
            (
                "Degraded",
                "FailedGetScale",
                "AbleToScale=False (FailedGetScale): not found; 3 replicas, 5 wanted, of 2 to 5 (since 2026-11-23T11:45:00Z)",
            ),
            id="an autoscaler of what has not been there for long",
        ),
        pytest.param(
            scaler(told("AbleToScale=False BackoffBoth"), ACTIVE),
            ("Healthy", "ScalingActive", "3 replicas, 5 wanted, of 2 to 5"),
            id="an autoscaler that pauses between two changes",
        ),
        pytest.param(
            scaler(ABLE, told("ScalingActive=False ScalingDisabled")),
            (
                "Suspended",
                "ScalingDisabled",
                "what it scales has 0 replicas, and it leaves it so; 3 replicas, 5 wanted, of 2 to 5",
            ),
            id="an autoscaler of what was scaled to nothing",
        ),
        pytest.param(
            of("autoscaling/v1 HorizontalPodAutoscaler", spec={"maxReplicas": 5}, annotations=OLD_SCALER),
            ("Progressing", "FailedGetScale", "ScalingActive=False (FailedGetScale); 0 replicas, 0 wanted, of 1 to 5"),
            id="an autoscaler of the old version",
        ),
        pytest.param(
            of("policy/v1 PodDisruptionBudget"),
            ("Progressing", "NotObserved", "its controller has not seen it yet"),
            id="a new budget",
        ),
        pytest.param(budget(), ("Healthy", "Computed", "2 of 3 Pods healthy, 2 needed, 0 may go"), id="a budget"),
        pytest.param(budget(expectedPods=0), ("Healthy", "NoPods", "it selects no Pods"), id="a budget of nothing"),
        pytest.param(
            budget(told("DisruptionAllowed=False InsufficientPods")),
            ("Healthy", "Computed", "2 of 3 Pods healthy, 2 needed, 0 may go"),
            id="a budget that allows nothing now",
        ),
        pytest.param(
            budget(told("DisruptionAllowed=False SyncFailed", "found no controllers")),
            ("Degraded", "SyncFailed", "it could not be computed, and nothing may be evicted: found no controllers"),
            id="a budget that cannot be computed",
        ),
        pytest.param(
            quota({"pods": "10"}, {"pods": "10"}, {"pods": "3"}),
            ("Healthy", "Counted", "something is left of all it limits"),
            id="a quota with room",
        ),
        pytest.param(
            quota({"pods": "2", "cpu": "1500m"}, {"pods": "2", "cpu": "1.5"}, {"pods": "2", "cpu": "1500m"}),
            ("Healthy", "UsedUp", "nothing is left of cpu 1500m of 1.5; pods 2 of 2"),
            id="a quota that is used up",
        ),
        pytest.param(
            quota({"pods": "3"}, {"pods": "2"}, {"pods": "2"}),
            ("Progressing", "NotCounted", "what is used is not counted yet by what it says now"),
            id="a quota that was changed",
        ),
        pytest.param(
            quota({"pods": "3"}, {}, {}, **LONG),
            ("Degraded", "NotCounted", "what is used is not counted yet by what it says now (since 2026-11-23T11:45:00Z)"),
            id="a quota that nobody counts",
        ),
        pytest.param(node(READY), ("Healthy", "Ready", "its kubelet is ready to take Pods"), id="a Node"),
        pytest.param(
            node(READY, unschedulable=True),
            ("Suspended", "Cordoned", "it takes no new Pods (spec.unschedulable)"),
            id="a cordoned Node",
        ),
        pytest.param(
            node(READY, told("DiskPressure=True KubeletHasDiskPressure", "full"), unschedulable=True),
            ("Degraded", "DiskPressure", "DiskPressure=True (KubeletHasDiskPressure): full"),
            id="a Node without room",
        ),
        pytest.param(
            node(told("Ready=Unknown NodeStatusUnknown", "Kubelet stopped posting node status.")),
            ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
            id="a Node that is away",
        ),
        pytest.param(
            node(told("Ready=False KubeletNotReady", "no CNI")),
            ("Progressing", "KubeletNotReady", "it is not ready: no CNI"),
            id="a new Node",
        ),
        pytest.param(
            node(told("Ready=False KubeletNotReady", "no CNI", LONG_AGO)),
            ("Degraded", "KubeletNotReady", "it is not ready: no CNI (since 2026-11-23T11:45:00Z)"),
            id="a Node that has not been ready for long",
        ),
        pytest.param(
            node(),
            ("Degraded", "NotReported", "its kubelet has not reported yet (since 2026-11-23T11:45:00Z)"),
            id="a Node without kubelet",
        ),
        pytest.param(
            request(),
            ("Progressing", "NotApproved", "it waits for a person or a controller: kubectl certificate approve it"),
            id="a request that nobody has looked at",
        ),
        pytest.param(
            request(told("Denied=True No", "not yours")),
            ("Degraded", "Denied", "Denied=True (No): not yours; make another request"),
            id="a request that was denied",
        ),
        pytest.param(
            request(APPROVED, told("Failed=True SignerValidationFailure")),
            ("Degraded", "Failed", "Failed=True (SignerValidationFailure); make another request"),
            id="a request that could not be signed",
        ),
        pytest.param(
            request(APPROVED),
            ("Progressing", "NotIssued", "it is approved, and example.com/s has not signed it yet"),
            id="a request that is approved",
        ),
        pytest.param(
            request(told("Approved=True ByAdmin", since=LONG_AGO)),
            ("Degraded", "NotIssued", "it is approved, and example.com/s has not signed it yet (since 2026-11-23T11:45:00Z)"),
            id="a request that nobody signs",
        ),
        pytest.param(
            request(APPROVED, certificate="x"), ("Healthy", "Issued", "approved (ByAdmin) and signed"), id="a certificate"
        ),
        pytest.param(
            service_with([{"port": 80, "error": "quota exceeded"}, {"port": 443}]),
            ("Degraded", "LoadBalancerPortsError", "its load balancer does not serve port 80: quota exceeded"),
            id="a load balancer that serves half",
        ),
        pytest.param(
            of(API, told("Available=False FailedDiscoveryCheck", "no response", LONG_AGO)),
            ("Degraded", "FailedDiscoveryCheck", "no response (since 2026-11-23T11:45:00Z)"),
            id="an API that has been away for long",
        ),
        pytest.param(
            of(API, told("Available=True Local")), ("Healthy", "Available", "its server answers"), id="an API of the server's own"
        ),
        pytest.param(
            of(DEFINITION, told("Established=False Installing", since=LONG_AGO)),
            ("Degraded", "Installing", "its kind is not served yet (since 2026-11-23T11:45:00Z)"),
            id="a kind that is never served",
        ),
        pytest.param(
            of(DEFINITION, told("KubernetesAPIApprovalPolicyConformant=False MissingAnnotation", "protected groups need it")),
            ("Degraded", "MissingAnnotation", "its group is Kubernetes' own: protected groups need it"),
            id="a kind in a group of Kubernetes' own",
        ),
        pytest.param(
            of(FLOW, told("Dangling=True NotFound", "not found"), spec={"priorityLevelConfiguration": {"name": "gold"}}),
            ("Degraded", "Dangling", "there is no PriorityLevelConfiguration gold: not found"),
            id="a flow of no level",
        ),
        pytest.param(
            of(FLOW, told("Dangling=False Found")), ("Healthy", "Current", "its requests have a priority level"), id="a flow"
        ),
        pytest.param(
            of("flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration"),
            ("Healthy", "Current", "it reports no condition"),
            id="a priority level",
        ),
        pytest.param(
            of(POLICY), ("Progressing", "NotObserved", "its controller has not seen it yet"), id="a policy not checked yet"
        ),
        pytest.param(
            of(POLICY, status={"observedGeneration": 1}),
            ("Healthy", "Checked", "its expressions fit the types that they are about"),
            id="a policy",
        ),
        pytest.param(
            of(
                POLICY,
                status={
                    "observedGeneration": 1,
                    "typeChecking": {
                        "expressionWarnings": [{"fieldRef": "spec.validations[0].expression", "warning": "no such field"}]
                    },
                },
            ),
            ("Healthy", "Warnings", "spec.validations[0].expression: no such field"),
            id="a policy with warnings",
        ),
        pytest.param(
            of("networking.k8s.io/v1 ServiceCIDR", READY), ("Healthy", "Ready", "Services get addresses from it"), id="addresses"
        ),
        pytest.param(
            of("networking.k8s.io/v1 ServiceCIDR"),
            ("Progressing", "NotReported", "no controller has looked at it yet"),
            id="new ones",
        ),
        pytest.param(
            of("networking.k8s.io/v1 ServiceCIDR", told("Ready=False Terminating")),
            ("Progressing", "Terminating", "Ready=False (Terminating)"),
            id="addresses that go",
        ),
        pytest.param(
            of("resource.k8s.io/v1 ResourceClaim", status={"allocation": {"devices": {}}, "reservedFor": [{"name": "a"}]}),
            ("Healthy", "Allocated", "allocated, and reserved for 1"),
            id="a claimed device",
        ),
        pytest.param(
            of("resource.k8s.io/v1 ResourceClaim"),
            ("Healthy", "WaitForFirstConsumer", "devices are allocated when the first Pod uses it"),
            id="a device that nobody uses yet",
        ),
    ],
)
def test_a_kind_is_judged_by_what_its_controller_reports(body: Any, expected: tuple[str, str, str]) -> None:
    health = judge(body)

    assert (*said(health), health.message) == expected


@pytest.mark.parametrize(
    "since, state", [pytest.param(START, "Progressing", id="new"), pytest.param(LONG_AGO, "Degraded", id="for long")]
)
def test_a_namespace_whose_content_cannot_be_told_does_not_go_by_itself(since: str, state: str) -> None:
    failed = told(
        "NamespaceDeletionDiscoveryFailure=True DiscoveryFailed", "Discovery failed for some groups: metrics.k8s.io", since
    )
    body = of("v1 Namespace", failed, deletionTimestamp=NOW.isoformat())

    health = judge(body)

    assert said(health) == (state, "DiscoveryFailed")
    assert "Discovery failed for some groups: metrics.k8s.io" in health.message
