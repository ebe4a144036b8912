"""What a watch of the sandbox tells, and when it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.serving import MAPS, Client, config_map, labelled, served


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with served(tmp_path) as client:
        yield client


async def told(events: AsyncIterator[Any], count: int) -> list[tuple[str, str]]:
    """The next events, by type and name."""
    found = [await anext(events) for _ in range(count)]
    return [(event["type"], event["object"]["metadata"].get("name", "")) for event in found]


async def test_a_watch_without_a_version_begins_with_what_is_there(client: Client) -> None:
    await client.ask("POST", MAPS, config_map("b"))
    await client.ask("POST", MAPS, config_map("a"))
    async with client.watch(MAPS) as events:
        assert await told(events, 2) == [("ADDED", "a"), ("ADDED", "b")]
        await client.ask("DELETE", f"{MAPS}/a")
        assert await told(events, 1) == [("DELETED", "a")]


async def test_a_watch_goes_on_where_it_is_told_to(client: Client) -> None:
    first = await client.ask("POST", MAPS, config_map("a"))
    await client.ask("POST", MAPS, config_map("b"))
    async with client.watch(MAPS, resourceVersion=first.body["metadata"]["resourceVersion"]) as events:
        assert await told(events, 1) == [("ADDED", "b")]


async def test_what_stops_to_match_is_deleted_for_the_watch_and_looks_as_it_did(client: Client) -> None:
    await client.ask("POST", MAPS, labelled("a", app="web"))
    async with client.watch(MAPS, labelSelector="app=web") as events:
        await told(events, 1)
        changed = await client.ask("PUT", f"{MAPS}/a", labelled("a", app="db"))
        event = await anext(events)
        assert (event["type"], event["object"]["metadata"]["labels"]) == ("DELETED", {"app": "web"})
        assert event["object"]["metadata"]["resourceVersion"] == changed.body["metadata"]["resourceVersion"]
        await client.ask("PUT", f"{MAPS}/a", labelled("a", app="web"))
        assert await told(events, 1) == [("ADDED", "a")]


async def test_a_streaming_list_ends_with_a_bookmark_that_says_so(client: Client) -> None:
    await client.ask("POST", MAPS, config_map("a"))
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with client.watch(MAPS, **query) as events:
        assert await told(events, 1) == [("ADDED", "a")]
        bookmark = await anext(events)
        assert (bookmark["type"], bookmark["object"]["metadata"]["annotations"]) == (
            "BOOKMARK",
            {"k8s.io/initial-events-end": "true"},
        )


async def test_a_watch_from_a_forgotten_version_is_told_so(client: Client) -> None:
    await client.ask("POST", MAPS, config_map("a"))
    client.cluster.state.store.compact()
    async with client.watch(MAPS, resourceVersion="2") as events:
        event = await anext(events)
        assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
        assert [each async for each in events] == []


async def test_a_watch_ahead_of_the_server_is_silent_until_the_server_has_passed_it(client: Client) -> None:
    ahead = client.cluster.state.store.revision + 2
    async with client.watch(MAPS, resourceVersion=str(ahead)) as events:
        for name in ("a", "b", "c"):
            await client.ask("POST", MAPS, config_map(name))
        assert await told(events, 1) == [("ADDED", "c")]


async def test_a_watch_ends_at_the_time_it_was_asked_for(client: Client) -> None:
    async with client.watch(MAPS, timeoutSeconds="1") as events:
        assert [event async for event in events] == []


async def test_a_watch_of_a_custom_kind_ends_when_its_definition_goes(client: Client) -> None:
    client.cluster.create(DEFINITION)
    async with client.watch("/apis/example.com/v1/widgets") as events:
        client.cluster.delete("apiextensions.k8s.io", "CustomResourceDefinition", "", "widgets.example.com")
        assert [event async for event in events] == []


DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}],
    },
}
