"""Health that can be believed: told since the last write, final when it stays so, and without a request at rest."""

from __future__ import annotations

import asyncio
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest

from fleet.hub.freshness import AppHealth
from fleet.hub.hub import Hub
from fleet.model.health import HealthState
from fleet.model.keys import AppKey, ObjectKey
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane, PlanePool
from tests.flows.stories import answered, app, at_rest, config_map, monorepo

WEB = ObjectKey("apps", "Deployment", "shop", "web")
SETTINGS = ObjectKey("", "ConfigMap", "shop", "settings")
STEADY = FAST.replace("}", ", stableFor: 1s}")


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    """An empty monorepo."""
    return Monorepo(tmp_path / "repository")


def asked_seldom(directory: Path, repository: Monorepo, plane: Plane) -> Path:
    """A registry whose hub fetches only when its alarm rings: then nothing but the cluster rings its bell."""
    file = write_registry(directory, repository.path, [plane], settings=STEADY)
    file.write_text(file.read_text().replace("interval: 1s", "interval: 10m"))
    return file


def told(hub: Hub, plane: Plane, name: str) -> AppHealth:
    """How an App does."""
    return hub.clusters[plane.name].freshness.of_app(AppKey(plane.name, name))


async def test_health_is_final_when_it_stayed_so_and_that_is_told_without_an_event(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    commit = repository.commit(monorepo(plane.name))
    async with running(asked_seldom(tmp_path, repository, plane)) as hub:
        await hub.state.bell.wait_for(lambda: told(hub, plane, "shop").final, seconds=60, what="a final Health")
        found = told(hub, plane, "shop")
        assert (found.report.health.state, found.commit, found.untold) == (HealthState.HEALTHY, commit, ())
        assert found.since is not None
        assert hub.shared.now() - found.since >= timedelta(seconds=1)


async def test_what_is_on_its_way_is_never_final_and_an_app_that_runs_nothing_is_at_once(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    commit = repository.commit(monorepo(plane.name))
    async with running(asked_seldom(tmp_path, repository, plane)) as hub:
        await at_rest(hub, commit)
        await eventually(lambda: told(hub, plane, plane.name).final)
        await eventually(lambda: told(hub, plane, "shop").untold == ())
        found = told(hub, plane, "shop")
    assert (found.report.health.state, found.final, found.due) == (HealthState.PROGRESSING, False, None)


async def test_a_commit_that_changes_another_app_leaves_this_one_final_for_it(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    repository.commit(monorepo(plane.name))
    async with running(asked_seldom(tmp_path, repository, plane)) as hub:
        await hub.state.bell.wait_for(lambda: told(hub, plane, "shop").final, seconds=60, what="a final Health")
        since = told(hub, plane, "shop").since
        second = repository.commit({f"clusters/production/{plane.name}/own.yaml": config_map("own", "changed")})
        hub.alarm.ring()
        await hub.state.bell.wait_for(lambda: told(hub, plane, "shop").commit == second, seconds=60, what="the commit")
        found = told(hub, plane, "shop")
    assert (found.final, found.since) == (True, since)


async def test_a_commit_that_changes_another_cluster_leaves_this_one_final_for_it(
    tmp_path: Path, repository: Monorepo, pool: PlanePool
) -> None:
    one, two = await pool.lend(2)
    repository.commit(monorepo(one.name, two.name))
    async with running(write_registry(tmp_path, repository.path, [one, two], settings=STEADY)) as hub:
        await eventually(lambda: told(hub, two, two.name).final)
        second = repository.commit({f"clusters/production/{one.name}/own.yaml": config_map("own", "changed")})
        await eventually(lambda: told(hub, two, two.name).commit == second)
        assert told(hub, two, two.name).final


async def test_a_change_makes_the_health_from_before_no_evidence(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    first = repository.commit(monorepo(plane.name))
    async with running(asked_seldom(tmp_path, repository, plane)) as hub:
        await hub.state.bell.wait_for(lambda: told(hub, plane, "shop").final, seconds=60, what="a final Health")
        before = told(hub, plane, "shop")
        second = repository.commit({"apps/shop/overlays/production/settings.yaml": config_map("settings", "new")})
        hub.alarm.ring()
        await hub.state.bell.wait_for(lambda: told(hub, plane, "shop").commit == second, seconds=60, what="the commit")
        found = told(hub, plane, "shop")
        # On a machine that stood still for all of stableFor, what was told since the change is final by now.
        assert not found.final or (found.since or before.since) != before.since
        await hub.state.bell.wait_for(lambda: told(hub, plane, "shop").final, seconds=60, what="a final Health again")
        after = told(hub, plane, "shop")
    assert (before.commit, after.commit) == (first, second)
    assert before.since is not None
    assert after.since is not None
    assert before.since < after.since


async def test_nothing_is_told_of_an_object_whose_watch_does_not_stand(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    commit = repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=STEADY)) as hub:
        await at_rest(hub, commit)
        fresh = hub.clusters[plane.name].freshness.fresh
        await eventually(lambda: fresh(WEB) is not None and fresh(SETTINGS) is not None)
        plane.stop_apiserver()
        await eventually(lambda: fresh(WEB) is None and fresh(SETTINGS) is None)
        await plane.start_apiserver()
        await eventually(lambda: fresh(WEB) is not None and fresh(SETTINGS) is not None)


async def test_an_object_that_is_not_there_is_missing_and_one_of_a_kind_nobody_listed_is_not_told_of(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    commit = repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=STEADY)) as hub:
        await at_rest(hub, commit)
        fresh = hub.clusters[plane.name].freshness.fresh
        gone = fresh(ObjectKey("", "ConfigMap", "shop", "nothing"))
        assert gone is not None
        assert gone.state is HealthState.MISSING
        assert fresh(ObjectKey("batch", "Job", "shop", "nothing")) is None
    assert fresh(SETTINGS) is None


async def test_a_fleet_at_rest_asks_its_clusters_nothing(tmp_path: Path, repository: Monorepo, moving_plane: Plane) -> None:
    plane = moving_plane
    repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=STEADY)) as hub:
        await eventually(lambda: told(hub, plane, "shop").final and told(hub, plane, plane.name).final)
        await answered(hub, plane.name)
        mark = plane.audit_mark()
        await asyncio.sleep(8)  # more than the first of the waits after which what is not Healthy is looked at
        asked = [f"{seen.verb} {seen.uri}" for seen in plane.audit_since(mark, agent="fleethub")]
    assert [request for request in asked if "/leases" not in request and not request.startswith("watch ")] == []


