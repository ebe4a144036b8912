"""Whose an object is: what another made, or another manages, is neither written nor deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fleet.model.sync import SyncReport, SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import running
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, GROUP, OWN, Place, fleet, names, quiet, report, without
from tests.flows.stories import app, at_rest, config_map, live, writes

WEB = f"{CONFIG_MAPS}/web-1"


@pytest.fixture
def place(tmp_path: Path, plane: Plane) -> Place:
    """One cluster with a Namespace in it, where something was before us."""
    plane.kube.create("/api/v1/namespaces", {"metadata": {"name": "shop"}}).ok()
    return Place(tmp_path, plane)


def there(plane: Plane, *, manager: str = "someone", value: str = "theirs", **metadata: Any) -> dict[str, Any]:
    """Make the ConfigMap that git will want, by another hand."""
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-1", "namespace": "shop", **metadata}}
    return plane.kube.apply(WEB, {**body, "data": {"value": value}}, manager=manager).ok()  # type: ignore[no-any-return]


async def refused(hub: Any, plane: Plane, *, name: str = "web") -> SyncReport:
    """Wait until an App failed, and give its report."""

    def failed() -> SyncReport | None:
        found = report(hub, plane, name)
        return found if found is not None and found.state is SyncState.FAILED else None

    return await eventually(failed)  # type: ignore[arg-type]


async def test_an_object_that_nobody_claims_is_adopted_in_place(place: Place, plane: Plane) -> None:
    body = {"metadata": {"name": "web-1", "namespace": "shop"}}
    uid = plane.kube.create(CONFIG_MAPS, body).ok()["metadata"]["uid"]
    first = place.commit(fleet([plane.name], web=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    found = live(plane, WEB)
    assert (found["metadata"]["uid"], found["data"]) == (uid, {"value": "1"})
    assert found["metadata"]["labels"]["fleethub.dev/fleet"] == "acme"


async def test_a_conflict_names_the_manager_and_the_line(place: Place, plane: Plane) -> None:
    before = there(plane, manager="someone")
    first = place.commit(fleet([plane.name], web=2))
    async with running(place.registry) as hub:
        message = (await refused(hub, plane)).message
        assert "someone" in message
        assert "apps/web/web-1.yaml:1" in message
        await eventually(lambda: "web-2" in names(plane))
        await quiet(hub, first, plane)
    assert live(plane, WEB)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


async def test_always_takes_what_somebody_claims(place: Place, plane: Plane) -> None:
    uid = there(plane)["metadata"]["uid"]
    files = fleet([plane.name], web=2)
    first = place.commit({**files, f"{GROUP}/web.yaml": app("web", "apps/web", adopt="Always")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    found = live(plane, WEB)
    assert (found["metadata"]["uid"], found["data"]) == (uid, {"value": "1"})


async def test_never_takes_nothing(place: Place, plane: Plane) -> None:
    before = plane.kube.create(CONFIG_MAPS, {"metadata": {"name": "web-1"}}).ok()
    files = fleet([plane.name], web=2)
    place.commit({**files, f"{GROUP}/web.yaml": app("web", "apps/web", adopt="Never")})
    async with running(place.registry) as hub:
        assert "Never" in (await refused(hub, plane)).message
    assert live(plane, WEB)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


ALIENS: dict[str, dict[str, Any]] = {
    "Argo CD": {"annotations": {"argocd.argoproj.io/tracking-id": "web:/ConfigMap:shop/web-1"}},
    "Flux": {"labels": {"kustomize.toolkit.fluxcd.io/name": "web"}},
    "fleet rivals": {"labels": {"fleethub.dev/fleet": "rivals"}},
}


@pytest.mark.parametrize(("whose", "metadata"), ALIENS.items(), ids=ALIENS.keys())
@pytest.mark.parametrize("adopt", ["IfNoConflict", "Always"])
async def test_an_object_of_another_engine_or_fleet_is_not_written_whatever_is_said(
    place: Place, plane: Plane, whose: str, metadata: dict[str, Any], adopt: str
) -> None:
    before = plane.kube.create(CONFIG_MAPS, {"metadata": {"name": "web-1", **metadata}}).ok()
    files = fleet([plane.name], web=2)
    first = place.commit({**files, f"{GROUP}/web.yaml": app("web", "apps/web", adopt=adopt)})
    async with running(place.registry) as hub:
        assert whose in (await refused(hub, plane)).message
        await quiet(hub, first, plane)
    assert live(plane, WEB)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


async def test_an_object_that_copied_our_marks_is_not_ours(place: Place, plane: Plane) -> None:
    first = place.commit(fleet([plane.name], web=2, other=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        body = live(plane, WEB)
        kept = {name: body["metadata"][name] for name in ("labels", "annotations")}
        copy = plane.kube.create(CONFIG_MAPS, {"metadata": {"name": "copy", **kept}, "data": {"mine": "yes"}}).ok()
        second = place.commit(without(f"{GROUP}/web.yaml"))
        await eventually(lambda: live(plane, f"{OWN}/app.web") is None)
        await at_rest(hub, second)
    assert live(plane, f"{CONFIG_MAPS}/copy")["metadata"]["resourceVersion"] == copy["metadata"]["resourceVersion"]


async def test_a_member_whose_mark_now_names_a_stranger_is_not_deleted(place: Place, plane: Plane) -> None:
    first = place.commit(fleet([plane.name], web=20))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    await plane.kubectl("--namespace=shop", "label", "configmap/web-1", "fleethub.dev/fleet=rivals", "--overwrite")
    second = place.commit(without("apps/web/web-1.yaml"))
    async with running(place.registry) as hub:
        await quiet(hub, second, plane)
    assert "web-1" in names(plane)


@pytest.mark.each_on_real
@pytest.mark.parametrize("order", ["new home first", "old home first"])
async def test_a_moved_object_changes_owner_in_place(place: Place, plane: Plane, order: str) -> None:
    first = place.commit(fleet([plane.name], aaa=8, zzz=8))
    old, new = ("zzz", "aaa") if order == "new home first" else ("aaa", "zzz")
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        path = f"{CONFIG_MAPS}/{old}-1"
        uid = live(plane, path)["metadata"]["uid"]
        mark = plane.audit_mark()
        second = place.commit({f"apps/{old}/{old}-1.yaml": None, f"apps/{new}/moved.yaml": config_map(f"{old}-1", "1")})
        await at_rest(hub, second)
        await eventually(lambda: f"ConfigMap shop/{old}-1" not in live(plane, f"{OWN}/app.{old}")["data"]["members"])
    found = live(plane, path)
    assert found["metadata"]["uid"] == uid
    assert found["metadata"]["annotations"]["fleethub.dev/owner"].startswith(f"{plane.name}/{new} ")
    assert not [write for write in writes(plane, mark) if write.startswith("delete")]


async def test_of_two_apps_that_claim_one_key_the_later_is_refused_by_name(place: Place, plane: Plane) -> None:
    files = fleet([plane.name], aaa=2, zzz=2)
    first = place.commit({**files, "apps/zzz/twice.yaml": config_map("aaa-1", "the later")})
    async with running(place.registry) as hub:
        message = (await refused(hub, plane, name="zzz")).message
        assert "aaa" in message
        await eventually(lambda: {"zzz-1", "zzz-2", "aaa-1"} <= names(plane))
        await quiet(hub, first, plane)
    assert live(plane, f"{CONFIG_MAPS}/aaa-1")["data"] == {"value": "1"}
