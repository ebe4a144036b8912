"""The fixtures. Each begins anew for every test; what they started ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from fleet.cli.story.stage import registry_text
from fleet.testing.clusters import Sandbox, SandboxHost
from fleet.testing.hubs import FleetHub
from fleet.testing.repository import FleetRepo

Sandboxes: TypeAlias = Callable[..., list[Sandbox]]
FleetHubs: TypeAlias = Callable[..., AbstractContextManager[FleetHub]]


@pytest.fixture
def sandbox_host(tmp_path: Path) -> Iterator[SandboxHost]:
    """What runs the clusters of a test; ask it for one with other controllers."""
    host = SandboxHost(tmp_path / "sandboxes")
    yield host
    host.close()


@pytest.fixture
def sandboxes(sandbox_host: SandboxHost) -> Sandboxes:
    """Start any number of clusters: `one, two = sandboxes("one", "two")`."""
    return lambda *names: [sandbox_host.add(name) for name in names]


@pytest.fixture
def sandbox(sandbox_host: SandboxHost) -> Sandbox:
    """A cluster called `sandbox`."""
    return sandbox_host.add("sandbox")


@pytest.fixture
def fleet_repo(tmp_path: Path) -> FleetRepo:
    """A git repository without commits; the directory of the cluster `sandbox` in it is `clusters/sandbox`."""
    return FleetRepo(tmp_path / "repository")


@pytest.fixture
def fleet_hub(tmp_path: Path, fleet_repo: FleetRepo, sandbox: Sandbox) -> FleetHubs:
    """Run a hub for the length of a block, over `sandbox` or the clusters that are given.

    `with fleet_hub(one, two, plugins=["./plugins/acme.py"]) as hub:`. Another block in the same test is the hub started
    again: it has the state directory of the first.
    """

    @contextmanager
    def started(*clusters: Sandbox, plugins: Sequence[str] = ()) -> Iterator[FleetHub]:
        files = {each.name: each.kubeconfig for each in clusters or (sandbox,)}
        registry = tmp_path / "clusters.yaml"
        # A relative path of a plugin is meant from where pytest runs, as every other path in a test.
        found = [str(Path(each).absolute()) if each.endswith(".py") else each for each in plugins]
        text = registry_text(fleet_repo.path, tmp_path / "state", files, fleet="testing")
        registry.write_text(f"{text}plugins: {found}\n", encoding="utf-8")
        hub = FleetHub(registry)
        try:
            yield hub
        finally:
            hub.close()

    return started
