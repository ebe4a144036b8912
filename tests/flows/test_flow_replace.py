"""What git says is to be put in the place of an object leaves nothing of others in it, and deletes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.hub.hub import Hub
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.stories import at_rest, monorepo, writes

PATH = "/api/v1/namespaces/shop/configmaps/list"


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    return Monorepo(tmp_path / "repository")


def text(value: str) -> str:
    return f"""
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: list
          namespace: shop
          annotations: {{argocd.argoproj.io/sync-options: Replace=true}}
        data: {{value: "{value}"}}
        """


def known_version(hub: Hub, plane: Plane) -> str:
    """The version at which the hub knows the object; empty when it does not."""
    site = hub.clusters[plane.name].site
    found = site.cache.get(ObjectKey("", "ConfigMap", "shop", "list")) if site else None
    return found.resource_version if isinstance(found, LiveObject) else ""


async def test_a_change_leaves_nothing_of_others_in_it(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    file = f"clusters/production/{plane.name}/list.yaml"
    first = repository.commit({**monorepo(plane.name), file: text("1")})
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, first)
        before = plane.kube.get(PATH).body
        theirs = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "list", "finalizers": ["acme.example/keep"], "labels": {"tool": "yes"}},
            "data": {"extra": "theirs"},
        }
        version = plane.kube.apply(PATH, theirs, manager="tool").ok()["metadata"]["resourceVersion"]
        await eventually(lambda: known_version(hub, plane) == version)
        await at_rest(hub, first)
        assert plane.kube.get(PATH).body["data"] == {"value": "1", "extra": "theirs"}
        mark = plane.audit_mark()
        second = repository.commit({file: text("2")})
        await at_rest(hub, second)
        now = plane.kube.get(PATH).body
        assert [write.partition(" ")[0] for write in writes(plane, mark) if PATH in write] == ["update", "patch"]
        assert now["data"] == {"value": "2"}
        assert now["metadata"]["uid"] == before["metadata"]["uid"]
        assert now["metadata"]["finalizers"] == ["acme.example/keep"]
        assert "tool" not in now["metadata"]["labels"]

        mark = plane.audit_mark()
        await plane.kubectl("--namespace=shop", "patch", "configmap", "list", "-p", '{"data":{"value":"3"}}')
        await eventually(lambda: plane.kube.get(PATH).body["data"] == {"value": "2"})
        await at_rest(hub, second)
        # a revert touches what was edited, and no more
        assert "update" not in {write.partition(" ")[0] for write in writes(plane, mark) if PATH in write}
        plane.kube.patch(PATH, {"metadata": {"finalizers": None}}).ok()
