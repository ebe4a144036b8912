"""A DaemonSet has one Pod on every node that takes it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.controllers.worlds import BAD, BETTER, Body, World, counts, template, workload

pytestmark = pytest.mark.looptime


def agent(image: str = "registry.example.com/shop:1", **spec: object) -> Body:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    return workload("DaemonSet", "agent", image, **{"updateStrategy": strategy, **spec})


def by_node(world: World) -> dict[str, str]:
    return {each["spec"]["nodeName"]: each["spec"]["containers"][0]["image"].rpartition(":")[2] for each in world.all("Pod")}


async def test_every_node_gets_a_pod_also_one_that_comes_later(make_world: Callable[..., World]) -> None:
    world = make_world(nodes=2)
    await world.has(agent())
    assert set(by_node(world)) == {"node-1", "node-2"}

    world.cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-3"}})
    await world.passes()

    assert set(by_node(world)) == {"node-1", "node-2", "node-3"}
    assert counts(world.status("DaemonSet", "agent")) == {
        "currentNumberScheduled": 3,
        "desiredNumberScheduled": 3,
        "numberMisscheduled": 0,
        "numberReady": 3,
        "updatedNumberScheduled": 3,
        "numberAvailable": 3,
    }


async def test_only_nodes_that_are_selected_count_and_tainted_ones_must_be_tolerated(make_world: Callable[..., World]) -> None:
    world = make_world(nodes=3)
    await world.passes()
    one, two = world.get("Node", "node-1", ""), world.get("Node", "node-2", "")
    labels = {**one["metadata"]["labels"], "disk": "fast"}
    world.cluster.update({**one, "metadata": {**one["metadata"], "labels": labels}})
    two["metadata"]["labels"]["disk"] = "fast"
    world.cluster.update({**two, "spec": {"taints": [{"key": "own", "effect": "NoSchedule"}]}})

    await world.has(agent(template=template(app="agent", nodeSelector={"disk": "fast"})))

    assert set(by_node(world)) == {"node-1"}
    await world.change("DaemonSet", "agent", {"template": template(app="agent", tolerations=[{"operator": "Exists"}])})
    assert set(by_node(world)) == {"node-1", "node-2"}


async def test_a_new_template_comes_node_by_node(make_world: Callable[..., World]) -> None:
    world = make_world(nodes=3)
    await world.has(agent())
    world.writes.clear()

    await world.change("DaemonSet", "agent", {"template": template(BETTER, "agent")})

    assert set(by_node(world).values()) == {"2"}
    said = [body["status"] for _, kind, body in world.writes if kind == "DaemonSet"]
    assert max(status.get("numberUnavailable", 0) for status in said) == 1


async def test_a_broken_template_stops_at_the_first_node_and_a_better_one_goes_on(make_world: Callable[..., World]) -> None:
    world = make_world(nodes=3)
    await world.has(agent())

    await world.change("DaemonSet", "agent", {"template": template(BAD, "agent")})
    assert sorted(by_node(world).values()) == ["1", "1", "bad"]
    await world.change("DaemonSet", "agent", {"template": template(BETTER, "agent")})

    assert set(by_node(world).values()) == {"2"}


async def test_on_delete_waits_for_somebody_to_delete(make_world: Callable[..., World]) -> None:
    world = make_world(nodes=2)
    await world.has(agent(updateStrategy={"type": "OnDelete"}))

    await world.change("DaemonSet", "agent", {"template": template(BETTER, "agent")})
    assert set(by_node(world).values()) == {"1"}
    await world.delete("Pod", world.names("Pod")[0])

    assert sorted(by_node(world).values()) == ["1", "2"]
    assert counts(world.status("DaemonSet", "agent"))["updatedNumberScheduled"] == 1


async def test_its_pods_say_for_which_node_they_are_and_run_where_others_do_not(world: World) -> None:
    await world.has(agent())

    (one,) = world.all("Pod")
    terms = one["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert terms == [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}]
    assert {each["key"] for each in one["spec"]["tolerations"]} >= {
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unschedulable",
    }
    (revision,) = world.all("ControllerRevision")
    assert revision["metadata"]["labels"]["controller-revision-hash"] == one["metadata"]["labels"]["controller-revision-hash"]
