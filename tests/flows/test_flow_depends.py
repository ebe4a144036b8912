"""Apps that go after others: synced and Healthy first, told by events; circles and unknown names; and the way out."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from fleet import queries
from fleet.hub.hub import Hub
from fleet.model.keys import AppKey
from fleet.model.sync import SyncReport, SyncState
from fleet.queries import Asked
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.stories import app, at_rest, config_map, live, monorepo, writes
from tests.flows.test_flow_waves import MAPS, become_ready, deployment, others_rest

SOON = FAST.replace("}", ", stableFor: 200ms}")


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    """An empty monorepo."""
    return Monorepo(tmp_path / "repository")


def two(plane: Plane, *, image: str = "shop:1", value: str = "1", **front: str) -> dict[str, str]:
    """The usual monorepo, an App `back` with a Deployment, and an App `front` that goes after it."""
    return {
        **monorepo(plane.name),
        "clusters/production/back.yaml": app("back", "apps/back"),
        "clusters/production/front.yaml": app("front", "apps/front", **{"dependsOn": "[back]", **front}),
        "apps/back/server.yaml": deployment("server", 0, image),
        "apps/front/page.yaml": config_map("page", value),
    }


def report(hub: Hub, plane: Plane, name: str) -> SyncReport:
    """The last Sync of an App."""
    found = hub.state.reports.get(AppKey(plane.name, name))
    assert found is not None
    return found


def said(hub: Hub, plane: Plane, name: str) -> tuple[str, str]:
    """How the last Sync of an App ended, and its message."""
    found = report(hub, plane, name)
    return found.state.value, found.message


async def test_an_app_goes_on_when_the_one_before_it_is_healthy(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    commit = repository.commit(two(plane))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SOON)) as hub:
        await at_rest(hub, commit)
    server = live(plane, "/apis/apps/v1/namespaces/shop/deployments/server")
    ready = next(each["lastTransitionTime"] for each in server["status"]["conditions"] if each["type"] == "Available")
    assert ready <= live(plane, f"{MAPS}/page")["metadata"]["creationTimestamp"]


async def test_it_waits_for_as_long_as_the_other_is_not_and_a_commit_that_mends_that_is_taken_at_once(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    repository.commit(two(plane, image="never-ready:1"))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SOON)) as hub:
        await eventually(
            lambda: said(hub, plane, "front")[0] == "waiting" and "is Progressing since" in said(hub, plane, "front")[1]
        )
        assert said(hub, plane, "front")[1].startswith("it waits for App back: Deployment.apps/shop/server is Progressing since")
        assert live(plane, f"{MAPS}/page") is None
        second = repository.commit({"apps/back/server.yaml": deployment("server", 0, "shop:2")})
        await at_rest(hub, second)
    assert live(plane, f"{MAPS}/page") is not None


async def test_one_commit_that_changes_both_is_written_in_order(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    first = repository.commit(two(plane))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SOON)) as hub:
        await at_rest(hub, first)
        mark = plane.audit_mark()
        second = repository.commit(
            {"apps/back/server.yaml": deployment("server", 0, "shop:2"), "apps/front/page.yaml": config_map("page", "2")}
        )
        await at_rest(hub, second)
    order = [each for each in writes(plane, mark) if "deployments/server" in each or "configmaps/page" in each]
    assert ["deployments/server" in each for each in order] == [True, False]


async def test_what_is_changed_by_hand_is_healed_whatever_is_waited_for(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    first = repository.commit(two(plane))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SOON)) as hub:
        await at_rest(hub, first)
        repository.commit(
            {"apps/back/server.yaml": deployment("server", 0, "broken:2"), "apps/front/more.yaml": config_map("more", "1")}
        )
        await eventually(lambda: said(hub, plane, "front")[0] == "waiting")
        await plane.kubectl("--namespace=shop", "patch", "configmap/page", "--patch", '{"data": {"value": "by hand"}}')
        await eventually(lambda: live(plane, f"{MAPS}/page")["data"]["value"] == "1")
        await eventually(lambda: said(hub, plane, "front")[0] == "waiting")
    assert live(plane, f"{MAPS}/more") is None


async def test_a_restarted_hub_goes_on_waiting_and_writes_nothing(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    repository.commit(two(plane, image="never-ready:1"))
    registry = write_registry(tmp_path, repository.path, [plane], settings=SOON)
    async with running(registry) as hub:
        worker = hub.clusters[plane.name].worker
        await eventually(lambda: "is Progressing" in said(hub, plane, "front")[1] and worker.idle and others_rest(hub, plane))
    mark = plane.audit_mark()
    async with running(registry) as hub:
        await eventually(lambda: "is Progressing" in said(hub, plane, "front")[1])
        assert writes(plane, mark) == []


async def test_a_wait_that_is_too_long_has_failed_and_health_that_comes_late_lets_it_go_on(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    commit = repository.commit(two(plane, timeout="1s"))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SOON)) as hub:
        waits = "it waits for App back: Deployment.apps/shop/server is Progressing since "
        await eventually(lambda: said(hub, plane, "front")[0] == "failed" and waits in said(hub, plane, "front")[1])
        (error,) = report(hub, plane, "front").errors
        assert (type(error).__name__, error.retry) == ("WaitedTooLong", True)
        assert AppKey(plane.name, "front") in hub.state.retries
        await asyncio.to_thread(become_ready, plane, "server")
        await at_rest(hub, commit)
    assert live(plane, f"{MAPS}/page") is not None


async def test_circles_and_unknown_names_are_errors_of_those_apps_and_the_others_go_on(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    files = {**two(plane), "apps/back/server.yaml": config_map("server", "1")}
    files["clusters/production/back.yaml"] = app("back", "apps/back", dependsOn="[front]")
    files["clusters/production/lost.yaml"] = app("lost", "apps/lost", dependsOn="[shpo]")
    files["apps/lost/one.yaml"] = config_map("lost", "1")
    repository.commit(files)
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SOON)) as hub:
        await eventually(lambda: all(said(hub, plane, name)[0] == "failed" for name in ("front", "back", "lost")))
        assert "App front depends on itself: front → back → front" in said(hub, plane, "front")[1]
        assert "App back depends on itself: back → front → back" in said(hub, plane, "back")[1]
        assert said(hub, plane, "lost")[1].endswith("has no App of that name; did you mean shop?")
        await eventually(lambda: said(hub, plane, "shop")[0] == "synced")
        assert live(plane, f"{MAPS}/page") is None
        # Their own documents stay as they are: what they name is mended elsewhere.
        second = repository.commit(
            {
                "clusters/production/back.yaml": app("back", "apps/back"),
                "clusters/production/shpo.yaml": app("shpo", "apps/shpo"),
                "apps/shpo/one.yaml": config_map("shpo", "1"),
            }
        )
        await at_rest(hub, second)
    assert live(plane, f"{MAPS}/lost") is not None


async def test_where_both_are_removed_the_one_that_depends_goes_first(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    files = {**two(plane), "apps/back/server.yaml": config_map("server", "1")}
    first = repository.commit(files)
    registry = write_registry(tmp_path, repository.path, [plane], settings=SOON)
    async with running(registry) as hub:
        await at_rest(hub, first)
    mark = plane.audit_mark()
    second = repository.commit({"clusters/production/back.yaml": None, "clusters/production/front.yaml": None})
    async with running(registry) as hub:
        await at_rest(hub, second)
        assert AppKey(plane.name, "back") not in hub.state.reports
    gone = [each for each in writes(plane, mark) if each.startswith("delete") and f"{MAPS}/" in each]
    assert ["page" in each for each in gone] == [True, False]


async def test_a_paused_app_lets_nothing_go_on_that_depends_on_it(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    files = {**two(plane), "clusters/production/back.yaml": app("back", "apps/back", paused="true")}
    repository.commit(files)
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SOON)) as hub:
        waits = "it waits for App back: observed: the App is paused"
        await eventually(lambda: said(hub, plane, "front") == (SyncState.WAITING.value, waits))


async def test_what_is_slow_is_said_with_object_time_and_reason(
    tmp_path: Path, repository: Monorepo, plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    repository.commit(two(plane))
    settings = SOON.replace("}", ", slowAfter: 500ms}")
    async with running(write_registry(tmp_path, repository.path, [plane], settings=settings)) as hub:

        def told() -> bool:
            apps = {each.app: each.message for each in queries.apps(hub, Asked())}
            waiting = re.fullmatch(
                r"slow, it waits since \S+Z: it waits for App back: Deployment\.apps/shop/server is Progressing since \S+Z: .+",
                apps.get("front", ""),
            )
            rolling = re.fullmatch(r"slow: Deployment\.apps/shop/server is Progressing since \S+Z: .+", apps.get("back", ""))
            return bool(waiting and rolling)

        await eventually(told)
        await eventually(lambda: hub.clusters[plane.name].worker.idle)
    lines = [record for record in caplog.records if record.message == "A Sync waits for long"]
    assert [record.app for record in lines] == [f"{plane.name}/front"]  # type: ignore[attr-defined]
