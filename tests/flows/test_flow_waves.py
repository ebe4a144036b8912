"""Waves on a cluster whose Pods become ready, or do not: each is waited for, none is polled for, a newer commit mends at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fleet.hub.hub import Hub
from fleet.model.keys import AppKey
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.stories import DEPLOYMENTS, app, at_rest, config_map, live, monorepo, writes

MAPS = "/api/v1/namespaces/shop/configmaps"


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    """An empty monorepo."""
    return Monorepo(tmp_path / "repository")


def deployment(name: str, wave: int, image: str = "shop:1", *, word: str = "fleethub.dev/wave") -> str:
    """A Deployment of a wave."""
    return f"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: {name}, annotations: {{{word}: "{wave}"}}}}
        spec:
          selector: {{matchLabels: {{app: {name}}}}}
          template:
            metadata: {{labels: {{app: {name}}}}}
            spec: {{containers: [{{name: main, image: registry.example.com/{image}}}]}}
        """


def settings(name: str, wave: int, value: str = "1") -> str:
    """A ConfigMap of a wave."""
    text = config_map(name, value)
    return text.replace("namespace: shop}", f'namespace: shop, annotations: {{fleethub.dev/wave: "{wave}"}}}}')


def waves(plane: Plane, **files: str) -> dict[str, str]:
    """The usual monorepo, and an App `waves` of these files."""
    own = {f"apps/waves/{name.replace('_', '-')}.yaml": text for name, text in files.items()}
    return {**monorepo(plane.name), "clusters/production/waves.yaml": app("waves", "apps/waves"), **own}


def waits(hub: Hub, plane: Plane, name: str = "waves") -> str:
    """What an App waits for; empty when it does not."""
    report = hub.state.reports.get(AppKey(plane.name, name))
    return report.message if report and report.state is SyncState.WAITING else ""


def others_rest(hub: Hub, plane: Plane) -> bool:
    """Whether the other Apps are in sync."""
    reports = (hub.state.reports.get(AppKey(plane.name, name)) for name in ("shop", plane.name))
    return all(report is not None and report.state is SyncState.SYNCED for report in reports)


async def test_each_wave_is_written_when_the_one_before_is_healthy(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    commit = repository.commit(
        waves(
            plane,
            first=deployment("first", -1, word="argocd.argoproj.io/sync-wave"),
            second=settings("second", 1),
            third=deployment("third", 2),
            last=settings("last", 3),
        )
    )
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, commit)
    ready = {name: _ready(plane, name) for name in ("first", "third")}
    made = {name: live(plane, f"{MAPS}/{name}")["metadata"]["creationTimestamp"] for name in ("second", "last")}
    assert ready["first"] <= made["second"]
    assert ready["third"] <= made["last"]
    assert _written(plane) == ["first", "second", "third", "last"]


def _written(plane: Plane) -> list[str]:
    """The objects of the App that were written, in order."""
    done = [each for each in plane.audit_since(agent="fleethub") if each.verb == "patch" and each.code < 300]
    others = ("shop", "web", "settings", "own")
    return [each.name for each in done if each.namespace == "shop" and each.name not in others]


def _ready(plane: Plane, name: str) -> str:
    conditions = live(plane, f"{DEPLOYMENTS}/{name}")["status"]["conditions"]
    return next(each["lastTransitionTime"] for each in conditions if each["type"] == "Available" and each["status"] == "True")


async def test_a_wave_that_never_becomes_healthy_is_superseded_by_the_commit_that_mends_it(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    plane = moving_plane
    repository.commit(waves(plane, web=deployment("web-1", 1, "never-ready:1"), last=settings("last", 2)))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await eventually(lambda: "wave 2 waits for Deployment.apps/shop/web-1 of wave 1: Progressing" in waits(hub, plane))
        assert live(plane, f"{MAPS}/last") is None
        second = repository.commit({"apps/waves/web.yaml": deployment("web-1", 1, "shop:2")})
        await at_rest(hub, second)
    assert live(plane, f"{MAPS}/last")["metadata"]["annotations"]["fleethub.dev/revision"]


SELDOM = FAST.replace("}", ", slowAfter: 1h}")


async def test_waiting_holds_no_worker_and_asks_nothing(tmp_path: Path, repository: Monorepo, moving_plane: Plane) -> None:
    plane = moving_plane
    repository.commit(waves(plane, web=deployment("web-1", 1, "never-ready:1"), last=settings("last", 2)))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=SELDOM)) as hub:
        worker = hub.clusters[plane.name].worker
        await eventually(lambda: "wave 1: Progressing" in waits(hub, plane) and worker.idle and others_rest(hub, plane))
        mark, key = plane.audit_mark(), AppKey(plane.name, "waves")
        await asyncio.sleep(1)
        # What its Pods tell may have it looked at, for a moment; else nothing does before it is to be said that this takes long.
        await eventually(lambda: worker.idle and (worker.queue.due(key) or 0) - asyncio.get_running_loop().time() > 60)
        assert writes(plane, mark) == []


