"""Ways into a cluster: from a registry entry to a URL, a TLS context and fresh credentials."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ssl import SSLContext
from typing import Protocol, TypeAlias

import aiohttp
from aiohttp.connector import NEEDS_CLEANUP_CLOSED

from fleet.errors import WayInInvalid
from fleet.kube.server.credentials import Credentials, Material, context_for
from fleet.kube.server.kubeconfig import from_kubeconfig, in_cluster
from fleet.model.cluster import Cluster, InCluster, Kubeconfig, SecretRef, Server

# Tokens of service accounts live ten minutes at least; kubernetes_asyncio and client-go look again after one, too.
FRESH_SECONDS = 60.0

Secret: TypeAlias = Callable[[SecretRef], str]
Load: TypeAlias = Callable[[], Awaitable[Credentials]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """All that one request needs to reach the server; ask the Connection again for the next."""

    server: str
    """`https://host:port`, without a slash at the end."""
    tls: SSLContext = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    server_name: str | None = None
    proxy: str | None = field(default=None, repr=False)


class Dial(Protocol):
    """How connections are opened: directly, or later through a bastion, whose tunnel is a connector of its own."""

    def __call__(self) -> aiohttp.BaseConnector:
        """Make the connector of one cluster; called once, in the event loop."""


class Connection:
    """One cluster's way in, for its life: credentials are read again every minute, and at once after they were refused."""

    def __init__(self, cluster: str, load: Load, *, dial: Dial | None = None) -> None:
        self.cluster = cluster
        self.dial = dial or direct
        self._load = load
        self._access: Access | None = None
        self._material = Material()
        self._stale_at = 0.0
        self._lock = asyncio.Lock()

    async def access(self) -> Access:
        """Give what the next request needs; raises WayInInvalid or SecretMissing rather than give what is stale."""
        if self._access and time.monotonic() < self._stale_at:
            return self._access
        async with self._lock:  # a hundred requests at once read the token once
            if self._access and time.monotonic() < self._stale_at:
                return self._access
            self._access = self._renewed(await self._load())
            self._stale_at = time.monotonic() + FRESH_SECONDS
            return self._access

    async def headers(self) -> dict[str, str]:
        """Give the headers that carry the credential."""
        return dict((await self.access()).headers)

    def refused(self) -> None:
        """Read the credentials again before the next request: the server answered 401."""
        self._stale_at = 0.0

    def _renewed(self, found: Credentials) -> Access:
        # Open connections are pooled by context: one whose material did not change keeps them.
        if self._access and found.material == self._material:
            tls = self._access.tls
        else:
            tls = self._context(found.material)
            self._material = found.material
        return Access(
            server=found.server.rstrip("/"),
            tls=tls,
            headers={"Authorization": found.authorization} if found.authorization else {},
            server_name=found.server_name or None,
            proxy=found.proxy or None,
        )

    def _context(self, material: Material) -> SSLContext:
        try:
            return context_for(material)
        except (OSError, ValueError):  # SSLError is an OSError
            reason = "its CA, client certificate or client key is not PEM that can be used"
            raise WayInInvalid(cluster=self.cluster, reason=reason) from None


def direct() -> aiohttp.BaseConnector:
    """Connect without detours. There is no limit here: the client has one, and knows requests from watches."""
    # API servers close idle connections after 90 s; whoever closes first is spared a request into a closing one.
    # Older Pythons never end the TLS farewell to a peer that is silent (python/cpython#118960).
    return aiohttp.TCPConnector(limit=0, keepalive_timeout=60, enable_cleanup_closed=NEEDS_CLEANUP_CLOSED)


def connect(cluster: Cluster, *, secret: Secret) -> Connection:
    """Make the Connection of a registered cluster; nothing is read before it is first used."""
    return Connection(cluster.name, _loader(cluster, secret))


def _loader(cluster: Cluster, secret: Secret) -> Load:
    way = cluster.way_in
    if isinstance(way, Server):
        return partial(_from_server, way, secret)
    if isinstance(way, Kubeconfig):
        return partial(from_kubeconfig, cluster.name, way)
    assert isinstance(way, InCluster)
    return partial(_from_pod, cluster.name)


async def _from_server(way: Server, secret: Secret) -> Credentials:
    def read(reference: SecretRef | None) -> str:
        return secret(reference) if reference else ""

    token = read(way.token).strip()
    certificate, key = read(way.client_certificate), read(way.client_key)
    material = Material(ca=read(way.ca), certificate=certificate, key=key, verify=not way.insecure_skip_tls_verify)
    return Credentials(server=way.url, authorization=f"Bearer {token}" if token else "", material=material)


async def _from_pod(cluster: str) -> Credentials:
    return in_cluster(cluster)
