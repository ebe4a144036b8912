"""The Record in a real cluster: few writes, and nothing that was reported done is ever lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from fleet.aio import owned
from fleet.errors import LeaseLost, ObserveOnly, RecordNotWritten, RecordUnreadable
from fleet.kube.kept.record import RecordKeeper
from fleet.kube.kept.rest import Rest
from fleet.model.inventory import Departed, Outcome, RecordEntry
from tests.controlplane import ControlPlane
from tests.controlplane.audit import Request
from tests.real.writers import OWN, Writer, writer

# As large as an App's entry is after its first syncs: 32 KiB hold some 60.
OUTCOMES = tuple(Outcome(commit=f"{number}" * 40, state="synced", time="2026-11-23T02:00:00Z") for number in range(3))
ENTRY = RecordEntry(applied="a" * 40, intended="a" * 40, digest="d" * 64, members="e" * 32, outcomes=OUTCOMES)
APPS = [f"app-{number}" for number in range(200)]


@pytest.fixture
async def hub(real_cluster: ControlPlane) -> AsyncIterator[Writer]:
    async with writer(real_cluster) as found:
        yield found


def keeper_of(hub: Writer, *, repository: str = "1a2b", rest: Rest | None = None) -> RecordKeeper:
    return RecordKeeper(hub.client, hub.identity, "acme", repository, rest=rest)


@asynccontextmanager
async def running(hub: Writer, *, rest: Rest | None = None) -> AsyncIterator[RecordKeeper]:
    keeper = keeper_of(hub, rest=rest)
    await keeper.load()
    async with owned("test") as owner:
        owner.forever(keeper.run(), name="record")
        yield keeper


async def commit_all(keeper: RecordKeeper, apps: list[str], entry: RecordEntry = ENTRY) -> None:
    async with asyncio.TaskGroup() as group:
        for app in apps:
            group.create_task(keeper.commit(app, entry), name=app)


async def commit_all_twice(keeper: RecordKeeper, apps: list[str]) -> None:
    await commit_all(keeper, apps)
    await commit_all(keeper, apps)


async def found(hub: Writer) -> dict[str, RecordEntry]:
    """What a hub that starts now would find."""
    record = await keeper_of(hub).load()
    return record.apps if record else {}


def writes(plane: ControlPlane) -> list[Request]:
    return [r for r in plane.audit_since(agent="fleethub") if r.is_write and r.resource == "configmaps"]


def shards(plane: ControlPlane) -> dict[str, Any]:
    return {m["metadata"]["name"]: m["data"] for m in plane.kube.list(OWN) if m["metadata"]["name"].startswith("record.")}


def die_after(hub: Writer, writes: int) -> None:
    left = iter(range(writes))

    def permit() -> None:
        if next(left, None) is None:
            raise LeaseLost(cluster="prod-eu-1", reason="the test says so")

    hub.client.guard_with(permit)


async def test_a_cluster_without_a_record_has_none(hub: Writer) -> None:
    assert await keeper_of(hub).load() is None


async def test_a_commit_returns_when_it_is_down(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        committed = await keeper.commit("shop", ENTRY)

        assert await found(hub) == {"shop": committed}
    assert committed == replace(ENTRY, sequence=1)
    assert shards(real_cluster)["record.0"]["repository"] == "1a2b"


async def test_a_later_entry_has_a_higher_sequence(hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("shop", ENTRY)
        again = await keeper.commit("shop", replace(ENTRY, applied="b" * 40))

    assert again.sequence == 2
    assert (await found(hub))["shop"].applied == "b" * 40


async def test_syncs_that_end_together_share_a_write(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        await commit_all(keeper, APPS[:30])

    assert len(writes(real_cluster)) == 1
    assert set(await found(hub)) == set(APPS[:30])


async def test_a_thousand_syncs_in_some_seconds_cost_a_few_dozen_writes(real_cluster: ControlPlane, hub: Writer) -> None:
    entry = replace(ENTRY, outcomes=OUTCOMES[:1])

    async def sync(keeper: RecordKeeper, number: int) -> None:
        await asyncio.sleep(number * 0.006)
        await keeper.commit(f"app-{number}", entry)

    began = asyncio.get_running_loop().time()
    async with running(hub) as keeper, asyncio.TaskGroup() as group:
        for number in range(1000):
            group.create_task(sync(keeper, number), name=str(number))
    seconds = asyncio.get_running_loop().time() - began  # some 8, where nothing else is done

    assert len(writes(real_cluster)) <= max(72, 9 * seconds)
    assert len(await found(hub)) == 1000
    assert max(len(data["apps.json"]) for data in shards(real_cluster).values()) <= 32 * 1024


async def test_the_last_sync_waits_for_no_other(hub: Writer) -> None:
    async with running(hub, rest=Rest(per_write=3600, longest=3600)) as keeper:
        await keeper.commit(APPS[0], ENTRY)
        async with asyncio.TaskGroup() as group:
            group.create_task(keeper.commit(APPS[0], ENTRY), name=APPS[0])
            await asyncio.sleep(0)
            keeper.hurry()

    assert (await found(hub))[APPS[0]].sequence == 2


async def test_only_the_shard_of_a_changed_app_is_written(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        await commit_all(keeper, APPS)
        before = len(writes(real_cluster))

        await keeper.commit(APPS[0], ENTRY)

        assert len(shards(real_cluster)) == 4
        assert len(writes(real_cluster)) == before + 1


async def test_a_forgotten_app_is_gone(hub: Writer) -> None:
    async with running(hub) as keeper:
        await commit_all(keeper, ["shop", "other"])

        await keeper.forget("shop")
        await keeper.forget("never-there")

    assert set(await found(hub)) == {"other"}


async def test_an_app_forgotten_before_it_was_written_never_was(hub: Writer) -> None:
    async with running(hub) as keeper, asyncio.TaskGroup() as group:
        group.create_task(keeper.commit("shop", ENTRY), name="commit")
        await asyncio.sleep(0)
        group.create_task(keeper.forget("shop"), name="forget")

    assert await found(hub) == {}


@pytest.mark.parametrize("survived", range(0, 9, 2))
async def test_a_crash_while_shards_are_split_loses_no_entry(survived: int, real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        await commit_all(keeper, APPS[:50])
        assert len(shards(real_cluster)) == 1
        die_after(hub, survived)
        with pytest.raises(ExceptionGroup):
            await commit_all_twice(keeper, APPS)

    assert set(await found(hub)) >= set(APPS[:50])
    hub.client.guard_with(lambda: None)
    async with running(hub) as restarted:
        await commit_all(restarted, APPS)
    names = [app for data in shards(real_cluster).values() for app in _apps(data)]
    assert sorted(names) == sorted(APPS)


def _apps(data: dict[str, str]) -> list[str]:
    return list(json.loads(data["apps.json"]))


async def test_another_hands_write_is_kept_and_ours_comes_after_it(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as mine, running(hub) as theirs:
        await mine.commit("shop", ENTRY)
        await theirs.load()
        await theirs.commit("other", ENTRY)
        await theirs.commit("shop", replace(ENTRY, applied="b" * 40))

        await mine.commit("shop", replace(ENTRY, applied="c" * 40))

    apps = await found(hub)
    assert set(apps) == {"shop", "other"}
    assert (apps["shop"].applied, apps["shop"].sequence) == ("c" * 40, 3)


async def test_a_deleted_shard_is_written_again_from_what_is_known(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        await commit_all(keeper, ["shop", "other"])
        real_cluster.kube.delete(f"{OWN}/record.0").ok()

        await keeper.commit("shop", ENTRY)

    assert set(await found(hub)) == {"shop", "other"}


async def test_a_write_that_fails_is_told_and_tried_again(hub: Writer) -> None:
    async with running(hub) as keeper:
        die_after(hub, 0)
        with pytest.raises(RecordNotWritten, match="the test says so"):
            await keeper.commit("shop", ENTRY)
        hub.client.guard_with(lambda: None)

        await keeper.commit("other", ENTRY)

    assert set(await found(hub)) == {"shop", "other"}


async def test_reading_anew_drops_what_could_not_be_written(hub: Writer) -> None:
    async with running(hub) as keeper:
        die_after(hub, 0)
        with pytest.raises(RecordNotWritten):
            await keeper.commit("shop", ENTRY)

        assert await keeper.load() is None

        hub.client.guard_with(lambda: None)
        await keeper.commit("other", ENTRY)
    assert set(await found(hub)) == {"other"}


async def test_a_commit_while_the_record_is_read_anew_is_not_taken_for_done(hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("shop", ENTRY)

        async with asyncio.TaskGroup() as group:
            group.create_task(keeper.load(), name="load")
            await asyncio.sleep(0)
            later = group.create_task(_committed(keeper, "other"), name="commit")

        assert set(await found(hub)) == {"shop", "other"} - ({"other"} if not later.result() else set())


async def _committed(keeper: RecordKeeper, app: str) -> bool:
    try:
        await keeper.commit(app, ENTRY)
    except RecordNotWritten:
        return False
    return True


async def test_what_is_pending_at_the_end_is_still_written(hub: Writer) -> None:
    async with owned("commits") as commits:
        async with running(hub, rest=Rest(last_write=60)) as keeper:
            await keeper.commit("first", ENTRY)
            pending = commits.spawn(keeper.commit("last", ENTRY), name="last")
            await asyncio.sleep(0)
        await pending

    assert set(await found(hub)) == {"first", "last"}


async def test_nothing_can_be_committed_after_the_end(hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("first", ENTRY)

    with pytest.raises(RecordNotWritten, match="stopping"):
        await keeper.commit("last", ENTRY)


async def test_who_waits_at_the_end_without_the_lease_is_told(hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("first", ENTRY)
        die_after(hub, 0)
        waits = asyncio.create_task(keeper.commit("last", ENTRY), name="last")
        await asyncio.sleep(0)

    with pytest.raises(RecordNotWritten):
        await waits


async def test_an_unreadable_record_is_not_written(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("shop", ENTRY)
    real_cluster.kube.patch(f"{OWN}/record.0", {"data": {"apps.json": "{"}}).ok()
    keeper = keeper_of(hub)

    with pytest.raises(RecordUnreadable, match=r"record\.0"):
        await keeper.load()
    with pytest.raises(RecordUnreadable):
        await keeper.commit("shop", ENTRY)

    assert shards(real_cluster)["record.0"]["apps.json"] == "{"


async def test_another_repositorys_record_is_read_and_not_written(hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("shop", ENTRY)
    other = keeper_of(hub, repository="3c4d")

    record = await other.load()

    assert record is not None
    assert (record.repository, set(record.apps)) == ("1a2b", {"shop"})
    with pytest.raises(ObserveOnly, match="repository 1a2b"):
        await other.commit("shop", ENTRY)


async def test_adoption_makes_the_record_anew(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        await commit_all(keeper, APPS)
    real_cluster.kube.patch(f"{OWN}/record.3", {"data": {"apps.json": "{"}}).ok()
    other = keeper_of(hub, repository="3c4d")

    await other.start_anew({"shop": replace(ENTRY, sequence=7)})

    record = await keeper_of(hub).load()
    assert record is not None
    assert (record.repository, record.apps) == ("3c4d", {"shop": replace(ENTRY, sequence=7)})


async def test_what_is_decided_for_the_cluster_stands_in_every_shard_and_is_kept(real_cluster: ControlPlane, hub: Writer) -> None:
    flux = Departed(engine="flux", by="ana", time="2026-11-23T02:00:00Z")
    async with running(hub) as keeper:
        await commit_all(keeper, APPS)
        await keeper.depart(flux)
        await keeper.depart(replace(flux, by="ben"))
        await keeper.commit("shop", ENTRY)

    assert {json.loads(data["departed.json"])[0][0] for data in shards(real_cluster).values()} == {"flux"}
    again = keeper_of(hub)
    await again.load()
    assert again.departed == (flux,)


async def test_a_decision_that_could_not_be_written_does_not_count(hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("shop", ENTRY)
        die_after(hub, 0)
        with pytest.raises(LeaseLost):
            await keeper.depart(Departed(engine="flux", by="ana", time=""))
        assert keeper.departed == ()


async def test_own_writes_are_told_from_others(real_cluster: ControlPlane, hub: Writer) -> None:
    async with running(hub) as keeper:
        await keeper.commit("shop", ENTRY)
        ours = real_cluster.kube.get(f"{OWN}/record.0").ok()["metadata"]["resourceVersion"]
        theirs = real_cluster.kube.patch(f"{OWN}/record.0", {"data": {"note": "x"}}).ok()["metadata"]["resourceVersion"]

        assert keeper.knows("record.0", ours)
        assert not keeper.knows("record.0", theirs)
