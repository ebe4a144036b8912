"""The controllers look at everything, write only what is not so yet, and rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import pytest

from fleet.errors import ApiStatus
from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import FATES, Controllers, Running
from tests.architecture.sources import ROOT
from tests.sandbox.controllers.worlds import World, conditions, deployment, job, service, workload

pytestmark = pytest.mark.looptime


async def test_at_rest_nothing_is_written_and_no_timer_runs(world: World) -> None:
    await world.has(deployment(replicas=3), service(type="LoadBalancer"), workload("StatefulSet", "db"), job())
    world.writes.clear()

    await world.passes(100_000)

    assert (world.writes, world.running.timers) == ([], 0)


async def test_who_starts_later_finds_nothing_to_do(world: World) -> None:
    await world.has(deployment(replicas=3), service(), workload("DaemonSet", "agent"), job())
    world.running.stop()
    world.writes.clear()

    again = Running(world.cluster, Controllers(), now=world.now)
    again.start()
    await world.passes()
    again.stop()

    assert world.writes == []


async def test_what_happened_meanwhile_is_made_up_for(world: World) -> None:
    await world.has(deployment(replicas=2))
    world.running.stop()
    world.cluster.delete("", "Pod", "default", world.names("Pod")[0], grace=0)
    await world.passes()
    assert len(world.names("Pod")) == 1

    again = Running(world.cluster, Controllers(), now=world.now)
    again.start()
    await world.passes()
    again.stop()

    assert len(world.names("Pod")) == 2


async def test_a_stopped_one_does_nothing_more(world: World) -> None:
    await world.passes()
    world.running.stop()

    world.cluster.create(deployment())
    await world.passes(60)

    assert world.names("ReplicaSet") == []


async def test_after_a_restore_everything_is_looked_at_again(world: World) -> None:
    await world.has(deployment(replicas=1))
    backup = world.cluster.snapshot()
    await world.change("Deployment", "web", {"replicas": 4})

    world.cluster.restore(backup)
    world.running.look_again()
    await world.passes()

    assert len(world.names("Pod")) == 1
    assert conditions(world.status("Deployment", "web"))["Available"][0] == "True"


async def test_other_settings_hold_at_once(make_world: Callable[..., World]) -> None:
    world = make_world(ready_after=1000)
    await world.has(deployment(replicas=1))
    assert conditions(world.status("Deployment", "web"))["Available"][0] == "False"

    world.running.change(Controllers(ready_after=0))
    await world.passes()

    assert conditions(world.status("Deployment", "web"))["Available"][0] == "True"


class Refusing(SandboxCluster):
    """A cluster that takes no Pods while `refuses` is set, as one with a quota does."""

    refuses = True
    asked = 0

    def create(self, body: Any, *, manager: str = "sandbox") -> dict[str, Any]:
        """Refuse Pods."""
        if body["kind"] == "Pod":
            self.asked += 1
            if self.refuses:
                message = 'pods "web-x" is forbidden: exceeded quota: small'
                raise ApiStatus(code=403, reason="Forbidden", message=message, details={})
        return super().create(body, manager=manager)


async def test_what_is_refused_is_said_and_tried_again_more_and_more_seldom(world: World) -> None:
    cluster = Refusing("refusing")
    running = Running(cluster, Controllers(), now=world.now)
    running.start()
    cluster.create(deployment(replicas=1))
    await world.passes(60)

    (replica_set,) = cluster.list("apps", "ReplicaSet")
    assert conditions(replica_set["status"]) == {"ReplicaFailure": ("True", "FailedCreate")}
    found = cluster.get("apps", "Deployment", "default", "web")
    assert found is not None
    assert conditions(found["status"])["ReplicaFailure"] == ("True", "FailedCreate")
    assert 5 < cluster.asked < 20

    cluster.refuses = False
    await world.passes(20)
    running.stop()

    (replica_set,) = cluster.list("apps", "ReplicaSet")
    assert conditions(replica_set["status"]) == {}
    assert replica_set["status"]["readyReplicas"] == 1


async def test_events_may_be_off_and_the_same_one_is_counted(make_world: Callable[..., World]) -> None:
    world = make_world(events=False)
    await world.has(deployment(replicas=2))
    assert world.names("Event") == []


async def test_a_cluster_keeps_a_bounded_number_of_events(world: World) -> None:
    await world.has(deployment(replicas=1))
    for size in range(200):
        await world.change("Deployment", "web", {"replicas": size % 5}, seconds=1)

    assert len(world.names("Event")) <= 500


async def test_every_choice_and_every_word_is_in_the_reference() -> None:
    page = (ROOT / "docs/reference/sandbox-controllers.md").read_text(encoding="utf-8")
    rows = [
        f"| `{each.name}` | {each.default if each.default not in (MISSING, '') else ''}".rstrip() for each in fields(Controllers)
    ]
    assert [row for row in rows if row not in page] == []
    assert [word for word in FATES if f"`{word}`" not in page] == []
