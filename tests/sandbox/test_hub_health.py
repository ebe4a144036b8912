"""What is not Healthy is explained by its children, which are followed for that long, shared, and bounded in number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fleet.aio import owned
from fleet.health.rules import BUILTINS
from fleet.hooks import Look
from fleet.hooks.registry import load
from fleet.hub.children import MOST, MOST_WATCHES, Listed
from fleet.hub.health import Assessor
from fleet.hub.looking import Looker
from fleet.hub.state import Assessed
from fleet.kube.live.cache import Event
from fleet.kube.server.discovery import Discovery, Resource
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.observation import observe
from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.host import Sandboxes
from tests.controlplane.audit import request
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_kubeconfig, client_of

PODS = Resource(group="", version="v1", kind="Pod", plural="pods", namespaced=True)
POD = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "main", "image": "shop:1"}]}}
WAITS = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}


class World:
    """A cluster, and the Looker and the Assessor of a hub over it; the test tells what a watch would."""

    def __init__(self, cluster: SandboxCluster, looker: Looker, health: dict[ObjectKey, Assessed], changes: list[ObjectKey]):
        self.cluster = cluster
        self.looker = looker
        self.health = health
        self.changes = changes
        """Of which the Looker said that their Health is another."""
        self.mark = cluster.audit_mark()

    def deploy(self, name: str = "web", *, status: dict[str, Any] | None = None) -> ObjectKey:
        """A Deployment with one replica that does not become ready, unless another status is given."""
        template = {"metadata": {"labels": {"app": name}}, "spec": POD["spec"]}
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": template},
        }
        self.cluster.create(body)
        key = ObjectKey("apps", "Deployment", "default", name)
        self.report(key, {"replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1})
        return key

    def report(self, key: ObjectKey, counts: dict[str, Any]) -> None:
        """Its controller writes a status, and the watch tells of it."""
        body = self.body(key)
        status = {"observedGeneration": body["metadata"]["generation"], **counts}
        self.cluster.update({**body, "status": status}, subresource="status")
        self.tell(key)

    def ready(self, key: ObjectKey) -> None:
        """Its controller says that all is well, and the watch tells of it."""
        conditions = [
            {"type": "Available", "status": "True"},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        ]
        counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas", "readyReplicas"), 1)
        self.report(key, {**counts, "conditions": conditions})

    def tell(self, key: ObjectKey) -> None:
        """The watch tells of an object as it is now."""
        body = self.body(key)
        assert self.looker.assessor is not None
        self.looker.assessor.event(Event(key=key, before=None, after=observe(body), body=body))

    def body(self, key: ObjectKey) -> dict[str, Any]:
        """An object as it is now."""
        found = self.cluster.get(key.group, key.kind, key.namespace, key.name)
        assert found is not None
        return found

    def pod(self, owner: ObjectKey, name: str) -> None:
        """One of its Pods, of which nothing is known yet."""
        reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": owner.name, "controller": True}
        uid = self.body(owner)["metadata"]["uid"]
        metadata = {"name": name, "namespace": "default", "labels": {"app": owner.name}}
        self.cluster.create({**POD, "metadata": {**metadata, "ownerReferences": [{**reference, "uid": uid}]}})

    def fail(self, name: str, state: dict[str, Any] = WAITS) -> None:
        """Its image cannot be pulled, or whatever else its container's state says."""
        container = {"name": "main", "image": "shop:1", "imageID": "", "ready": False, "restartCount": 0, "state": state}
        body = self.cluster.get("", "Pod", "default", name)
        assert body is not None
        self.cluster.update({**body, "status": {"phase": "Pending", "containerStatuses": [container]}}, subresource="status")

    def message(self, key: ObjectKey) -> str:
        """What is said of an object."""
        return self.health[key].health.message if key in self.health else ""

    def asked(self) -> list[str]:
        """What the hub asked so far: `verb resource`."""
        seen = map(request, self.cluster.audit_since(self.mark))
        found = (
            each for each in seen if each.agent.startswith("fleethub") and each.uri.partition("?")[0] not in ("/api", "/apis")
        )
        return [f"{each.verb} {each.uri.partition('?')[0].rpartition('/')[2]}" for each in found]


