"""A hub's client for a test's cluster, allowed to write, and manifests to write with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.aio import Limiter
from fleet.kube.kept.own import ensure_namespace
from fleet.kube.server.client import ApiClient
from fleet.kube.server.connect import connect
from fleet.kube.server.discovery import Discovery
from fleet.model.cluster import Cluster, SecretRef, Server
from fleet.model.inventory import Identity
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest, Origin, Scope
from fleet.model.marks import marked
from tests.controlplane import ControlPlane

OWN = "/api/v1/namespaces/fleethub-system/configmaps"
SHOP = AppKey("prod-eu-1", "shop")


@dataclass(frozen=True, slots=True)
class Writer:
    """A client and what it knows of the server's kinds."""

    client: ApiClient
    discovery: Discovery
    identity: Identity


@asynccontextmanager
async def writer(plane: ControlPlane) -> AsyncIterator[Writer]:
    """Reach a cluster as the hub does, with a lease that is always held."""
    way = Server(url=plane.server, ca=SecretRef("file", str(plane.ca_file)), token=SecretRef("token", ""))
    cluster = Cluster(name="prod-eu-1", way_in=way, origin=Origin("clusters.yaml", 1))

    def secret(reference: SecretRef) -> str:
        return plane.token if reference.kind == "token" else Path(reference.where).read_text()

    client = ApiClient(connect(cluster, secret=secret), limiter=Limiter(total=32, per_key=32))
    client.guard_with(lambda: None)
    uid = plane.kube.get("/api/v1/namespaces/kube-system").ok()["metadata"]["uid"]
    try:
        await ensure_namespace(client)
        yield Writer(client, Discovery(client), Identity(name="prod-eu-1", uid=uid))
    finally:
        await client.close()


def config_map(name: str, *, namespace: str = "default", **data: str) -> dict[str, Any]:
    """A ConfigMap's body."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def deployment(name: str = "web", *, replicas: int = 2, **container: Any) -> dict[str, Any]:
    """A Deployment's body."""
    main = {"name": "main", "image": "registry.example.com/web:1", **container}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [main], "terminationGracePeriodSeconds": 1}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def with_marks(body: dict[str, Any], *, app: AppKey = SHOP) -> dict[str, Any]:
    """A body as it is sent, with our marks."""
    manifest = Manifest.of(body, origin=Origin("apps/shop.yaml", 1), scope=Scope.NAMESPACED, namespace="default")
    return marked(manifest, fleet="acme", app=app, revision="9c2e41d")


def key(kind: str, name: str, *, group: str = "", namespace: str = "default") -> ObjectKey:
    """An object's key."""
    return ObjectKey(group, kind, namespace, name)
