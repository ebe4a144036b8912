"""What is lost is found again from git and the clusters: nothing is deleted, nothing restarted."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.hub.decisions import adopt
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, running, write_registry
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, GROUP, OWN, Place, deletes, fleet, held, names, observing, quiet, without
from tests.flows.stories import BASE, WEB, at_rest, config_map, live, monorepo, writes


def uids(plane: Plane) -> dict[str, str]:
    """Every object outside of our own namespace, and its UID."""
    found = plane.kube.everything()
    return {" ".join(key): each["uid"] for key, each in found.items() if _of_users(key)}


def _of_users(key: tuple[str, ...]) -> bool:
    group, plural, namespace, _ = key
    return namespace == "shop" and plural not in ("events", "endpoints", "endpointslices") and group != "events.k8s.io"


@pytest.mark.parametrize("name", ["app.shop", "record.0"])
@pytest.mark.parametrize("when", ["while it runs", "while it is down"])
async def test_one_lost_config_map_of_ours_is_made_again(tmp_path: Path, plane: Plane, name: str, when: str) -> None:
    place = Place(tmp_path, plane)
    commit = place.commit(monorepo(plane.name))
    async with running(place.registry) as hub:
        await at_rest(hub, commit)
        before, web = uids(plane), live(plane, WEB)
        if when == "while it runs":
            plane.kube.delete(f"{OWN}/{name}").ok()
            await eventually(lambda: live(plane, f"{OWN}/{name}") is not None)
            await at_rest(hub, commit)
    if when == "while it is down":
        plane.kube.delete(f"{OWN}/{name}").ok()
        place.forget()
        async with running(place.registry) as hub:
            await eventually(lambda: live(plane, f"{OWN}/{name}") is not None)
            await at_rest(hub, commit)
    _nothing_happened(plane, before, web)
    assert "Deployment.apps shop/web" in live(plane, f"{OWN}/app.shop")["data"]["members"]


def _nothing_happened(plane: Plane, before: dict[str, str], web: dict) -> None:  # type: ignore[type-arg]
    assert uids(plane) == before
    assert deletes(plane) == []
    now = live(plane, WEB)
    assert now["metadata"]["generation"] == web["metadata"]["generation"]
    assert now["spec"] == web["spec"]


@pytest.mark.parametrize("when", ["while it runs", "while it is down"])
async def test_a_cluster_that_lost_all_of_ours_is_only_observed_until_it_is_adopted(
    tmp_path: Path, plane: Plane, when: str
) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(monorepo(plane.name))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        before, web = uids(plane), live(plane, WEB)
        if when == "while it runs":
            _lose_all(plane)
            await _adopted(hub, place, plane)
    if when == "while it is down":
        _lose_all(plane)
        place.forget()
        async with running(place.registry) as hub:
            await _adopted(hub, place, plane)
    _nothing_happened(plane, before, web)


def _lose_all(plane: Plane) -> None:
    for item in plane.kube.list(OWN):
        if item["metadata"]["name"] != "kube-root-ca.crt":
            plane.kube.delete(f"{OWN}/{item['metadata']['name']}").ok()


async def _adopted(hub: object, place: Place, plane: Plane) -> None:
    assert "no Inventory and no Record" in await observing(hub, plane.name)  # type: ignore[arg-type]
    mark = plane.audit_mark()
    second = place.commit({"readme.md": "nothing\n"})
    await quiet(hub, second, plane)  # type: ignore[arg-type]
    assert writes(plane, mark) == []
    await adopt(hub, plane.name, by="ana")  # type: ignore[arg-type]
    await at_rest(hub, second)  # type: ignore[arg-type]
    members = live(plane, f"{OWN}/app.shop")["data"]["members"].splitlines()
    assert members == ["ConfigMap shop/settings", "Deployment.apps shop/web", "Service shop/web"]


async def test_marked_objects_that_git_no_longer_wants_are_found_and_never_deleted_unasked(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], web=3))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    _lose_all(plane)
    second = place.commit(without(f"{GROUP}/web.yaml"))
    place.forget()
    async with running(place.registry) as hub:
        await observing(hub, plane.name)
        await adopt(hub, plane.name, by="ana")
        await quiet(hub, second, plane)
    assert len(names(plane, "web-")) == 3
    assert deletes(plane) == []


async def test_another_hub_goes_on_where_a_lost_one_stopped(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    commit = place.commit(monorepo(plane.name))
    async with running(place.registry) as hub:
        await at_rest(hub, commit)
    mark = plane.audit_mark()
    elsewhere = write_registry(tmp_path / "elsewhere", place.repository.path, [plane], settings=FAST)
    async with running(elsewhere) as hub:
        await at_rest(hub, commit)
    assert writes(plane, mark) == []


async def test_the_same_history_under_another_url_changes_nothing(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    commit = place.commit(monorepo(plane.name))
    async with running(place.registry) as hub:
        await at_rest(hub, commit)
    mark = plane.audit_mark()
    place.repository.git("clone", "--quiet", "--bare", str(place.repository.path), str(tmp_path / "moved.git"))
    async with running(write_registry(tmp_path, tmp_path / "moved.git", [plane], settings=FAST)) as hub:
        await at_rest(hub, commit)
    assert writes(plane, mark) == []


async def test_a_cluster_that_went_back_in_time_is_listed_anew_and_loses_nothing(tmp_path: Path, fresh_plane: Plane) -> None:
    plane = fresh_plane
    place = Place(tmp_path, plane)
    first = place.commit({**fleet([plane.name], web=8, other=2), **BASE})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        backup = plane.backup()
        second = place.commit(
            {
                "apps/web/web-9.yaml": config_map("web-9", "1"),
                "apps/web/web-1.yaml": None,
                "apps/web/web-2.yaml": config_map("web-2", "2"),
            }
        )
        await at_rest(hub, second)
        uid = live(plane, f"{CONFIG_MAPS}/web-3")["metadata"]["uid"]
        mark = plane.audit_mark()
        await plane.restore(backup)
        await eventually(lambda: names(plane, "web-") == {f"web-{n}" for n in range(2, 10)})
        await at_rest(hub, second)
        assert live(plane, f"{CONFIG_MAPS}/web-2")["data"] == {"value": "2"}
        assert live(plane, f"{CONFIG_MAPS}/web-3")["metadata"]["uid"] == uid
        assert deletes(plane, mark) == [f"{CONFIG_MAPS}/web-1"]
        await plane.kubectl("--namespace=shop", "delete", "configmap/web-4")
        await eventually(lambda: "web-4" in names(plane))


async def test_a_server_that_restarts_changes_nothing(tmp_path: Path, fresh_plane: Plane) -> None:
    plane = fresh_plane
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], web=8, other=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        mark = plane.audit_mark()
        plane.stop_apiserver()
        second = place.commit({"apps/web/web-2.yaml": config_map("web-2", "2")})
        await plane.start_apiserver()
        await at_rest(hub, second)
        await plane.kubectl("--namespace=shop", "delete", "configmap/web-4")
        await eventually(lambda: "web-4" in names(plane))
        await at_rest(hub, second)
    written = {write.partition("?")[0] for write in writes(plane, mark) if "fleethub-system" not in write}
    assert written == {f"patch {CONFIG_MAPS}/web-2", f"patch {CONFIG_MAPS}/web-4"}


async def test_a_held_deletion_is_still_held_after_everything_of_the_hub_was_lost(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], web=20))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without(*(f"apps/web/web-{n}.yaml" for n in range(1, 11))))
        word = (await held(hub, plane, "web", commit=second))["budget"].word
    elsewhere = write_registry(tmp_path / "elsewhere", place.repository.path, [plane], settings=FAST)
    async with running(elsewhere) as hub:
        assert (await held(hub, plane, "web"))["budget"].word == word
        await quiet(hub, second, plane)
    assert len(names(plane, "web-")) == 20
