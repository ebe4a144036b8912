"""The sandbox's controllers come to the ends that the real ones come to, in the same words, as the same managers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import pytest

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import Controllers, Running
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.real.sides import Body, Real, Sandboxed, Side, seen

GOOD = "registry.example.com/shop:1"
BETTER = "registry.example.com/shop:2"
BAD = "registry.example.com/shop:bad"
FAILING = "registry.example.com/failing:1"


class Pair(NamedTuple):
    """Both sides."""

    real: Side
    sandbox: Side

    def create(self, body: Body) -> None:
        """Create an object on both."""
        for side in self:
            side.create(body)

    def change(self, kind: str, name: str, **spec: Any) -> None:
        """Change an object on both."""
        for side in self:
            side.change(kind, name, spec)

    def delete(self, kind: str, name: str) -> None:
        """Delete an object on both."""
        for side in self:
            side.delete(kind, name)

    async def agree(
        self,
        *kinds: str,
        once: Callable[[Body], Any],
        without: tuple[str, ...] = (),
        alike: Callable[[Side], Any] = lambda side: None,
    ) -> bool:
        """Wait until the real side is there, as the first kind's one object says, and both say the same, and are `alike`."""

        def same() -> bool:
            status = only(self.real.all(kinds[0])).get("status") or {}
            assert once(status), status
            for kind in kinds:
                assert seen(self.sandbox, kind, without=without) == seen(self.real, kind, without=without)
            assert alike(self.sandbox) == alike(self.real)
            return True

        return await eventually(same)


def only(found: list[Body]) -> Body:
    """The one object there is, once it is: what another test left behind may be on its way out."""
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
async def pair(real_cluster_with_controllers: ControlPlane) -> AsyncIterator[Pair]:
    """A real cluster and a sandbox, both with controllers and one node."""
    cluster = SandboxCluster("sandbox")
    running = Running(cluster, Controllers(ready_after=0.05, events=False))
    running.start()
    yield Pair(Real(real_cluster_with_controllers.kube), Sandboxed(cluster))
    running.stop()


