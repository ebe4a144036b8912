"""A Pod gets a node, and becomes what the name of its image says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.sandbox.controllers import Controllers, Fate
from tests.sandbox.controllers.worlds import BAD, GOOD, World, conditions, managers, message, pod

pytestmark = pytest.mark.looptime

CRASHING = "registry.example.com/crashing:1"
FAILING = "registry.example.com/failing:1"
UNREADY = ("False", "ContainersNotReady")


@pytest.mark.parametrize(
    "image, fate",
    [
        pytest.param("registry.example.com/team/shop:1.2", Fate.READY, id="good"),
        pytest.param("registry.example.com/broken", Fate.PULL_FAILS, id="broken"),
        pytest.param("broken:1@sha256:0", Fate.PULL_FAILS, id="broken with tag and digest"),
        pytest.param("registry.example.com/shop:bad", Fate.PULL_FAILS, id="tag bad"),
        pytest.param("localhost:5000/shop:fail-pull", Fate.PULL_FAILS, id="tag fail-pull"),
        pytest.param("localhost:5000/shop", Fate.READY, id="a port is no tag"),
        pytest.param("crashing:2", Fate.CRASHES, id="crashing"),
        pytest.param("shop:crash", Fate.CRASHES, id="tag crash"),
        pytest.param("failing", Fate.FAILS, id="failing"),
        pytest.param("unbroken:1", Fate.READY, id="a word must be whole"),
        pytest.param("shop:never-ready", Fate.NEVER_READY, id="never-ready"),
        pytest.param("shop:unschedulable", Fate.UNSCHEDULABLE, id="unschedulable"),
    ],
)
async def test_the_name_of_an_image_says_what_becomes_of_it(image: str, fate: Fate) -> None:
    assert Controllers().fate(image) == fate


async def test_a_pod_runs_and_is_ready_after_the_chosen_delay(make_world: Callable[..., World]) -> None:
    world = make_world(ready_after=30)
    await world.has(pod("one"))
    status = world.status("Pod", "one")
    assert status["phase"] == "Running"
    assert conditions(status) == {
        "PodScheduled": ("True", ""),
        "Initialized": ("True", ""),
        "Ready": UNREADY,
        "ContainersReady": UNREADY,
    }

    await world.passes(30)

    status = world.status("Pod", "one")
    assert conditions(status)["Ready"] == ("True", "")
    (container,) = status["containerStatuses"]
    assert (container["ready"], container["started"], set(container["state"])) == (True, True, {"running"})
    assert status["podIP"] == status["podIPs"][0]["ip"]
    assert world.get("Pod", "one")["spec"]["nodeName"] == "node-1"


async def test_the_kubelet_owns_the_status_and_nobody_the_node(world: World) -> None:
    await world.has(pod("one"))

    body = world.get("Pod", "one")
    assert managers(body) == {("someone", ""), ("kubelet", "status")}
    assert "f:nodeName" not in str(body["metadata"]["managedFields"])


@pytest.mark.parametrize(
    "image, more, phase, reason",
    [
        pytest.param(BAD, {}, "Pending", "ImagePullBackOff", id="pull fails"),
        pytest.param(CRASHING, {}, "Running", "CrashLoopBackOff", id="crashes"),
        pytest.param(FAILING, {}, "Running", "CrashLoopBackOff", id="what fails is restarted"),
    ],
)
async def test_a_container_that_waits_says_for_what(
    world: World, image: str, more: dict[str, str], phase: str, reason: str
) -> None:
    await world.has(pod("one", image, **more))

    status = world.status("Pod", "one")
    waiting = status["containerStatuses"][0]["state"]["waiting"]
    assert (status["phase"], waiting["reason"]) == (phase, reason)
    assert conditions(status)["Ready"] == UNREADY
    assert message(status, "Ready") == "containers with unready status: [main]"


@pytest.mark.parametrize("image", [CRASHING, FAILING])
async def test_what_fails_and_is_not_restarted_has_failed(world: World, image: str) -> None:
    await world.has(pod("one", image, restartPolicy="Never"))

    status = world.status("Pod", "one")
    assert status["phase"] == "Failed"
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1


async def test_never_ready_is_never_ready(world: World) -> None:
    await world.has(pod("one", "registry.example.com/shop:never-ready"))
    await world.passes(3600)

    status = world.status("Pod", "one")
    assert (status["phase"], conditions(status)["Ready"]) == ("Running", UNREADY)
    assert world.running.timers == 0


async def test_the_worst_container_decides(world: World) -> None:
    body = pod("one")
    body["spec"]["containers"].append({"name": "side", "image": BAD})
    await world.has(body)

    reasons = {each["name"]: each["state"]["waiting"]["reason"] for each in world.status("Pod", "one")["containerStatuses"]}
    assert reasons == {"main": "ContainerCreating", "side": "ImagePullBackOff"}


async def test_no_node_takes_it_until_one_comes_that_does(world: World) -> None:
    await world.has(pod("one", nodeSelector={"disk": "fast"}))
    status = world.status("Pod", "one")
    assert conditions(status) == {"PodScheduled": ("False", "Unschedulable")}
    assert message(status, "PodScheduled").startswith(
        "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
    )

    world.cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "fast-1", "labels": {"disk": "fast"}}})
    await world.passes()

    assert conditions(world.status("Pod", "one"))["Ready"] == ("True", "")
    assert world.get("Pod", "one")["spec"]["nodeName"] == "fast-1"


async def test_an_image_may_say_that_no_node_takes_it(world: World) -> None:
    await world.has(pod("one", "registry.example.com/shop:unschedulable"))

    assert conditions(world.status("Pod", "one")) == {"PodScheduled": ("False", "Unschedulable")}


async def test_a_cordoned_node_takes_nothing_new(world: World) -> None:
    await world.passes()
    world.cluster.update({**world.get("Node", "node-1", ""), "spec": {"unschedulable": True}})

    await world.has(pod("one"))

    assert conditions(world.status("Pod", "one")) == {"PodScheduled": ("False", "Unschedulable")}


async def test_a_deleted_pod_is_gone_after_the_chosen_delay(make_world: Callable[..., World]) -> None:
    world = make_world(deleted_after=20)
    await world.has(pod("one"))

    await world.delete("Pod", "one")
    assert "deletionTimestamp" in world.get("Pod", "one")["metadata"]
    await world.passes(20)

    assert world.gone("Pod", "one")


async def test_other_words_may_be_chosen(make_world: Callable[..., World]) -> None:
    world = make_world(fates={"shop": Fate.PULL_FAILS})
    await world.has(pod("one", GOOD), pod("two", "registry.example.com/broken:1"))

    assert [world.status("Pod", name)["phase"] for name in ("one", "two")] == ["Pending", "Running"]


async def test_what_becomes_of_it_is_told_as_events(world: World) -> None:
    await world.has(pod("one"), pod("two", BAD))

    assert ("Scheduled", "Successfully assigned default/one to node-1") in world.events("one")
    assert ("BackOff", f'Back-off pulling image "{BAD}"') in world.events("two")