def widgets(*, reports: bool) -> str:
    """A kind whose definition says that its objects report conditions, or nothing of a status at all."""
    status = "subresources: {status: {}}" if reports else "additionalPrinterColumns: []"
    fields = "status: {type: object, properties: {conditions: {type: array, items: {type: object}}}}" if reports else ""
    return f"""
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {{name: widgets.example.com}}
        spec:
          group: example.com
          scope: Namespaced
          names: {{kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}}
          versions:
          - name: v1
            served: true
            storage: true
            {status}
            schema:
              openAPIV3Schema:
                type: object
                properties: {{spec: {{type: object, x-kubernetes-preserve-unknown-fields: true}}, {fields}}}
        """


def widget(name: str) -> str:
    """An object of that kind."""
    return f"""
        apiVersion: example.com/v1
        kind: Widget
        metadata: {{name: {name}}}
        spec: {{size: 1}}
        """


def reason(hub: Hub, plane: Plane, name: str) -> str:
    """Why a Widget's Health is what it is."""
    found = hub.state.health[plane.name].get(ObjectKey("example.com", "Widget", "shop", name))
    return found.health.reason if found else ""


async def test_a_kind_whose_definition_says_that_it_reports_is_waited_for_and_the_definition_read_once(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    await plane.kubectl("apply", "--filename=-", stdin=textwrap.dedent(widgets(reports=True)))
    apps = {f"clusters/production/{name}.yaml": app(name, f"apps/{name}") for name in ("one", "two")}
    files = {f"apps/{name}/widget.yaml": widget(name) for name in ("one", "two")}
    commit = repository.commit({**monorepo(plane.name), **apps, **files})
    mark = plane.audit_mark()
    async with running(write_registry(tmp_path, repository.path, [plane], settings=STEADY)) as hub:
        await at_rest(hub, commit)
        await eventually(lambda: [reason(hub, plane, name) for name in ("one", "two")] == ["NotReported", "NotReported"])
    read = [seen.verb for seen in plane.audit_since(mark, agent="fleethub") if "/customresourcedefinitions/" in seen.uri]
    assert read == ["get"]


async def test_a_definition_that_says_something_else_is_heard_of_without_being_read(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    files = {"clusters/production/one.yaml": app("one", "apps/one"), "apps/one/widget.yaml": widget("one")}
    first = repository.commit({**monorepo(plane.name), **files, "apps/one/kind.yaml": widgets(reports=False)})
    async with running(write_registry(tmp_path, repository.path, [plane], settings=STEADY)) as hub:
        await at_rest(hub, first)
        await eventually(lambda: reason(hub, plane, "one") == "NoStatus")
        mark = plane.audit_mark()
        second = repository.commit({"apps/one/kind.yaml": widgets(reports=True)})
        await at_rest(hub, second)
        await eventually(lambda: reason(hub, plane, "one") == "NotReported")
        read = [seen.uri for seen in plane.audit_since(mark, agent="fleethub") if seen.verb == "get"]
    assert [uri for uri in read if "/customresourcedefinitions/" in uri] == []


async def test_nothing_is_followed_any_more_once_all_is_healthy(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=STEADY)) as hub:
        await eventually(lambda: told(hub, plane, "shop").final)
        text = (repository.path / "apps/shop/base/web.yaml").read_text()
        repository.commit({"apps/shop/base/web.yaml": text.replace("shop:1.0.0", "shop:bad")})

        def explained() -> bool:
            message = hub.state.app_health(AppKey(plane.name, "shop")).health.message
            return "ImagePullBackOff" in message and "Pod web-" in message

        await eventually(explained)
        last = repository.commit({"apps/shop/base/web.yaml": text})
        await eventually(lambda: told(hub, plane, "shop").final and told(hub, plane, "shop").commit == last)
        await answered(hub, plane.name)
        mark = plane.audit_mark()
        await asyncio.sleep(8)  # more than the first of the waits after which what is not Healthy is looked at
        asked = [f"{each.verb} {each.uri}" for each in plane.audit_since(mark, agent="fleethub") if "/leases" not in each.uri]
        watches = [each for each in plane.audit_since(agent="fleethub") if each.verb == "watch" and "/pods" in each.uri]
    assert asked == []
    assert {watch.uri.partition("?")[0] for watch in watches} == {"/api/v1/namespaces/shop/pods"}
