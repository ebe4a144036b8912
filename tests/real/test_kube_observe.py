"""Looking before the first write is cheap for a thousand Apps, and never takes a failure for an absence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fleet.kube.live.observe import PreRead
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import ObjectKey
from fleet.model.observation import Absent, LiveObject, Unknown
from tests.controlplane import ControlPlane
from tests.controlplane.audit import Request
from tests.controlplane.waiting import eventually
from tests.real.writers import Writer, config_map, key, with_marks, writer

MAPS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
async def hub(real_cluster: ControlPlane) -> AsyncIterator[Writer]:
    async with writer(real_cluster) as found:
        yield found


def preread(hub: Writer) -> PreRead:
    return PreRead(hub.client, hub.discovery)


def reads(plane: ControlPlane, resource: str = "configmaps") -> list[Request]:
    return [r for r in plane.audit_since(agent="fleethub") if r.resource == resource and not r.is_write]


def verbs(plane: ControlPlane, resource: str = "configmaps") -> list[str]:
    return [request.verb for request in reads(plane, resource)]


def namespace(plane: ControlPlane, name: str) -> None:
    plane.kube.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).ok()


async def test_one_key_is_a_get(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.apply(f"{MAPS}/a", with_marks(config_map("a")), manager="fleethub").ok()

    seen = await preread(hub).look([key("ConfigMap", "a")])

    live = seen[key("ConfigMap", "a")]
    assert isinstance(live, LiveObject)
    assert (str(live.owner), bool(live.own)) == ("prod-eu-1/shop", True)
    assert verbs(real_cluster) == ["get"]


async def test_many_keys_of_a_kind_are_one_list(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.apply(f"{MAPS}/a", with_marks(config_map("a")), manager="fleethub").ok()
    keys = [key("ConfigMap", name) for name in "abc"]

    seen = await preread(hub).look(keys)

    assert verbs(real_cluster) == ["list"]
    live = seen[keys[0]]
    assert isinstance(live, LiveObject)
    assert (live.key, bool(live.own)) == (keys[0], True)
    assert [seen[absent] for absent in keys[1:]] == [Absent(), Absent()]


async def test_a_list_of_many_pages_is_read_to_its_end(real_cluster: ControlPlane, hub: Writer) -> None:
    for number in range(501):
        real_cluster.kube.create(MAPS, config_map(f"m-{number:03}")).ok()

    seen = await preread(hub).look([key("ConfigMap", "m-000"), key("ConfigMap", "m-500")])

    assert all(isinstance(live, LiveObject) for live in seen.values())
    assert verbs(real_cluster) == ["list", "list"]


async def test_a_list_answers_the_next_app_as_well(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.create(MAPS, config_map("c")).ok()
    looks, began = preread(hub), asyncio.get_running_loop().time()
    await looks.look([key("ConfigMap", name) for name in "ab"])

    seen = await looks.look([key("ConfigMap", "c")])

    assert isinstance(seen[key("ConfigMap", "c")], LiveObject)
    assert verbs(real_cluster) == ["list"] or _bursts_since(began) > 1


async def test_who_asks_again_is_told_the_truth(real_cluster: ControlPlane, hub: Writer) -> None:
    looks = preread(hub)
    keys = [key("ConfigMap", name) for name in "ab"]
    before = await looks.look(keys)
    real_cluster.kube.create(MAPS, config_map("a")).ok()

    after = await looks.look(keys[:1])

    assert before[keys[0]] == Absent()
    assert isinstance(after[keys[0]], LiveObject)


async def test_a_thousand_apps_of_one_namespace_ask_a_few_times(real_cluster: ControlPlane, hub: Writer) -> None:
    bursts = await _look_for(hub, [key("ConfigMap", f"app-{number}") for number in range(1000)])

    assert len(verbs(real_cluster)) <= 24 * bursts
    assert 1 <= verbs(real_cluster).count("list") <= bursts


async def test_a_thousand_apps_of_a_thousand_namespaces_ask_a_few_times(real_cluster: ControlPlane, hub: Writer) -> None:
    bursts = await _look_for(hub, [key("ConfigMap", "app", namespace=f"n-{number}") for number in range(1000)])

    assert len(verbs(real_cluster)) <= 48 * bursts
    assert 1 <= verbs(real_cluster).count("list") <= bursts


async def test_apps_that_come_slowly_ask_a_few_times_too(real_cluster: ControlPlane, hub: Writer) -> None:
    looks, began = preread(hub), asyncio.get_running_loop().time()
    for number in range(20):
        await looks.look([key("ConfigMap", f"app-{number}")])
        await asyncio.sleep(0.15)

    bursts = _bursts_since(began)
    assert verbs(real_cluster)[:5] == ["get"] * 4 + ["list"] or bursts > 1
    assert verbs(real_cluster).count("get") <= 4 * bursts
    assert 1 <= verbs(real_cluster).count("list") <= bursts


def _bursts_since(began: float) -> int:
    """How often what was seen has been too old meanwhile, and all begun anew: one burst takes 5 s."""
    return 1 + int((asyncio.get_running_loop().time() - began) / 5)


async def _look_for(hub: Writer, keys: list[ObjectKey]) -> int:
    """As many workers as a cluster has, each looking for one App's key after the other; gives how many bursts that took."""
    looks, waiting, began = preread(hub), iter(keys), asyncio.get_running_loop().time()

    async def work() -> None:
        for wanted in waiting:
            assert (await looks.look([wanted]))[wanted] == Absent()

    async with asyncio.TaskGroup() as group:
        for number in range(16):
            group.create_task(work(), name=f"worker-{number}")
    return _bursts_since(began)


