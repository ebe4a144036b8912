"""What the API answers, on the hub's own socket and over TCP."""

from __future__ import annotations

import socket
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fleet.api import listening
from fleet.hub.hub import Hub
from tests.controlplane.waiting import eventually
from tests.source.git import Git


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody listens on, and that nobody is given while it is held here."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the hub does: both may be bound, one listens
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


class Asker:
    """Asks over one connection; an answer is its status and its JSON."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.session.get(f"http://localhost{path}", params=query) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        async with self.session.post(f"http://localhost{path}", json=body) as response:
            return response.status, await response.json()


@pytest.fixture
async def asker(hub: Hub, tmp_path: Path) -> AsyncIterator[Asker]:
    """Somebody who asks on the socket."""
    path = tmp_path / "state" / "hub.sock"
    async with listening(hub, path), aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session:
        yield Asker(session)


async def test_the_status_says_which_clusters_cannot_be_reached(hub: Hub, asker: Asker) -> None:
    async def told() -> Any:
        _, found = await asker.get("/api/v1/status")
        return found if found["clusters"][0]["phase"] == "unreachable" and found["revision"] else None

    found = await eventually(told)
    cluster = found["clusters"][0]
    assert (found["fleet"], found["revision"]["subject"]) == ("acme", "First")
    assert (cluster["name"], cluster["health"]) == ("away", "Unknown")
    assert "127.0.0.1" in cluster["message"] or "away" in cluster["message"]
    assert [(each["cause"]["cluster"], each["cause"]["reason"]) for each in (found, cluster)] == [("away", "NotConnected")] * 2


async def test_no_answer_holds_a_secret(hub: Hub, asker: Asker) -> None:
    await eventually(lambda: hub.revisions.map is not None)
    for path in ("status", "clusters", "clusters/away", "apps", "apps/away/away", "history", "drift", "holds"):
        async with asker.session.get(f"http://localhost/api/v1/{path}") as response:
            assert response.status == 200
            assert '"secret"' not in await response.text()


async def test_labels_choose_clusters(hub: Hub, asker: Asker) -> None:
    await eventually(lambda: hub.revisions.map is not None)
    chosen = await asker.get("/api/v1/clusters", label="tier=production")
    others = await asker.get("/api/v1/clusters", label="tier=staging")
    assert ([each["name"] for each in chosen[1]], others[1]) == (["away"], [])


@pytest.mark.parametrize(
    "path, status, error",
    [
        pytest.param("/api/v1/clusters/nosuch", 404, "NotThere", id="cluster"),
        pytest.param("/api/v1/apps/away/nosuch", 404, "NotThere", id="App"),
        pytest.param("/api/v1/objects/away/away?object=nonsense", 400, "RequestInvalid", id="object"),
        pytest.param("/api/v1/clusters?label=nonsense", 400, "RequestInvalid", id="label"),
        pytest.param("/api/v1/history?limit=-1", 400, "RequestInvalid", id="limit"),
        pytest.param("/api/v1/progress?since=yesterday", 400, "RequestInvalid", id="time"),
        pytest.param("/nosuch", 404, "NotFound", id="path"),
    ],
)
async def test_an_error_is_json_with_its_name(hub: Hub, asker: Asker, path: str, status: int, error: str) -> None:
    await eventually(lambda: hub.revisions.map is not None)
    answer = await asker.get(path)
    assert (answer[0], answer[1]["error"]) == (status, error)
    assert answer[1]["message"]


async def test_a_word_that_nothing_is_held_by_is_refused(asker: Asker) -> None:
    status, answer = await asker.post("/api/v1/approve", {"word": "0123456789abcdef"})
    assert (status, answer["error"]) == (404, "NotThere")


async def test_waiting_ends_with_the_next_change(hub: Hub, asker: Asker) -> None:
    await asker.get("/api/v1/wait", seen="0", timeout="5")
    rings = hub.state.bell.rings
    _, answer = await asker.get("/api/v1/wait", seen=str(rings - 1), timeout="60")
    assert answer["rings"] >= rings


async def test_who_saw_another_hubs_number_is_answered_at_once(hub: Hub, asker: Asker) -> None:
    _, answer = await asker.get("/api/v1/wait", seen=str(2**40), timeout="60")
    assert answer["rings"] <= hub.state.bell.rings


async def test_ready_only_when_mapped_and_every_cluster_was_tried(hub: Hub, asker: Asker) -> None:
    assert (await asker.get("/healthz"))[0] == 200

    async def ready() -> bool:
        return (await asker.get("/readyz"))[0] == 200

    await eventually(ready)
    assert hub.revisions.map is not None


async def test_a_fetch_that_is_asked_for_brings_the_commit(hub: Hub, asker: Asker, repository: Git) -> None:
    await eventually(lambda: hub.revisions.map is not None)
    commit = repository.commit("Second")
    _, asked = await asker.post("/api/v1/fetch", {})

    async def mapped() -> bool:
        return bool((await asker.get("/api/v1/progress", since=asked["asked"]))[1]["mapped"])

    await eventually(mapped)
    assert (await asker.get("/api/v1/status"))[1]["mapped"] == commit


async def test_a_preview_of_a_cluster_that_is_away_says_so(hub: Hub, asker: Asker) -> None:
    await eventually(lambda: hub.revisions.map is not None)
    _, answer = await asker.post("/api/v1/preview", {})
    assert [each["app"] for each in answer] == ["away"]
    assert "the cluster is" in answer[0]["error"]


async def test_the_socket_is_its_owners_alone_and_replaces_a_dead_hubs(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sock"
    path.write_text("left by a hub that died")
    async with listening(hub, path):
        mode = path.stat().st_mode
    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)
    assert not path.exists()


async def test_a_socket_may_stand_deeper_than_an_address_is_long(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / ("deep" * 30) / "hub.sock"
    path.parent.mkdir()
    async with listening(hub, path):
        assert path.is_socket()


async def test_over_tcp_nothing_can_be_told_to_the_hub(hub: Hub, tmp_path: Path, port: int) -> None:
    async with listening(hub, tmp_path / "hub.sock", tcp=f"127.0.0.1:{port}"), aiohttp.ClientSession() as session:
        statuses = []
        for order in ("fetch", "sync", "approve", "adopt", "preview"):
            async with session.post(f"http://127.0.0.1:{port}/api/v1/{order}", json={}) as response:
                statuses.append(response.status)
        async with session.get(f"http://127.0.0.1:{port}/api/v1/status") as response:
            asked = response.status
    assert (statuses, asked) == ([404] * 5, 200)


async def test_over_tcp_only_who_asks_for_this_machine_is_answered(hub: Hub, tmp_path: Path, port: int) -> None:
    async with listening(hub, tmp_path / "hub.sock", tcp=f"127.0.0.1:{port}"), aiohttp.ClientSession() as session:
        headers = {"Host": "evil.example.com"}
        async with session.get(f"http://127.0.0.1:{port}/api/v1/status", headers=headers) as response:
            assert response.status == 403
