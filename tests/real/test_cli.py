"""The command against a hub that runs as people run it, on a real API server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, SHORT, Monorepo, write_registry
from tests.flows.stories import WEB, config_map, live, monorepo

FLEET = [sys.executable, "-c", "import sys; from fleet.cli import main; sys.exit(main())"]
# The process of a hub, its commands and its end: where many share a core, each takes a good part of a minute.
pytestmark = pytest.mark.timeout(400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A hub's registry, and the command that uses it."""

    registry: Path
    repository: Monorepo
    hub: asyncio.subprocess.Process

    async def fleet(self, *words: str) -> tuple[int, str, str]:
        """Run the command; gives code, stdout and stderr."""
        done = await asyncio.to_thread(forked.fleet, "--config", str(self.registry), *words)
        return done.returncode, done.stdout, done.stderr

    async def json(self, *words: str) -> Any:
        """What a verb says, as JSON."""
        _, out, err = await self.fleet(*words, "-o", "json")
        assert out, err
        return json.loads(out)

    async def synced(self, *words: str) -> None:
        """Wait until everything is in sync."""
        code, out, err = await self.fleet("sync", *words, "-w", "--timeout", "80s")
        assert code == 0, out + err


@asynccontextmanager
async def serving(path: Path, *planes: ControlPlane, settings: str = FAST) -> AsyncIterator[Desk]:
    """Run `fleet serve` for the length of the block, and end it as a service manager does."""
    repository = Monorepo(path / "repository")
    repository.commit(monorepo(*(plane.name for plane in planes)), message="First")
    registry = write_registry(path, repository.path, planes, settings=settings)
    with (path / "log").open("w") as log:
        hub = await asyncio.create_subprocess_exec(*FLEET, "serve", "--config", str(registry), stderr=log)
        try:
            await eventually(lambda: (path / "state" / "hub.sock").exists() or hub.returncode is not None)
            assert hub.returncode is None, (path / "log").read_text()
            yield Desk(registry=registry, repository=repository, hub=hub)
        finally:
            if hub.returncode is None:
                hub.send_signal(signal.SIGTERM)
            async with asyncio.timeout(60):
                await hub.wait()


@pytest.fixture
async def desk(tmp_path: Path, real_cluster: ControlPlane) -> AsyncIterator[Desk]:
    """A hub that serves one cluster, at rest."""
    async with serving(tmp_path, real_cluster) as found:
        await found.synced()
        yield found


async def test_sync_waits_until_the_newest_commit_is_in_the_cluster(desk: Desk, real_cluster: ControlPlane) -> None:
    name = real_cluster.name
    desk.repository.commit({f"clusters/production/{name}/own.yaml": config_map("own", "second")})
    await desk.synced()
    assert live(real_cluster, "/api/v1/namespaces/shop/configmaps/own")["data"] == {"value": "second"}


async def test_status_and_get_say_what_runs(desk: Desk, real_cluster: ControlPlane) -> None:
    name = real_cluster.name
    status = await desk.json("status")
    apps = await desk.json("get")
    found = await desk.json("get", f"{name}/shop", "Deployment.apps/shop/web")
    assert [(each["name"], each["phase"], each["states"]) for each in status["clusters"]] == [(name, "ready", {"synced": 2})]
    assert {(each["app"], each["state"], each["subject"]) for each in apps} == {
        (name, "synced", "First"),
        ("shop", "synced", "First"),
    }
    assert (found["state"], found["source"]) == ("synced", "apps/shop/base/web.yaml:1")
    assert found["owner"] == f"{name}/shop Deployment.apps shop/web"
    assert found["uid"] == live(real_cluster, WEB)["metadata"]["uid"]


async def test_drift_and_history_tell_who_did_what(desk: Desk, real_cluster: ControlPlane) -> None:
    await real_cluster.kubectl("--namespace=shop", "scale", "deployment/web", "--replicas=7")

    async def told() -> Any:
        found = await desk.json("drift")
        history = await desk.json("history", f"{real_cluster.name}/shop", "Deployment.apps/shop/web")
        changes = [change for sync in history for change in sync["changes"] if change["object"] == "Deployment.apps/shop/web"]
        assert [each["state"] for each in found] == ["reverted"]
        assert [each["cause"] for each in changes] == ["drift", "commit"]
        return found

    (drift,) = await eventually(told)
    assert (drift["object"], drift["manager"]) == ("Deployment.apps/shop/web", "kubectl")
    assert [(field["path"], field["git"], field["live"]) for field in drift["fields"]] == [("/spec/replicas", 3, 7)]


