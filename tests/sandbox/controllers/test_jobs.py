"""A Job counts each ended Pod once, and ends well, badly, late or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.sandbox.controllers.workloads.indexes import parsed, written
from tests.sandbox.controllers.worlds import BAD, World, conditions, job, message, pod_spec

pytestmark = pytest.mark.looptime

FAILING = "registry.example.com/failing:1"
DONE = {"SuccessCriteriaMet": ("True", "CompletionsReached"), "Complete": ("True", "CompletionsReached")}


async def test_it_is_complete_when_enough_have_ended_well(world: World) -> None:
    await world.has(job(completions=3, parallelism=2))

    status = world.status("Job", "work")
    assert conditions(status) == DONE
    assert {field: status[field] for field in ("succeeded", "ready", "terminating")} == {
        "succeeded": 3,
        "ready": 0,
        "terminating": 0,
    }
    assert status["uncountedTerminatedPods"] == {}
    assert {"active", "failed"}.isdisjoint(status)
    active = [body["status"].get("active", 0) for _, kind, body in world.writes if kind == "Job"]
    assert max(active) == 2
    assert {each["status"]["phase"] for each in world.all("Pod")} == {"Succeeded"}
    assert not any(each["metadata"].get("finalizers") for each in world.all("Pod"))


async def test_it_has_failed_when_more_have_ended_badly_than_it_tries_again(world: World) -> None:
    await world.has(job(image=FAILING, backoffLimit=2))

    status = world.status("Job", "work")
    reason = ("True", "BackoffLimitExceeded")
    assert conditions(status) == {"FailureTarget": reason, "Failed": reason}
    assert message(status, "Failed") == "Job has reached the specified backoff limit"
    assert status["failed"] == len(world.names("Pod")) == 3


async def test_failures_are_tried_again_more_and_more_seldom(make_world: Callable[..., World]) -> None:
    world = make_world(retry_job_after=10)
    await world.has(job(image=FAILING))
    assert len(world.names("Pod")) == 1

    await world.passes(8)
    assert len(world.names("Pod")) == 2
    await world.passes(15)
    assert len(world.names("Pod")) == 2
    await world.passes(10)
    assert len(world.names("Pod")) == 3


async def test_restarts_of_the_kubelet_count_too(world: World) -> None:
    body = job(image="registry.example.com/crashing:1", backoffLimit=3)
    body["spec"]["template"] = {"spec": pod_spec("registry.example.com/crashing:1", restartPolicy="OnFailure")}
    await world.has(body)

    assert conditions(world.status("Job", "work"))["Failed"] == ("True", "BackoffLimitExceeded")
    assert world.names("Pod") == []


async def test_it_has_failed_when_its_time_is_over(world: World) -> None:
    await world.has(job(image=BAD, activeDeadlineSeconds=30))
    assert world.status("Job", "work")["active"] == 1

    await world.passes(30)

    reason = ("True", "DeadlineExceeded")
    assert conditions(world.status("Job", "work")) == {"FailureTarget": reason, "Failed": reason}
    assert world.names("Pod") == []


async def test_a_suspended_one_runs_only_when_it_is_resumed(world: World) -> None:
    await world.has(job(suspend=True))
    status = world.status("Job", "work")
    assert conditions(status) == {"Suspended": ("True", "JobSuspended")}
    assert "startTime" not in status
    assert world.names("Pod") == []

    await world.change("Job", "work", {"suspend": False})

    assert conditions(world.status("Job", "work")) == {"Suspended": ("False", "JobResumed"), **DONE}


async def test_suspending_takes_its_pods_off_and_counts_none_of_them(world: World) -> None:
    await world.has(job(image=BAD))

    await world.change("Job", "work", {"suspend": True})

    assert world.names("Pod") == []
    assert {"active", "failed", "startTime"}.isdisjoint(world.status("Job", "work"))


async def test_it_goes_when_its_time_to_live_is_over(world: World) -> None:
    await world.has(job(ttlSecondsAfterFinished=60))
    assert conditions(world.status("Job", "work")) == DONE

    await world.passes(60)

    assert world.gone("Job", "work")
    assert world.names("Pod") == []


async def test_an_indexed_one_gives_each_pod_its_index(world: World) -> None:
    await world.has(job(completions=3, parallelism=3, completionMode="Indexed"))

    status = world.status("Job", "work")
    assert (status["completedIndexes"], status["succeeded"]) == ("0-2", 3)
    key = "batch.kubernetes.io/job-completion-index"
    assert {each["metadata"]["annotations"][key]: each["spec"]["hostname"] for each in world.all("Pod")} == {
        "0": "work-0",
        "1": "work-1",
        "2": "work-2",
    }


@pytest.mark.parametrize(
    "indexes, text",
    [
        pytest.param({0, 1}, "0,1", id="two in a row are two"),
        pytest.param({0, 1, 2, 5}, "0-2,5", id="three are a range"),
        pytest.param(set(), "", id="none"),
    ],
)
async def test_indexes_are_written_as_kubernetes_does(indexes: set[int], text: str) -> None:
    assert (written(indexes), parsed(text)) == (text, indexes)


async def test_a_deleted_one_leaves_no_pod_behind(world: World) -> None:
    await world.has(job(image=BAD))

    await world.delete("Job", "work")

    assert world.names("Pod") == []


async def test_one_that_is_managed_elsewhere_is_left_alone(world: World) -> None:
    await world.has(job(managedBy="example.com/other"))

    assert (world.names("Pod"), conditions(world.status("Job", "work"))) == ([], {})