def pods(image: str, **more: Any) -> Body:
    ports = [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
    return {"containers": [{"name": "main", "image": image, "ports": ports}], "terminationGracePeriodSeconds": 1, **more}


def template(image: str, **more: Any) -> Body:
    return {"metadata": {"labels": {"app": "web"}}, "spec": pods(image, **more)}


def workload(kind: str, image: str = GOOD, **spec: Any) -> Body:
    whole = {"selector": {"matchLabels": {"app": "web"}}, "template": template(image), **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": whole}


def job(image: str = GOOD, **spec: Any) -> Body:
    whole = {"template": {"spec": pods(image, restartPolicy="Never")}, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "web"}, "spec": whole}


def reason(kind: str, wanted: str) -> Callable[[Body], bool]:
    """Whether a condition has this reason."""
    return lambda status: any(each["type"] == kind and each["reason"] == wanted for each in status.get("conditions") or ())


def available(count: int) -> Callable[[Body], bool]:
    """Whether so many Pods are available, no other is there, and the rollout is over."""

    def there(status: Body) -> bool:
        done = reason("Progressing", "NewReplicaSetAvailable")(status) and not status.get("terminatingReplicas")
        return done and status.get("availableReplicas", 0) == status.get("replicas", 0) == count

    return there


def ready(count: int) -> Callable[[Body], bool]:
    """Whether so many Pods of a StatefulSet are ready, and all of one revision."""
    return lambda status: (
        status.get("readyReplicas", 0) == status.get("replicas") == count
        and status["currentRevision"] == status["updateRevision"]
    )


async def test_a_deployment_is_installed_scaled_and_rolled_out(pair: Pair) -> None:
    pair.create(workload("Deployment", replicas=2))
    assert await pair.agree("Deployment", "ReplicaSet", once=available(2))

    pair.change("Deployment", "web", replicas=4)
    assert await pair.agree("Deployment", "ReplicaSet", once=available(4))
    pair.change("Deployment", "web", template=template(BETTER))
    # How many steps a rollout takes depends on who is faster.
    assert await pair.agree("Deployment", "ReplicaSet", once=available(4), without=("generation",))
    pair.change("Deployment", "web", replicas=0)
    assert await pair.agree("Deployment", "ReplicaSet", once=available(0), without=("generation",))


async def test_a_rollout_that_cannot_go_on_is_given_up_and_mended(pair: Pair) -> None:
    pair.create(workload("Deployment", replicas=3, progressDeadlineSeconds=3))
    assert await pair.agree("Deployment", once=available(3))

    pair.change("Deployment", "web", template=template(BAD))
    late = reason("Progressing", "ProgressDeadlineExceeded")
    assert await pair.agree("Deployment", "ReplicaSet", once=late, without=("generation",))
    pair.change("Deployment", "web", template=template(GOOD))
    assert await pair.agree("Deployment", "ReplicaSet", once=available(3), without=("generation",))


async def test_a_paused_deployment_takes_a_new_size_and_no_new_template(pair: Pair) -> None:
    pair.create(workload("Deployment", replicas=2))
    assert await pair.agree("Deployment", once=available(2))

    pair.change("Deployment", "web", paused=True)
    paused = reason("Progressing", "DeploymentPaused")
    assert await pair.agree("Deployment", "ReplicaSet", once=paused)
    pair.change("Deployment", "web", template=template(BETTER), replicas=3)
    assert await pair.agree("Deployment", "ReplicaSet", once=lambda status: status.get("availableReplicas") == 3)
    pair.change("Deployment", "web", paused=False)
    assert await pair.agree("Deployment", "ReplicaSet", once=available(3), without=("generation",))


async def test_a_deployment_that_recreates_its_pods(pair: Pair) -> None:
    pair.create(workload("Deployment", replicas=2, strategy={"type": "Recreate"}))
    assert await pair.agree("Deployment", once=available(2))

    pair.change("Deployment", "web", template=template(BETTER))
    assert await pair.agree("Deployment", "ReplicaSet", once=available(2))


async def test_a_replica_set_by_itself(pair: Pair) -> None:
    pair.create(workload("ReplicaSet", replicas=2))
    assert await pair.agree("ReplicaSet", once=lambda status: status.get("availableReplicas") == 2)

    pair.change("ReplicaSet", "web", template=template(BAD), replicas=3)
    assert await pair.agree("ReplicaSet", once=lambda status: status.get("replicas") == 3 and status["observedGeneration"] == 2)


async def test_a_stateful_set_is_installed_rolled_out_and_made_smaller(pair: Pair) -> None:
    kinds = ("StatefulSet", "ControllerRevision")
    pair.create(workload("StatefulSet", replicas=2, serviceName="web"))
    assert await pair.agree(*kinds, once=ready(2), without=("data",))

    pair.change("StatefulSet", "web", template=template(BETTER))
    assert await pair.agree(*kinds, once=ready(2), without=("data",))
    pair.change("StatefulSet", "web", replicas=1)
    assert await pair.agree(*kinds, once=ready(1), without=("data",))


async def test_a_partition_holds_the_lower_pods_back(pair: Pair) -> None:
    pair.create(workload("StatefulSet", replicas=2, serviceName="web"))
    assert await pair.agree("StatefulSet", once=ready(2))

    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    pair.change("StatefulSet", "web", template=template(BETTER), updateStrategy=strategy)

    def partly(status: Body) -> bool:
        counts = status.get("updatedReplicas"), status.get("currentReplicas"), status.get("readyReplicas")
        return counts == (1, 1, 2)

    assert await pair.agree("StatefulSet", once=partly)


async def test_a_stateful_set_whose_pods_somebody_else_deletes(pair: Pair) -> None:
    strategy = {"type": "OnDelete"}
    pair.create(workload("StatefulSet", replicas=2, serviceName="web", updateStrategy=strategy))
    assert await pair.agree("StatefulSet", once=lambda status: status.get("readyReplicas") == 2)

    pair.change("StatefulSet", "web", template=template(BETTER))
    # A controller that has not seen the new template makes the Pod of the old one.
    assert await pair.agree("StatefulSet", once=lambda status: status.get("observedGeneration") == 2)
    pair.delete("Pod", "web-1")

    def partly(status: Body) -> bool:
        return status.get("updatedReplicas") == 1 and status.get("readyReplicas") == 2

    def images(side: Side) -> dict[str, str]:
        return {each["metadata"]["name"]: each["spec"]["containers"][0]["image"] for each in side.all("Pod")}

    assert await pair.agree("StatefulSet", "ControllerRevision", once=partly, without=("data",), alike=images)
    assert images(pair.real) == {"web-0": GOOD, "web-1": BETTER}


async def test_a_daemon_set_is_on_the_node_and_follows_its_template(pair: Pair) -> None:
    def there(generation: int) -> Callable[[Body], bool]:
        return lambda status: status.get("numberAvailable") == 1 and status.get("observedGeneration") == generation

    kinds = ("DaemonSet", "ControllerRevision")
    pair.create(workload("DaemonSet"))
    assert await pair.agree(*kinds, once=there(1), without=("data",))

    pair.change("DaemonSet", "web", template=template(BETTER))
    updated = lambda status: there(2)(status) and status.get("updatedNumberScheduled") == 1  # noqa: E731
    assert await pair.agree(*kinds, once=updated, without=("data",))
    pair.change("DaemonSet", "web", template=template(BETTER, nodeSelector={"disk": "none"}))
    assert await pair.agree(*kinds, once=lambda status: status["desiredNumberScheduled"] == 0, without=("data",))


@pytest.mark.parametrize(
    "body, once",
    [
        pytest.param(job(), reason("Complete", "CompletionsReached"), id="complete"),
        pytest.param(job(completions=3, parallelism=2), reason("Complete", "CompletionsReached"), id="several"),
        pytest.param(
            job(completions=3, parallelism=3, completionMode="Indexed"), reason("Complete", "CompletionsReached"), id="indexed"
        ),
        pytest.param(job(FAILING, backoffLimit=0), reason("Failed", "BackoffLimitExceeded"), id="failed"),
        pytest.param(job(BAD, activeDeadlineSeconds=2), reason("Failed", "DeadlineExceeded"), id="late"),
        pytest.param(job(suspend=True), reason("Suspended", "JobSuspended"), id="suspended"),
        pytest.param(job(BAD), lambda status: status.get("active") == 1, id="running"),
    ],
)
async def test_a_job_ends_as_its_pods_do(pair: Pair, body: Body, once: Callable[[Body], bool]) -> None:
    pair.create(body)

    def phases(side: Side) -> list[str]:
        return sorted(each["status"]["phase"] for each in side.all("Pod"))

    assert await pair.agree("Job", once=once, alike=phases)


async def test_a_job_that_is_suspended_and_resumed(pair: Pair) -> None:
    pair.create(job(BAD))
    assert await pair.agree("Job", once=lambda status: status.get("active") == 1)

    pair.change("Job", "web", suspend=True)
    assert await pair.agree("Job", once=reason("Suspended", "JobSuspended"))
    pair.change("Job", "web", suspend=False)
    assert await pair.agree("Job", once=lambda status: reason("Suspended", "JobResumed")(status) and status.get("active") == 1)


async def test_the_pods_of_a_service_answer_for_it(pair: Pair) -> None:
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http", "protocol": "TCP"}]}
    pair.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    pair.create(workload("Deployment", replicas=2))
    assert await pair.agree("Deployment", once=available(2))

    def answering(side: Side) -> Any:
        found = only(side.all("EndpointSlice"))
        endpoints = found.get("endpoints") or ()
        assert [each.get("nodeName") for each in endpoints] == ["node-1"] * 2
        conditions = [(each["conditions"], each["targetRef"]["kind"]) for each in endpoints]
        return conditions, found["ports"], found["addressType"]

    def named(side: Side) -> Any:
        subset = only(only(side.all("Endpoints")).get("subsets") or [])
        addresses = subset.get("addresses") or ()
        assert len(addresses) == 2
        return sorted(addresses[0]), subset["ports"]

    def same() -> bool:
        assert answering(pair.sandbox) == answering(pair.real)
        assert named(pair.sandbox) == named(pair.real)
        # Endpoints in a list are as many as in the other, and in no order.
        for kind in ("EndpointSlice", "Endpoints"):
            own = ("endpoints", "subsets", "addressType", "ports", "generation")
            assert seen(pair.sandbox, kind, without=own) == seen(pair.real, kind, without=own)
        return True

    await eventually(same)


async def test_a_budget_counts_what_may_be_disturbed(pair: Pair) -> None:
    spec = {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}
    pair.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec})
    pair.create(workload("Deployment", replicas=3))

    assert await pair.agree("PodDisruptionBudget", once=reason("DisruptionAllowed", "SufficientPods"))


