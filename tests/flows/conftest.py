"""Sandbox clusters for the stories of this directory. `tests/real` tells the chosen ones again, on real API servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.planes import SandboxPlane, SandboxPool


@pytest.fixture
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxPool]:
    """Lend any number of clusters: `await pool.lend(3)`, `lend(1, controllers=True)`."""
    found = SandboxPool(tmp_path_factory.mktemp("sandboxes"))
    yield found
    found.close()


@pytest.fixture
async def plane(pool: SandboxPool) -> SandboxPlane:
    """An empty cluster, in which no Pod becomes ready."""
    (found,) = await pool.lend(1)
    return found


@pytest.fixture
async def two_planes(pool: SandboxPool) -> tuple[SandboxPlane, SandboxPlane]:
    """Two empty clusters."""
    first, second = await pool.lend(2)
    return first, second


@pytest.fixture
async def moving_plane(pool: SandboxPool) -> SandboxPlane:
    """An empty cluster whose Deployments become ready and Jobs complete."""
    (found,) = await pool.lend(1, controllers=True)
    return found


@pytest.fixture
async def fresh_plane(plane: SandboxPlane) -> SandboxPlane:
    """A cluster that has never served anyone: here, each."""
    return plane
