"""A commit reaches every registered cluster, and stays there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane, PlanePool
from tests.flows.stories import WEB, answered, app, at_rest, config_map, healthy, live, monorepo, writes


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    """An empty monorepo."""
    return Monorepo(tmp_path / "repository")


async def test_a_commit_to_one_cluster_sends_the_other_no_request(tmp_path: Path, repository: Monorepo, pool: PlanePool) -> None:
    one, two = await pool.lend(2, controllers=True)
    first = repository.commit(monorepo(one.name, two.name))
    async with running(write_registry(tmp_path, repository.path, [one, two], settings=FAST)) as hub:
        await at_rest(hub, first)
        await eventually(lambda: all(healthy(hub, plane.name) for plane in (one, two)))
        await answered(hub, one.name, two.name)
        here, there = one.audit_mark(), two.audit_mark()
        second = repository.commit({f"clusters/production/{one.name}/own.yaml": config_map("own", "changed")})
        await at_rest(hub, second)
        asked = [f"{r.verb} {r.uri}" for r in two.audit_since(there, agent="fleethub") if "/leases" not in r.uri]
    assert live(one, "/api/v1/namespaces/shop/configmaps/own")["data"] == {"value": "changed"}
    assert [write for write in writes(one, here) if "configmaps/own" in write]
    assert asked == []


DRIFTS = {
    "scale": ("scale", "deployment/web", "--replicas=7"),
    "set image": ("set", "image", "deployment/web", "web=registry.example.com/shop:9"),
    "set env": ("set", "env", "deployment/web", "COLOUR=red"),
    "label": ("label", "deployment/web", "applyset.kubernetes.io/part-of=other", "--overwrite"),
    "remove our label": ("label", "deployment/web", "fleethub.dev/fleet-"),
    "annotate": ("annotate", "deployment/web", "example.com/note=hello"),
    "patch": ("patch", "deployment/web", "--type=json", '--patch=[{"op":"remove","path":"/spec/replicas"}]'),
    "delete": ("delete", "deployment/web", "--wait=false"),
}


@pytest.mark.each_on_real
@pytest.mark.parametrize("command", DRIFTS.values(), ids=DRIFTS.keys())
async def test_what_people_change_by_hand_is_reverted(
    tmp_path: Path, repository: Monorepo, plane: Plane, command: tuple[str, ...]
) -> None:
    commit = repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, commit)
        before = live(plane, WEB)
        await plane.kubectl("--namespace=shop", *command)

        def reverted() -> bool:
            now = live(plane, WEB)
            return now is not None and wanted(now) == wanted(before)

        await eventually(reverted)
        await at_rest(hub, commit)
        assert await hub.shared.store.flush(seconds=60)
        drifts = await hub.shared.store.drifts(plane.name, "shop")
    assert [drift.object for drift in drifts] == ["Deployment.apps/shop/web"]


def wanted(deployment: dict) -> tuple[object, ...]:  # type: ignore[type-arg]
    """What git decides of a Deployment."""
    metadata = deployment["metadata"]
    annotations = {k: v for k, v in metadata["annotations"].items() if k != "deployment.kubernetes.io/revision"}
    return metadata["labels"], annotations, deployment["spec"]


async def test_a_rollout_restart_is_left_alone(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    commit = repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, commit)
        mark = plane.audit_mark()
        await plane.kubectl("--namespace=shop", "rollout", "restart", "deployment/web")
        await plane.kubectl("--namespace=shop", "scale", "deployment/web", "--replicas=7")
        await eventually(lambda: live(plane, WEB)["spec"]["replicas"] == 3)
        await at_rest(hub, commit)
    template = live(plane, WEB)["spec"]["template"]["metadata"]
    assert "kubectl.kubernetes.io/restartedAt" in template["annotations"]
    assert [write for write in writes(plane, mark) if "deployments/web" in write]


async def test_a_removed_file_is_deleted_and_nothing_else(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    first = repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, first)
        mark = plane.audit_mark()
        second = repository.commit(
            {
                "apps/shop/base/service.yaml": None,
                "apps/shop/base/kustomization.yaml": "resources: [web.yaml]",
            }
        )
        await at_rest(hub, second)
    deleted = {write.partition("?")[0] for write in writes(plane, mark) if write.startswith("delete")}
    assert deleted == {"delete /api/v1/namespaces/shop/services/web"}
    assert live(plane, WEB) is not None


async def test_an_object_that_moves_to_another_app_keeps_its_uid(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    files = {"apps/other/keep.yaml": config_map("keep", "1"), "apps/plain/stay.yaml": config_map("stay", "1")}
    apps = {
        "clusters/production/other.yaml": app("other", "apps/other"),
        "clusters/production/plain.yaml": app("plain", "apps/plain"),
        "apps/plain/moves.yaml": config_map("moves", "1"),
    }
    first = repository.commit({**monorepo(plane.name), **files, **apps})
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, first)
        before = live(plane, "/api/v1/namespaces/shop/configmaps/moves")
        second = repository.commit({"apps/plain/moves.yaml": None, "apps/other/moves.yaml": config_map("moves", "1")})
        await at_rest(hub, second)
        inventories = hub.clusters[plane.name].site.inventories.inventories  # type: ignore[union-attr]
        lists = {name: {key.name for key in inventory.members} for name, inventory in inventories.items()}
    after = live(plane, "/api/v1/namespaces/shop/configmaps/moves")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["annotations"]["fleethub.dev/owner"].startswith(f"{plane.name}/other ")
    assert (lists["other"], lists["plain"]) == ({"keep", "moves"}, {"stay"})


async def test_a_cluster_that_does_not_answer_delays_no_other_and_catches_up(
    tmp_path: Path, repository: Monorepo, pool: PlanePool
) -> None:
    one, two = await pool.lend(2)
    first = repository.commit(monorepo(one.name, two.name))
    async with running(write_registry(tmp_path, repository.path, [one, two], settings=FAST)) as hub:
        await at_rest(hub, first)
        one.pause()
        try:
            second = repository.commit({"apps/shop/overlays/production/settings.yaml": config_map("settings", "new", "shop")})
            await at_rest(hub, second, two.name)
            assert live(two, "/api/v1/namespaces/shop/configmaps/settings")["data"] == {"value": "new"}
        finally:
            one.resume()
        await at_rest(hub, second)
    assert live(one, "/api/v1/namespaces/shop/configmaps/settings")["data"] == {"value": "new"}


async def test_an_edit_made_while_the_hub_was_down_is_reverted_and_the_rest_is_only_listed(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    commit = repository.commit(
        {
            **monorepo(plane.name),
            "clusters/production/plain.yaml": app("plain", "apps/plain"),
            "apps/plain/stay.yaml": config_map("stay", "1"),
        }
    )
    registry = write_registry(tmp_path, repository.path, [plane], settings=FAST)
    async with running(registry) as hub:
        await at_rest(hub, commit)
    await plane.kubectl("--namespace=shop", "scale", "deployment/web", "--replicas=7")
    (tmp_path / "state" / "fleet.db").unlink()
    mark = plane.audit_mark()
    async with running(registry) as hub:
        await at_rest(hub, commit)
        await eventually(lambda: live(plane, WEB)["spec"]["replicas"] == 3)
        assert hub.host.rendered == 0
    requests = [r for r in plane.audit_since(mark, agent="fleethub") if "/leases" not in r.uri]
    about_plain = [f"{r.verb} {r.uri}" for r in requests if "stay" in r.uri]
    written = [write for write in writes(plane, mark) if "fleethub-system" not in write]
    assert about_plain == []
    assert {write.partition("?")[0] for write in written} <= {
        f"patch {WEB}",
        "patch /api/v1/namespaces/shop/services/web",
        "patch /api/v1/namespaces/shop/configmaps/settings",
    }


async def test_a_restart_over_a_cluster_at_rest_writes_nothing(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    commit = repository.commit(monorepo(plane.name))
    registry = write_registry(tmp_path, repository.path, [plane], settings=FAST)
    async with running(registry) as hub:
        await at_rest(hub, commit)
    (tmp_path / "state" / "fleet.db").unlink()
    mark = plane.audit_mark()
    async with running(registry) as hub:
        await at_rest(hub, commit)
    assert writes(plane, mark) == []
