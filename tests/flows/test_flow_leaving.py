"""An App that is removed runs its last hooks: before its first delete, and after its last; nothing goes before they ended."""

from __future__ import annotations

from pathlib import Path

import orjson

from fleet.hub.decisions import approve, resync
from fleet.model.keys import AppKey
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import running
from tests.flows.hooks import JOBS, SETTINGS, argo, done, ended, files, finish, helm, job, last_words, recorded
from tests.flows.planes import Plane
from tests.flows.safety import GROUP, OWN, Place, held, names, quiet
from tests.flows.stories import app, at_rest, config_map, live

GONE = {f"{GROUP}/shop.yaml": None}
DECLARED = {f"{GROUP}/shop.yaml": app("shop", "apps/shop")}


async def test_the_last_hooks_run_before_the_first_delete_and_after_the_last(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    hooks = {
        "drain": job("drain", *argo("PreDelete", wave="-1", policy="HookSucceeded")),
        "backup": job("backup", *argo("PreDelete")),
        "free": job("free", *helm("post-delete")),
    }
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await quiet(hub, first, plane)
        assert done(plane) == ["created settings"]
        second = place.commit({**GONE, "apps/shop/backup.yaml": None})
        await at_rest(hub, second)
        await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
        await quiet(hub, second, plane)
    found = done(plane)
    found.remove("deleted drain")  # when it is in the Record that its phase is over: before or after what comes next
    assert found == [
        *("created settings", "created drain", "created backup", "deleted settings"),
        *("created free", "deleted free", "deleted backup"),
    ]
    assert recorded(plane) == {}


async def test_nothing_is_deleted_after_a_pre_delete_hook_that_failed(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    hooks = {
        "drain": job("drain", *argo("PreDelete", wave="-1")),
        "backup": job("backup", *argo("PreDelete"), image="failing:1"),
    }
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(GONE)
        last = await ended(hub, plane, second, SyncState.FAILED, says=last_words(plane))
        assert "apps/shop/backup.yaml:1: PreDelete hook Job.batch/shop/backup failed" in last.message
        await quiet(hub, second, plane)
        assert done(plane) == ["created settings", "created drain", "created backup"]
        # Who asks has all of them run again.
        resync(hub, plane.name, "shop")
        await eventually(lambda: done(plane).count("created backup") == 2)
        await ended(hub, plane, second, SyncState.FAILED, says=last_words(plane))
        assert names(plane, "settings") == {"settings"}
        # A hook is mended by declaring the App again.
        third = place.commit({**DECLARED, "apps/shop/backup.yaml": job("backup", *argo("PreDelete"), version=2)})
        await at_rest(hub, third)
        await at_rest(hub, place.commit(GONE))
        await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
    assert names(plane, "settings") == set()
    assert live(plane, f"{JOBS}/backup") is None


async def test_a_hub_that_is_replaced_in_the_midst_runs_no_last_hook_twice(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    hooks = {"backup": job("backup", *argo("PreDelete")), "free": job("free", *argo("PostDelete"))}
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(GONE)
        await ended(hub, plane, second, SyncState.WAITING, says="PreDelete hook Job.batch/shop/backup")
    place.forget()
    async with running(place.registry) as hub:
        await ended(hub, plane, second, SyncState.WAITING, says="PreDelete hook Job.batch/shop/backup")
        assert done(plane) == ["created settings", "created backup"]
        finish(plane, "backup")
        await ended(hub, plane, second, SyncState.WAITING, says="PostDelete hook Job.batch/shop/free")
    place.forget()
    async with running(place.registry) as hub:
        await ended(hub, plane, second, SyncState.WAITING, says="PostDelete hook Job.batch/shop/free")
        finish(plane, "free")
        await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
        await quiet(hub, second, plane)
        assert AppKey(plane.name, "shop") not in hub.state.reports
    assert done(plane) == [
        "created settings",
        "created backup",
        "deleted settings",
        "created free",
        "deleted free",
        "deleted backup",
    ]


async def test_an_app_that_is_declared_again_stops_its_removal(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, backup=job("backup", *argo("PreDelete"))))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(GONE)
        await ended(hub, plane, second, SyncState.WAITING, says="PreDelete hook Job.batch/shop/backup")
        third = place.commit(DECLARED)
        await at_rest(hub, third)
        finish(plane, "backup")
        await quiet(hub, third, plane)
        assert done(plane) == ["created settings", "created backup"]
        # Another removal is another run: what is left of the first goes before.
        fourth = place.commit(GONE)
        await eventually(lambda: done(plane)[2:] == ["deleted backup", "created backup"])
        await ended(hub, plane, fourth, SyncState.WAITING, says="PreDelete hook Job.batch/shop/backup")
    assert names(plane, "settings") == {"settings"}


async def test_a_removal_that_is_held_runs_no_hook_and_its_word_counts_only_deletes(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    more = {f"apps/shop/more-{n}.yaml": config_map(f"more-{n}", "1") for n in range(6)}
    hooks = {"backup": job("backup", *argo("PreDelete")), "migrate": job("migrate", *argo("PreSync"))}
    chosen = app("shop", "apps/shop", clusters="{matchLabels: {shop: 'yes'}}")
    labels = f"{GROUP}/{plane.name}/cluster.yaml"
    own = {f"{GROUP}/shop.yaml": chosen, labels: "labels: {shop: 'yes'}"}
    first = place.commit({**files(plane, **hooks), **more, **own})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        before = done(plane)
        # An App that its selector no longer chooses vanished: nobody said that it is to be deleted.
        second = place.commit({labels: "labels: {shop: 'no'}"})
        holds = await held(hub, plane, "shop", commit=second)
        await quiet(hub, second, plane)
        assert done(plane) == before
        assert {key.name for _, key in holds["budget"].keys} == {"settings", "migrate", *(f"more-{n}" for n in range(6))}
        # Nothing of the removal has begun: taking it back changes nothing at all.
        third = place.commit({labels: "labels: {shop: 'yes'}"})
        await at_rest(hub, third)
        await quiet(hub, third, plane)
        assert done(plane) == before
    assert recorded(plane) == {"PreSync migrate": "succeeded"}


async def test_what_is_pruned_or_moves_runs_no_last_hook(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    more = {"apps/shop/more.yaml": config_map("more", "1")}
    first = place.commit({**files(plane, backup=job("backup", *argo("PreDelete"))), **more})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await at_rest(hub, place.commit({"apps/shop/more.yaml": None}))
        # The same objects under another App's name: nothing of them is deleted.
        third = place.commit({**GONE, f"{GROUP}/store.yaml": app("store", "apps/shop")})
        await at_rest(hub, third)
        await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
        await quiet(hub, third, plane)
    assert [each for each in done(plane) if "backup" in each or "deleted" in each] == ["deleted more"]
    assert live(plane, SETTINGS)["metadata"]["annotations"]["fleethub.dev/owner"].startswith(f"{plane.name}/store ")


async def test_an_app_that_leaves_its_objects_runs_no_last_hook(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    own = files(plane, backup=job("backup", *argo("PreDelete")))
    first = place.commit({**own, f"{GROUP}/shop.yaml": app("shop", "apps/shop", onRemoval="orphan")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(GONE)
        await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
        await quiet(hub, second, plane)
    assert [each for each in done(plane) if "backup" in each or "deleted" in each] == []


async def test_what_is_not_found_where_it_was_applied_is_looked_for_on_the_way_back(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    own = files(plane, free=job("free", *argo("PostDelete")))
    before = place.commit({name: text for name, text in own.items() if name not in GONE})
    async with running(place.registry) as hub:
        await at_rest(hub, before)
        await at_rest(hub, place.commit(DECLARED))
    remember(plane, applied=before)
    async with running(place.registry) as hub:
        await at_rest(hub, place.commit({"apps/other.txt": "no matter"}))
        third = place.commit(GONE)
        (hold,) = (await held(hub, plane, "shop", commit=third)).values()
        await approve(hub, hold.word, by="ana")
        await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
    assert done(plane) == ["created settings", "deleted settings", "created free", "deleted free"]


async def test_nothing_is_deleted_while_its_last_hooks_cannot_be_told(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    own = files(plane, backup=job("backup", *argo("PreDelete")))
    before = place.commit({name: text for name, text in own.items() if name not in GONE})
    async with running(place.registry) as hub:
        await at_rest(hub, before)
        await at_rest(hub, place.commit(DECLARED))
    # What was applied is rendered nowhere any more.
    remember(plane, applied=before, digest="of another version")
    third = place.commit(GONE)
    async with running(place.registry) as hub:
        (hold,) = (await held(hub, plane, "shop", commit=third)).values()
        # The word lets deletes through, and nothing that comes before them.
        await approve(hub, hold.word, by="ana")
        last = await ended(hub, plane, third, SyncState.FAILED, says="could not be told")
        assert "declare it again" in last.message
        await quiet(hub, third, plane)
        assert done(plane) == ["created settings"]
        await at_rest(hub, place.commit(DECLARED))
        await at_rest(hub, place.commit(GONE))
        await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
    assert [each for each in done(plane) if each.startswith(("created", "deleted"))] == [
        *("created settings", "created backup", "deleted settings", "deleted backup"),
    ]


def remember(plane: Plane, **facts: str) -> None:
    """Have the Record say something else of the App, as it would have been written long ago."""
    name = f"{OWN}/record.0"
    apps = orjson.loads(live(plane, name)["data"]["apps.json"])
    apps["shop"] |= facts
    plane.kube.patch(name, {"data": {"apps.json": orjson.dumps(apps).decode()}}).ok()
