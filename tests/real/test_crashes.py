"""What a crash at the worst moment leaves behind, and the next hub clears away."""

from __future__ import annotations

from pathlib import Path

from fleet.model.inventory import RecordEntry
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.stories import WEB, at_rest, monorepo


async def test_a_record_entry_that_outlived_its_app_is_forgotten(tmp_path: Path, real_cluster: ControlPlane) -> None:
    repository = Monorepo(tmp_path / "repository")
    commit = repository.commit(monorepo(real_cluster.name))
    registry = write_registry(tmp_path, repository.path, [real_cluster], settings=FAST)
    async with running(registry) as hub:
        await at_rest(hub, commit)
        site = hub.clusters[real_cluster.name].site
        assert site is not None
        # As if the App had been removed, and the hub killed after its Inventory was deleted.
        await site.records.commit("removed", RecordEntry(applied=commit))
    assert "removed" in _record(real_cluster)
    async with running(registry) as hub:
        await eventually(lambda: "removed" not in _record(real_cluster))
        await at_rest(hub, commit)
    assert "shop" in _record(real_cluster)


async def test_an_app_whose_first_sync_was_cut_short_goes_with_its_document(tmp_path: Path, real_cluster: ControlPlane) -> None:
    repository = Monorepo(tmp_path / "repository")
    commit = repository.commit(monorepo(real_cluster.name))
    registry = write_registry(tmp_path, repository.path, [real_cluster], settings=FAST)
    async with running(registry) as hub:
        await at_rest(hub, commit)
        site = hub.clusters[real_cluster.name].site
        assert site is not None
        # As if the hub had been killed before the Record of its first Sync was down.
        await site.records.forget("shop")
    commit = repository.commit({"clusters/production/apps.yaml": None})
    async with running(registry) as hub:
        await eventually(lambda: real_cluster.kube.get(WEB).status == 404)
        await at_rest(hub, commit)


def _record(plane: ControlPlane) -> str:
    entries: str = plane.kube.get("/api/v1/namespaces/fleethub-system/configmaps/record.0").ok()["data"]["apps.json"]
    return entries
