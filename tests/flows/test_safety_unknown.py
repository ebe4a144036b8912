"""Could not tell is not the same as gone: nothing is destroyed for what could not be read or rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, running, write_registry
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, GROUP, OWN, Place, deletes, fleet, names, objects, quiet, report, without
from tests.flows.stories import app, at_rest, config_map, live, writes

BROKEN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken\n"


async def test_a_failing_render_of_one_app_prunes_nothing_on_its_cluster(tmp_path: Path, two_planes: tuple[Plane, Plane]) -> None:
    here, there = two_planes
    place = Place(tmp_path, here, there)
    files = fleet([here.name, there.name], web=10)
    first = place.commit(
        {**files, f"{GROUP}/{here.name}/bad.yaml": app("bad", "apps/bad"), "apps/bad/a.yaml": config_map("a", "1")}
    )
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(
            {"apps/bad/a.yaml": BROKEN, "apps/web/web-1.yaml": None, "apps/web/web-11.yaml": config_map("web-11", "1")}
        )
        await at_rest(hub, second, there.name)
        await eventually(lambda: "web-11" in names(here))
        await quiet(hub, second, here)
        assert len(names(here, "web-")) == 11
        assert len(names(there, "web-")) == 10
        assert "a" in names(here)
        third = place.commit({"apps/bad/a.yaml": config_map("a", "2")})
        await at_rest(hub, third)
    assert len(names(here, "web-")) == 10


CHAINS = {
    "group file": {f"{GROUP}/other.yaml": BROKEN},
    "cluster.yaml": {f"{GROUP}/cluster.yaml": "labels: [\n"},
    "the file that declared it": {f"{GROUP}/web.yaml": BROKEN},
}


@pytest.mark.parametrize("change", CHAINS.values(), ids=CHAINS.keys())
async def test_an_error_in_the_chain_makes_undeclared_apps_unknown(tmp_path: Path, plane: Plane, change: dict[str, str]) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], web=2, stays=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit({f"{GROUP}/web.yaml": None, **change})
        await quiet(hub, second, plane)
        assert names(plane, "web-") == {"web-1", "web-2"}
        assert deletes(plane) == []
        third = place.commit(dict.fromkeys(change))
        await eventually(lambda: names(plane, "web-") == set())
        await at_rest(hub, third)


async def test_removing_a_clusters_directory_lets_its_objects_go(tmp_path: Path, two_planes: tuple[Plane, Plane]) -> None:
    gone, stays = two_planes
    place = Place(tmp_path, gone, stays)
    told = {f"{GROUP}/told.yaml": app("told", "apps/told", drift="report"), **objects("told", 2)}
    first = place.commit({**fleet([gone.name, stays.name], web=2), **told})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        uids = {item["metadata"]["uid"] for item in gone.kube.list(CONFIG_MAPS)}
        second = place.commit({f"{GROUP}/{gone.name}": None})
        await at_rest(hub, second, stays.name)
        await eventually(lambda: live(gone, f"{OWN}/app.web") is None)
        await quiet(hub, second, gone)
        assert {item["metadata"]["uid"] for item in gone.kube.list(CONFIG_MAPS)} == uids
        left = live(gone, f"{CONFIG_MAPS}/web-1")
        assert not [mark for mark in _marks(left) if mark.startswith(("fleethub.dev/", "applyset."))]
        assert left["data"] == {"value": "1"}
        assert deletes(gone) == deletes(stays) == []
        # It comes back as if nothing had been.
        third = place.commit({f"{GROUP}/{gone.name}/own.yaml": config_map("own", gone.name)})
        await at_rest(hub, third)
        assert {item["metadata"]["uid"] for item in gone.kube.list(CONFIG_MAPS)} == uids
        for name in ("web-1", "told-1"):
            assert "fleethub.dev/fleet" in _marks(live(gone, f"{CONFIG_MAPS}/{name}"))


def _marks(body: dict[str, dict[str, dict[str, str]]]) -> set[str]:
    metadata = body["metadata"]
    return {*(metadata.get("labels") or {}), *(metadata.get("annotations") or {})}


async def test_removing_a_clusters_entry_touches_nothing_there(tmp_path: Path, two_planes: tuple[Plane, Plane]) -> None:
    gone, stays = two_planes
    place = Place(tmp_path, gone, stays)
    first = place.commit(fleet([gone.name, stays.name], web=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    mark = gone.audit_mark()
    registry = write_registry(tmp_path, place.repository.path, [stays], settings=FAST)
    async with running(registry) as hub:
        second = place.commit({"apps/web/web-1.yaml": config_map("web-1", "2")})
        await at_rest(hub, second)
    assert writes(gone, mark) == []
    assert live(gone, f"{CONFIG_MAPS}/web-1")["metadata"]["labels"]["fleethub.dev/fleet"] == "acme"


KEEPS = {
    "ours": ("fleethub.dev/prune", "false"),
    "Argo's Prune": ("argocd.argoproj.io/sync-options", "Prune=false"),
    "Argo's Delete": ("argocd.argoproj.io/sync-options", "Replace=true, Delete=false"),
    "Flux's": ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
    "Helm's": ("helm.sh/resource-policy", "keep"),
}


@pytest.mark.parametrize(("name", "value"), KEEPS.values(), ids=KEEPS.keys())
@pytest.mark.parametrize("where", ["git", "live"])
async def test_what_says_that_it_is_kept_outlives_its_app(
    tmp_path: Path, plane: Plane, name: str, value: str, where: str
) -> None:
    place = Place(tmp_path, plane)
    kept = config_map("web-1", "1").replace("namespace: shop}", f'namespace: shop, annotations: {{{name}: "{value}"}}}}')
    files = fleet([plane.name], web=2, stays=2)
    first = place.commit(files | {"apps/web/web-1.yaml": kept} if where == "git" else files)
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        if where == "live":
            patch = {"metadata": {"annotations": {name: value}}}
            plane.kube.patch(f"{CONFIG_MAPS}/web-1", patch, fieldManager="ana").ok()
        uid = live(plane, f"{CONFIG_MAPS}/web-1")["metadata"]["uid"]
        second = place.commit(without(f"{GROUP}/web.yaml"))
        await eventually(lambda: live(plane, f"{OWN}/app.web") is None)
        await at_rest(hub, second)
    left = live(plane, f"{CONFIG_MAPS}/web-1")
    assert names(plane, "web-") == {"web-1"}
    assert left["metadata"]["uid"] == uid
    assert "fleethub.dev/owner" not in left["metadata"].get("annotations", {})
    assert "fleethub.dev/fleet" not in left["metadata"].get("labels", {})


async def test_a_paused_app_is_left_as_it_is(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], web=8, other=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit({f"{GROUP}/web.yaml": app("web", "apps/web", paused="true")})
        await quiet(hub, second, plane)
        mark = plane.audit_mark()
        third = place.commit({"apps/web/web-1.yaml": None, "apps/web/web-2.yaml": config_map("web-2", "new")})
        await plane.kubectl("--namespace=shop", "delete", "configmap/web-3")
        await plane.kubectl("--namespace=shop", "label", "configmap/web-4", "fleethub.dev/fleet-")
        await quiet(hub, third, plane)
        assert writes(plane, mark) == []
        last = report(hub, plane, "web")
        assert last is not None
        assert last.state is SyncState.OBSERVED
        fourth = place.commit({f"{GROUP}/web.yaml": app("web", "apps/web")})
        await at_rest(hub, fourth)
    assert names(plane, "web-") == {f"web-{n}" for n in range(2, 9)}
    assert live(plane, f"{CONFIG_MAPS}/web-2")["data"] == {"value": "new"}
