"""`fleet wait`: what a CI job is told, by its exit code, of what became of its commit."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fleet.model.keys import AppKey
from tests.controlplane.waiting import eventually
from tests.flows.desks import FLEET, Desk, served
from tests.flows.fleets import FAST, Monorepo, write_registry
from tests.flows.planes import Plane, PlanePool
from tests.flows.stories import BASE, WEB, app, at_rest, config_map, live, monorepo

STEADY = FAST.replace("}", ", stableFor: 1s}")
OWN = "/api/v1/namespaces/shop/configmaps/own"


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    """An empty monorepo."""
    return Monorepo(tmp_path / "repository")


@pytest.fixture
async def still(tmp_path: Path, repository: Monorepo, plane: Plane) -> AsyncIterator[Desk]:
    """A hub at rest that looks at the repository only when it is told to, and one cluster where no Pod ever becomes ready."""
    files = monorepo(plane.name)
    patient = {"clusters/production/apps.yaml": app("shop", "apps/shop/overlays/production")}
    commit = repository.commit({**files, **patient}, message="First")
    registry = write_registry(tmp_path, repository.path, [plane], settings=STEADY)
    registry.write_text(registry.read_text().replace("interval: 1s", "interval: 10m"))
    async with served(registry) as desk:
        await at_rest(desk.hub, commit)
        shop, freshness = AppKey(plane.name, "shop"), desk.hub.clusters[plane.name].freshness
        await eventually(lambda: not freshness.of_app(shop).untold)
        yield desk


async def heard(job: asyncio.subprocess.Process, text: str) -> None:
    """Read what a job says until it says this."""
    assert job.stderr is not None
    async for line in job.stderr:
        if text in line.decode():
            return
    raise AssertionError(f"it ended without saying {text!r}")


async def test_it_ends_when_all_is_healthy_and_has_been_for_a_while(
    tmp_path: Path, repository: Monorepo, moving_plane: Plane
) -> None:
    commit = repository.commit(monorepo(moving_plane.name))
    async with served(write_registry(tmp_path, repository.path, [moving_plane], settings=STEADY)) as desk:
        first = await desk.json("wait", "--revision", commit, "--timeout", "60s")
        web = BASE["apps/shop/base/web.yaml"].replace("shop:1.0.0", "shop:1.1.0")
        later = repository.commit({"apps/shop/base/web.yaml": web})
        code, out, err = await desk.fleet("wait", "--revision", later, "--timeout", "60s")
        found = live(moving_plane, WEB)
    assert (first["reached"], first["commit"], first["missing"]) == (True, commit, [])
    assert (first["goal"], first["clusters"], first["apps"]) == ("healthy", 1, 2)
    assert (code, out) == (0, ""), err
    assert found["spec"]["template"]["spec"]["containers"][0]["image"].endswith("shop:1.1.0")
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
    assert (found["status"]["updatedReplicas"], found["status"]["availableReplicas"]) == (3, 3)


async def test_what_is_not_healthy_in_time_is_a_timeout_that_says_what_and_why(still: Desk, plane: Plane) -> None:
    code, out, err = await still.fleet("wait", "--for", "healthy", "--timeout", "2s")
    assert code == 4, out + err
    assert f"{plane.name}/shop: Progressing: Deployment.apps/shop/web: " in err
    assert "not healthy within 2s" in err
    assert "Deployment.apps/shop/web" in out
    # A log of a wait is a line for each change, not for each look.
    assert err.count(f"{plane.name}/shop: Progressing") == 1
    assert (await still.fleet("wait", "--for", "synced", "--timeout", "30s"))[0] == 0
    assert (await still.fleet("wait", f"{plane.name}/shop", "--timeout", "1s", "-o", "name"))[:2] == (4, f"{plane.name}/shop\n")
    assert (await still.fleet("wait", f"{plane.name}/{plane.name}", "--timeout", "30s"))[0] == 0


async def test_a_commit_that_the_hub_has_not_seen_is_fetched_and_waited_for(
    still: Desk, repository: Monorepo, plane: Plane
) -> None:
    commit = repository.commit({f"clusters/production/{plane.name}/own.yaml": config_map("own", "second")})
    later = repository.commit({"README": "Nothing of it reaches a cluster"})
    code, out, err = await still.fleet("wait", "--for", f"revision={commit}", "--timeout", "60s")
    assert code == 0, out + err
    assert live(plane, OWN)["data"] == {"value": "second"}
    assert (await still.json("wait", "--for", f"revision={later[:8]}", "--timeout", "60s"))["commit"] == later


async def test_a_commit_that_changes_nothing_on_a_cluster_is_there_at_once(
    tmp_path: Path, repository: Monorepo, two_planes: tuple[Plane, Plane]
) -> None:
    one, two = two_planes
    first = repository.commit(monorepo(one.name, two.name))
    async with served(write_registry(tmp_path, repository.path, two_planes, settings=STEADY)) as desk:
        await at_rest(desk.hub, first)
        commit = repository.commit({f"clusters/production/{one.name}/own.yaml": config_map("own", "second")})
        found = await desk.json("wait", "--for", f"revision={commit}", "--timeout", "60s")
        code, out, err = await desk.fleet("sync", "-w", "--timeout", "60s")
        broken = repository.commit({f"clusters/production/{two.name}/bad.yaml": config_map("bad", "1", namespace="nosuch")})
        await desk.fleet("wait", "--for", f"revision={broken}", "--timeout", "60s")
        later = repository.commit({f"clusters/production/{one.name}/own.yaml": config_map("own", "third")})
        ends = [(await desk.fleet(*words))[0] for words in (("wait", f"--for=revision={later}"), ("sync", "-w"))]
    assert (found["reached"], found["apps"], found["commit"]) == (True, 4, commit)
    assert code == 0, out + err
    assert ends == [1, 1]
    assert live(one, OWN)["data"] == {"value": "third"}


async def test_a_commit_that_never_comes_is_a_timeout(still: Desk) -> None:
    code, _, err = await still.fleet("wait", "--for", f"revision={'0' * 40}", "--timeout", "2s")
    assert code == 4
    assert "commit 000000000000 was not fetched yet" in err


async def test_a_hub_that_is_restarted_meanwhile_is_waited_for(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    repository.commit(monorepo(plane.name))
    registry = write_registry(tmp_path, repository.path, [plane], settings=STEADY)
    repository.git("checkout", "--quiet", "-b", "next")
    commit = repository.commit({f"clusters/production/{plane.name}/own.yaml": config_map("own", "second")})
    repository.git("checkout", "--quiet", "main")
    async with served(registry):
        waits = ("--config", str(registry), "wait", "--for", f"revision={commit}", "--timeout", "90s")
        job = await asyncio.create_subprocess_exec(*FLEET, *waits, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        await heard(job, "was not fetched yet")
    await heard(job, "The hub does not answer")
    repository.git("merge", "--quiet", "--ff-only", "next")
    async with served(registry):
        _, rest = await job.communicate()
    assert job.returncode == 0, rest
    assert live(plane, OWN)["data"] == {"value": "second"}


async def test_an_app_that_is_unwell_for_longer_than_it_may_be_is_not_waited_for(
    still: Desk, repository: Monorepo, plane: Plane
) -> None:
    declared = app("shop", "apps/shop/overlays/production", timeout="2s")
    commit = repository.commit({"clusters/production/apps.yaml": declared})
    code, out, err = await still.fleet("wait", "--revision", commit, "--timeout", "60s")
    assert code == 1, out + err
    assert "Deployment.apps/shop/web" in out


async def test_what_failed_is_waited_for_as_long_as_another_app_may_mend_it(still: Desk, repository: Monorepo) -> None:
    lost = {"apps/lost/x.yaml": config_map("x", "1", namespace="late"), "clusters/production/lost.yaml": app("lost", "apps/lost")}
    first = repository.commit(lost)
    failed, out, _ = await still.fleet("wait", "--for", f"revision={first}", "--timeout", "60s")
    mended = repository.commit({"clusters/production/late.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: late}}"})
    code, _, err = await still.fleet("wait", "--for", f"revision={mended}", "--timeout", "60s")
    assert (failed, code) == (1, 0), out + err
    assert "ConfigMap/late/x" in out


async def test_what_is_held_is_not_waited_for(still: Desk, repository: Monorepo, plane: Plane) -> None:
    commit = repository.commit({"clusters/production/namespaces.yaml": None})
    code, out, err = await still.fleet("wait", "--for", f"revision={commit}", "--timeout", "60s")
    assert code == 1, out + err
    assert ("held" in out, "protected" in out or "Namespace" in out) == (True, True)
    assert live(plane, "/api/v1/namespaces/shop") is not None


async def test_what_is_wrong_in_git_is_not_waited_for_and_named(still: Desk, repository: Monorepo, plane: Plane) -> None:
    commit = repository.commit({f"clusters/production/{plane.name}/bad.yaml": "a: 1\na: 2\n"})
    code, _, err = await still.fleet("wait", "--for", f"revision={commit}", "--timeout", "60s")
    assert code == 1
    assert f"clusters/production/{plane.name}/bad.yaml:2:" in err


async def test_what_is_not_there_is_an_error(still: Desk, plane: Plane) -> None:
    found = [await still.fleet("wait", *words) for words in ((f"{plane.name}/nosuch",), ("nosuch",), ("-l", "tier=nosuch"))]
    assert [(code, out) for code, out, _ in found] == [(2, "")] * 3
    assert [err for *_, err in found if not err.startswith("fleet: ")] == []


async def test_a_cluster_that_went_away_is_told_when_the_others_are_there(
    tmp_path: Path, repository: Monorepo, pool: PlanePool
) -> None:
    here, away = await pool.lend(2, controllers=True)
    first = repository.commit(monorepo(here.name, away.name))
    async with served(write_registry(tmp_path, repository.path, [here, away], settings=STEADY)) as desk:
        await at_rest(desk.hub, first)
        away.stop_apiserver()
        repository.commit({f"clusters/production/{away.name}/own.yaml": config_map("own", "second")})
        await eventually(lambda: desk.hub.clusters[away.name].site is None)
        code, out, err = await desk.fleet("wait", "--timeout", "60s")
        one, _, _ = await desk.fleet("wait", here.name, "--timeout", "60s")
        await away.start_apiserver()
    assert (code, one) == (3, 0), out + err
    assert f"not connected: {away.name}" in err
