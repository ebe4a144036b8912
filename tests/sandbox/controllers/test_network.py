"""Who answers for a Service, and under which address it is reached from outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.controllers.worlds import BAD, World, deployment, ingress, pod, service

pytestmark = pytest.mark.looptime


def answering(world: World, name: str = "web") -> list[tuple[str, bool]]:
    """The Pods in a Service's EndpointSlices, and whether they are ready."""
    slices = world.all("EndpointSlice", **{"kubernetes.io/service-name": name})
    return [(each["targetRef"]["name"], each["conditions"]["ready"]) for found in slices for each in found["endpoints"]]


async def test_the_ready_pods_of_a_service_answer_for_it(world: World) -> None:
    await world.has(service(), deployment(replicas=2))

    assert sorted(answering(world)) == [(name, True) for name in sorted(world.names("Pod"))]
    (found,) = world.all("EndpointSlice")
    assert found["ports"] == [{"name": "", "protocol": "TCP", "port": 8080}]
    assert found["metadata"]["labels"] == {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": "web",
    }
    (subset,) = world.get("Endpoints", "web")["subsets"]
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert sorted(each["targetRef"]["name"] for each in subset["addresses"]) == sorted(world.names("Pod"))


async def test_pods_come_and_go_with_their_labels(world: World) -> None:
    await world.has(service(), pod("one", labels={"app": "web"}), pod("two"))
    assert answering(world) == [("one", True)]

    for name, labels in {"one": {}, "two": {"app": "web"}}.items():
        body = world.get("Pod", name)
        body["metadata"]["labels"] = labels
        world.cluster.update(body)
    await world.passes()
    assert answering(world) == [("two", True)]

    await world.delete("Pod", "two")
    assert answering(world) == []
    assert "subsets" not in world.get("Endpoints", "web")


async def test_a_pod_that_is_not_ready_is_named_as_such(world: World) -> None:
    await world.has(service(), pod("one", "registry.example.com/shop:never-ready", labels={"app": "web"}))

    assert answering(world) == [("one", False)]
    (subset,) = world.get("Endpoints", "web")["subsets"]
    assert [each["targetRef"]["name"] for each in subset["notReadyAddresses"]] == ["one"]


async def test_a_pod_without_an_address_is_not_named(world: World) -> None:
    await world.has(service(), pod("one", BAD, labels={"app": "web"}))

    assert answering(world) == []
    assert world.names("EndpointSlice") != []


async def test_a_headless_service_says_so(world: World) -> None:
    await world.has(service(clusterIP="None"))

    assert world.get("Endpoints", "web")["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


async def test_a_service_without_a_selector_is_its_owners_business(world: World) -> None:
    own = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web", "namespace": "default"}, "subsets": []}
    await world.has(service(selector=None), own)

    assert world.names("EndpointSlice") == []
    await world.delete("Service", "web")
    assert world.names("Endpoints") == ["web"]


async def test_nothing_answers_for_a_service_that_is_gone(world: World) -> None:
    await world.has(service(), deployment())

    await world.delete("Service", "web")

    assert (world.names("EndpointSlice"), world.names("Endpoints")) == ([], [])


async def test_a_load_balancer_has_an_address_after_the_chosen_delay(make_world: Callable[..., World]) -> None:
    world = make_world(balancer_after=60)
    await world.has(service(type="LoadBalancer"))
    assert world.status("Service", "web") == {"loadBalancer": {}}

    await world.passes(60)
    (point,) = world.status("Service", "web")["loadBalancer"]["ingress"]
    assert point["ip"].startswith("198.1")
    managers = {
        (each["manager"], each.get("subresource", "")) for each in world.get("Service", "web")["metadata"]["managedFields"]
    }
    assert managers == {("someone", ""), ("cloud-controller-manager", "status")}

    await world.change("Service", "web", {"type": "ClusterIP"})
    assert world.status("Service", "web") == {"loadBalancer": {}}


async def test_an_address_may_never_come(make_world: Callable[..., World]) -> None:
    world = make_world(balancer_after=None, ingress_after=None)
    await world.has(service(type="LoadBalancer"), ingress())
    await world.passes(3600)

    assert world.status("Service", "web") == {"loadBalancer": {}}
    assert world.status("Ingress", "web") == {"loadBalancer": {}}


async def test_an_ingress_gets_an_address(world: World) -> None:
    await world.has(ingress())

    assert len(world.status("Ingress", "web")["loadBalancer"]["ingress"]) == 1
