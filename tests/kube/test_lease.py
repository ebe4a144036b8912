"""What a Lease takes for its own when answers come in another order than they were given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from fleet.aio import owned
from fleet.errors import FleetError
from fleet.kube.kept.lease import Lease, Terms
from fleet.kube.server.client import Timeouts
from tests.aio.clock import Clock
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_token, client_of

TERMS = Terms(holder="home/1", fleet="acme", duration=3600, renew=60)
PATIENT = Timeouts(request=600)


class Server:
    """Keeps one Lease; of the reads it can hold one back; while `silent`, what is written is never answered."""

    def __init__(self) -> None:
        self.body: dict[str, Any] = {"metadata": {"name": "fleethub", "resourceVersion": "0"}, "spec": {}}
        self.writes = 0
        self.held = 0
        self.silent = False
        self.given = asyncio.Event()
        """Set when the read that is held back is to be answered."""
        self._holds = False

    def hold_the_next(self) -> None:
        """Hold the next read back."""
        self._holds = True

    async def get(self, request: web.Request) -> web.Response:
        """Answer what there was when the request came."""
        answer = web.json_response(self.body)
        if self._holds:
            self._holds = False
            self.held += 1
            await self.given.wait()
        return answer

    async def write(self, request: web.Request) -> web.Response:
        """Take it, if it is of the version that there is."""
        body = await request.json()
        if body["metadata"]["resourceVersion"] != self.body["metadata"]["resourceVersion"]:
            return web.json_response({"kind": "Status", "reason": "Conflict", "message": "there is a newer one"}, status=409)
        self.writes += 1
        self.body = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.writes)}}
        if self.silent:
            await asyncio.Event().wait()
        return web.json_response(self.body)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Server, str]]:
    """Serve for a block; gives the URL."""
    server, app = Server(), web.Application()
    app.router.add_route("GET", "/{path:.*}", server.get)
    app.router.add_route("PUT", "/{path:.*}", server.write)
    runner = web.AppRunner(app, shutdown_timeout=0.1)  # those that are never answered
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield server, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_read_that_a_renewal_overtook_tells_nothing() -> None:
    clock, told = Clock(), list[int | FleetError]()
    async with serving() as (server, url), client_of(by_token(url, "t"), timeouts=PATIENT) as client, owned("test") as owner:
        lease = Lease(client, TERMS, on_acquired=told.append, on_lost=told.append)
        owner.forever(lease.run(), name="lease")
        await eventually(lambda: lease.held)
        server.hold_the_next()
        verified = owner.spawn(lease.verify(), name="verify")
        await eventually(lambda: server.held)
        before = server.writes
        clock.forward(TERMS.renew)
        await eventually(lambda: server.writes > before)
        server.given.set()
        assert await verified
    assert told == [1]


@pytest.mark.parametrize("taken_before", [False, True])
async def test_a_lease_is_given_back_whose_last_write_nobody_waited_for(taken_before: bool) -> None:
    clock = Clock()
    async with serving() as (server, url), client_of(by_token(url, "t")) as client:
        lease = Lease(client, TERMS, on_acquired=lambda epoch: None, on_lost=lambda reason: None)
        async with owned("test") as owner:
            server.silent = not taken_before
            owner.forever(lease.run(), name="lease")
            if taken_before:
                await eventually(lambda: lease.held)
                server.silent = True
            before = server.writes
            clock.forward(TERMS.renew if taken_before else 0)
            await eventually(lambda: server.writes > before)
        server.silent = False
        assert server.body["spec"]["holderIdentity"] == "home/1"
        await lease.release()
    assert "holderIdentity" not in server.body["spec"]