@asynccontextmanager
async def looking(directory: Path) -> AsyncIterator[World]:
    """A cluster that a Looker looks at; no Sync runs there."""
    health: dict[ObjectKey, Assessed] = {}
    changes: list[ObjectKey] = []
    async with Sandboxes(directory) as clusters:
        cluster = await clusters.add("east")
        async with client_of(by_kubeconfig(cluster.kubeconfig)) as client, owned("looks") as owner:
            looker = Looker(client, Discovery(client), changed=changes.append, busy=lambda: False, random=Random(1))
            looker.assessor = Assessor(
                registry=load(BUILTINS),
                health=health,
                written_at={},
                now=lambda: datetime.now(UTC),
                again=looker.later,
                related=looker.related,
                settled=looker.settled,
            )
            owner.forever(looker.run(), name="look")
            yield World(cluster, looker, health, changes)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A cluster that is looked at."""
    async with looking(tmp_path) as found:
        yield found


async def test_a_pod_that_fails_after_its_deployments_last_word_is_told_by_its_own_watch(world: World) -> None:
    web = world.deploy()
    world.pod(web, "web-1")
    await eventually(lambda: world.looker.children.open == 2)
    assert "ImagePullBackOff" not in world.message(web)
    world.fail("web-1")
    await eventually(lambda: "Pod web-1: container main: ImagePullBackOff" in world.message(web))
    assert world.changes[-1] == web
    # Two lists and two watches, and for what came after them nothing at all; the body of the owner was in hand. The other watch
    # may still be on its way.
    whole = ["list pods", "list replicasets", "watch pods", "watch replicasets"]
    await eventually(lambda: sorted(world.asked()) == whole)


async def test_what_its_own_watch_tells_of_an_owner_is_judged_with_what_is_known_of_its_children(world: World) -> None:
    web = world.deploy()
    world.pod(web, "web-1")
    world.fail("web-1")
    await eventually(lambda: "ImagePullBackOff" in world.message(web))
    world.report(web, {"replicas": 2, "updatedReplicas": 1, "unavailableReplicas": 1})
    assert "1 of an older template" in world.message(web)
    assert "ImagePullBackOff" in world.message(web)


async def test_watches_end_when_the_owner_is_healthy_or_gone(world: World) -> None:
    web, shop = world.deploy("web"), world.deploy("shop")
    await eventually(lambda: world.looker.children.open == 4)
    world.ready(web)
    await eventually(lambda: world.looker.children.open == 2)
    assert world.looker.assessor is not None
    world.looker.assessor.event(Event(key=shop, before=observe(world.body(shop)), after=None))
    await eventually(lambda: world.looker.children.open == 0)


async def test_what_becomes_healthy_at_once_is_never_looked_at(world: World) -> None:
    web, late = world.deploy("web"), world.deploy("late")
    world.ready(web)
    await eventually(lambda: world.looker.children.open == 2)
    world.ready(late)
    await eventually(lambda: world.looker.children.open == 0)
    assert sorted(each for each in world.asked() if each.startswith("list")) == ["list pods", "list replicasets"]


async def test_owners_beyond_the_bound_are_listed_again_from_time_to_time(world: World) -> None:
    owners = [world.deploy(f"web-{number}") for number in range(MOST_WATCHES // 2 + 1)]
    for owner in owners:
        world.pod(owner, f"{owner.name}-pod")
    await eventually(lambda: world.asked().count("list pods") == len(owners))
    assert world.looker.children.open == MOST_WATCHES
    for owner in owners:
        world.fail(f"{owner.name}-pod")
    await eventually(lambda: all("ImagePullBackOff" in world.message(owner) for owner in owners))
    assert world.looker.children.open == MOST_WATCHES


async def test_an_owner_of_more_children_than_are_kept_is_not_followed(world: World) -> None:
    web = world.deploy()
    for number in range(MOST + 1):
        world.pod(web, f"web-{number}")
    await eventually(lambda: world.asked().count("list pods") == 2)
    assert world.looker.children.open == 0


async def test_a_pod_that_is_deleted_explains_nothing_any_more(world: World) -> None:
    web = world.deploy()
    world.pod(web, "web-1")
    world.fail("web-1")
    await eventually(lambda: "web-1" in world.message(web))
    world.cluster.delete("", "Pod", "default", "web-1")
    await eventually(lambda: "web-1" not in world.message(web))
    assert world.looker.children.open == 2


async def test_watches_that_break_go_on_and_miss_nothing(world: World) -> None:
    web = world.deploy()
    world.pod(web, "web-1")
    await eventually(lambda: world.looker.children.open == 2)
    world.cluster.faults.refuse()
    world.fail("web-1")
    world.cluster.faults.clear()
    await eventually(lambda: "ImagePullBackOff" in world.message(web))


async def test_an_owner_that_selects_others_is_explained_by_those(world: World) -> None:
    old, new = (Look(GroupKind("", "Pod"), "default", f"app={name}") for name in ("old", "new"))
    children, web = world.looker.children, ObjectKey("", "ReplicationController", "default", "web")
    listed = Listed(resource=PODS, items=(), version=str(world.cluster.state.store.revision), whole=True)
    children.follow(web, [old], {old: listed})
    assert (children.explained(web, [old]), children.explained(web, [new])) == ({}, None)
    children.follow(web, [new], {new: listed})
    assert (children.explained(web, [old]), children.explained(web, [new]), children.has(old)) == (None, {}, False)
    assert children.open == 1


async def test_owners_that_ask_for_the_same_share_one_watch(world: World) -> None:
    look = Look(GroupKind("", "Pod"), "default", "app=web")
    children, owners = world.looker.children, [ObjectKey("", "ReplicationController", "default", name) for name in ("a", "b")]
    listed = Listed(resource=PODS, items=(), version=str(world.cluster.state.store.revision), whole=True)
    for owner in owners:
        children.follow(owner, [look], {look: listed})
    await eventually(lambda: world.asked() == ["watch pods"])
    children.release(owners[0])
    assert (children.open, children.explained(owners[1], [look])) == (1, {})
    children.release(owners[1])
    assert children.open == 0
