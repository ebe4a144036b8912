"""A hub that is told to end does, in whichever turn of its loop that comes. On sandboxes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from fleet.config import load_config
from fleet.errors import ClusterUnreachable, RecordNotWritten
from fleet.hooks.registry import load
from fleet.hub.hub import Hub
from fleet.hub.statedir import claimed
from fleet.model.inventory import RecordEntry
from fleet.reconcile.builtins import BUILTINS
from fleet.store import Store, sqlite_url
from tests.controlplane.waiting import eventually
from tests.flows.planes import SandboxPlane
from tests.flows.safety import Place, fleet
from tests.flows.stories import at_rest, live

TERMS = "{leaseDuration: 60s, leaseRenew: 20s}"
"""What gives a lease back waits for the answer as long as a renewal does: longer than a busy machine stands still."""
LEASE = "/apis/coordination.k8s.io/v1/namespaces/fleethub-system/leases/fleethub"


@asynccontextmanager
async def begun(place: Place) -> AsyncIterator[tuple[Hub, asyncio.Task[None]]]:
    """A hub that runs; at the end of the block it is told to end, and has to, by nothing else than that."""
    config, registry = load_config(place.registry), load(BUILTINS)
    with claimed(config.state) as directory:
        store = Store(sqlite_url(config.state), now=lambda: datetime.now(UTC))
        hub = Hub(config, registry=registry, directory=directory, store=store)
        task = asyncio.create_task(hub.run(), name="hub")
        yield hub, task
        if not task.cancelling():  # a second time would end also what the first did not
            task.cancel()
        await asyncio.wait({task}, timeout=60)
        await store.close()
    assert task.cancelled(), task


async def test_a_hub_ends_whenever_it_is_told_to_and_gives_its_lease_back(tmp_path: Path, plane: SandboxPlane) -> None:
    place = Place(tmp_path, plane, settings=TERMS)
    place.commit(fleet([plane.name], web=4))
    for seconds in (0, 0.05, 0.2, 0.5, 1):
        async with begun(place):
            await asyncio.sleep(seconds)
        assert not (live(plane, LEASE) or {"spec": {}})["spec"].get("holderIdentity")


async def test_a_hub_that_is_told_to_end_while_it_leaves_a_lost_cluster_does(tmp_path: Path, plane: SandboxPlane) -> None:
    place = Place(tmp_path, plane)
    place.commit(fleet([plane.name], web=4))
    async with begun(place) as (hub, task):
        runtime = hub.clusters[plane.name]
        await at_rest(hub, place.commit({}))
        assert runtime.site is not None
        plane.pause()
        # What is pending of the Record is tried for two seconds more, which nobody answers.
        pending = asyncio.create_task(runtime.site.records.commit("web", RecordEntry(applied="a" * 40)), name="pending")
        await asyncio.sleep(0.1)
        runtime.lose(ClusterUnreachable(cluster=plane.name, reason="the test says so"))
        await eventually(lambda: runtime.site is None, every=0)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({pending}, timeout=60)
        plane.resume()
    assert isinstance(pending.exception(), RecordNotWritten)