async def test_cluster_scoped_objects_are_looked_up_alike(real_cluster: ControlPlane, hub: Writer) -> None:
    namespace(real_cluster, "shop")
    keys = [key("Namespace", name, namespace="") for name in ("shop", "absent")]

    seen = await preread(hub).look(keys)

    assert isinstance(seen[keys[0]], LiveObject)
    assert seen[keys[1]] == Absent()


async def test_in_a_namespace_that_does_not_exist_nothing_does(hub: Writer) -> None:
    keys = [key("ConfigMap", name, namespace="nowhere") for name in "ab"]

    assert set((await preread(hub).look(keys)).values()) == {Absent()}
    assert set((await preread(hub).look(keys[:1])).values()) == {Absent()}


async def test_of_a_kind_that_is_not_served_there_is_nothing(hub: Writer) -> None:
    widget = key("Widget", "w", group="example.com")

    assert (await preread(hub).look([widget]))[widget] == Absent()


async def test_of_a_group_whose_server_is_down_nothing_is_known(real_cluster: ControlPlane, hub: Writer) -> None:
    spec = {
        "group": "metrics.example.com",
        "version": "v1",
        "service": {"name": "nobody", "namespace": "default"},
        "insecureSkipTLSVerify": True,
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
    }
    metadata = {"name": "v1.metrics.example.com"}
    body = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": metadata, "spec": spec}
    real_cluster.kube.create("/apis/apiregistration.k8s.io/v1/apiservices", body).ok()
    gauge = key("Gauge", "g", group="metrics.example.com")

    await eventually(lambda: _is_unknown(hub, gauge))


async def _is_unknown(hub: Writer, wanted: ObjectKey) -> Any:
    return isinstance((await PreRead(hub.client, Discovery(hub.client)).look([wanted]))[wanted], Unknown)


@pytest.mark.parametrize("names", [pytest.param("a", id="get"), pytest.param("ab", id="list")])
async def test_a_failure_is_no_absence(names: str, real_cluster: ControlPlane, hub: Writer) -> None:
    await hub.discovery.refresh()
    real_cluster.stop_apiserver()
    looks = preread(hub)

    seen = await looks.look([key("ConfigMap", name) for name in names])

    await real_cluster.start_apiserver()
    assert all(isinstance(found, Unknown) for found in seen.values())
    again = await looks.look([key("ConfigMap", name) for name in names])
    assert set(again.values()) == {Absent()}
