"""`kill -9` in the midst of an order: who comes after runs nothing twice, writes nothing early, and deletes nothing too early."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.cli.frame.hubclient import HubClient
from fleet.errors import FleetError
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, write_registry
from tests.flows.hooks import argo, done, files, finish, job, recorded
from tests.flows.planes import Plane
from tests.flows.safety import GROUP, OWN
from tests.flows.soak_hub import HubProcess
from tests.flows.stories import config_map, live

START = 180.0
"""Seconds: the end of a hub that hangs. Where many share a core, its process alone takes most of a minute to import."""
pytestmark = pytest.mark.timeout(600)
PODS = "/api/v1/namespaces/shop/pods"
READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
DATABASE = """
    apiVersion: v1
    kind: Pod
    metadata: {name: database, annotations: {fleethub.dev/wave: "1"}}
    spec: {containers: [{name: main, image: "registry.example.com/database:1"}]}
    """
LATER = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: later, annotations: {fleethub.dev/wave: "2"}}
    """


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    """A hub that does not run yet."""
    found = HubProcess(tmp_path / "clusters.yaml")
    yield found
    found.end()


async def told(hub: HubProcess, plane: Plane, commit: str, *, says: str) -> None:
    """Wait until the hub that runs says so of the App at a commit."""

    def said() -> bool:
        hub.check()
        try:
            found: Any = asked.get(f"apps/{plane.name}/shop")["summary"]
        except FleetError as error:
            raise AssertionError(str(error)) from error  # it has not come so far
        assert found["commit"] == commit, found
        assert says in found["message"], found
        return True

    asked = HubClient(f"unix:{hub.state}/hub.sock")
    await eventually(said, within=START, every=0.2)


def killed(hub: HubProcess) -> None:
    """End it in the midst, and its history with it."""
    hub.kill()
    hub.forget_history()


async def test_who_comes_after_a_kill_goes_on_in_the_midst_of_hooks_and_waves(
    tmp_path: Path, plane: Plane, hub: HubProcess
) -> None:
    repository = Monorepo(tmp_path / "repository")
    write_registry(tmp_path, repository.path, [plane], settings=FAST)
    repository.commit({**files(plane), "apps/shop/old.yaml": config_map("old", "1")})
    hub.start()
    await eventually(lambda: sorted(done(plane)) == ["created old", "created settings"], within=START)
    waves = {"apps/shop/database.yaml": DATABASE, "apps/shop/later.yaml": LATER, "apps/shop/old.yaml": None}
    second = repository.commit({"apps/shop/migrate.yaml": job("migrate", *argo("PreSync")), **waves})
    await told(hub, plane, second, says="PreSync hook Job.batch/shop/migrate")
    killed(hub)
    finish(plane, "migrate")
    hub.start()
    await told(hub, plane, second, says="wave 2 waits for Pod/shop/database of wave 1")
    killed(hub)
    hub.start()
    await told(hub, plane, second, says="wave 2 waits for Pod/shop/database of wave 1")
    assert done(plane)[2:] == ["created migrate", "created database"]
    plane.kube.patch(f"{PODS}/database/status", {"status": READY}).ok()
    await eventually(lambda: done(plane)[4:] == ["created later", "deleted old"])
    assert recorded(plane) == {"PreSync migrate": "succeeded"}


async def test_who_comes_after_a_kill_goes_on_with_a_removal(tmp_path: Path, plane: Plane, hub: HubProcess) -> None:
    repository = Monorepo(tmp_path / "repository")
    write_registry(tmp_path, repository.path, [plane], settings=FAST)
    hooks = {"backup": job("backup", *argo("PreDelete")), "free": job("free", *argo("PostDelete"))}
    repository.commit(files(plane, **hooks))
    hub.start()
    await eventually(lambda: "shop" in str(live(plane, f"{OWN}/record.0")), within=START)
    second = repository.commit({f"{GROUP}/shop.yaml": None})
    await told(hub, plane, second, says="PreDelete hook Job.batch/shop/backup")
    killed(hub)
    assert done(plane) == ["created settings", "created backup"]
    finish(plane, "backup")
    hub.start()
    await told(hub, plane, second, says="PostDelete hook Job.batch/shop/free")
    finish(plane, "free")
    await eventually(lambda: live(plane, f"{OWN}/app.shop") is None)
    assert done(plane)[2:] == ["deleted settings", "created free", "deleted free", "deleted backup"]
