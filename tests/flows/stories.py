"""What the stories of the tests have in common: a monorepo with a base, overlays and groups, and questions to a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fleet.hub.hub import Hub
from fleet.model.health import HealthState
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.planes import Plane

DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
WEB = f"{DEPLOYMENTS}/web"

BASE: Mapping[str, str] = {
    "apps/shop/base/kustomization.yaml": """
        resources: [web.yaml, service.yaml]
        """,
    "apps/shop/base/web.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: web
                image: registry.example.com/shop:1.0.0
        """,
    "apps/shop/base/service.yaml": """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80}]}
        """,
    "apps/shop/overlays/production/kustomization.yaml": """
        resources: [../../base, settings.yaml]
        replicas: [{name: web, count: 3}]
        """,
    "apps/shop/overlays/production/settings.yaml": """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {tier: production}
        """,
    "clusters/production/apps.yaml": """
        apiVersion: fleethub.dev/v1alpha1
        kind: App
        metadata: {name: shop}
        spec: {path: apps/shop/overlays/production, namespace: shop}
        """,
    "clusters/production/namespaces.yaml": """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop}
        """,
}


def monorepo(*clusters: str) -> dict[str, str]:
    """The files of a monorepo with these clusters, each with a directory and an object of its own."""
    own = {f"clusters/production/{name}/own.yaml": config_map("own", name) for name in clusters}
    return {**BASE, **own}


def config_map(name: str, value: str, namespace: str = "shop") -> str:
    """A ConfigMap with one value."""
    return f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: {name}, namespace: {namespace}}}
        data: {{value: "{value}"}}
        """


def app(name: str, path: str, namespace: str = "shop", **spec: str) -> str:
    """An App's document."""
    more = "".join(f", {field}: {value}" for field, value in spec.items())
    return f"""
        apiVersion: fleethub.dev/v1alpha1
        kind: App
        metadata: {{name: {name}}}
        spec: {{path: {path}, namespace: {namespace}{more}}}
        """


async def at_rest(hub: Hub, commit: str, *clusters: str) -> None:
    """Wait until these clusters were looked at for this commit and every App of theirs is in sync."""
    names = clusters or tuple(hub.clusters)

    def rest() -> bool:
        restless = [_told(hub, name) for name in names if not rests(hub, name, commit)]
        if restless:  # an assert explains itself at each look, which costs more than the look
            raise AssertionError(restless)
        return True

    await eventually(rest)


def _told(hub: Hub, name: str) -> str:
    """What a cluster is about, for the message of a test that waited in vain."""
    status = hub.state.clusters.get(name)
    states = {key.app: report.state.value for key, report in hub.state.reports.items() if key.cluster == name}
    where = f"{status.phase} {status.message}" if status else "not begun"
    worker = hub.clusters[name].worker
    at_work = {"queued": worker.queue.waiting, "worked on": worker.queue.working, "being told": worker.finishing}
    work = [f"{what} {sorted(key.app for key in keys)}" for what, keys in at_work.items() if keys]
    return f"{name}: {where}; Apps {states}; {', '.join(work) or 'idle'}"


def rests(hub: Hub, name: str, commit: str) -> bool:
    """Whether a cluster has nothing left to do for a commit."""
    runtime = hub.clusters[name]
    mapped = hub.revisions.map
    if mapped is None or mapped.revision.commit != commit or runtime.site is None or not runtime.desired.settled:
        return False
    if not runtime.worker.idle:
        return False
    states = {key.app: hub.state.reports[key].state for key in hub.state.apps_of(name) if key in hub.state.reports}
    return runtime.all_apps() <= states.keys() and all(state is SyncState.SYNCED for state in states.values())


def healthy(hub: Hub, cluster: str) -> bool:
    """Whether every App of a cluster is Healthy."""
    return all(hub.state.app_health(key).health.state is HealthState.HEALTHY for key in hub.state.apps_of(cluster))


async def answered(hub: Hub, *clusters: str) -> None:
    """Wait until no request is under way: a server's log tells of one when it is answered, be that after a mark.

    Nor a watch of what explained an object that is Healthy by now: it may have been begun just before.
    """

    def rest() -> bool:
        watches = tuple(f"children on {name}/" for name in clusters)
        open_ = [task for task in asyncio.all_tasks() if task.get_name().startswith(watches)]
        return not open_ and not any(hub.shared.limiter.users(name) for name in clusters)

    await eventually(rest)


def live(plane: Plane, path: str) -> Any:
    """An object as it is now; None when it is not there."""
    answer = plane.kube.get(path)
    return answer.body if answer.status == 200 else None


def writes(plane: Plane, mark: Any = None) -> list[str]:
    """What the hub wrote since a mark, leases left out: `verb uri`."""
    found = plane.audit_since(mark, agent="fleethub") if mark is not None else plane.audit_since(agent="fleethub")
    return [f"{request.verb} {request.uri}" for request in found if request.is_write and "/leases" not in request.uri]
