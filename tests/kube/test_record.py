"""A Record reads back as it was written; of two copies of an entry the later is the true one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.errors import RecordTooLarge, RecordUnreadable
from fleet.kube.kept.record_format import encode, merged, read_shards, shard_body
from fleet.model.inventory import Approval, Departed, Identity, Outcome, Record, RecordEntry
from fleet.model.keys import ObjectKey
from fleet.model.sync_hook import HookEnd, HookPhase, HookRun

ENTRY = RecordEntry(
    applied="9c2e",
    intended="9c2f",
    digest="77",
    members="0d",
    previous="41a",
    outcomes=(Outcome(commit="9c2e", state="synced", time="2026-11-23T02:00:00Z"),),
    jobs=("Job.batch shop/migrate 5f3a",),
    decisions=(
        Approval(
            word="w0rd",
            by="ana",
            time="2026-11-23T02:00:00Z",
            keys=frozenset({ObjectKey("", "Namespace", "", "shop"), ObjectKey("apps", "Deployment", "shop", "web")}),
        ),
        Approval(
            word="partly",
            by="ana",
            time="2026-11-23T02:00:00Z",
            keys=frozenset(),
            rest=frozenset({"prod-eu-2", "prod-eu-3"}),
            spent=frozenset({ObjectKey("", "Service", "shop", "web")}),
        ),
    ),
    requested="77f",
    sequence=41,
)
RECORD = Record(fleet="acme", cluster=Identity(name="prod-eu-1", uid="6c1f"), repository="1a2b", apps={"shop": ENTRY})


def shard(number: int, apps: dict[str, RecordEntry], *, shards: int = 1, record: Record = RECORD) -> dict[str, Any]:
    entries = {app: encode(entry, cluster="prod-eu-1", app=app) for app, entry in apps.items()}
    return shard_body(record, number, shards=shards, entries=entries)


def read(*maps: dict[str, Any]) -> Record | None:
    return merged(read_shards(maps, cluster="prod-eu-1"), cluster="prod-eu-1")


def test_a_record_reads_back_as_it_was_written() -> None:
    assert read(shard(0, RECORD.apps)) == RECORD


def test_what_is_decided_for_the_cluster_is_read_from_any_shard() -> None:
    argo, flux = (Departed(engine=word, by="ana", time="2026-11-23T02:00:00Z") for word in ("argocd", "flux"))
    maps = [shard(0, RECORD.apps, shards=2, record=replace(RECORD, departed=(flux,)))]
    maps.append(shard(1, {}, record=replace(RECORD, departed=(argo, flux))))
    assert read(*maps) == replace(RECORD, departed=(argo, flux))


@pytest.mark.parametrize("removal", [False, True])
def test_a_run_of_hooks_reads_back_as_it_was_written(removal: bool) -> None:
    end = HookEnd(phase=HookPhase.PRE_SYNC, key=ObjectKey("batch", "Job", "shop", "migrate"), succeeded=False, reason="no table")
    run = HookRun(id="5f3a", fingerprint="77", removal=removal, first=True, failed=True, ended=(end,))
    found = read(shard(0, {"shop": replace(ENTRY, hooks=run)}))
    assert found is not None
    assert found.apps["shop"].hooks == run


def test_an_entry_may_say_as_little_as_its_sequence() -> None:
    body = shard(0, {})
    body["data"]["apps.json"] = '{"shop": {"sequence": 1}}'

    found = read(body)

    assert found is not None
    assert found.apps == {"shop": RecordEntry(sequence=1)}


def test_no_record_is_none() -> None:
    assert read({"metadata": {"name": "app.shop"}, "data": {}}) is None


def test_a_record_of_no_apps_is_a_record() -> None:
    assert read(shard(0, {})) == replace(RECORD, apps={})


@pytest.mark.parametrize("order", [pytest.param((0, 1), id="old first"), pytest.param((1, 0), id="new first")])
def test_of_two_copies_the_higher_sequence_wins(order: tuple[int, int]) -> None:
    newer = replace(ENTRY, applied="f00d", sequence=42)
    copies = [shard(0, {"shop": ENTRY}), shard(1, {"shop": newer})]

    found = read(*(copies[n] for n in order))

    assert found is not None
    assert found.apps == {"shop": newer}


def test_only_the_last_ten_outcomes_are_kept() -> None:
    outcomes = tuple(Outcome(commit=str(number), state="synced", time="2026-11-23T02:00:00Z") for number in range(12))

    found = read(shard(0, {"shop": replace(ENTRY, outcomes=outcomes)}))

    assert found is not None
    assert [outcome.commit for outcome in found.apps["shop"].outcomes] == [str(number) for number in range(2, 12)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"format": "2"}, id="a later format"),
        pytest.param({"cluster": "prod-eu-1"}, id="no UID"),
        pytest.param({"repository": None}, id="no repository"),
        pytest.param({"apps.json": None}, id="no apps"),
        pytest.param({"apps.json": "{"}, id="half of the apps"),
        pytest.param({"apps.json": "[]"}, id="apps that are a list"),
        pytest.param({"apps.json": '{"shop": {}}'}, id="no sequence"),
        pytest.param({"apps.json": '{"shop": {"sequence": 1, "outcomes": [1]}}'}, id="an outcome that is none"),
        pytest.param({"shards": "x"}, id="no count"),
    ],
)
def test_a_malformed_record_is_no_empty_one(data: dict[str, str | None]) -> None:
    body = shard(0, RECORD.apps)
    body["data"] = {name: value for name, value in {**body["data"], **data}.items() if value is not None}

    with pytest.raises(RecordUnreadable, match=r"fleethub-system/record\.0"):
        read(body)


def test_a_record_with_a_shard_missing_is_unreadable() -> None:
    with pytest.raises(RecordUnreadable, match=r"record\.1"):
        read(shard(0, {}, shards=2))


def test_a_record_without_its_first_shard_is_unreadable() -> None:
    with pytest.raises(RecordUnreadable, match=r"record\.0"):
        read(shard(1, {}, shards=2))


def test_a_split_that_was_not_finished_is_readable() -> None:
    halfway = read(shard(0, {"a": ENTRY, "b": ENTRY}, shards=1), shard(2, {"b": ENTRY}, shards=4))

    assert halfway is not None
    assert halfway.apps == {"a": ENTRY, "b": ENTRY}


def test_a_record_of_two_repositories_is_unreadable() -> None:
    other = replace(RECORD, repository="3c4d")

    with pytest.raises(RecordUnreadable, match="another fleet, cluster or repository"):
        read(shard(0, {}, shards=2), shard(1, {}, shards=2, record=other))


def test_one_app_cannot_fill_the_record() -> None:
    huge = replace(ENTRY, jobs=("x" * 300_000,))

    with pytest.raises(RecordTooLarge, match="App shop would take 3"):
        encode(huge, cluster="prod-eu-1", app="shop")
