"""Requests against a server that behaves as real ones do on bad days."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from fleet.aio import Limiter
from fleet.errors import ClusterUnreachable, LeaseLost, TooManyRequests, Unauthorized
from fleet.kube.server.client import ApiClient
from fleet.kube.server.connect import connect
from tests.aio.clock import Clock
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_token, client_of, read_secret, registered
from tests.kube.misbehaving import CLOSE, SILENCE, answer, misbehaving, refusing

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text: bytes) -> bytes:
    return f"{len(text):x}".encode() + b"\r\n" + text + b"\r\n"


async def test_a_read_on_a_closed_connection_is_tried_once_more() -> None:
    async with misbehaving(CLOSE, answer(body={"kind": "Pod"})) as server, client_of(by_token(server.url, "t")) as client:
        assert await client.get("/x") == {"kind": "Pod"}
        assert server.asked == ["GET /x", "GET /x"]


async def test_a_read_is_tried_no_third_time() -> None:
    async with misbehaving(CLOSE, CLOSE, answer()) as server, client_of(by_token(server.url, "t")) as client:
        with pytest.raises(ClusterUnreachable):
            await client.get("/x")
        assert len(server.asked) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_is_sent_once(method: str) -> None:
    async with misbehaving(answer(), CLOSE, answer()) as server, client_of(by_token(server.url, "t")) as client:
        await client.get("/x")
        with pytest.raises(ClusterUnreachable):
            await client.write(method, "/x", b"{}")
        assert server.asked == ["GET /x", f"{method} /x"]


async def test_a_server_that_never_answers_costs_its_deadline_and_no_more() -> None:
    clock = Clock()
    async with misbehaving(SILENCE, answer()) as server, client_of(by_token(server.url, "t")) as client:
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(_failing(client.get("/x")), name="asking")
            await eventually(lambda: server.asked)
            clock.forward(31)  # aiohttp rounds up
        assert "no answer within 30 s" in str(asking.result())
        assert server.asked == ["GET /x"]


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    with refusing() as url:
        async with client_of(by_token(url, "t")) as client:
            with pytest.raises(ClusterUnreachable, match="Connection refused"):
                await client.get("/x")


async def test_a_watch_that_says_nothing_for_too_long_is_broken() -> None:
    clock, started = Clock(), CHUNKED + chunk(b'{"type":"BOOKMARK"}\n')
    async with misbehaving(started) as server, client_of(by_token(server.url, "t")) as client:
        async with aclosing(client.stream("/x", params={"watch": "1"})) as events:
            seen = await anext(events)
            clock.forward(150)
            with pytest.raises(ClusterUnreachable, match="silent"):
                await anext(events)
        assert (seen, server.asked) == ({"type": "BOOKMARK"}, ["GET /x?watch=1"])


async def test_events_of_a_watch_may_be_of_any_length_and_cut_anywhere() -> None:
    long = b'{"a":"' + b"x" * 3_000_000 + b'"}\n'
    body = b'{"a":1}\n{"a":2}\n' + long
    pieces = [body[:3], body[3:12], body[12:1_000_000], body[1_000_000:]]
    sent = CHUNKED + b"".join(map(chunk, pieces)) + b"0\r\n\r\n"
    async with (
        misbehaving(sent) as server,
        client_of(by_token(server.url, "t")) as client,
        aclosing(client.stream("/x", params={"watch": "1"})) as events,
    ):
        seen = [event["a"] async for event in events]
    assert (seen[:2], len(seen[2])) == ([1, 2], 3_000_000)


async def test_whoever_asks_for_patience_is_not_asked_again_before_its_time() -> None:
    busy = answer(429, Retry_After="1")
    async with misbehaving(busy, answer()) as server, client_of(by_token(server.url, "t")) as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(TooManyRequests) as caught:
            await client.get("/x")
        await client.get("/y")
        assert (caught.value.retry_after, server.asked) == (1.0, ["GET /x", "GET /y"])
        assert loop.time() - began >= 0.95


async def test_a_long_patience_is_the_callers_to_wait_for() -> None:
    async with misbehaving(answer(429, Retry_After="3600")) as server, client_of(by_token(server.url, "t")) as client:
        with pytest.raises(TooManyRequests):
            await client.get("/x")
        with pytest.raises(TooManyRequests) as caught:
            await client.get("/y")
        assert (caught.value.retry_after > 3000, server.asked) == (True, ["GET /x"])


async def test_the_patience_one_cluster_asks_for_does_not_concern_another() -> None:
    async with (
        misbehaving(answer(429, Retry_After="3600")) as busy,
        misbehaving(answer()) as idle,
        client_of(by_token(busy.url, "t")) as first,
        client_of(by_token(idle.url, "t")) as second,
    ):
        with pytest.raises(TooManyRequests):
            await first.get("/x")
        assert await second.get("/x") == {}


async def test_a_kind_whose_storage_is_initializing_delays_no_other() -> None:
    said = {"kind": "Status", "message": "storage is (re)initializing"}
    async with (
        misbehaving(answer(429, said, Retry_After="3600"), answer()) as server,
        client_of(by_token(server.url, "t")) as client,
    ):
        with pytest.raises(TooManyRequests):
            await client.get("/x")
        assert await client.get("/y") == {}


async def test_nothing_is_written_before_a_lease_was_taken() -> None:
    async with misbehaving(answer()) as server:
        client = ApiClient(
            connect(registered(by_token(server.url, "t")), secret=read_secret), limiter=Limiter(total=1, per_key=1)
        )
        with pytest.raises(LeaseLost):
            await client.write("POST", "/x", b"{}")
        await client.close()
        assert server.asked == []


async def test_the_permit_is_asked_after_waiting_for_a_place() -> None:
    async with misbehaving(SILENCE) as server, client_of(by_token(server.url, "t"), per_cluster=1) as client:
        held = True

        def permit() -> None:
            if not held:
                raise LeaseLost(cluster="east", reason="expired while waiting")

        client.guard_with(permit)
        async with asyncio.TaskGroup() as group:
            slow = group.create_task(client.get("/slow"), name="slow")
            await eventually(lambda: server.asked)
            waiting = group.create_task(_failing(client.write("POST", "/x", b"{}")), name="waiting")
            for _ in range(5):  # it waits for the place
                await asyncio.sleep(0)
            held = False
            slow.cancel()
        assert isinstance(waiting.result(), LeaseLost)
        assert server.asked == ["GET /slow"]


@pytest.mark.parametrize("lost_at", [2, 3])
async def test_the_permit_is_asked_again_when_the_connection_stands_and_when_the_bytes_leave(lost_at: int) -> None:
    async with misbehaving(answer()) as server, client_of(by_token(server.url, "t")) as client:
        asked = []

        def permit() -> None:
            asked.append("permit")
            if len(asked) == lost_at:
                raise LeaseLost(cluster="east", reason="expired while connecting")

        client.guard_with(permit)
        with pytest.raises(LeaseLost, match="while connecting"):
            await client.write("POST", "/x", b"{}")
        assert (asked, server.asked) == (["permit"] * lost_at, [])
        assert await client.write("POST", "/x", b"{}") == (200, {})
        assert server.asked == ["POST /x"]


async def test_a_watch_takes_no_place_of_a_request() -> None:
    async with misbehaving(CHUNKED, answer()) as server, client_of(by_token(server.url, "t"), per_cluster=1) as client:
        opened = asyncio.Event()
        events = client.stream("/w", params={"watch": "1"}, opened=opened.set)
        async with aclosing(events), asyncio.TaskGroup() as group:
            watch = group.create_task(_failing(anext(events)), name="watch")
            await opened.wait()
            assert await client.get("/x") == {}
            watch.cancel()


async def test_a_refused_credential_is_read_again_for_the_next_request() -> None:
    tokens = iter(["old", "new"])
    async with misbehaving(answer(401), answer()) as server:
        connection = connect(registered(by_token(server.url, "t")), secret=lambda reference: next(tokens))
        client = ApiClient(connection, limiter=Limiter(total=1, per_key=1))
        with pytest.raises(Unauthorized):
            await client.get("/x")
        await client.get("/x")
        assert (await connection.headers())["Authorization"] == "Bearer new"
        await client.close()


async def _failing(awaitable: object) -> object:
    try:
        return await awaitable  # type: ignore[misc]
    except (ClusterUnreachable, LeaseLost) as error:
        return error
