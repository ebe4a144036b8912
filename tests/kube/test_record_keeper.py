"""The Record's keeper: whatever comes while something else is being written is written, too, and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fleet.aio import owned
from fleet.kube.kept.own import ensure_namespace
from fleet.kube.kept.record import RecordKeeper
from fleet.kube.server.client import ApiClient
from fleet.model.inventory import Identity, RecordEntry
from tests.kube.clients import by_token, client_of
from tests.sandbox.serving import served

HERE = Identity(name="prod-eu-1", uid="6c1f")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[ApiClient]:
    """A client that may write, of a sandbox in this loop."""
    async with (
        served(tmp_path) as sandbox,
        client_of(by_token(sandbox.cluster.server, sandbox.cluster.token_of("admin"))) as found,
    ):
        await ensure_namespace(found)
        yield found


def keeper_of(client: ApiClient) -> RecordKeeper:
    return RecordKeeper(client, HERE, "acme", "1a2b")


async def test_an_app_that_comes_back_before_it_was_taken_out_is_written_as_it_is_now(client: ApiClient) -> None:
    keeper = keeper_of(client)
    await keeper.load()
    async with owned("test") as owner, asyncio.timeout(60):
        owner.forever(keeper.run(), name="record")
        await keeper.commit("shop", RecordEntry(applied="9c2e"))
        gone = owner.spawn(keeper.forget("shop"), name="forget")
        back = owner.spawn(keeper.commit("shop", RecordEntry(applied="41a0")), name="commit")
        await asyncio.wait({gone, back})
    found = await keeper_of(client).load()
    assert found is not None
    assert found.apps["shop"].applied == "41a0"
