"""Claims are bound to volumes that fit, or that are made for them, at the time their class says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fleet.sandbox.controllers.volumes.quantities import amount
from tests.sandbox.controllers.worlds import GOOD, Body, World, conditions, pod, storage_class

pytestmark = pytest.mark.looptime


def claim(name: str = "data", size: str = "1Gi", **more: Any) -> Body:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "storageClassName": "fast", **more}
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def volume(name: str, size: str, **more: Any) -> Body:
    spec = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "storageClassName": "fast", **more}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def user(name: str = "one", claim: str = "data") -> Body:
    return pod(name, GOOD, volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": claim}}])


async def test_a_volume_is_made_for_a_claim_after_the_chosen_delay(make_world: Callable[..., World]) -> None:
    world = make_world(bind_after=60)
    await world.has(storage_class(), claim())
    assert world.status("PersistentVolumeClaim", "data") == {"phase": "Pending"}

    await world.passes(60)

    bound = world.get("PersistentVolumeClaim", "data")
    assert bound["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}}
    made = world.get("PersistentVolume", bound["spec"]["volumeName"], "")
    assert made["spec"]["claimRef"]["uid"] == bound["metadata"]["uid"]
    assert made["status"]["phase"] == "Bound"


async def test_a_claim_takes_the_smallest_volume_that_is_large_enough(world: World) -> None:
    await world.has(
        storage_class(provisioner="kubernetes.io/no-provisioner"),
        volume("small", "500Mi"),
        volume("large", "1Ti"),
        volume("right", "2Gi"),
        claim(),
    )

    assert world.get("PersistentVolumeClaim", "data")["spec"]["volumeName"] == "right"
    phases = {each["metadata"]["name"]: each["status"]["phase"] for each in world.all("PersistentVolume", "")}
    assert phases == {"small": "Available", "large": "Available", "right": "Bound"}


async def test_a_class_may_wait_for_the_first_consumer(world: World) -> None:
    await world.has(storage_class(volumeBindingMode="WaitForFirstConsumer"), claim())
    assert world.status("PersistentVolumeClaim", "data") == {"phase": "Pending"}
    assert ("WaitForFirstConsumer", "waiting for first consumer to be created before binding") in world.events("data")

    await world.has(user())

    found = world.get("PersistentVolumeClaim", "data")
    assert found["status"]["phase"] == "Bound"
    assert found["metadata"]["annotations"]["volume.kubernetes.io/selected-node"] == "node-1"
    assert conditions(world.status("Pod", "one"))["Ready"] == ("True", "")


async def test_a_pod_waits_for_its_claim(world: World) -> None:
    await world.has(storage_class(provisioner="kubernetes.io/no-provisioner"), user())
    assert conditions(world.status("Pod", "one")) == {"PodScheduled": ("False", "Unschedulable")}
    await world.has(claim())
    assert world.status("PersistentVolumeClaim", "data") == {"phase": "Pending"}

    await world.has(volume("late", "1Gi"))

    assert conditions(world.status("Pod", "one"))["Ready"] == ("True", "")


async def test_a_claim_may_never_be_bound(make_world: Callable[..., World]) -> None:
    world = make_world(bind_after=None)
    await world.has(storage_class(), claim(), claim("none", storageClassName="missing"))
    await world.passes(3600)

    phases = {each["metadata"]["name"]: each["status"]["phase"] for each in world.all("PersistentVolumeClaim")}
    assert phases == {"data": "Pending", "none": "Pending"}
    assert ("ProvisioningFailed", 'storageclass.storage.k8s.io "missing" not found') in world.events("none")


async def test_a_claim_that_names_no_class_gets_the_default_one(world: World) -> None:
    default = storage_class()
    default["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    body = claim()
    del body["spec"]["storageClassName"]
    await world.has(default, body)

    assert world.status("PersistentVolumeClaim", "data")["phase"] == "Bound"
    assert world.get("PersistentVolumeClaim", "data")["spec"]["storageClassName"] == "fast"


@pytest.mark.parametrize("policy, left", [("Delete", []), ("Retain", ["Released"])])
async def test_a_volume_that_was_made_for_a_claim_goes_with_it_if_that_is_its_policy(
    world: World, policy: str, left: list[str]
) -> None:
    await world.has(storage_class(reclaimPolicy=policy), claim())

    await world.delete("PersistentVolumeClaim", "data")

    assert [each["status"]["phase"] for each in world.all("PersistentVolume", "")] == left


async def test_a_claim_whose_volume_is_gone_is_lost(world: World) -> None:
    await world.has(storage_class(), claim())

    await world.delete("PersistentVolume", world.names("PersistentVolume", "")[0], "")

    assert world.status("PersistentVolumeClaim", "data")["phase"] == "Lost"


async def test_a_protected_claim_goes_when_no_pod_uses_it(world: World) -> None:
    protected = claim()
    protected["metadata"]["finalizers"] = ["kubernetes.io/pvc-protection"]
    await world.has(storage_class(), protected, user())

    await world.delete("PersistentVolumeClaim", "data")
    assert not world.gone("PersistentVolumeClaim", "data")
    await world.delete("Pod", "one")

    assert world.gone("PersistentVolumeClaim", "data")


@pytest.mark.parametrize(
    "written, number",
    [("1Gi", 2.0**30), ("500M", 5e8), ("1e3", 1000), ("250m", 0.25), ("2", 2), (3, 3), ("nothing", 0)],
)
async def test_quantities_are_compared_as_numbers(written: str | int, number: float) -> None:
    assert amount(written) == number
