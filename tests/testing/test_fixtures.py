"""What `fleet.testing` gives: clusters, a repository and a hub that a test with or without an event loop can use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from fleet.errors import ApiStatus, DeadlineExceeded, ProgramFailed
from fleet.testing import FleetHub, FleetRepo, Sandbox

Hubs = Callable[..., AbstractContextManager[FleetHub]]
SETTINGS = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings, namespace: default}
    data: {colour: green}
    """
KEY = "ConfigMap/default/settings"


@pytest.fixture
def commit(fleet_repo: FleetRepo) -> str:
    """A repository with one object for `sandbox`."""
    return fleet_repo.commit({"clusters/sandbox/settings.yaml": SETTINGS})


def test_a_hub_brings_a_cluster_to_a_commit(sandbox: Sandbox, fleet_hub: Hubs, commit: str) -> None:
    with fleet_hub() as hub:
        hub.synced(commit)
        (found,) = hub.app("sandbox/sandbox").objects
        status = hub.status()
    assert sandbox.get(KEY)["data"] == {"colour": "green"}  # type: ignore[index]
    assert (found.object, found.state, found.health) == (KEY, "synced", "Healthy")
    assert status.mapped == commit


async def test_a_test_with_an_event_loop_may_block_it(sandbox: Sandbox, fleet_hub: Hubs, commit: str) -> None:
    with fleet_hub() as hub:
        hub.synced(commit)
        assert sandbox.kubectl("get", "configmap", "settings", "-o", "jsonpath={.data.colour}") == "green"


def test_a_second_hub_goes_on_where_the_first_ended(sandbox: Sandbox, fleet_hub: Hubs, commit: str) -> None:
    with fleet_hub() as hub:
        hub.synced(commit)
    mark = sandbox.mark()
    with fleet_hub() as hub:
        hub.synced(commit)
    written = [each.what for each in sandbox.requests(mark, agent="fleethub") if each.is_write and not each.is_lease]
    assert written == []


def test_clusters_have_their_own_objects(sandboxes: Callable[..., list[Sandbox]], fleet_repo: FleetRepo, fleet_hub: Hubs) -> None:
    one, two = sandboxes("one", "two")
    commit = fleet_repo.commit({"clusters/one/settings.yaml": SETTINGS, "clusters/two/.keep": ""})
    with fleet_hub(one, two) as hub:
        hub.synced(commit, "one")
    assert one.get(KEY) is not None
    assert two.get(KEY) is None


def test_waiting_in_vain_says_what_is_wrong(fleet_repo: FleetRepo, fleet_hub: Hubs) -> None:
    commit = fleet_repo.commit({"clusters/sandbox/settings.yaml": "a: 1\na: 2\n"})
    with fleet_hub() as hub:
        hub.until(lambda hub: any("settings.yaml:2" in each for each in hub.problems()))
        with pytest.raises(DeadlineExceeded, match=r"settings\.yaml:2"):
            hub.synced(commit, within=0.5)


def test_what_would_delete_too_much_is_held_until_its_word_is_said(
    sandbox: Sandbox, fleet_repo: FleetRepo, fleet_hub: Hubs, commit: str
) -> None:
    with fleet_hub() as hub:
        hub.synced(commit)
        emptied = fleet_repo.commit({"clusters/sandbox/settings.yaml": None, "clusters/sandbox/.keep": ""})
        hub.until(lambda hub: hub.holds())
        (hold,) = hub.holds()
        assert hold.objects == (f"sandbox {KEY}",)
        hub.approve(hold.word)
        hub.synced(emptied)
    assert sandbox.get(KEY) is None


def test_a_cluster_that_refuses_is_unreachable_and_comes_back(sandbox: Sandbox, fleet_hub: Hubs, commit: str) -> None:
    with fleet_hub() as hub:
        with sandbox.refusing():
            hub.until(lambda hub: [each.phase for each in hub.status().clusters] == ["unreachable"])
        hub.synced(commit)
    assert sandbox.get(KEY) is not None


def test_what_others_do_to_a_cluster_is_done_as_others(sandbox: Sandbox) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine", "namespace": "default"}, "data": {"a": "1"}}
    sandbox.create(body)
    with pytest.raises(ApiStatus):
        sandbox.create(body)
    with pytest.raises(ApiStatus):
        sandbox.apply({**body, "data": {"a": "2"}}, manager="somebody")
    sandbox.apply({**body, "data": {"a": "2"}}, manager="somebody", force=True)
    assert sandbox.get("ConfigMap/default/mine")["data"] == {"a": "2"}  # type: ignore[index]
    assert "mine" in {each["metadata"]["name"] for each in sandbox.objects("ConfigMap", "default")}
    sandbox.delete("ConfigMap/default/mine")
    assert sandbox.get("ConfigMap/default/mine") is None


def test_kubectl_that_fails_says_why(sandbox: Sandbox) -> None:
    with pytest.raises(ProgramFailed, match="NotFound"):
        sandbox.kubectl("get", "configmap", "nosuch")
