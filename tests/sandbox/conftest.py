"""Sandbox clusters in the place of real ones: the fixtures have the names of those in `tests/real`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.plane import SandboxPlane, SandboxPool


@pytest.fixture
def control_planes(tmp_path: Path) -> Iterator[SandboxPool]:
    """Lend any number of clusters."""
    pool = SandboxPool(tmp_path / "sandboxes")
    yield pool
    pool.close()


@pytest.fixture
async def real_cluster(control_planes: SandboxPool) -> SandboxPlane:
    """An empty cluster."""
    (plane,) = await control_planes.lend(1)
    return plane


@pytest.fixture
async def fresh_cluster(real_cluster: SandboxPlane) -> SandboxPlane:
    """The same: none has served anybody before."""
    return real_cluster


@pytest.fixture
async def two_real_clusters(control_planes: SandboxPool) -> tuple[SandboxPlane, SandboxPlane]:
    """Two empty clusters."""
    first, second = await control_planes.lend(2)
    return first, second


@pytest.fixture
async def real_cluster_with_controllers(control_planes: SandboxPool) -> SandboxPlane:
    """An empty cluster whose Deployments become ready."""
    (plane,) = await control_planes.lend(1, controllers=True)
    return plane
