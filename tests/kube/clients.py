"""Clients and caches as the hub makes them, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fleet.aio import Limiter, owned
from fleet.kube.live.cache import ClusterCache, Event, Listeners
from fleet.kube.server.client import ApiClient, Timeouts
from fleet.kube.server.connect import connect
from fleet.kube.server.discovery import Discovery
from fleet.model.cluster import Cluster, Kubeconfig, SecretRef, Server, WayIn
from fleet.model.keys import GroupKind
from fleet.model.manifest import Origin

FLEET = "acme"


def registered(way: WayIn, name: str = "east") -> Cluster:
    """A registry entry."""
    return Cluster(name=name, way_in=way, origin=Origin("clusters.yaml", 7))


def allowed() -> None:
    """A permit that always lets through."""


@asynccontextmanager
async def client_of(way: WayIn, *, timeouts: Timeouts | None = None, per_cluster: int = 16) -> AsyncIterator[ApiClient]:
    """A client that may write."""
    limiter = Limiter[str](total=64, per_key=per_cluster)
    client = ApiClient(connect(registered(way), secret=read_secret), limiter=limiter, timeouts=timeouts)
    client.guard_with(allowed)
    try:
        yield client
    finally:
        await client.close()
        await asyncio.sleep(0)


def read_secret(reference: SecretRef) -> str:
    """Read `file:` references as the configuration does; `text:` ones stand for themselves."""
    return reference.where if reference.kind == "text" else Path(reference.where).read_text()


def by_kubeconfig(file: Path) -> Kubeconfig:
    """A way in by a kubeconfig's current context."""
    return Kubeconfig(file=file)


def by_token(url: str, token: str, *, ca: Path | None = None) -> Server:
    """A way in by URL and token."""
    return Server(url=url, token=SecretRef("text", token), ca=SecretRef("file", str(ca)) if ca else None)


@dataclass
class Heard:
    """A cache, and all that it told."""

    cache: ClusterCache
    discovery: Discovery
    client: ApiClient
    events: list[Event] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)

    def of(self, name: str) -> list[Event]:
        """The events of objects with this name."""
        return [event for event in self.events if event.key.name == name]


@asynccontextmanager
async def caching(
    way: WayIn, *, timeouts: Timeouts | None = None, needs_body: Callable[[GroupKind], bool] = lambda kind: False
) -> AsyncIterator[Heard]:
    """A running cache of the fleet's objects."""
    async with client_of(way, timeouts=timeouts) as client, owned("test") as owner:
        discovery = Discovery(client)
        events: list[Event] = []
        signals: list[str] = []
        listeners = Listeners(
            on_event=events.append,
            on_disturbed=lambda: signals.append("disturbed"),
            on_rewind=lambda: signals.append("rewind"),
        )
        cache = ClusterCache(client, discovery, fleet=FLEET, needs_body=needs_body, listeners=listeners)
        owner.forever(cache.run(), name="cache")
        yield Heard(cache, discovery, client, events, signals)