@pytest.mark.parametrize(
    "image, more, once",
    [
        pytest.param(GOOD, {}, reason("PodScheduled", ""), id="ready"),
        pytest.param(BAD, {}, reason("Ready", "ContainersNotReady"), id="broken"),
        pytest.param("registry.example.com/crashing:1", {}, reason("Ready", "ContainersNotReady"), id="crashing"),
        pytest.param(GOOD, {"nodeSelector": {"disk": "none"}}, reason("PodScheduled", "Unschedulable"), id="nowhere"),
        pytest.param(FAILING, {"restartPolicy": "Never"}, lambda status: status["phase"] == "Failed", id="failing"),
    ],
)
async def test_a_pod_becomes_what_its_image_says(
    pair: Pair, image: str, more: dict[str, Any], once: Callable[[Body], bool]
) -> None:
    pair.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": pods(image, **more)})

    def told(side: Side) -> Any:
        found = only(side.all("Pod"))
        status = found["status"]
        conditions = {each["type"]: each["status"] for each in status.get("conditions") or ()}
        containers = [(each["ready"], each["started"], _state(each)) for each in status.get("containerStatuses") or ()]
        # A kubelet says of a Pod that has failed that it is not ready; the fake one leaves it out.
        kept = {kind: value for kind, value in conditions.items() if kind in ("PodScheduled", "Initialized") or value == "True"}
        return status["phase"], kept if status["phase"] != "Failed" else {}, containers, found["spec"].get("nodeName")

    def same() -> bool:
        status = only(pair.real.all("Pod"))["status"]
        assert once(_with_reasons(status)), status
        assert told(pair.sandbox) == told(pair.real)
        return True

    await eventually(same)


def _state(container: Body) -> Any:
    ((kind, state),) = container["state"].items()
    return kind, state.get("reason"), state.get("exitCode")


def _with_reasons(status: Body) -> Body:
    return {**status, "conditions": [{"reason": "", **each} for each in status.get("conditions") or ()]}
