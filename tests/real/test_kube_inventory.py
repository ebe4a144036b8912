"""Inventories in a real cluster: never fewer members than there were, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from fleet.errors import ApiConflict, ApiError, ClusterUnreachable, InventoryUnreadable, LeaseLost, ObserveOnly
from fleet.kube.kept.inventory import InventoryStore
from fleet.model.app import DeclaredBy, OnRemoval
from fleet.model.inventory import Inventory
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Origin
from tests.controlplane import ControlPlane
from tests.controlplane.audit import Request
from tests.real.writers import OWN, SHOP, Writer, key, writer

A, B, C = (key("ConfigMap", name) for name in "abc")
# Two parts, then four: 256 KiB hold some 1,200 of these.
SOME = frozenset(key("ConfigMap", f"{'x' * 200}-{number}") for number in range(1500))
MORE = frozenset(key("ConfigMap", f"{'y' * 200}-{number}") for number in range(1500)) | SOME


@pytest.fixture
async def hub(real_cluster: ControlPlane) -> AsyncIterator[Writer]:
    async with writer(real_cluster) as found:
        yield found


def store_of(hub: Writer) -> InventoryStore:
    return InventoryStore(hub.client, hub.identity, "acme")


def inventory(hub: Writer, *members: ObjectKey, app: AppKey = SHOP, commit: str = "9c2e41d") -> Inventory:
    return Inventory(
        app=app,
        fleet="acme",
        cluster=hub.identity,
        intended=commit,
        declared_by=DeclaredBy(origin=Origin("clusters/production/apps.yaml", 7)),
        on_removal=OnRemoval.DELETE,
        prune=True,
        members=frozenset(members),
    )


def writes(plane: ControlPlane, mark: Any = None) -> list[Request]:
    found = plane.audit_since(mark, agent="fleethub") if mark is not None else plane.audit_since(agent="fleethub")
    return [request for request in found if request.is_write and request.resource == "configmaps"]


def names(plane: ControlPlane) -> set[str]:
    return {item["metadata"]["name"] for item in plane.kube.list(OWN)} - {"kube-root-ca.crt"}


async def members(hub: Writer) -> frozenset[ObjectKey]:
    """What a hub that starts now would find."""
    return (await store_of(hub).load()).inventories["shop"].members


async def test_a_cluster_without_our_namespace_has_no_inventories(real_cluster: ControlPlane, hub: Writer) -> None:
    loaded = await store_of(hub).load()

    assert (loaded.inventories, loaded.foreign, loaded.unreadable) == ({}, (), {})


async def test_the_namespace_is_made_once(real_cluster: ControlPlane, hub: Writer) -> None:
    await store_of(hub).ensure_namespace()
    await store_of(hub).ensure_namespace()

    made = [r for r in real_cluster.audit_since(agent="fleethub") if r.resource == "namespaces" and r.is_write]
    assert [request.code for request in made] == [201]


async def test_growing_keeps_what_is_there(hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A, B))

    grown = await store.grow(inventory(hub, B, C, commit="f00d"))

    assert grown.members == {A, B, C}
    loaded = await store_of(hub).load()
    assert loaded.inventories == {"shop": grown}
    assert grown.intended == "f00d"


async def test_growing_by_nothing_writes_nothing(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A, B))
    mark = real_cluster.audit_mark()

    await store.grow(inventory(hub, A, commit="f00d"))
    await store.shrink(inventory(hub, A, B, commit="f00d"))

    assert writes(real_cluster, mark) == []


async def test_what_decides_is_written_without_a_change_of_members(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A))
    mark = real_cluster.audit_mark()

    await store.grow(replace(inventory(hub, A), on_removal=OnRemoval.ORPHAN))

    assert len(writes(real_cluster, mark)) == 1
    assert (await store_of(hub).load()).inventories["shop"].on_removal is OnRemoval.ORPHAN


async def test_shrinking_leaves_exactly_the_members_given(hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A, B, C))

    await store.shrink(inventory(hub, A))

    assert await members(hub) == {A}


async def test_growing_adds_to_what_another_hand_wrote(hub: Writer) -> None:
    mine, theirs = store_of(hub), store_of(hub)
    await mine.grow(inventory(hub, A))
    await theirs.load()
    await theirs.grow(inventory(hub, B))

    grown = await mine.grow(inventory(hub, C))

    assert grown.members == {A, B, C}
    assert await members(hub) == {A, B, C}


async def test_a_hub_that_has_not_read_adds_to_what_is_there(hub: Writer) -> None:
    await store_of(hub).grow(inventory(hub, A))

    await store_of(hub).grow(inventory(hub, B))

    assert await members(hub) == {A, B}


async def test_shrinking_is_refused_when_another_hand_wrote(hub: Writer) -> None:
    mine, theirs = store_of(hub), store_of(hub)
    await mine.grow(inventory(hub, A, B))
    await theirs.load()
    await theirs.grow(inventory(hub, C))

    with pytest.raises(ApiConflict):
        await mine.shrink(inventory(hub, A))

    assert await members(hub) == {A, B, C}
    assert mine.inventories["shop"].members == {A, B, C}


async def test_an_empty_inventory_is_deleted(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A))
    await store.shrink(inventory(hub))

    await store.delete("shop")

    assert names(real_cluster) == set()
    assert store.inventories == {}


async def test_an_inventory_that_lists_objects_is_not_deleted(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A))

    with pytest.raises(ValueError, match="still lists 1"):
        await store.delete("shop")

    assert names(real_cluster) == {"app.shop"}


async def test_a_large_inventory_is_split_and_put_together(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, *SOME))
    assert names(real_cluster) == {"app.shop", "part.1.shop"}

    await store.grow(inventory(hub, *MORE))

    assert names(real_cluster) == {"app.shop", "part.1.shop", "part.2.shop", "part.3.shop"}
    assert await members(hub) == MORE


async def test_an_inventory_that_became_small_is_one_part_again(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, *MORE))

    await store.shrink(inventory(hub, A))

    assert names(real_cluster) == {"app.shop"}
    assert await members(hub) == {A}


@pytest.mark.parametrize("survived", range(6))
async def test_a_crash_while_parts_are_split_loses_no_member(survived: int, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, *SOME))
    _die_after(hub, survived)

    with pytest.raises(LeaseLost):
        await _grow_and_shrink(hub, store)

    assert await members(hub) >= SOME


async def _grow_and_shrink(hub: Writer, store: InventoryStore) -> None:
    await store.grow(inventory(hub, *MORE))
    await store.shrink(inventory(hub, *SOME, A))
    await store.shrink(inventory(hub, *SOME))


@pytest.mark.parametrize("survived", range(4))
async def test_after_a_crash_the_next_hub_tidies_up(survived: int, real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, *SOME))
    _die_after(hub, survived)
    with pytest.raises(LeaseLost):
        await store.grow(inventory(hub, *MORE))
    hub.client.guard_with(lambda: None)
    restarted = store_of(hub)
    await restarted.load()

    await restarted.shrink(inventory(hub, A))

    assert names(real_cluster) == {"app.shop"}
    assert await members(hub) == {A}


def _die_after(hub: Writer, writes: int) -> None:
    left = iter(range(writes))

    def permit() -> None:
        if next(left, None) is None:
            raise LeaseLost(cluster="prod-eu-1", reason="the test says so")

    hub.client.guard_with(permit)


async def test_an_unreadable_inventory_is_named_and_not_touched(real_cluster: ControlPlane, hub: Writer) -> None:
    await store_of(hub).grow(inventory(hub, A))
    real_cluster.kube.patch(f"{OWN}/app.shop", {"data": {"members": "garbage"}}).ok()
    store = store_of(hub)

    loaded = await store.load()

    assert set(loaded.unreadable) == {"app.shop"}
    assert loaded.inventories == {}
    with pytest.raises(InventoryUnreadable, match=r"app\.shop"):
        await store.grow(inventory(hub, B))
    assert real_cluster.kube.get(f"{OWN}/app.shop").ok()["data"]["members"] == "garbage"


async def test_an_inventory_whose_labels_were_taken_off_does_not_vanish(real_cluster: ControlPlane, hub: Writer) -> None:
    await store_of(hub).grow(inventory(hub, A))
    real_cluster.kube.patch(f"{OWN}/app.shop", {"metadata": {"labels": None}}).ok()

    loaded = await store_of(hub).load()

    assert set(loaded.unreadable) == {"app.shop"}


async def test_another_fleets_inventory_is_not_written(real_cluster: ControlPlane, hub: Writer) -> None:
    await InventoryStore(hub.client, hub.identity, "umbrella").grow(replace(inventory(hub, A), fleet="umbrella"))
    store = store_of(hub)

    assert [found.fleet for found in (await store.load()).foreign] == ["umbrella"]
    with pytest.raises(ObserveOnly, match="umbrella"):
        await store.grow(inventory(hub, B))


async def test_adoption_writes_over_what_cannot_be_read(real_cluster: ControlPlane, hub: Writer) -> None:
    await store_of(hub).grow(inventory(hub, *MORE))
    real_cluster.kube.patch(f"{OWN}/part.1.shop", {"data": {"members": "garbage"}}).ok()
    store = store_of(hub)
    await store.load()

    await store.rebuild(inventory(hub, A, B))

    assert names(real_cluster) == {"app.shop"}
    assert await members(hub) == {A, B}


async def test_a_list_that_fails_is_no_empty_cluster(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A))
    real_cluster.stop_apiserver()

    with pytest.raises((ClusterUnreachable, ApiError)):
        await store.load()

    await real_cluster.start_apiserver()
    assert store.inventories["shop"].members == {A}


async def test_reading_all_while_one_is_written_forgets_nothing(hub: Writer) -> None:
    store = store_of(hub)
    apps = [AppKey("prod-eu-1", f"app-{number}") for number in range(30)]

    async with asyncio.TaskGroup() as group:
        for app in apps:
            group.create_task(store.grow(inventory(hub, A, app=app)), name=str(app))
            group.create_task(store.load(), name="load")

    assert {found.app for found in store.inventories.values()} == set(apps)
    for app in apps:
        await store.shrink(inventory(hub, B, app=app))
    assert {found.members for found in (await store_of(hub).load()).inventories.values()} == {frozenset({B})}


async def test_own_writes_are_told_from_others(real_cluster: ControlPlane, hub: Writer) -> None:
    store = store_of(hub)
    await store.grow(inventory(hub, A))
    ours = real_cluster.kube.get(f"{OWN}/app.shop").ok()["metadata"]["resourceVersion"]
    theirs = real_cluster.kube.patch(f"{OWN}/app.shop", {"data": {"prune": "false"}}).ok()["metadata"]["resourceVersion"]

    assert store.knows("app.shop", ours)
    assert not store.knows("app.shop", theirs)


async def test_kubectl_knows_the_inventory_as_an_applyset(real_cluster: ControlPlane, hub: Writer) -> None:
    await store_of(hub).grow(inventory(hub, A))

    labels = real_cluster.kube.get(f"{OWN}/app.shop").ok()["metadata"]["labels"]

    found = await real_cluster.kubectl(
        "get", "configmaps", "-n", "fleethub-system", "-l", "applyset.kubernetes.io/id", "-o", "name"
    )
    assert found.strip() == "configmap/app.shop"
    assert labels["applyset.kubernetes.io/id"].startswith("applyset-")
