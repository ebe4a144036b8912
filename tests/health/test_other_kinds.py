"""Services, Ingresses, volumes, definitions, Namespaces, and the kinds that report little or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.objects import conditions, judge, live, said


def service(kind: str, **status: Any) -> dict[str, Any]:
    return live("v1 Service", spec={"type": kind, "clusterIP": "10.0.0.1"}, status=status)


def ingress(*, name: str = "", old: str = "", **status: Any) -> dict[str, Any]:
    annotations = {"kubernetes.io/ingress.class": old} if old else {}
    return live("networking.k8s.io/v1 Ingress", spec={"ingressClassName": name}, status=status, annotations=annotations)


def ingress_class(name: str, controller: str) -> dict[str, Any]:
    return live("networking.k8s.io/v1 IngressClass", spec={"controller": controller}, name=name)


def claim(phase: str, *, spec: Any = None, annotations: Any = None) -> dict[str, Any]:
    wanted = {"storageClassName": "late", **(spec or {})}
    return live("v1 PersistentVolumeClaim", spec=wanted, status={"phase": phase}, annotations=annotations or {})


def storage_class(mode: str) -> dict[str, Any]:
    return {**live("storage.k8s.io/v1 StorageClass", name="late"), "volumeBindingMode": mode}


def definition(*found: str) -> dict[str, Any]:
    return live("apiextensions.k8s.io/v1 CustomResourceDefinition", status={"conditions": conditions(*found)})


def api_service(*found: str) -> dict[str, Any]:
    return live("apiregistration.k8s.io/v1 APIService", status={"conditions": conditions(*found)})


ADDRESS = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}, {"hostname": "lb.example.com"}]}}
NGINX = ingress_class("nginx", "k8s.io/ingress-nginx")
TRAEFIK = ingress_class("traefik", "traefik.io/ingress-controller")
CHOSEN = {"volume.kubernetes.io/selected-node": "a"}
LATE = storage_class("WaitForFirstConsumer")
SOON = storage_class("Immediate")


@pytest.mark.parametrize(
    "body, related, expected",
    [
        pytest.param(service("ClusterIP"), [], ("Healthy", "Exists"), id="a Service"),
        pytest.param(service("ExternalName"), [], ("Healthy", "Exists"), id="an ExternalName Service"),
        pytest.param(service("LoadBalancer"), [], ("Progressing", "NoAddress"), id="a LoadBalancer without an address"),
        pytest.param(service("LoadBalancer", **ADDRESS), [], ("Healthy", "HasAddress"), id="a LoadBalancer"),
        pytest.param(ingress(name="nginx"), [NGINX], ("Progressing", "NoAddress"), id="an Ingress that will get an address"),
        pytest.param(ingress(name="nginx", **ADDRESS), [NGINX], ("Healthy", "HasAddress"), id="an Ingress that has one"),
        pytest.param(ingress(name="traefik"), [TRAEFIK], ("Healthy", "Exists"), id="an Ingress whose class publishes none"),
        pytest.param(ingress(name="nginx"), [], ("Healthy", "Exists"), id="an Ingress of a class nobody knows"),
        pytest.param(ingress(old="gce"), [], ("Progressing", "NoAddress"), id="an Ingress of a class without an object"),
        pytest.param(ingress(), [NGINX], ("Healthy", "Exists"), id="an Ingress without a class"),
        pytest.param(claim("Bound"), [LATE], ("Healthy", "Bound"), id="a bound claim"),
        pytest.param(claim("Lost"), [LATE], ("Degraded", "Lost"), id="a claim whose volume is gone"),
        pytest.param(claim("Pending"), [LATE], ("Healthy", "WaitForFirstConsumer"), id="a claim nobody uses yet"),
        pytest.param(claim("Pending"), [SOON], ("Progressing", "NotBound"), id="a claim whose volume is being made"),
        pytest.param(claim("Pending"), [], ("Progressing", "NoSuchStorageClass"), id="a claim of a class that is not there"),
        pytest.param(claim("Pending", annotations=CHOSEN), [LATE], ("Progressing", "NotBound"), id="its Pod has a node"),
        pytest.param(
            claim("Pending", spec={"volumeName": "pv-1"}), [LATE], ("Progressing", "NotBound"), id="a claim that names its volume"
        ),
        pytest.param(
            claim("Pending", spec={"storageClassName": None}), [LATE], ("Progressing", "NoStorageClass"), id="a claim of no class"
        ),
        pytest.param(live("v1 PersistentVolume", status={"phase": "Released"}), [], ("Healthy", "Released"), id="a volume"),
        pytest.param(live("v1 PersistentVolume", status={"phase": "Failed"}), [], ("Degraded", "Failed"), id="a failed volume"),
        pytest.param(definition("Established=True", "NamesAccepted=True"), [], ("Healthy", "Established"), id="a kind served"),
        pytest.param(definition(), [], ("Progressing", "Installing"), id="a kind not looked at yet"),
        pytest.param(definition("Established=False Installing"), [], ("Progressing", "Installing"), id="a kind being installed"),
        pytest.param(
            definition("Established=True", "NamesAccepted=False ListKindConflict"),
            [],
            ("Degraded", "ListKindConflict"),
            id="names taken",
        ),
        pytest.param(definition("Established=False NotAccepted"), [], ("Degraded", "NotAccepted"), id="a kind refused"),
        pytest.param(api_service("Available=True Passed"), [], ("Healthy", "Available"), id="an API"),
        pytest.param(
            api_service("Available=False MissingEndpoints"),
            [],
            ("Progressing", "MissingEndpoints"),
            id="an API whose server is away",
        ),
        pytest.param(api_service(), [], ("Progressing", "NotChecked"), id="an API not checked yet"),
        pytest.param(live("v1 Namespace", status={"phase": "Active"}), [], ("Healthy", "Active"), id="a Namespace"),
        pytest.param(live("v1 ConfigMap"), [], ("Healthy", "Exists"), id="a kind without status"),
    ],
)
def test_other_kinds_are_judged_by_what_they_report(body: Any, related: list[Any], expected: tuple[str, str]) -> None:
    assert said(judge(body, *related)) == expected


def test_addresses_are_named() -> None:
    assert judge(service("LoadBalancer", **ADDRESS)).message == "its load balancer has 192.0.2.7, lb.example.com"


@pytest.mark.parametrize(
    "related, looked, message",
    [
        pytest.param([], True, "it has no address, and class nginx does not exist: who is to serve it?", id="no such class"),
        pytest.param([], False, "it has no address, and class nginx is not known to publish any", id="not looked for"),
        pytest.param(
            [ingress_class("nginx", "nginx.org/ingress-controller")],
            True,
            "it has no address, and class nginx is not known to publish any",
            id="one that publishes none",
        ),
    ],
)
def test_an_ingress_without_an_address_says_what_is_known_of_its_class(related: list[Any], looked: bool, message: str) -> None:
    assert judge(ingress(name="nginx"), *related, looked=looked).message == message
