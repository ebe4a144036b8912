"""What must come first comes first, and what an App declares is declared: kinds, Namespaces, Apps of Apps; and Health."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.hub.decisions import approve
from fleet.model.health import HealthState
from fleet.model.keys import AppKey
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.stories import app, at_rest, config_map, live, monorepo

WIDGETS = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: widgets.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
      versions:
      - name: v1
        served: true
        storage: true
        schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    """
WIDGET = """
    apiVersion: example.com/v1
    kind: Widget
    metadata: {name: first}
    spec: {size: 1}
    """


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    """An empty monorepo."""
    return Monorepo(tmp_path / "repository")


async def test_a_kind_and_an_object_of_it_come_in_one_commit(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    commit = repository.commit(
        {
            **monorepo(plane.name),
            "clusters/production/widgets.yaml": app("widgets", "apps/widgets"),
            "apps/widgets/kind.yaml": WIDGETS,
            "apps/widgets/one.yaml": WIDGET,
        }
    )
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, commit)
    found = live(plane, "/apis/example.com/v1/namespaces/shop/widgets/first")
    assert found["metadata"]["annotations"]["fleethub.dev/owner"] == f"{plane.name}/widgets Widget.example.com shop/first"


async def test_an_app_of_apps_declares_and_removes_its_children(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    first = repository.commit(
        {
            **monorepo(plane.name),
            "clusters/production/parent.yaml": app("parent", "apps/parent"),
            "apps/parent/child.yaml": app("child", "apps/child"),
            "apps/parent/other.yaml": app("other", "apps/other"),
            "apps/child/one.yaml": config_map("one", "1"),
            "apps/other/two.yaml": config_map("two", "1"),
        }
    )
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, first)
        assert live(plane, "/api/v1/namespaces/shop/configmaps/one") is not None
        second = repository.commit({"apps/parent/child.yaml": None})
        await eventually(lambda: hub.revisions.map is not None and hub.revisions.map.revision.commit == second)
        key = AppKey(plane.name, "child")
        await eventually(lambda: bool((report := hub.state.reports.get(key)) and report.plan and report.plan.holds))
    # All of an App's objects, and it was not its own file that was deleted: held, not deleted.
    assert live(plane, "/api/v1/namespaces/shop/configmaps/one") is not None
    assert live(plane, "/api/v1/namespaces/shop/configmaps/two") is not None


async def test_health_names_the_pod_and_why(tmp_path: Path, repository: Monorepo, moving_plane: Plane) -> None:
    plane = moving_plane
    first = repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        key = AppKey(plane.name, "shop")
        await at_rest(hub, first)
        await eventually(lambda: hub.state.app_health(key).health.state is HealthState.HEALTHY)
        text = (repository.path / "apps/shop/base/web.yaml").read_text().replace("shop:1.0.0", "shop:bad")
        repository.commit({"apps/shop/base/web.yaml": text})

        def told() -> bool:
            message = hub.state.app_health(key).health.message
            return "ImagePullBackOff" in message and "web-" in message

        await eventually(told)


async def test_children_of_an_app_whose_document_was_deleted_are_held_and_then_go(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    first = repository.commit(
        {
            **monorepo(plane.name),
            "clusters/production/parent.yaml": app("parent", "apps/parent"),
            "apps/parent/child.yaml": app("child", "apps/child"),
            "apps/child/one.yaml": config_map("one", "1"),
        }
    )
    registry = write_registry(tmp_path, repository.path, [plane], settings=FAST)
    async with running(registry) as hub:
        await at_rest(hub, first)
    second = repository.commit({"clusters/production/parent.yaml": None})
    async with running(registry) as hub:
        key = AppKey(plane.name, "child")
        await eventually(lambda: bool((report := hub.state.reports.get(key)) and report.plan and report.plan.holds))
        (hold,) = hub.state.reports[key].plan.holds  # type: ignore[union-attr]
        await approve(hub, hold.word, by="ana")
        await eventually(lambda: live(plane, "/api/v1/namespaces/shop/configmaps/one") is None)
        await at_rest(hub, second)
        left = set(hub.clusters[plane.name].site.inventories.inventories)  # type: ignore[union-attr]
    assert left == {plane.name, "shop"}