async def test_a_hub_that_dies_in_the_midst_of_its_waves_writes_nothing_twice(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    commit = repository.commit(waves(plane, web=deployment("web-1", 1), before=settings("before", 1), last=settings("last", 2)))
    registry = write_registry(tmp_path, repository.path, [plane], settings=FAST)
    async with running(registry) as hub:
        await eventually(lambda: "waits for Deployment.apps/shop/web-1 of wave 1" in waits(hub, plane))
        await eventually(lambda: hub.clusters[plane.name].worker.idle and others_rest(hub, plane))
    mark = plane.audit_mark()
    async with running(registry) as hub:
        await eventually(lambda: "waits for Deployment.apps/shop/web-1 of wave 1" in waits(hub, plane))
        assert writes(plane, mark) == []
        await asyncio.to_thread(become_ready, plane, "web-1")
        await at_rest(hub, commit)
    assert sorted(_written(plane)) == ["before", "last", "web-1"]


def become_ready(plane: Plane, name: str) -> None:
    """Say of a Deployment what its controller would, once its Pod is ready."""
    found = live(plane, f"{DEPLOYMENTS}/{name}")
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1)
    conditions = [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}]
    conditions.append({"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"})
    status = {"observedGeneration": found["metadata"]["generation"], "conditions": conditions, **counts}
    plane.kube.patch(f"{DEPLOYMENTS}/{name}/status", {"status": status}).ok()


async def test_waves_are_deleted_the_last_first(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    first = repository.commit(waves(plane, a=settings("a", 1), b=settings("b", 2), c=settings("c", 3)))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, first)
        mark = plane.audit_mark()
        second = repository.commit({"clusters/production/waves.yaml": None})
        await at_rest(hub, second)
    gone = [uri.rpartition("/")[2].partition("?")[0] for uri in writes(plane, mark) if uri.startswith("delete") and MAPS in uri]
    assert gone == ["c", "b", "a"]


async def test_configuration_that_waits_for_health_too_long_has_failed_and_goes_when_it_comes(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    files = {
        **waves(plane, web=deployment("web-1", 0), old=config_map("old", "1"), other=config_map("other", "1")),
        "clusters/production/waves.yaml": app("waves", "apps/waves", timeout="1s"),
    }
    first = repository.commit(files)
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, first)
        second = repository.commit({"apps/waves/old.yaml": None})
        key = AppKey(plane.name, "waves")
        reason = "Pods may still read it; Deployment.apps/shop/web-1 is Progressing since"
        await eventually(lambda: hub.state.reports[key].state is SyncState.FAILED and reason in hub.state.reports[key].message)
        assert live(plane, f"{MAPS}/old") is not None
        await asyncio.to_thread(become_ready, plane, "web-1")
        await at_rest(hub, second)
    assert live(plane, f"{MAPS}/old") is None


async def test_a_wave_that_is_refused_is_tried_again_no_sooner_than_other_failures(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    right = deployment("web-1", 1)
    repository.commit(waves(plane, web=right, last=settings("last", 2)))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        key = AppKey(plane.name, "waves")
        await eventually(lambda: "of wave 1: Progressing" in waits(hub, plane))
        repository.commit({"apps/waves/web.yaml": right.replace("spec: {containers", "spec: {containrs")})
        await eventually(lambda: "was rejected" in hub.state.reports[key].message)
        mark, began = plane.audit_mark(), asyncio.get_running_loop().time()
        await asyncio.sleep(2)
        tries = [each for each in plane.audit_since(mark, agent="fleethub") if each.verb == "patch" and each.name == "web-1"]
        seconds = asyncio.get_running_loop().time() - began
    assert len(tries) <= 1 + seconds
    assert live(plane, f"{MAPS}/last") is None
