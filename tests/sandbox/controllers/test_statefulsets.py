"""A StatefulSet makes, updates and takes off its Pods one after the other."""

from __future__ import annotations

import pytest

from tests.sandbox.controllers.worlds import BAD, BETTER, Body, World, counts, storage_class, template, workload

pytestmark = pytest.mark.looptime


def stateful(**spec: object) -> Body:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    return workload("StatefulSet", "db", **{"replicas": 3, "serviceName": "db", "updateStrategy": strategy, **spec})


def images(world: World) -> dict[str, str]:
    return {each["metadata"]["name"]: each["spec"]["containers"][0]["image"].rpartition(":")[2] for each in world.all("Pod")}


def order(world: World, what: str) -> list[str]:
    return [body["metadata"]["name"] for happened, kind, body in world.writes if kind == "Pod" and happened == what]


async def test_its_pods_come_in_order_with_their_names_and_marks(world: World) -> None:
    await world.has(stateful())

    assert order(world, "ADDED") == ["db-0", "db-1", "db-2"]
    status = world.status("StatefulSet", "db")
    assert counts(status) == {
        "replicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "currentReplicas": 3,
        "updatedReplicas": 3,
        "collisionCount": 0,
    }
    assert status["currentRevision"] == status["updateRevision"]
    one = world.get("Pod", "db-1")
    assert one["metadata"]["labels"] == {
        "app": "db",
        "apps.kubernetes.io/pod-index": "1",
        "controller-revision-hash": status["updateRevision"],
        "statefulset.kubernetes.io/pod-name": "db-1",
    }
    assert (one["spec"]["hostname"], one["spec"]["subdomain"]) == ("db-1", "db")


async def test_a_pod_that_is_not_ready_holds_up_those_after_it(world: World) -> None:
    await world.has(stateful(template=template(BAD, "db")))

    assert world.names("Pod") == ["db-0"]
    assert counts(world.status("StatefulSet", "db"))["replicas"] == 1


async def test_in_parallel_none_waits_for_another(world: World) -> None:
    await world.has(stateful(template=template(BAD, "db"), podManagementPolicy="Parallel"))

    assert world.names("Pod") == ["db-0", "db-1", "db-2"]


async def test_a_new_template_comes_from_the_highest_down_to_the_partition(world: World) -> None:
    await world.has(stateful())
    world.writes.clear()

    await world.change("StatefulSet", "db", {"template": template(BETTER, "db")})
    assert order(world, "DELETED") == ["db-2", "db-1", "db-0"]
    status = world.status("StatefulSet", "db")
    assert status["currentRevision"] == status["updateRevision"]

    partition = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    newest = template("registry.example.com/shop:3", "db")
    await world.change("StatefulSet", "db", {"template": newest, "updateStrategy": partition})
    assert images(world) == {"db-0": "2", "db-1": "2", "db-2": "3"}
    status = world.status("StatefulSet", "db")
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)
    assert status["currentRevision"] != status["updateRevision"]

    await world.delete("Pod", "db-0")
    assert images(world)["db-0"] == "2"


async def test_on_delete_pods_are_new_when_somebody_deletes_them(world: World) -> None:
    await world.has(stateful(updateStrategy={"type": "OnDelete"}))

    await world.change("StatefulSet", "db", {"template": template(BETTER, "db")})
    assert set(images(world).values()) == {"1"}
    await world.delete("Pod", "db-1")

    assert images(world) == {"db-0": "1", "db-1": "2", "db-2": "1"}
    status = world.status("StatefulSet", "db")
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)


async def test_fewer_are_taken_off_from_the_highest(world: World) -> None:
    await world.has(stateful())
    world.writes.clear()

    await world.change("StatefulSet", "db", {"replicas": 1})

    assert order(world, "DELETED") == ["db-2", "db-1"]
    assert world.names("Pod") == ["db-0"]


async def test_each_pod_has_its_own_claim_which_outlives_it(world: World) -> None:
    room = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "fast"}
    claims = [{"metadata": {"name": "data"}, "spec": room}]
    await world.has(storage_class(volumeBindingMode="WaitForFirstConsumer"), stateful(replicas=2, volumeClaimTemplates=claims))

    assert world.names("PersistentVolumeClaim") == ["data-db-0", "data-db-1"]
    assert world.get("Pod", "db-0")["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}]
    await world.change("StatefulSet", "db", {"replicas": 0})
    assert {each["status"]["phase"] for each in world.all("PersistentVolumeClaim")} == {"Bound"}


async def test_revisions_are_numbered_and_an_old_template_becomes_the_newest_again(world: World) -> None:
    first = stateful(replicas=1, revisionHistoryLimit=1)
    await world.has(first)
    for image in (BETTER, "registry.example.com/shop:3"):
        await world.change("StatefulSet", "db", {"template": template(image, "db")})
    assert sorted(each["revision"] for each in world.all("ControllerRevision")) == [2, 3]

    await world.change("StatefulSet", "db", {"template": template(BETTER, "db")})

    assert sorted(each["revision"] for each in world.all("ControllerRevision")) == [3, 4]


async def test_a_pod_that_ended_is_made_again(world: World) -> None:
    await world.has(stateful(replicas=1))
    before = world.get("Pod", "db-0")

    world.cluster.update({**before, "status": {**before["status"], "phase": "Failed"}}, manager="kubelet", subresource="status")
    await world.passes()

    assert world.get("Pod", "db-0")["metadata"]["uid"] != before["metadata"]["uid"]


async def test_another_workload_of_the_same_name_and_template_is_not_in_the_way(world: World) -> None:
    await world.has(workload("DaemonSet", "db"), stateful(replicas=1))

    assert counts(world.status("StatefulSet", "db"))["readyReplicas"] == 1
    assert counts(world.status("DaemonSet", "db"))["numberReady"] == 1
    assert len(world.names("ControllerRevision")) == 2
