"""One Revision that would delete on many clusters deletes on none, until somebody says the word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fleet.errors import ClusterUnreachable
from fleet.hub.decisions import approve
from fleet.hub.hub import Hub
from fleet.model.plan import Hold
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, SHORT, running
from tests.flows.planes import Plane, PlanePool
from tests.flows.safety import GROUP, Place, deletes, fleet, held, names, objects, quiet, ready, without
from tests.flows.stories import app, at_rest

Planes = Sequence[Plane]


@pytest.fixture
async def planes(pool: PlanePool) -> Planes:
    """Five clusters: a guard that counts clusters needs some."""
    return await pool.lend(5)


@pytest.fixture
def settings() -> str:
    """Leases outlive a machine that stands still, where no test waits for their end."""
    return FAST


@pytest.fixture
def place(tmp_path: Path, planes: Planes, settings: str) -> Place:
    """A monorepo for the five; on the first four of them there is an App of twenty objects."""
    made = Place(tmp_path, *planes, settings=settings)
    made.commit({**fleet([plane.name for plane in planes], base=2), **objects("many", 20)})
    made.commit({f"{GROUP}/{plane.name}/many.yaml": app("many", "apps/many") for plane in planes[:4]})
    return made


LOSS = without("apps/many/many-1.yaml")
"""One object of twenty, which no guard of one App or cluster minds; on four clusters of five."""


def untouched(planes: Planes) -> None:
    """Fail unless every object is where it was."""
    assert [len(names(plane, "many-")) for plane in planes] == [20, 20, 20, 20, 0]
    assert [deletes(plane) for plane in planes] == [[], [], [], [], []]


leases_end = pytest.mark.parametrize("settings", [SHORT], ids=["leases end"])
"""For tests in which clusters go away: the hub says so when their leases have ended."""


async def away(hub: Hub, *planes: Plane) -> None:
    """Let clusters answer no more, and wait until the hub says so."""
    for plane in planes:
        plane.pause()
    await eventually(lambda: all(hub.clusters[plane.name].site is None for plane in planes))


async def fleet_hold(hub: object, planes: Planes, commit: str) -> Hold:
    """Wait until the App is held everywhere by the fleet's guard, and give that Hold."""
    found = [(await held(hub, plane, "many", commit=commit))["fleet"] for plane in planes]  # type: ignore[arg-type]
    assert len({hold.word for hold in found}) == 1
    return found[0]


async def test_a_revision_that_deletes_on_four_clusters_of_five_deletes_nowhere(place: Place, planes: Planes) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(LOSS)
        hold = await fleet_hold(hub, planes[:4], second)
        await quiet(hub, second, *planes)
        untouched(planes)
        assert {cluster for cluster, _ in hold.keys} == {plane.name for plane in planes[:4]}
        await approve(hub, hold.word, by="ana")
        await at_rest(hub, second)
    assert [len(names(plane, "many-")) for plane in planes] == [19, 19, 19, 19, 0]


async def test_a_revision_that_deletes_on_three_clusters_of_five_is_an_ordinary_one(place: Place, planes: Planes) -> None:
    first = place.commit({f"{GROUP}/{planes[3].name}/many.yaml": None})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(LOSS)
        await at_rest(hub, second)
    assert [len(names(plane, "many-")) for plane in planes] == [19, 19, 19, 0, 0]


NEVER_PRUNES = """
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: web, namespace: flux-system}
    spec:
      {path: ./apps/web, prune: false, deletionPolicy: Delete, interval: 5m, sourceRef: {kind: GitRepository, name: flux-system}}
    """


async def test_an_app_that_never_prunes_and_is_deleted_when_it_leaves_counts_too(place: Place, planes: Planes) -> None:
    first = place.commit({f"{GROUP}/web.yaml": NEVER_PRUNES, **objects("web", 2)})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without(f"{GROUP}/web.yaml"))
        for plane in planes:
            assert "fleet" in await held(hub, plane, "web", commit=second)
        await quiet(hub, second, *planes)
    assert [len(names(plane, "web-")) for plane in planes] == [2, 2, 2, 2, 2]


@leases_end
async def test_clusters_that_are_away_count_too(place: Place, planes: Planes) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await away(hub, *planes[1:3])
        second = place.commit(LOSS)
        await fleet_hold(hub, [planes[0], planes[3]], second)
        await quiet(hub, second, planes[0], planes[3])
        for plane in planes[1:3]:
            plane.resume()
        await fleet_hold(hub, planes[:4], second)
        await quiet(hub, second, *planes)
    untouched(planes)


@leases_end
async def test_what_is_held_stays_held_while_clusters_come_and_go(place: Place, planes: Planes) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(LOSS)
        await fleet_hold(hub, planes[:4], second)
        await away(hub, *planes[:2])
        planes[0].resume()
        await ready(hub, planes[0].name)
        third = place.commit({"note.md": "nothing\n"})
        for plane in (planes[0], planes[2], planes[3]):
            hub.clusters[plane.name].wake(["many"])
        await quiet(hub, third, planes[0], planes[2], planes[3])
        planes[1].resume()
        await ready(hub, planes[1].name)
        await quiet(hub, third, *planes)
    untouched(planes)


