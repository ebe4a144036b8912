"""One writer per cluster: whoever does not hold its Lease writes nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.errors import StateDirectoryLocked
from fleet.hub.state import Phase
from tests.controlplane.processes import LEASH
from tests.controlplane.waiting import eventually
from tests.flows.fleets import SHORT, running, write_registry
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, OWN, Place, fleet, names
from tests.flows.stories import at_rest, config_map, live, writes

FLEET = f"{sysconfig.get_path('scripts')}/fleet"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/fleethub-system/leases/fleethub"

START = 180.0
"""Seconds: the end of a hub that hangs. Where many share a core, its process alone takes most of a minute to import."""
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def place(tmp_path: Path, plane: Plane) -> Place:
    """One cluster with an App of four objects."""
    made = Place(tmp_path, plane, settings=SHORT)
    made.commit(fleet([plane.name], web=4))
    return made


@contextmanager
def served(registry: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A hub in a process of its own, that can be stopped and killed."""
    command = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), sys.executable, FLEET]
    with (registry.parent / "hub.log").open("ab") as log:
        hub = subprocess.Popen([*command, "--config", str(registry), "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield hub
    finally:
        hub.kill()
        hub.wait(timeout=60)


def second_registry(place: Place) -> Path:
    """A registry for the same cluster, with a state directory of its own."""
    return write_registry(place.directory / "second", place.repository.path, place.planes, settings=SHORT)


def holder(plane: Plane) -> str:
    """Who holds the Lease."""
    return str((live(plane, LEASE) or {"spec": {}})["spec"].get("holderIdentity") or "")


async def test_a_second_hub_waits_and_takes_over_when_the_first_was_killed(place: Place, plane: Plane) -> None:
    with served(place.registry) as first:
        await eventually(lambda: len(names(plane, "web-")) == 4, within=START)
        mine = holder(plane)
        async with running(second_registry(place)) as hub:
            await eventually(lambda: mine in hub.state.clusters[plane.name].message if hub.state.clusters else False)
            await asyncio.sleep(4)
            assert hub.state.clusters[plane.name].phase is Phase.WAITING
            assert holder(plane) == mine
            commit = place.commit({"apps/web/web-1.yaml": config_map("web-1", "2")})
            await eventually(lambda: live(plane, f"{CONFIG_MAPS}/web-1")["data"] == {"value": "2"})
            assert hub.clusters[plane.name].site is None
            await eventually(lambda: commit in live(plane, f"{OWN}/record.0")["data"]["apps.json"])
            first.kill()
            mark = plane.audit_mark()
            await at_rest(hub, commit)
            assert holder(plane).startswith(hub.shared.directory.id)
            assert writes(plane, mark) == []


async def test_a_second_hub_on_one_state_directory_does_not_start(place: Place, plane: Plane) -> None:
    with served(place.registry):
        await eventually(lambda: len(names(plane, "web-")) == 4, within=START)
        with pytest.raises(StateDirectoryLocked):
            async with running(place.registry):
                pass
        command = [sys.executable, FLEET, "--config", str(place.registry), "serve"]
        second = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert second.returncode == 2
    assert str(place.directory / "state") in second.stderr


async def test_a_restarted_hub_takes_its_own_lease_at_once(place: Place, plane: Plane) -> None:
    settings = "{leaseDuration: 600s, leaseRenew: 200s}"
    registry = write_registry(place.directory, place.repository.path, [plane], settings=settings)
    with served(registry) as first:
        await eventually(lambda: len(names(plane, "web-")) == 4, within=START)
        first.kill()
        first.wait(timeout=60)
    commit = place.commit({"apps/web/web-1.yaml": config_map("web-1", "2")})
    async with running(registry) as hub:
        await at_rest(hub, commit)
    assert live(plane, f"{CONFIG_MAPS}/web-1")["data"] == {"value": "2"}


async def test_a_hub_that_slept_beyond_its_lease_writes_nothing_after(place: Place, plane: Plane) -> None:
    with served(place.registry) as first:
        await eventually(lambda: len(names(plane, "web-")) == 4, within=START)
        sleeping = holder(plane).partition("/")[0]
        # The leash stops with it: both are in one process, the second replaced the first.
        os.kill(first.pid, signal.SIGSTOP)
        try:
            async with running(second_registry(place)) as hub:
                commit = place.commit({"apps/web/web-1.yaml": None, "apps/web/web-2.yaml": config_map("web-2", "2")})
                await at_rest(hub, commit)
                assert not holder(plane).startswith(sleeping)
                mark = plane.audit_mark()
                os.kill(first.pid, signal.SIGCONT)
                await asyncio.sleep(5)
                assert holder(plane).startswith(hub.shared.directory.id)
                assert writes(plane, mark) == []
        finally:
            os.kill(first.pid, signal.SIGCONT)
    assert names(plane, "web-") == {"web-2", "web-3", "web-4"}


async def test_a_lease_that_somebody_else_took_stops_the_hub_from_writing(place: Place, plane: Plane) -> None:
    async with running(place.registry) as hub:
        await at_rest(hub, place.commit({}))
        spec = {"holderIdentity": "ffff/1", "leaseDurationSeconds": 600, "renewTime": "2026-11-23T06:00:00.000000Z"}
        plane.kube.patch(LEASE, {"spec": spec}).ok()
        await eventually(lambda: "ffff/1" in hub.state.clusters[plane.name].message)
        mark = plane.audit_mark()
        place.commit({"apps/web/web-1.yaml": config_map("web-1", "2")})
        await asyncio.sleep(4)
        assert writes(plane, mark) == []
        assert holder(plane) == "ffff/1"
        plane.kube.patch(LEASE, {"spec": {"holderIdentity": ""}}).ok()
        await eventually(lambda: live(plane, f"{CONFIG_MAPS}/web-1")["data"] == {"value": "2"})
