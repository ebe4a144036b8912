"""What is there before anybody comes; autoscalers and disruption budgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fleet.sandbox.controllers import Controllers
from tests.sandbox.controllers.worlds import BAD, Body, World, conditions, counts, deployment, managers, template

pytestmark = pytest.mark.looptime


async def test_every_namespace_has_its_service_account_and_the_authoritys_certificate(make_world: Callable[..., World]) -> None:
    world = make_world(certificate="PEM")
    await world.has({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})

    for namespace in ("default", "kube-system", "shop"):
        assert world.names("ServiceAccount", namespace) == ["default"]
        assert world.get("ConfigMap", "kube-root-ca.crt", namespace)["data"] == {"ca.crt": "PEM"}
    assert managers(world.get("ConfigMap", "kube-root-ca.crt", "shop")) == {("kube-controller-manager", "")}


async def test_what_was_deleted_or_changed_of_them_comes_back(world: World) -> None:
    await world.passes()
    world.cluster.update({**world.get("ConfigMap", "kube-root-ca.crt"), "data": {"ca.crt": "other"}})
    await world.delete("ServiceAccount", "default")

    assert world.names("ServiceAccount") == ["default"]
    assert world.get("ConfigMap", "kube-root-ca.crt")["data"] == {"ca.crt": ""}


async def test_a_namespace_that_goes_gets_nothing_new(world: World) -> None:
    await world.has({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})

    await world.delete("Namespace", "shop", "")

    assert world.gone("Namespace", "shop", "")
    assert (world.names("ServiceAccount", "shop"), world.names("ConfigMap", "shop")) == ([], [])


async def test_a_cluster_begins_with_its_nodes_which_are_ready(make_world: Callable[..., World]) -> None:
    world = make_world(nodes=2)
    await world.passes()

    found = {each["metadata"]["name"]: conditions(each["status"])["Ready"] for each in world.all("Node", "")}
    assert found == dict.fromkeys(("node-1", "node-2"), ("True", "KubeletReady"))
    addresses = [each["status"]["addresses"][0]["address"] for each in world.all("Node", "")]
    assert len(set(addresses)) == 2


def autoscaler(**spec: Any) -> Body:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    whole = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 5, **spec}
    metadata = {"name": "web", "namespace": "default"}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": whole}


async def test_an_autoscaler_scales_to_what_is_asked_of_it_within_its_bounds(world: World) -> None:
    await world.has(deployment(replicas=1), autoscaler())
    assert world.get("Deployment", "web")["spec"]["replicas"] == 2

    world.running.change(Controllers(demand={"default/web": 4}))
    await world.passes()
    assert world.get("Deployment", "web")["spec"]["replicas"] == 4
    assert conditions(world.status("HorizontalPodAutoscaler", "web")) == {
        "AbleToScale": ("True", "ReadyForNewScale"),
        "ScalingActive": ("True", "ValidMetricFound"),
        "ScalingLimited": ("False", "DesiredWithinRange"),
    }
    world.running.change(Controllers(demand={"default/web": 40}))
    await world.passes()

    status = world.status("HorizontalPodAutoscaler", "web")
    assert (status["currentReplicas"], status["desiredReplicas"]) == (5, 5)
    assert conditions(status)["ScalingLimited"] == ("True", "TooManyReplicas")


async def test_an_autoscaler_scales_through_the_scale_subresource(world: World) -> None:
    await world.has(deployment(replicas=1), autoscaler())

    entries = world.get("Deployment", "web")["metadata"]["managedFields"]
    (scaled,) = (each for each in entries if each.get("subresource") == "scale")
    assert (scaled["manager"], scaled["fieldsV1"]) == ("kube-controller-manager", {"f:spec": {"f:replicas": {}}})


async def test_an_autoscaler_without_a_target_or_with_none_wanted_does_nothing(world: World) -> None:
    await world.has(autoscaler())
    assert conditions(world.status("HorizontalPodAutoscaler", "web"))["AbleToScale"] == ("False", "FailedGetScale")

    await world.has(deployment(replicas=0))

    assert world.get("Deployment", "web")["spec"]["replicas"] == 0
    assert conditions(world.status("HorizontalPodAutoscaler", "web"))["ScalingActive"] == ("False", "ScalingDisabled")


def budget(**spec: Any) -> Body:
    whole = {"selector": {"matchLabels": {"app": "web"}}, **spec}
    metadata = {"name": "web", "namespace": "default"}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": whole}


@pytest.mark.parametrize(
    "spec, expected",
    [
        pytest.param({"minAvailable": 1}, (3, 1, 4), id="a number must stay"),
        pytest.param({"minAvailable": "50%"}, (2, 2, 4), id="a share must stay"),
        pytest.param({"maxUnavailable": 1}, (1, 3, 4), id="a number may go"),
    ],
)
async def test_a_budget_says_how_many_may_go(world: World, spec: dict[str, Any], expected: tuple[int, int, int]) -> None:
    await world.has(deployment(replicas=4), budget(**spec))

    found = counts(world.status("PodDisruptionBudget", "web"))
    assert (found["disruptionsAllowed"], found["desiredHealthy"], found["currentHealthy"]) == expected
    assert conditions(world.status("PodDisruptionBudget", "web")) == {"DisruptionAllowed": ("True", "SufficientPods")}


async def test_a_budget_lets_none_go_while_too_few_are_healthy(world: World) -> None:
    await world.has(deployment(replicas=2, template=template(BAD)), budget(minAvailable=1))

    assert counts(world.status("PodDisruptionBudget", "web"))["disruptionsAllowed"] == 0
    assert conditions(world.status("PodDisruptionBudget", "web")) == {"DisruptionAllowed": ("False", "InsufficientPods")}
