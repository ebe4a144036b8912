"""A Deployment's ReplicaSets replace one another, and its status says how far they are."""

from __future__ import annotations

import pytest

from tests.sandbox.controllers.worlds import BAD, BETTER, World, conditions, counts, deployment, managers, message, template

pytestmark = pytest.mark.looptime

READY = {"Available": ("True", "MinimumReplicasAvailable"), "Progressing": ("True", "NewReplicaSetAvailable")}


def sizes(world: World, name: str = "web") -> dict[str, int]:
    """The sizes of the ReplicaSets by the revision they are marked with."""
    found = world.all("ReplicaSet", app=name)
    return {each["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: each["spec"]["replicas"] for each in found}


async def test_a_new_deployment_gets_a_replica_set_and_its_pods(world: World) -> None:
    await world.has(deployment(replicas=2))

    status = world.status("Deployment", "web")
    assert conditions(status) == READY
    assert counts(status) == {
        "replicas": 2,
        "updatedReplicas": 2,
        "readyReplicas": 2,
        "availableReplicas": 2,
        "terminatingReplicas": 0,
    }
    (replica_set,) = world.all("ReplicaSet")
    digest = replica_set["metadata"]["labels"]["pod-template-hash"]
    assert replica_set["metadata"]["name"] == f"web-{digest}"
    assert message(status, "Progressing") == f'ReplicaSet "web-{digest}" has successfully progressed.'
    assert replica_set["metadata"]["annotations"] == {
        "deployment.kubernetes.io/desired-replicas": "2",
        "deployment.kubernetes.io/max-replicas": "3",
        "deployment.kubernetes.io/revision": "1",
    }
    assert len(world.names("Pod", **{"pod-template-hash": digest})) == 2


async def test_its_status_and_its_revision_are_the_controllers_and_its_spec_is_not(world: World) -> None:
    await world.has(deployment(replicas=1))

    body = world.get("Deployment", "web")
    assert managers(body) == {("someone", ""), ("kube-controller-manager", "status")}
    (owned,) = (each["fieldsV1"] for each in body["metadata"]["managedFields"] if each["manager"] != "someone")
    assert set(owned) == {"f:metadata", "f:status"}
    assert "f:deployment.kubernetes.io/revision" in owned["f:metadata"]["f:annotations"]
    assert managers(world.all("ReplicaSet")[0]) == {("kube-controller-manager", ""), ("kube-controller-manager", "status")}


async def test_it_says_how_it_moves_before_it_is_there(world: World) -> None:
    await world.has(deployment(replicas=2))

    seen = [conditions(body["status"]) for what, kind, body in world.writes if kind == "Deployment" and "status" in body]
    reasons = [found["Progressing"][1] for found in seen if "Progressing" in found]
    assert [reason for reason, before in zip(reasons, ["", *reasons], strict=False) if reason != before] == [
        "NewReplicaSetCreated",
        "ReplicaSetUpdated",
        "NewReplicaSetAvailable",
    ]


async def test_a_new_template_replaces_the_old_one_within_its_bounds(world: World) -> None:
    await world.has(deployment(replicas=4))
    world.writes.clear()

    await world.change("Deployment", "web", {"template": template(BETTER)})

    assert sizes(world) == {"1": 0, "2": 4}
    assert conditions(world.status("Deployment", "web")) == READY
    said = [body["status"] for _, kind, body in world.writes if kind == "Deployment"]
    assert max(status.get("replicas", 0) for status in said) <= 5
    assert min(status.get("availableReplicas", 0) for status in said) >= 3
    assert {each["spec"]["containers"][0]["image"] for each in world.all("Pod")} == {BETTER}


async def test_another_size_is_no_rollout(world: World) -> None:
    await world.has(deployment(replicas=2))
    world.writes.clear()

    await world.change("Deployment", "web", {"replicas": 5})

    assert sizes(world) == {"1": 5}
    reasons = {conditions(body["status"])["Progressing"] for _, kind, body in world.writes if kind == "Deployment"}
    assert reasons == {("True", "NewReplicaSetAvailable")}
    await world.change("Deployment", "web", {"replicas": 0})
    assert (sizes(world), world.names("Pod")) == ({"1": 0}, [])
    assert conditions(world.status("Deployment", "web")) == READY


async def test_an_image_that_cannot_be_pulled_stops_the_rollout_and_then_runs_out_of_time(world: World) -> None:
    await world.has(deployment(replicas=2, progressDeadlineSeconds=30))

    await world.change("Deployment", "web", {"template": template(BAD)}, seconds=20)

    status = world.status("Deployment", "web")
    assert sizes(world) == {"1": 2, "2": 1}
    assert conditions(status) == {"Available": READY["Available"], "Progressing": ("True", "ReplicaSetUpdated")}
    assert world.running.timers == 1
    await world.passes(20)
    status = world.status("Deployment", "web")
    assert conditions(status)["Progressing"] == ("False", "ProgressDeadlineExceeded")
    assert message(status, "Progressing").endswith("has timed out progressing.")
    assert counts(status)["unavailableReplicas"] == 1
    assert world.running.timers == 0

    await world.change("Deployment", "web", {"template": template(BETTER)})
    assert sizes(world) == {"1": 0, "2": 0, "3": 2}
    assert conditions(world.status("Deployment", "web")) == READY


async def test_a_paused_one_takes_a_new_size_and_no_new_template(world: World) -> None:
    await world.has(deployment(replicas=2))

    await world.change("Deployment", "web", {"paused": True})
    assert conditions(world.status("Deployment", "web"))["Progressing"] == ("Unknown", "DeploymentPaused")
    await world.change("Deployment", "web", {"template": template(BETTER), "replicas": 3})
    assert sizes(world) == {"1": 3}
    await world.change("Deployment", "web", {"paused": False})
    assert sizes(world) == {"1": 0, "2": 3}
    assert conditions(world.status("Deployment", "web")) == READY


async def test_going_back_makes_the_old_replica_set_the_newest_revision(world: World) -> None:
    first = deployment(replicas=1)
    await world.has(first)
    await world.change("Deployment", "web", {"template": template(BETTER)})

    await world.change("Deployment", "web", {"template": first["spec"]["template"]})

    assert sizes(world) == {"2": 0, "3": 1}
    (current,) = (each for each in world.all("ReplicaSet") if each["spec"]["replicas"])
    assert current["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"
    assert world.get("Deployment", "web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


async def test_recreate_ends_all_old_pods_before_it_makes_a_new_one(world: World) -> None:
    await world.has(deployment(replicas=2, strategy={"type": "Recreate"}))
    world.writes.clear()

    await world.change("Deployment", "web", {"template": template(BETTER)})

    assert sizes(world) == {"1": 0, "2": 2}
    order = [what for what, kind, _ in world.writes if kind == "Pod" and what != "MODIFIED"]
    assert order == ["DELETED", "DELETED", "ADDED", "ADDED"]


async def test_pods_count_as_available_after_their_minimum_time(world: World) -> None:
    await world.has(deployment(replicas=1, minReadySeconds=60))
    assert counts(world.status("Deployment", "web"))["unavailableReplicas"] == 1

    await world.passes(60)

    assert conditions(world.status("Deployment", "web")) == READY


async def test_only_so_many_old_replica_sets_are_kept(world: World) -> None:
    await world.has(deployment(replicas=1, revisionHistoryLimit=1))

    for version in range(2, 6):
        await world.change("Deployment", "web", {"template": template(f"registry.example.com/shop:{version}")})

    assert sizes(world) == {"4": 0, "5": 1}


async def test_annotations_are_copied_to_the_replica_set_and_private_ones_are_not(world: World) -> None:
    body = deployment()
    body["metadata"]["annotations"] = {"team": "shop", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    await world.has(body)

    noted = world.all("ReplicaSet")[0]["metadata"]["annotations"]
    assert noted["team"] == "shop"
    assert "kubectl.kubernetes.io/last-applied-configuration" not in noted


async def test_without_a_deadline_no_progress_is_reported(world: World) -> None:
    await world.has(deployment(progressDeadlineSeconds=2**31 - 1))

    assert conditions(world.status("Deployment", "web")) == {"Available": READY["Available"]}


async def test_a_deleted_one_takes_everything_with_it(world: World) -> None:
    await world.has(deployment(replicas=2))

    await world.delete("Deployment", "web")

    assert (world.all("ReplicaSet"), world.all("Pod")) == ([], [])


async def test_what_was_orphaned_is_adopted_and_not_made_again(world: World) -> None:
    await world.has(deployment(replicas=2))
    before = world.names("Pod")
    world.cluster.delete("apps", "Deployment", "default", "web", propagation="Orphan")
    await world.passes()
    assert world.names("Pod") == before

    await world.has(deployment(replicas=2))

    assert world.names("Pod") == before
    assert len(world.names("ReplicaSet")) == 1


async def test_each_step_is_told_as_an_event(world: World) -> None:
    await world.has(deployment(replicas=2))

    (name,) = world.names("ReplicaSet")
    assert ("ScalingReplicaSet", f"Scaled up replica set {name} from 0 to 2") in world.events("web")
    told = [message for reason, message in world.events(name) if reason == "SuccessfulCreate"]
    assert sorted(told) == sorted(f"Created pod: {pod}" for pod in world.names("Pod"))
