"""The monorepo of P1: Apps of four plain objects each, and the same objects as a bare loop sends them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

KINDS = ("ServiceAccount", "Service", "Deployment", "Ingress")
NAMESPACES = 10


def namespaces() -> list[str]:
    """The namespaces the objects are in; they are made beforehand."""
    return [f"bench-{number}" for number in range(NAMESPACES)]


def files(apps: int, *, cluster: str, edition: int) -> dict[str, str]:
    """The repository: one file of four objects and one declaration per App."""
    found = {f"clusters/{cluster}/cluster.yaml": "labels: {tier: bench}\n"}
    for number in range(apps):
        name = f"app-{number:04}"
        text = "---\n".join(orjson.dumps(body).decode() + "\n" for body in objects(number, edition=edition))
        found[f"apps/{name}/{name}.yaml"] = text
        app = {"apiVersion": "fleethub.dev/v1alpha1", "kind": "App", "metadata": {"name": name}}
        found[f"clusters/{cluster}/{name}.yaml"] = orjson.dumps({**app, "spec": {"path": f"apps/{name}"}}).decode()
    return found


def objects(number: int, *, edition: int) -> list[dict[str, Any]]:
    """One App's objects; an edition differs from another in one field of the Deployment."""
    name = f"app-{number:04}"
    metadata = {"name": name, "namespace": f"bench-{number % NAMESPACES}", "labels": {"app.kubernetes.io/name": name}}
    image = f"registry.example.com/{name}:{edition}"
    container = {
        "name": "main",
        "image": image,
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "REGION", "value": "eu"}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"serviceAccountName": name, "containers": [container]}}
    backend = {"service": {"name": name, "port": {"name": "http"}}}
    rule = {"host": f"{name}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    specs: list[tuple[str, str, dict[str, Any]]] = [
        ("v1", "ServiceAccount", {}),
        ("v1", "Service", {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}),
        ("apps/v1", "Deployment", {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template}),
        ("networking.k8s.io/v1", "Ingress", {"rules": [rule]}),
    ]
    return [
        {"apiVersion": version, "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})}
        for version, kind, spec in specs
    ]


def requests(apps: int, *, edition: int, kinds: tuple[str, ...] = KINDS) -> Iterator[tuple[str, bytes]]:
    """Path and body of each apply, with marks as long as the hub's: the raw limit is that of the same applies."""
    for number in range(apps):
        for body in objects(number, edition=edition):
            if body["kind"] in kinds:
                yield _path(body), orjson.dumps(_marked(body, number))


def _path(body: dict[str, Any]) -> str:
    version, metadata = body["apiVersion"], body["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    plural = f"{body['kind'].lower()}{'es' if body['kind'] == 'Ingress' else 's'}"
    return f"{root}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"


def _marked(body: dict[str, Any], number: int) -> dict[str, Any]:
    metadata = body["metadata"]
    digest = hashlib.sha256(orjson.dumps(body)).hexdigest()
    labels = {"applyset.kubernetes.io/part-of": f"applyset-{digest[:43]}-v1", "fleethub.dev/fleet": "acme"}
    annotations = {
        "fleethub.dev/owner": f"bench/app-{number:04} {body['kind']} {metadata['namespace']}/{metadata['name']}",
        "fleethub.dev/digest": digest,
        "fleethub.dev/revision": digest[:40],
        "fleethub.dev/source": f"apps/app-{number:04}/app-{number:04}.yaml:1",
    }
    return {**body, "metadata": {**metadata, "labels": {**metadata["labels"], **labels}, "annotations": annotations}}
