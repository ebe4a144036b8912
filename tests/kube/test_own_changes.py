"""What a watch tells of our own ConfigMaps, early or late, is told from what somebody else did. On a sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fleet.aio import owned
from fleet.kube.kept.inventory import InventoryStore
from fleet.kube.kept.record import RecordKeeper
from fleet.model.app import OnRemoval
from fleet.model.inventory import Inventory, RecordEntry
from fleet.model.keys import AppKey, ObjectKey
from tests.flows.planes import SandboxPlane
from tests.real.writers import OWN, Writer, writer

ONE, TWO = (ObjectKey("", "ConfigMap", "shop", name) for name in ("one", "two"))
SHOP = f"{OWN}/app.shop"
RECORD = f"{OWN}/record.0"


@pytest.fixture
async def hub(plane: SandboxPlane) -> AsyncIterator[Writer]:
    async with writer(plane) as found:  # type: ignore[arg-type]
        yield found


def version(plane: SandboxPlane, path: str) -> str:
    return str(plane.kube.get(path).ok()["metadata"]["resourceVersion"])


def inventory(hub: Writer, *members: ObjectKey) -> Inventory:
    key = AppKey("prod-eu-1", "shop")
    facts = {"declared_by": None, "on_removal": OnRemoval.DELETE, "prune": True}
    return Inventory(app=key, fleet="acme", cluster=hub.identity, intended="9c2e", members=frozenset(members), **facts)


async def test_an_older_version_of_an_inventory_is_no_news_when_it_was_written_since(plane: SandboxPlane, hub: Writer) -> None:
    store = InventoryStore(hub.client, hub.identity, "acme")
    await store.grow(inventory(hub, ONE))
    first = version(plane, SHOP)
    await store.grow(inventory(hub, TWO))
    assert (store.knows("app.shop", first), store.knows("app.shop", version(plane, SHOP))) == (True, True)
    theirs = plane.kube.patch(SHOP, {"data": {"prune": "false"}}).ok()["metadata"]["resourceVersion"]
    assert not store.knows("app.shop", theirs)
    assert not store.knows("app.other", first)


async def test_an_inventory_that_is_made_again_is_not_missed_and_one_that_somebody_deleted_is(
    plane: SandboxPlane, hub: Writer
) -> None:
    store = InventoryStore(hub.client, hub.identity, "acme")
    await store.shrink(await store.grow(inventory(hub)))
    await store.delete("shop")
    gone = latest(plane)
    assert not store.misses("app.shop", gone)
    await store.grow(inventory(hub, ONE))
    assert not store.misses("app.shop", gone)
    plane.kube.request("DELETE", SHOP).ok()
    assert store.misses("app.shop", latest(plane))


async def test_an_older_version_of_a_record_is_no_news_when_it_was_written_since(plane: SandboxPlane, hub: Writer) -> None:
    keeper = RecordKeeper(hub.client, hub.identity, "acme", "1a2b")
    await keeper.load()
    async with owned("test") as owner:
        owner.forever(keeper.run(), name="record")
        await keeper.commit("shop", RecordEntry(applied="a" * 40))
        first = version(plane, RECORD)
        await keeper.commit("shop", RecordEntry(applied="b" * 40))
        assert (keeper.knows("record.0", first), keeper.knows("record.0", version(plane, RECORD))) == (True, True)
        assert not keeper.misses("record.0", first)
        theirs = plane.kube.patch(RECORD, {"data": {"note": "x"}}).ok()["metadata"]["resourceVersion"]
        assert not keeper.knows("record.0", theirs)
        plane.kube.request("DELETE", RECORD).ok()
        assert keeper.misses("record.0", latest(plane))


def latest(plane: SandboxPlane) -> str:
    """The version that the cluster is at."""
    return str(plane.kube.get(OWN).ok()["metadata"]["resourceVersion"])
