"""An App, a cluster and the fleet are as healthy as their worst object, which is named."""

from __future__ import annotations

from pathlib import Path

from fleet.model.keys import AppKey
from fleet.queries.glance import glance
from tests.controlplane.waiting import eventually
from tests.flows.desks import served
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import PlanePool
from tests.flows.stories import at_rest, config_map, healthy, monorepo


async def test_the_first_object_that_makes_a_fleet_unwell_is_named_at_each_height(tmp_path: Path, pool: PlanePool) -> None:
    (moving,) = await pool.lend(1, controllers=True)
    (still,) = await pool.lend(1)
    repository = Monorepo(tmp_path / "repository")
    commit = repository.commit(monorepo(moving.name, still.name))
    async with served(write_registry(tmp_path, repository.path, [moving, still], settings=FAST)) as desk:
        await at_rest(desk.hub, commit)
        await eventually(lambda: healthy(desk.hub, moving.name))
        shop_there = AppKey(still.name, "shop")
        await eventually(lambda: not desk.hub.clusters[still.name].freshness.of_app(shop_there).untold)
        status, apps = await desk.json("status"), await desk.json("get")
        _, text, _ = await desk.fleet("status")
        _, told, _ = await desk.fleet("get", f"{still.name}/shop")
    clusters = {each["name"]: each for each in status["clusters"]}
    (shop,) = [each for each in apps if (each["cluster"], each["app"]) == (still.name, "shop")]
    cause = {"cluster": still.name, "app": "shop", "object": "Deployment.apps/shop/web", "health": "Progressing"}
    for found in (status, clusters[still.name], shop):
        assert (found["health"], {name: found["cause"][name] for name in cause}) == ("Progressing", cause)
        assert found["cause"]["message"]
    assert (clusters[moving.name]["health"], clusters[moving.name]["cause"]) == ("Healthy", None)
    assert shop["healths"] == {"Progressing": 1, "Healthy": 2}
    assert sum(status["healths"].values()) == sum(each["objects"] for each in apps)
    assert f"{still.name}/shop Deployment.apps/shop/web: " in text
    assert "1 Progressing, 2 Healthy" in told


async def test_a_cluster_is_looked_at_again_only_when_something_of_it_changed(tmp_path: Path, pool: PlanePool) -> None:
    (plane,) = await pool.lend(1)
    repository = Monorepo(tmp_path / "repository")
    commit = repository.commit({f"clusters/{plane.name}/own.yaml": config_map("own", "one", namespace="default")})
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, commit)
        await eventually(lambda: healthy(hub, plane.name))
        before = glance(hub, hub.clusters[plane.name])
        assert glance(hub, hub.clusters[plane.name]) is before
        plane.kube.delete("/api/v1/namespaces/default/configmaps/own").ok()
        await eventually(lambda: glance(hub, hub.clusters[plane.name]) is not before)