async def test_a_hold_is_shown_with_its_word_and_approve_lets_it_through(desk: Desk, real_cluster: ControlPlane) -> None:
    path = "/api/v1/namespaces/shop/configmaps/settings"
    desk.repository.commit({"clusters/production/namespaces.yaml": None})
    code, _, _ = await desk.fleet("sync", "-w", "--timeout", "30s")
    holds = await desk.json("approve")
    assert code == 1
    assert [each["guard"] for each in holds] == ["protected"]
    assert live(real_cluster, path) is not None
    code, out, err = await desk.fleet("approve", holds[0]["word"])
    assert code == 0, err
    assert "Namespace/shop" in out
    await eventually(lambda: "deletionTimestamp" in live(real_cluster, "/api/v1/namespaces/shop")["metadata"])


async def test_diff_live_shows_what_a_paused_app_would_change(desk: Desk, real_cluster: ControlPlane) -> None:
    declared = "clusters/production/apps.yaml"
    before = (desk.repository.path / declared).read_text()
    desk.repository.commit({declared: before.replace("namespace: shop}", "namespace: shop, drift: report}")})
    await desk.synced()
    await real_cluster.kubectl("--namespace=shop", "scale", "deployment/web", "--replicas=7")

    async def standing() -> bool:
        return [(await desk.fleet(verb))[0] for verb in ("drift", "status")] == [1, 1]

    await eventually(standing)
    code, out, _ = await desk.fleet("diff", "--live")
    assert code == 1, out
    assert "Deployment.apps/shop/web" in out


async def test_cluster_check_asks_without_a_hub_what_the_user_may(tmp_path: Path, real_cluster: ControlPlane) -> None:
    repository = Monorepo(tmp_path / "repository")
    registry = tmp_path / "clusters.yaml"
    entries = "".join(
        f"  - {{name: {name}, server: '{real_cluster.server}', ca: 'file:{real_cluster.ca_file}', token: env:{name.upper()}}}\n"
        for name in ("admin", "reader")
    )
    registry.write_text(f"fleet: acme\nsource: {{url: {repository.path}}}\nstate: ./state\nclusters:\n{entries}")
    tokens = {name.upper(): real_cluster.token_of(name) for name in ("admin", "reader")}
    words = ("--config", str(registry), "cluster", "check", "-o", "json")
    mark = real_cluster.audit_mark()
    done = await asyncio.to_thread(partial(forked.fleet, *words, env={**os.environ, **tokens}))
    found = {each["cluster"]: {check["check"]: check["result"] for check in each["checks"]} for each in json.loads(done.stdout)}
    written = [each.uri for each in real_cluster.audit_since(mark, agent="fleethub") if each.is_write]
    assert done.returncode == 1
    assert (found["admin"]["all kinds"], found["admin"]["configmaps in fleethub-system"]) == ("ok", "ok")
    assert found["reader"]["configmaps in fleethub-system"] == "failed"
    # One cluster under two names.
    assert found["admin"]["identity"] == "failed"
    assert [uri for uri in written if "selfsubjectaccessreviews" not in uri] == []


async def test_a_hub_that_is_told_to_end_gives_its_lease_back(tmp_path: Path, real_cluster: ControlPlane) -> None:
    async with serving(tmp_path, real_cluster) as desk:
        await desk.synced()
        desk.hub.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            code = await desk.hub.wait()
    lease = live(real_cluster, "/apis/coordination.k8s.io/v1/namespaces/fleethub-system/leases/fleethub")
    assert code == 0, (tmp_path / "log").read_text()
    assert not lease["spec"].get("holderIdentity")
    assert not (tmp_path / "state" / "hub.sock").exists()


async def test_a_second_hub_on_the_same_state_directory_does_not_start(desk: Desk) -> None:
    code, _, err = await desk.fleet("serve")
    assert code == 2
    assert "Another hub runs on the state directory" in err


async def test_a_cluster_that_went_away_is_unreachable_in_status(tmp_path: Path, real_cluster: ControlPlane) -> None:
    async with serving(tmp_path, real_cluster, settings=SHORT) as desk:
        await desk.synced()
        real_cluster.stop_apiserver()

        async def away() -> bool:
            return (await desk.fleet("status"))[0] == 3

        await eventually(away)
        await real_cluster.start_apiserver()
