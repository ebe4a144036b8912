"""The hub looks again at what is not Healthy: what it relates to may change while it says nothing itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from fleet.aio import owned
from fleet.health.rules import BUILTINS
from fleet.hooks.registry import load
from fleet.hub.health import Assessor, Looker
from fleet.hub.state import Assessed
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import ObjectKey
from fleet.sandbox.host import Sandboxes
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_kubeconfig, client_of

KEY = ObjectKey("apps", "Deployment", "default", "web")
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "shop:1"}]}}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE},
}
POD = {"apiVersion": "v1", "kind": "Pod", "spec": TEMPLATE["spec"]}
WAITS = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}


async def test_a_pod_that_fails_after_its_deployments_last_word_is_seen(tmp_path: Path) -> None:
    health: dict[ObjectKey, Assessed] = {}
    async with Sandboxes(tmp_path) as clusters:
        cluster = await clusters.add("east")
        made = cluster.create(DEPLOYMENT)
        seen = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1}
        cluster.update({**made, "status": seen}, subresource="status")
        cluster.create({**POD, "metadata": metadata_of_pod(made["metadata"]["uid"])})
        async with client_of(by_kubeconfig(cluster.kubeconfig)) as client, owned("looks") as owner:
            looker = Looker(client, Discovery(client), changed=lambda _: None, busy=lambda: False, random=Random(1))
            looker.assessor = Assessor(
                registry=load(BUILTINS), health=health, written_at={}, now=lambda: datetime.now(UTC), again=looker.later
            )
            owner.forever(looker.run(), name="look")
            looker.later(KEY, 0)
            await eventually(lambda: KEY in health)
            assert "ImagePullBackOff" not in health[KEY].health.message
            status = {"phase": "Pending", "containerStatuses": [{"name": "main", "image": "shop:1", "imageID": "", **failing()}]}
            cluster.update({**cluster.get("", "Pod", "default", "web-1"), "status": status}, subresource="status")
            await eventually(lambda: "ImagePullBackOff" in health[KEY].health.message, within=30)
            await asyncio.sleep(0)


def metadata_of_pod(owner: str) -> dict[str, object]:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": owner, "controller": True}
    return {"name": "web-1", "namespace": "default", "labels": {"app": "web"}, "ownerReferences": [reference]}


def failing() -> dict[str, object]:
    return {"ready": False, "restartCount": 0, "state": WAITS}
