"""A sandbox cluster misbehaves as it is told, and behaves again."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.faults import Fault
from fleet.sandbox.host import Sandboxes
from tests.controlplane.waiting import eventually
from tests.sandbox.serving import MAPS, config_map, served


async def test_a_refusing_cluster_refuses_connections_and_is_back_on_the_same_port(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await client.ask("GET", "/version")
        client.cluster.faults.refuse()
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.ask("GET", "/version")
        client.cluster.faults.clear()
        await listens(client.cluster)
        assert (await client.ask("GET", "/version")).status == 200


@pytest.mark.parametrize("turns", range(6))
async def test_a_cluster_that_ends_leaves_no_connection_open_that_was_just_being_accepted(tmp_path: Path, turns: int) -> None:
    async with Sandboxes(tmp_path) as host:
        cluster = await host.add("one")
        port = urlsplit(cluster.server).port
        with socket.create_connection(("127.0.0.1", port or 0)) as client:
            client.settimeout(60)
            for _ in range(turns):
                await asyncio.sleep(0)
            await host.remove("one")
            with suppress(ConnectionResetError):
                assert await asyncio.to_thread(client.recv, 1) == b""


@pytest.mark.parametrize("turns", range(6))
async def test_a_host_that_ends_leaves_no_connection_open_that_was_just_being_accepted(tmp_path: Path, turns: int) -> None:
    async with Sandboxes(tmp_path) as host:
        port = urlsplit((await host.add("one")).server).port
        client = socket.create_connection(("127.0.0.1", port or 0))
        client.settimeout(60)
        for _ in range(turns):
            await asyncio.sleep(0)
    with client, suppress(ConnectionResetError):
        assert await asyncio.to_thread(client.recv, 1) == b""


async def test_a_black_hole_answers_when_it_is_over_and_not_before(tmp_path: Path) -> None:
    async with served(tmp_path) as client, asyncio.TaskGroup() as group, client.watch(MAPS) as events:
        client.cluster.faults.black_hole()
        asked = group.create_task(client.ask("POST", MAPS, config_map("a")), name="ask")
        done, _ = await asyncio.wait([asked], timeout=0.2)
        assert (done, client.cluster.get("", "ConfigMap", "default", "a")) == (set(), None)
        client.cluster.faults.clear()
        assert (await asked).status == 201
        assert (await anext(events))["type"] == "ADDED"


async def test_an_open_watch_hears_nothing_of_a_black_hole(tmp_path: Path) -> None:
    async with served(tmp_path) as client, client.watch(MAPS) as events:
        client.cluster.faults.black_hole()
        client.cluster.create({**config_map("a"), "metadata": {"name": "a", "namespace": "default"}})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(events)


@pytest.mark.parametrize(
    "fault, status",
    [
        pytest.param(Fault(action="status", code=500), 500, id="500"),
        pytest.param(Fault(action="status", code=403), 403, id="403"),
        pytest.param(Fault(action="status", code=429, retry_after=3), 429, id="429"),
    ],
)
async def test_a_fault_of_a_status_is_answered_as_often_as_was_said(tmp_path: Path, fault: Fault, status: int) -> None:
    async with served(tmp_path) as client:
        client.cluster.faults.add(Fault(**{**_fields(fault), "times": 1}))
        said = await client.ask("GET", MAPS)
        assert (said.status, said.body["code"], said.headers.get("Retry-After")) == (
            status,
            status,
            "3" if fault.retry_after else None,
        )
        assert (await client.ask("GET", MAPS)).status == 200


async def test_a_reset_before_leaves_nothing_done_and_one_after_leaves_it_done(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        client.cluster.faults.add(Fault(action="reset", verbs=("create",), times=1))
        client.cluster.faults.add(Fault(action="reset", verbs=("create",), after=True, times=1))
        for name in ("before", "after"):
            with pytest.raises(aiohttp.ClientError):
                await client.ask("POST", MAPS, config_map(name))
        assert [each["metadata"]["name"] for each in client.cluster.list("", "ConfigMap")] == ["after"]


async def test_a_fault_concerns_only_what_it_matches(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        client.cluster.faults.add(Fault(action="status", verbs=("list",), resource="secrets"))
        assert (await client.ask("GET", MAPS)).status == 200
        assert (await client.ask("GET", "/api/v1/secrets")).status == 500


async def test_slow_bytes_are_all_there_in_the_end(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        client.cluster.faults.add(Fault(action="slow", seconds=0.1, times=1))
        assert (await client.ask("GET", "/api/v1")).body["kind"] == "APIResourceList"


async def test_cut_watches_end_in_good_order(tmp_path: Path) -> None:
    async with served(tmp_path) as client, client.watch(MAPS) as events:
        client.cluster.faults.cut_watches()
        assert [event async for event in events] == []


async def test_a_restored_cluster_has_its_old_versions_again_and_cuts_its_watches(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        await client.ask("POST", MAPS, config_map("kept"))
        before = client.cluster.snapshot()
        await client.ask("POST", MAPS, config_map("lost"))
        async with client.watch("/api/v1/secrets") as events:
            client.cluster.restore(before)
            with pytest.raises(aiohttp.ClientError):
                await anext(events)
        listed = (await client.ask("GET", MAPS)).body
        assert [each["metadata"]["name"] for each in listed["items"]] == ["kept"]
        assert listed["metadata"]["resourceVersion"] == str(before.revision)


async def test_a_wiped_cluster_is_another_one_at_the_same_address(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        system = "/api/v1/namespaces/kube-system"
        before = (await client.ask("GET", system)).body["metadata"]["uid"]
        client.cluster.wipe()
        assert (await client.ask("GET", system)).body["metadata"]["uid"] != before


async def test_an_expired_certificate_is_shown_until_the_cluster_behaves_again(tmp_path: Path) -> None:
    async with Sandboxes(tmp_path, tls=True) as host, aiohttp.ClientSession() as session:
        cluster = await host.add("east")
        import ssl

        trusted = ssl.create_default_context(cafile=str(cluster.ca_file))
        headers = {"Authorization": f"Bearer {cluster.token_of('admin')}"}
        cluster.faults.expire_certificate()
        await listens(cluster)
        with pytest.raises(aiohttp.ClientConnectorCertificateError, match="expired"):
            await session.get(f"{cluster.server}/version", ssl=trusted)
        cluster.faults.clear()
        await listens(cluster)
        async with session.get(f"{cluster.server}/api/v1/namespaces", ssl=trusted, headers=headers) as response:
            assert response.status == 200


async def test_the_admin_path_does_the_same_from_outside(tmp_path: Path) -> None:
    async with Sandboxes(tmp_path) as host, aiohttp.ClientSession() as session:
        cluster = await host.add("east")
        url, token = await host.administer()
        headers = {"Authorization": f"Bearer {token}"}
        fault = {"action": "status", "code": 503, "verbs": ["list"]}
        async with session.post(f"{url}/clusters/east/faults", json=fault, headers=headers) as response:
            assert (response.status, (await response.json())[0]["code"]) == (201, 503)
        async with session.get(f"{cluster.server}{MAPS}") as response:
            assert response.status == 503
        async with session.delete(f"{url}/clusters/east/faults", headers=headers) as response:
            assert await response.json() == []
        async with session.get(f"{cluster.server}{MAPS}") as response:
            assert response.status == 200
        async with session.post(f"{url}/clusters/east/wipe") as response:
            assert response.status == 401


async def listens(cluster: SandboxCluster) -> None:
    """Wait until connections are taken at its port; it stops and begins a turn of the loop after it is told to."""

    def taken() -> bool:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", urlsplit(cluster.server).port or 0), 60):
            return True
        return False

    await eventually(taken)


def _fields(fault: Fault) -> dict[str, object]:
    return {name: getattr(fault, name) for name in Fault.__slots__}
