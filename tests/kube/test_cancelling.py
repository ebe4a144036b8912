"""Whatever is under way with a cluster ends when it is cancelled, in whichever turn of the event loop that comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from fleet.aio import owned
from fleet.kube.kept.lease import Lease, Terms
from fleet.kube.server.client import ApiClient
from fleet.model.keys import GroupKind
from tests.aio.cancelling import in_every_turn
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_token, caching, client_of
from tests.sandbox.serving import MAPS, served


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[ApiClient]:
    """A client with one place, of a sandbox in this loop."""
    async with (
        served(tmp_path) as sandbox,
        client_of(by_token(sandbox.cluster.server, sandbox.cluster.token_of("admin")), per_cluster=1) as found,
    ):
        yield found


async def _reads(client: ApiClient) -> None:
    while True:
        await client.get(MAPS)


async def _watches(client: ApiClient) -> None:
    async with aclosing(client.stream(MAPS, params={"watch": "1"})) as events:  # type: ignore[type-var]
        async for _ in events:
            raise AssertionError("nothing happens there")


async def _leases(client: ApiClient) -> None:
    terms = Terms(holder="home/1", fleet="acme", duration=60, renew=60)
    await Lease(client, terms, on_acquired=lambda _: None, on_lost=lambda _: None).run()


@pytest.mark.parametrize("work", [_reads, _watches, _leases])
async def test_who_asks_ends_and_leaves_the_place_to_others(
    client: ApiClient, work: Callable[[ApiClient], Coroutine[Any, Any, None]]
) -> None:
    await in_every_turn(lambda: work(client), turns=60)
    assert (await client.get(MAPS))["items"] == []


async def test_a_cache_ends_with_all_its_watches(tmp_path: Path) -> None:
    async with served(tmp_path) as sandbox:
        way = by_token(sandbox.cluster.server, sandbox.cluster.token_of("admin"))

        async def follow() -> None:
            async with caching(way) as heard:
                await heard.cache.ensure([GroupKind("", "ConfigMap"), GroupKind("", "Secret")])
                await asyncio.Event().wait()

        await in_every_turn(follow, turns=80, every=2)


async def test_a_lease_is_taken_by_the_next_after_every_end(client: ApiClient) -> None:
    held: list[int] = []
    for turns in range(0, 40, 3):
        terms = Terms(holder=f"home/{turns}", fleet="acme", duration=3600, renew=60)
        lease = Lease(client, terms, on_acquired=held.append, on_lost=lambda _: None)
        async with owned("hub") as owner:
            owner.forever(lease.run(), name="lease")
            await eventually(lambda lease=lease: lease.held)
            for _ in range(turns):
                await asyncio.sleep(0)
        await lease.release()
    assert held == sorted(set(held))
