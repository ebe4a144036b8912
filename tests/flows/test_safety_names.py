"""One cluster under two names: the cluster itself says which it is, and no other name ever writes to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.controlplane.detour import Detour, detour
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, running, write_registry
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, OWN, Place, fleet, names, observing, quiet
from tests.flows.stories import at_rest, config_map, live, writes


@pytest.fixture
async def ways(tmp_path: Path, plane: Plane) -> AsyncIterator[tuple[Detour, Detour]]:
    """Two ways into one cluster, both closed."""
    async with detour(plane, tmp_path / "one") as first, detour(plane, tmp_path / "two") as second:
        yield first, second


@pytest.fixture
def place(tmp_path: Path, plane: Plane, ways: tuple[Detour, Detour]) -> Place:
    """A monorepo of clusters `one` and `two`, which are one, registered by those ways."""
    made = Place(tmp_path, plane)
    made.commit(fleet(["one", "two"], web=5))
    registry = write_registry(tmp_path, made.repository.path, [plane] * 2, settings=FAST, names=["one", "two"])
    lines = registry.read_text().splitlines()
    text = [_leading(line, tmp_path, plane) for line in lines]
    registry.write_text("\n".join(text) + "\n")
    return made


def _leading(line: str, directory: Path, plane: Plane) -> str:
    for name in ("one", "two"):
        if f"{{name: {name}," in line:
            return line.replace(str(plane.kubeconfig), str(directory / name))
    return line


async def test_the_second_name_never_writes_whichever_answers_first(
    place: Place, plane: Plane, ways: tuple[Detour, Detour]
) -> None:
    one, two = ways
    first = place.commit({})
    await one.open()
    async with running(place.registry) as hub:
        await at_rest(hub, first, "one")
        assert live(plane, f"{CONFIG_MAPS}/web-1")["metadata"]["annotations"]["fleethub.dev/owner"].startswith("one/web ")
        # From the moment that the second name answers, neither writes.
        await two.open()
        assert "also answers as cluster two" in await observing(hub, "one")
        assert "also answers as cluster one" in await observing(hub, "two")
        mark = plane.audit_mark()
        second = place.commit({"apps/web/web-1.yaml": config_map("web-1", "2"), "apps/web/web-2.yaml": None})
        await quiet(hub, second, "one")
        assert writes(plane, mark) == []
    # The next hub reaches it by its second name alone: what the cluster says of itself is against that.
    await one.close()
    place.forget()
    mark = plane.audit_mark()
    async with running(place.registry) as hub:
        assert "is of cluster one" in await observing(hub, "two")
        await quiet(hub, second, "two")
    assert writes(plane, mark) == []
    assert len(names(plane, "web-")) == 5


async def test_a_new_cluster_says_whose_it_is_before_anything_else_is_written(
    place: Place, plane: Plane, ways: tuple[Detour, Detour]
) -> None:
    first = place.commit({})
    await ways[0].open()
    async with running(place.registry) as hub:
        await at_rest(hub, first, "one")
    found = [request for request in plane.audit_since(agent="fleethub") if request.is_write]
    first_of_all = next(request for request in found if request.resource not in ("leases", "namespaces"))
    assert (first_of_all.verb, first_of_all.body["metadata"]["name"]) == ("create", "record.0")
    assert first_of_all.body["data"]["cluster"].startswith("one ")
    assert first_of_all.body["data"]["apps.json"] == "{}"


async def test_of_two_hubs_that_name_a_new_cluster_differently_one_is_believed(
    tmp_path: Path, place: Place, plane: Plane, ways: tuple[Detour, Detour]
) -> None:
    first = place.commit({})
    settings, planes = FAST, [plane]
    ours = write_registry(tmp_path / "ours", place.repository.path, planes, settings=settings, names=["one"])
    theirs = write_registry(tmp_path / "theirs", place.repository.path, planes, settings=settings, names=["two"])
    async with running(ours) as hub:
        await at_rest(hub, first)
        async with running(theirs) as other:
            await eventually(lambda: "holds it" in other.state.clusters["two"].message if other.state.clusters else False)
    mark = plane.audit_mark()
    async with running(theirs) as other:
        assert "is of cluster one" in await observing(other, "two")
        await quiet(other, first, "two")
    assert writes(plane, mark) == []
    assert live(plane, f"{OWN}/record.0")["data"]["cluster"].startswith("one ")
