"""History answers what was synced, what changed and what drifted; never with the value of a Secret."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import orjson

from fleet.model.keys import AppKey
from fleet.model.plan import Action, Cause, Change, Done
from fleet.model.sync import SyncState
from fleet.model.values import ABSENT
from fleet.store import Keep, PastChange
from tests.store.conftest import Opened
from tests.store.reports import KEYS, NOON, SHOP, WEB, done, drift, report, revision

OTHER = AppKey("prod", "other")
AWAY = AppKey("stage", "shop")


async def test_a_sync_is_kept_with_its_commit_author_subject_and_changes(opened: Opened) -> None:
    async with opened() as store:
        await store.record_sync(report(7, done=(done(Action.CREATE), done(Action.DELETE, key=KEYS, cause=Cause.PRUNE))))
        await store.flush()
        (sync,) = await store.history()
    assert (sync.key, sync.commit, sync.author, sync.subject, sync.state) == (SHOP, f"{7:040x}", "Ana", "Change 7", "synced")
    assert (sync.started, sync.ended) == (NOON, NOON + timedelta(seconds=3))
    assert sync.changes == (
        PastChange(object="Deployment.apps/shop/web", action="create", cause="commit", reason="because"),
        PastChange(object="Secret/shop/keys", action="delete", cause="prune", reason="because"),
    )


async def test_a_change_of_another_commit_than_its_syncs_is_kept_with_that_ones_author(opened: Opened) -> None:
    changes = [replace(done(key=key).change, revision=revision(number).commit) for number, key in ((3, WEB), (7, KEYS))]
    made = report(7, done=tuple(Done(change=change) for change in changes))
    async with opened() as store:
        await store.record_sync(replace(made, authored={revision(3).commit: replace(revision(3), author="Ben")}))
        await store.flush()
        (sync,) = await store.history()
    assert made.named == {revision(3).commit, revision(7).commit}
    assert [(each.commit, each.author, each.subject) for each in sync.changes] == [
        (revision(3).commit, "Ben", "Change 3"),
        ("", "", ""),
    ]


async def test_what_failed_and_what_was_held_is_kept_and_what_stayed_as_it_was_is_not(opened: Opened) -> None:
    held = Change(action=Action.HOLD, key=KEYS, reason="too many")
    same = Change(action=Action.UNCHANGED, key=WEB)
    async with opened() as store:
        await store.record_sync(report(done=(done(error="no quota"),), still=(held, same)))
        await store.flush()
        (sync,) = await store.history()
    assert [(change.object, change.action, change.error) for change in sync.changes] == [
        ("Deployment.apps/shop/web", "configure", "a.yaml:1: Deployment.apps/shop/web: no quota"),
        ("Secret/shop/keys", "hold", ""),
    ]


async def test_history_is_newest_first_and_asked_by_cluster_app_and_object(opened: Opened) -> None:
    async with opened() as store:
        for number, app, key in ((1, SHOP, WEB), (2, OTHER, KEYS), (3, AWAY, WEB), (4, SHOP, KEYS)):
            await store.record_sync(report(number, app=app, done=(done(key=key),)))
        await store.flush()
        asked = {
            "all": await store.history(),
            "cluster": await store.history("prod"),
            "app": await store.history("prod", "shop"),
            "object": await store.history(object="Deployment.apps/shop/web"),
            "object of an app": await store.history("prod", "shop", object="Secret/shop/keys"),
            "two": await store.history(limit=2),
        }
    assert {name: [int(sync.commit, 16) for sync in syncs] for name, syncs in asked.items()} == {
        "all": [4, 3, 2, 1],
        "cluster": [4, 2, 1],
        "app": [4, 1],
        "object": [3, 1],
        "object of an app": [4],
        "two": [4, 3],
    }


async def test_equal_syncs_in_a_row_that_change_nothing_are_one_row_that_counts(opened: Opened, file: Path) -> None:
    async with opened() as store:
        for hours in range(3):
            await store.record_sync(report(1, state=SyncState.FAILED, message="no quota", hours=hours))
        await store.flush()
        await store.record_sync(report(1, state=SyncState.FAILED, message="no quota", hours=3))
        await store.flush()
        await store.record_sync(report(1, state=SyncState.SYNCED, hours=4))
        await store.record_sync(report(1, state=SyncState.FAILED, message="no quota", hours=5))
        await store.flush()
        syncs = await store.history()
    assert [(sync.state, sync.attempts, sync.ended - NOON) for sync in syncs] == [
        ("failed", 1, timedelta(hours=5, seconds=3)),
        ("synced", 1, timedelta(hours=4, seconds=3)),
        ("failed", 4, timedelta(hours=3, seconds=3)),
    ]


async def test_the_last_sync_of_every_app_is_known(opened: Opened) -> None:
    async with opened() as store:
        for number, app in ((1, SHOP), (2, OTHER), (3, SHOP)):
            await store.record_sync(report(number, app=app))
        await store.flush()
        last = await store.last_syncs()
    assert {app: int(sync.commit, 16) for app, sync in last.items()} == {SHOP: 3, OTHER: 2}


async def test_a_drift_is_kept_with_old_and_new_value_who_when_and_whether_it_was_reverted(opened: Opened) -> None:
    async with opened() as store:
        await store.record_sync(report(done=(done(cause=Cause.DRIFT),), drifts=(drift(), drift(KEYS, path="/data"))))
        await store.record_drift(drift(live=ABSENT), seen=NOON)
        await store.flush()
        alone, secret, web = await store.drifts("prod", "shop")
        of_object = await store.drifts(object="Secret/shop/keys")
    assert web.fields == ({"path": "/spec/replicas", "git": 3, "live": 1},)
    assert (web.kind, web.manager, web.time, web.seen) == ("ownership", "kubectl-edit", "2026-11-23T10:00:00Z", NOON)
    assert (web.reverted, secret.reverted, alone.reverted) == (True, False, False)
    assert alone.fields == ({"path": "/spec/replicas", "git": 3},)
    assert of_object == (secret,)


async def test_the_value_of_a_secret_never_reaches_the_database(opened: Opened, file: Path) -> None:
    async with opened() as store:
        await store.record_drift(drift(KEYS, git="hunter2", live="hunter3", path="/data/password"), seen=NOON)
        await store.flush()
        (kept,) = await store.drifts()
    assert kept.fields == ({"path": "/data/password"},)
    assert b"hunter" not in b"".join(part.read_bytes() for part in file.parent.iterdir())


async def test_a_value_too_long_to_be_read_is_left_out(opened: Opened) -> None:
    async with opened() as store:
        await store.record_drift(drift(git="x" * 10_000, live="y"), seen=NOON)
        await store.flush()
        (kept,) = await store.drifts()
    assert kept.fields == ({"path": "/spec/replicas", "live": "y"},)


async def test_records_are_ready_for_json(opened: Opened) -> None:
    async with opened() as store:
        await store.record_sync(report(done=(done(),), drifts=(drift(),)))
        await store.flush()
        records = (*await store.history(), *await store.drifts())
    for record in records:
        assert orjson.loads(orjson.dumps(record)) == json.loads(json.dumps(asdict(record), default=lambda time: time.isoformat()))


async def test_text_no_database_takes_is_made_takable(opened: Opened) -> None:
    async with opened() as store:
        await store.record_sync(report(message="a\0b\ud800c"))
        await store.flush()
        (sync,) = await store.history()
    assert sync.message == "ab?c"


async def test_history_is_trimmed_by_age_with_its_changes(opened: Opened) -> None:
    async with opened(keep=Keep(max_age=3600.0)) as store:
        await store.record_sync(report(1, done=(done(),), drifts=(drift(),), hours=-0.9))
        await store.record_sync(report(2, done=(done(),), drifts=(drift(),)))
        await store.flush()
        assert len(await store.history()) == 2
        await store.trim(now=NOON + timedelta(minutes=10))
        assert [sync.subject for sync in await store.history()] == ["Change 2"]
        assert len(await store.drifts()) == 1


async def test_history_is_trimmed_by_count_and_the_newest_stay(opened: Opened) -> None:
    async with opened(keep=Keep(max_age=10 * 365 * 86400.0, max_syncs=3, max_drifts=2)) as store:
        for number in range(10):
            await store.record_sync(report(number, done=(done(),), drifts=(drift(),)))
        await store.flush()
        await store.trim(now=NOON)
        assert [int(sync.commit, 16) for sync in await store.history()] == [9, 8, 7]
        assert len(await store.drifts()) == 2
        assert await store.history(object="Deployment.apps/shop/web", limit=99) == await store.history()