async def test_a_hub_started_after_the_revision_came_deletes_nowhere(place: Place, planes: Planes) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    second = place.commit(LOSS)
    place.forget()
    for plane in planes[1:]:
        plane.pause()
    async with running(place.registry) as hub:
        # Alone, the first cluster would lose one object: an ordinary Revision.
        await fleet_hold(hub, planes[:1], second)
        await quiet(hub, second, planes[0])
        assert len(names(planes[0], "many-")) == 20
        for plane in planes[1:]:
            plane.resume()
        hold = await fleet_hold(hub, planes[:4], second)
        await quiet(hub, second, *planes)
        untouched(planes)
        await approve(hub, hold.word, by="ana")
        await at_rest(hub, second)
    assert [len(names(plane, "many-")) for plane in planes] == [19, 19, 19, 19, 0]


async def test_a_word_said_on_one_cluster_makes_the_rest_no_less(place: Place, planes: Planes) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        # So many that the App's own guard holds as well, whose word is for one cluster.
        gone = [f"apps/many/many-{n}.yaml" for n in range(2, 9)]
        second = place.commit({**without(*gone), **LOSS})
        hold = (await held(hub, planes[0], "many", commit=second))["budget"]
        await fleet_hold(hub, planes[:4], second)
        await approve(hub, hold.word, by="ana")
        await eventually(lambda: len(names(planes[0], "many-")) == 12)
        hub.clusters[planes[4].name].lose(ClusterUnreachable(cluster=planes[4].name, reason="the test pulled the plug"))
        await eventually(lambda: hub.clusters[planes[4].name].site is None)
        await ready(hub, planes[4].name)
        for plane in planes[1:4]:
            hub.clusters[plane.name].wake(["many"])
        await quiet(hub, second, *planes)
        assert [len(names(plane, "many-")) for plane in planes] == [12, 20, 20, 20, 0]
        again = await fleet_hold(hub, planes[1:4], second)
        await approve(hub, again.word, by="ana")
        await at_rest(hub, second)
    assert [len(names(plane, "many-")) for plane in planes] == [12, 12, 12, 12, 0]


LEAVES = {"one object of it": False, "the whole App": True}
"""What a Revision takes out of git; of an App that is gone the Record keeps nothing else."""


@leases_end
@pytest.mark.parametrize("whole", LEAVES.values(), ids=LEAVES.keys())
async def test_what_a_word_let_go_before_the_hub_was_restarted_makes_the_rest_no_less(
    place: Place, planes: Planes, whole: bool
) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await away(hub, planes[3])
        second = place.commit(without(*(f"{GROUP}/{plane.name}/many.yaml" for plane in planes[:4])) if whole else LOSS)
        hold = await fleet_hold(hub, planes[:3], second)
        done = await approve(hub, hold.word, by="ana")
        assert done.missing == (planes[3].name,)
        left = 0 if whole else 19
        await eventually(lambda: [len(names(plane, "many-")) for plane in planes[:3]] == [left] * 3)
        await quiet(hub, second, *planes[:3], planes[4])
    place.forget()
    planes[3].resume()
    async with running(place.registry) as hub:
        # Alone, the fourth cluster would be an ordinary Revision's.
        again = await fleet_hold(hub, planes[3:4], second)
        await quiet(hub, second, *planes)
        assert len(names(planes[3], "many-")) == 20
        assert again.word == hold.word  # what was already deleted changes no word
        await approve(hub, again.word, by="ana")
        await eventually(lambda: len(names(planes[3], "many-")) == left)
        await quiet(hub, second, *planes)
        # The word is used up everywhere: the next Revision is judged by itself.
        third = place.commit({f"{GROUP}/{planes[3].name}/own.yaml": None, "note.md": "nothing\n"})
        await quiet(hub, third, *planes)
        assert hub.radius.hold is None


async def test_a_failing_render_elsewhere_makes_what_is_deleted_no_less(place: Place, planes: Planes) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        bad = {f"{GROUP}/{plane.name}/bad.yaml": app("bad", "apps/nowhere") for plane in planes[2:4]}
        second = place.commit({**LOSS, **bad})
        await fleet_hold(hub, planes[:2], second)
        await quiet(hub, second, planes[0], planes[1])
        untouched(planes)
        third = place.commit(without(*bad))
        await fleet_hold(hub, planes[2:4], third)
        await quiet(hub, third, *planes)
    untouched(planes)


async def test_an_emptied_tree_lets_nothing_go_without_a_word(place: Place, planes: Planes) -> None:
    first = place.commit({})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit({"clusters": None, "readme.md": "gone\n"})
        hold = (await held(hub, planes[0], "many", commit=second))["empty"]
        await quiet(hub, second, *planes)
        untouched(planes)
        await approve(hub, hold.word, by="ana")
        await eventually(lambda: all(_unmarked(plane) for plane in planes))
    untouched(planes)


def _unmarked(plane: Plane) -> bool:
    found = (item["metadata"].get("annotations") or {} for item in plane.kube.list("/api/v1/configmaps"))
    return not any("fleethub.dev/owner" in annotations for annotations in found)
