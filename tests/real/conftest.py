"""Real clusters for the tests of this directory.

They are never skipped for want of binaries: those are built, and what cannot be built fails. Only on one's own machine
FLEET_SKIP_REAL=1 skips them; where CI is set, that is an error as well.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.controlplane import Binaries, ControlPlane, ControlPlaneError, Pool
from tests.controlplane.build import ensure

HERE = Path(__file__).parent
BINARIES = pytest.StashKey[Binaries | ControlPlaneError]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell each story once; skip everything here where that was asked for, and fail where it must not be asked for."""
    variants = list(_variants(items))
    if variants:
        config.hook.pytest_deselected(items=variants)
        items[:] = [item for item in items if item not in variants]
    if os.environ.get("FLEET_SKIP_REAL") != "1":
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("FLEET_SKIP_REAL is set in CI: what Fleethub does is judged on real API servers")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.skip(reason="FLEET_SKIP_REAL=1"))


def _variants(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """The stories that differ from one before them in a parameter only: the sandbox tells them all, a real server the first.

    Where each parameter is another request of people or another field manager, the marker `each_on_real` keeps them all.
    """
    told: set[tuple[str, str]] = set()
    for item in items:
        if not isinstance(item, pytest.Function) or not item.path.is_relative_to(HERE):
            continue
        if item.get_closest_marker("each_on_real") or not item.function.__module__.startswith("tests.flows."):
            continue
        story = (item.function.__module__, item.function.__qualname__)
        if story in told:
            yield item
        told.add(story)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the binaries before the first test, whose deadline is not meant for the 8 minutes that takes."""
    if not any(_needs_cluster(item) for item in session.items):
        return
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        try:
            session.config.stash[BINARIES] = ensure()
        except ControlPlaneError as error:
            session.config.stash[BINARIES] = error


def _needs_cluster(item: pytest.Item) -> bool:
    return "control_plane_binaries" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("skip")


@pytest.fixture(scope="session")
def control_plane_binaries(pytestconfig: pytest.Config) -> Binaries:
    """Return what was built; fail, and say why, where that was not possible."""
    built = pytestconfig.stash[BINARIES]
    if isinstance(built, ControlPlaneError):
        pytest.fail(f"no control plane to test on: {built}", pytrace=False)
    return built


@pytest.fixture(scope="session")
def all_control_planes(control_plane_binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """All clusters of the session."""
    pool = Pool(tmp_path_factory.mktemp("clusters"), binaries=control_plane_binaries)
    yield pool
    pool.close()


@pytest.fixture
def control_planes(all_control_planes: Pool) -> Iterator[Pool]:
    """Lend any number of clusters: `await control_planes.lend(3)`, `lend(1, controllers=True)`, `lend_new(1)`."""
    yield all_control_planes
    all_control_planes.take_back()


@pytest.fixture
async def real_cluster(control_planes: Pool) -> ControlPlane:
    """An empty cluster; it may have served other tests before."""
    (plane,) = await control_planes.lend(1)
    return plane


@pytest.fixture
async def two_real_clusters(control_planes: Pool) -> tuple[ControlPlane, ControlPlane]:
    """Two empty clusters."""
    first, second = await control_planes.lend(2)
    return first, second


@pytest.fixture
async def real_cluster_with_controllers(control_planes: Pool) -> ControlPlane:
    """An empty cluster whose Deployments become ready, Jobs complete, and Namespaces go when they are deleted."""
    (plane,) = await control_planes.lend(1, controllers=True)
    return plane


@pytest.fixture
async def fresh_cluster(control_planes: Pool) -> AsyncIterator[ControlPlane]:
    """A cluster that has never served anyone; 4 s."""
    (plane,) = await control_planes.lend_new(1)
    yield plane


# ── the names by which the stories of tests/flows ask for clusters ─────────────────────────────────────────────────


@pytest.fixture
def pool(control_planes: Pool) -> Pool:
    """Lend any number of clusters."""
    return control_planes


@pytest.fixture
def plane(real_cluster: ControlPlane) -> ControlPlane:
    """An empty cluster."""
    return real_cluster


@pytest.fixture
def two_planes(two_real_clusters: tuple[ControlPlane, ControlPlane]) -> tuple[ControlPlane, ControlPlane]:
    """Two empty clusters."""
    return two_real_clusters


@pytest.fixture
def moving_plane(real_cluster_with_controllers: ControlPlane) -> ControlPlane:
    """An empty cluster with controllers."""
    return real_cluster_with_controllers


@pytest.fixture
def fresh_plane(fresh_cluster: ControlPlane) -> ControlPlane:
    """A cluster that has never served anyone."""
    return fresh_cluster
