"""Which cluster it is, which fleet's, and of which history: what does not fit is only observed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fleet.errors import DecisionRefused
from fleet.hub.decisions import adopt
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, GROUP, OWN, Place, deletes, fleet, names, observing, quiet, ready, without
from tests.flows.stories import at_rest, config_map, live, writes

LEASE = "/apis/coordination.k8s.io/v1/namespaces/fleethub-system/leases/fleethub"


@pytest.fixture
def place(tmp_path: Path, plane: Plane) -> Place:
    """One cluster with an App of ten objects and one of two."""
    made = Place(tmp_path, plane)
    made.commit(fleet([plane.name], web=10, other=2))
    return made


async def test_a_new_cluster_at_the_same_address_receives_everything(place: Place, fresh_plane: Plane) -> None:
    plane = fresh_plane
    registry = write_registry(place.directory, place.repository.path, [plane], settings=FAST)
    first = place.commit({f"{GROUP}/{plane.name}/own.yaml": config_map("own", plane.name)})
    async with running(registry) as hub:
        await at_rest(hub, first)
    await plane.wipe()
    async with running(registry) as hub:
        await at_rest(hub, first)
    assert len(names(plane, "web-")) == 10


async def test_a_cluster_that_is_replaced_while_the_hub_runs_receives_everything(place: Place, fresh_plane: Plane) -> None:
    plane = fresh_plane
    registry = write_registry(place.directory, place.repository.path, [plane], settings=FAST)
    first = place.commit({f"{GROUP}/{plane.name}/own.yaml": config_map("own", plane.name)})
    async with running(registry) as hub:
        await at_rest(hub, first)
        await plane.wipe()
        await eventually(lambda: len(names(plane, "web-")) == 10)
        await at_rest(hub, first)


async def test_a_cluster_of_another_uid_than_the_registrys_is_only_observed(place: Place, plane: Plane) -> None:
    text = place.registry.read_text().replace("- {name", "- {uid: 11111111-2222-3333-4444-555555555555, name")
    place.registry.write_text(text)
    async with running(place.registry) as hub:
        assert "11111111" in await observing(hub, plane.name)
        await quiet(hub, place.commit({}), plane)
        with pytest.raises(DecisionRefused):
            await adopt(hub, plane.name, by="ana")
    assert [write for write in writes(plane) if "/namespaces?" not in write] == []


async def test_one_cluster_under_two_names_is_written_under_neither(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet(["one", "two"], web=2))
    planes = [plane, plane]
    registry = write_registry(tmp_path, place.repository.path, planes, settings=FAST, names=["one", "two"])
    async with running(registry) as hub:
        assert "also answers as cluster two" in await observing(hub, "one")
        assert "also answers as cluster one" in await observing(hub, "two")
        mark = plane.audit_mark()
        await eventually(lambda: hub.revisions.map is not None and hub.revisions.map.revision.commit == first)
        second = place.commit({"apps/web/web-1.yaml": config_map("web-1", "2")})
        await eventually(lambda: hub.revisions.map is not None and hub.revisions.map.revision.commit == second)
        await observing(hub, "one")
        await observing(hub, "two")
    assert writes(plane, mark) == []


async def test_a_second_name_for_a_cluster_at_work_stops_both(place: Place, plane: Plane) -> None:
    first = place.commit({f"{GROUP}/two/own.yaml": config_map("own", "two")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    planes = [plane, plane]
    names_ = [plane.name, "two"]
    registry = write_registry(place.directory, place.repository.path, planes, settings=FAST, names=names_)
    mark = plane.audit_mark()
    async with running(registry) as hub:
        await observing(hub, plane.name)
        await observing(hub, "two")
        second = place.commit({"apps/web/web-1.yaml": config_map("web-1", "2")})
        await eventually(lambda: hub.revisions.map is not None and hub.revisions.map.revision.commit == second)
        await observing(hub, "two")
    assert writes(plane, mark) == []


CLAIMED = {
    "Inventory": ("app.web", {"metadata": {"labels": {"fleethub.dev/fleet": "rivals"}}}, "rivals"),
    "Record": ("record.0", {"metadata": {"labels": {"fleethub.dev/fleet": "rivals"}}}, "rivals"),
    "Inventory of another cluster": ("app.web", {"data": {"cluster": "prod-eu-9 9999"}}, "prod-eu-9"),
    "Record of another cluster": ("record.0", {"data": {"cluster": "prod-eu-9 9999"}}, "prod-eu-9"),
}


@pytest.mark.parametrize(("name", "patch", "whose"), CLAIMED.values(), ids=CLAIMED.keys())
@pytest.mark.parametrize("when", ["before it starts", "while it runs"])
async def test_a_cluster_that_says_it_is_anothers_is_only_observed(
    place: Place, plane: Plane, name: str, patch: dict[str, object], whose: str, when: str
) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        if when == "while it runs":
            plane.kube.patch(f"{OWN}/{name}", patch).ok()
            assert whose in await observing(hub, plane.name)
            await _writes_nothing(hub, place, plane)
            return
    plane.kube.patch(f"{OWN}/{name}", patch).ok()
    async with running(place.registry) as hub:
        assert whose in await observing(hub, plane.name)
        await _writes_nothing(hub, place, plane)


async def _writes_nothing(hub: object, place: Place, plane: Plane) -> None:
    mark = plane.audit_mark()
    second = place.commit({"apps/web/web-1.yaml": None, "apps/web/web-2.yaml": config_map("web-2", "2")})
    await quiet(hub, second, plane)  # type: ignore[arg-type]
    assert writes(plane, mark) == []


async def test_a_lease_of_another_fleet_is_never_taken(place: Place, plane: Plane) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    spec = {"holderIdentity": "", "leaseDurationSeconds": 3}
    plane.kube.patch(LEASE, {"metadata": {"labels": {"fleethub.dev/fleet": "rivals"}}, "spec": spec}).ok()
    place.commit({"apps/web/web-2.yaml": config_map("web-2", "2")})
    mark = plane.audit_mark()
    async with running(place.registry) as hub:
        await eventually(lambda: "rivals" in hub.state.clusters[plane.name].message if hub.state.clusters else False)
        await eventually(lambda: hub.revisions.map is not None)
        assert hub.clusters[plane.name].site is None
    assert writes(plane, mark) == []
    assert live(plane, LEASE)["spec"].get("holderIdentity", "") == ""


async def test_a_foreign_lease_that_appears_while_the_hub_runs_stops_it(place: Place, plane: Plane) -> None:
    async with running(place.registry) as hub:
        await at_rest(hub, place.commit({}))
        spec = {"holderIdentity": "rivals/1", "leaseDurationSeconds": 1, "renewTime": "2026-11-23T06:00:00.000000Z"}
        plane.kube.patch(LEASE, {"metadata": {"labels": {"fleethub.dev/fleet": "rivals"}}, "spec": spec}).ok()
        assert "rivals" in await observing(hub, plane.name)
        mark = plane.audit_mark()
        second = place.commit({"apps/web/web-1.yaml": None, "apps/web/web-2.yaml": config_map("web-2", "2")})
        await eventually(lambda: hub.revisions.map is not None and hub.revisions.map.revision.commit == second)
        # Longer than that lease says it lasts: another fleet's is not taken when it has ended either.
        await asyncio.sleep(3)
        assert "rivals" in await observing(hub, plane.name)
        assert writes(plane, mark) == []
        assert live(plane, LEASE)["spec"]["holderIdentity"] == "rivals/1"


async def test_another_repository_is_only_observed_until_it_is_adopted(place: Place, plane: Plane) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    other = Monorepo(place.directory / "other")
    second = other.commit(fleet([plane.name], web=9, other=2))
    registry = write_registry(place.directory, other.path, [plane], settings=FAST)
    mark = plane.audit_mark()
    async with running(registry) as hub:
        assert "another repository" in await observing(hub, plane.name)
        await quiet(hub, second, plane)
        assert writes(plane, mark) == []
        assert await adopt(hub, plane.name, by="ana") == (plane.name,)
        await at_rest(hub, second)
        assert len(names(plane, "web-")) == 9
    mark = plane.audit_mark()
    async with running(registry) as hub:
        await at_rest(hub, second)
    assert writes(plane, mark) == []


@pytest.mark.parametrize("when", ["before it starts", "while it runs"])
async def test_a_head_that_diverged_is_only_observed_until_it_is_adopted(place: Place, plane: Plane, when: str) -> None:
    base = place.commit({})
    first = place.commit({"apps/web/web-2.yaml": config_map("web-2", "2")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        if when == "while it runs":
            await _diverged(hub, place, plane, base)
            return
    async with running(place.registry) as hub:
        await _diverged(hub, place, plane, base)


async def _diverged(hub: object, place: Place, plane: Plane, base: str) -> None:
    place.repository.git("reset", "--quiet", "--hard", base)
    mark = plane.audit_mark()
    second = place.commit({**without("apps/web/web-1.yaml"), "apps/web/web-3.yaml": config_map("web-3", "3")})
    await observing(hub, plane.name, "diverged")  # type: ignore[arg-type]
    await quiet(hub, second, plane)  # type: ignore[arg-type]
    assert writes(plane, mark) == []
    await adopt(hub, plane.name, by="ana")  # type: ignore[arg-type]
    await at_rest(hub, second)  # type: ignore[arg-type]
    assert live(plane, f"{CONFIG_MAPS}/web-3")["data"] == {"value": "3"}
    assert deletes(plane, mark) == [f"{CONFIG_MAPS}/web-1"]


async def test_a_history_that_was_begun_anew_is_adopted_once_and_for_all(place: Place, plane: Plane) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        place.repository.git("checkout", "--quiet", "--orphan", "anew")
        place.repository.git("commit", "--quiet", "--message", "Begin anew")
        place.repository.git("branch", "--quiet", "--force", "main", "anew")
        await eventually(lambda: "another repository" in hub.state.clusters[plane.name].message)
        await adopt(hub, plane.name, by="ana")
        await ready(hub, plane.name)
        await at_rest(hub, place.repository.git("rev-parse", "HEAD"))
    async with running(place.registry) as hub:
        await at_rest(hub, place.repository.git("rev-parse", "HEAD"))


async def test_a_head_behind_the_record_is_written_nowhere_until_it_catches_up(place: Place, plane: Plane) -> None:
    base = place.commit({})
    first = place.commit({"apps/web/web-2.yaml": config_map("web-2", "2"), "apps/web/web-11.yaml": config_map("web-11", "1")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        mark = plane.audit_mark()
        place.repository.git("reset", "--quiet", "--hard", base)
        assert "does not have" in await observing(hub, plane.name)
        await quiet(hub, base, plane)
        with pytest.raises(DecisionRefused):
            await adopt(hub, plane.name, by="ana")
        assert writes(plane, mark) == []
        place.repository.git("reset", "--quiet", "--hard", first)
        await ready(hub, plane.name)
        await at_rest(hub, first)
    assert writes(plane, mark) == []
    assert "web-11" in names(plane)


async def test_a_head_that_stays_behind_has_diverged(place: Place, plane: Plane) -> None:
    base = place.commit({})
    first = place.commit({"apps/web/web-2.yaml": config_map("web-2", "2")})
    settings = FAST.replace("}", ", behindFetches: 3, behindFor: 4s}")
    registry = write_registry(place.directory, place.repository.path, [plane], settings=settings)
    async with running(registry) as hub:
        await at_rest(hub, first)
        place.repository.git("reset", "--quiet", "--hard", base)
        assert "does not have" in await observing(hub, plane.name)
        await eventually(lambda: "diverged" in hub.state.clusters[plane.name].message)
        await adopt(hub, plane.name, by="ana")
        await at_rest(hub, base)
    assert live(plane, f"{CONFIG_MAPS}/web-2")["data"] == {"value": "1"}
