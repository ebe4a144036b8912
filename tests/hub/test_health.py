"""What one cluster's objects are judged by: only reads since the last write count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.health.rules import BUILTINS
from fleet.hooks.registry import load
from fleet.hub.health import SOON, Assessor
from fleet.hub.state import Assessed
from fleet.kube.live.cache import Event
from fleet.model.health import HealthState
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject, observe

WEB = ObjectKey("apps", "Deployment", "shop", "web")
GATE = ObjectKey("networking.k8s.io", "Ingress", "shop", "web")
SETTINGS = ObjectKey("", "ConfigMap", "shop", "settings")


class World:
    """An Assessor, its clock, and what it asked for."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, tzinfo=UTC)
        self.health: dict[ObjectKey, Assessed] = {}
        self.again: list[tuple[ObjectKey, float]] = []
        self.assessor = Assessor(
            registry=load(BUILTINS),
            health=self.health,
            written_at={},
            now=lambda: self.now,
            again=lambda key, seconds: self.again.append((key, seconds)),
        )

    def told(self, body: dict[str, Any], *, key: ObjectKey = WEB) -> bool:
        """The watch tells of an object; gives whether its Health is another."""
        return self.assessor.event(Event(key=key, before=None, after=observe(body, key=key), body=body))

    def wrote(self, body: dict[str, Any], *, key: ObjectKey = WEB) -> LiveObject:
        """A write was answered."""
        live = observe(body, key=key)
        self.assessor.learned(key, live)
        return live


def deployment(version: int, *, generation: int = 1, observed: int = 1, ready: int = 1, uid: str = "1") -> dict[str, Any]:
    """A Deployment of one replica, as its controller reports it."""
    conditions = [
        {"type": "Available", "status": "True"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ]
    counts = dict.fromkeys(("replicas", "updatedReplicas"), 1) | dict.fromkeys(("availableReplicas", "readyReplicas"), ready)
    metadata = {"name": "web", "namespace": "shop", "uid": uid, "resourceVersion": str(version), "generation": generation}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"replicas": 1},
        "status": {"observedGeneration": observed, "conditions": conditions, **counts},
    }


def config_map(version: int) -> dict[str, Any]:
    """A ConfigMap's metadata."""
    metadata = {"name": "settings", "namespace": "shop", "uid": "2", "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_what_was_found_before_a_write_counts_no_more_until_the_cluster_tells() -> None:
    world = World()
    world.told(deployment(10))
    assert world.health[WEB].health.state is HealthState.HEALTHY
    live = world.wrote(deployment(11, generation=2))
    found = world.health[WEB]
    assert (found.health.state, found.health.reason, found.is_of(live)) == (HealthState.PROGRESSING, "Written", False)
    world.told(deployment(11, generation=2, observed=1))
    assert (world.health[WEB].health.state, world.health[WEB].is_of(live)) == (HealthState.PROGRESSING, True)
    world.told(deployment(12, generation=2, observed=2))
    assert (world.health[WEB].health.state, world.health[WEB].is_of(live)) == (HealthState.HEALTHY, True)


def test_a_watch_that_was_faster_than_the_answer_to_a_write_is_believed() -> None:
    world = World()
    world.told(deployment(12, generation=2, observed=2))
    live = world.wrote(deployment(11, generation=2))
    assert (world.health[WEB].health.state, world.health[WEB].resource_version) == (HealthState.HEALTHY, "12")
    assert world.health[WEB].is_of(live)


def test_a_write_that_changed_nothing_takes_no_evidence_away() -> None:
    world = World()
    world.told(deployment(10))
    live = world.wrote(deployment(10))
    assert world.health[WEB].is_of(live)


def test_health_of_the_object_that_had_the_name_before_is_none_of_this_one() -> None:
    world = World()
    world.told(deployment(10))
    assert not world.health[WEB].is_of(observe(deployment(10, uid="other"), key=WEB))


def test_kinds_whose_health_needs_no_body_are_judged_by_the_answer_to_the_write() -> None:
    world = World()
    live = world.wrote(config_map(7), key=SETTINGS)
    assert (world.health[SETTINGS].health.state, world.health[SETTINGS].is_of(live)) == (HealthState.HEALTHY, True)
    world.wrote(config_map(6), key=SETTINGS)
    assert world.health[SETTINGS].resource_version == "7"


def test_an_object_that_no_watch_tells_of_any_more_is_unknown_until_one_does() -> None:
    world = World()
    world.told(deployment(10))
    live = observe(deployment(11), key=WEB)
    world.assessor.event(Event(key=WEB, before=live, after=live, body=None))
    found = world.health[WEB]
    assert (found.health.state, found.told, world.again) == (HealthState.UNKNOWN, False, [])
    world.told(deployment(12))
    assert world.health[WEB].health.state is HealthState.HEALTHY


def test_the_body_of_what_is_to_be_judged_again_is_kept_without_what_its_managers_own_and_no_other() -> None:
    world = World()
    bad = deployment(10, ready=0)
    written = {"subresource": "status", "time": "2026-11-23T11:00:00Z"}
    bad["metadata"]["managedFields"] = [{"manager": "kube-controller-manager", "fieldsV1": {"f:status": {}}, **written}]
    world.told(bad)
    kept = world.assessor.in_hand(WEB)
    assert kept is not None
    assert kept["metadata"]["managedFields"] == [written]
    assert (kept["metadata"]["resourceVersion"], kept["status"]) == ("10", bad["status"])
    world.told(deployment(11))
    assert world.assessor.in_hand(WEB) is None


def ingress(version: int, *, generation: int = 1) -> dict[str, Any]:
    """An Ingress whose class nobody knows of before it was looked at."""
    metadata = {"name": "web", "namespace": "shop", "uid": "3", "resourceVersion": str(version), "generation": generation}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {}, "status": {}}


def test_what_was_found_by_looking_stands_until_it_is_looked_at_again_unless_the_spec_is_another() -> None:
    world = World()
    world.told(ingress(1), key=GATE)
    assert (world.health[GATE].health.reason, world.again) == ("NotLooked", [(GATE, SOON)])
    found = world.assessor.judge(GATE, ingress(1), related={})
    assert found.state is HealthState.HEALTHY
    assert world.told(ingress(2), key=GATE) is False
    assert (world.health[GATE].health, world.health[GATE].resource_version) == (found, "2")
    world.told(ingress(3, generation=2), key=GATE)
    assert world.health[GATE].health.reason == "NotLooked"


def test_what_was_stopped_on_purpose_needs_no_reason() -> None:
    world = World()
    paused = deployment(10, ready=0)
    paused["spec"]["paused"] = True
    world.told(paused)
    assert (world.health[WEB].health.state, world.again, world.assessor.in_hand(WEB)) == (HealthState.SUSPENDED, [], None)


def test_since_when_it_is_so_is_kept_while_it_is_so_and_nothing_is_written() -> None:
    world, since = World(), []
    for body in (deployment(10), deployment(11), deployment(12, ready=0), deployment(13)):
        world.now += timedelta(seconds=1)
        world.told(body)
        since.append(world.now - world.health[WEB].since)
    world.now += timedelta(seconds=1)
    world.wrote(deployment(14))
    world.told(deployment(14))
    since.append(world.now - world.health[WEB].since)
    assert since == [timedelta(seconds=seconds) for seconds in (0, 1, 0, 0, 0)]
