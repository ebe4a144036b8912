"""Hooks run once for each state of an App that git wants, whoever was interrupted when."""

from __future__ import annotations

import pytest

from fleet.model.health import Health, HealthState
from fleet.model.inventory import RecordEntry
from fleet.model.sync_hook import HookEnd, HookPhase, HookRun
from fleet.plan.hook_run import HookState, run_of, verdict
from tests.plan.given import manifest

RAN = HookRun(id="r1", fingerprint="f1")
FAILED = HookRun(
    id="r2", fingerprint="f2", ended=(HookEnd(phase=HookPhase.PRE_SYNC, key=manifest("Job", "migrate").key, succeeded=False),)
)


def test_an_app_that_was_never_applied_has_a_first_run() -> None:
    run, due = run_of(RecordEntry(), "f1", empty=True, asked=False)
    assert due
    assert run is not None
    assert (run.fingerprint, run.first, run.ended) == ("f1", True, ())


def test_an_app_whose_objects_are_there_is_not_installed_for_the_first_time() -> None:
    run, _ = run_of(RecordEntry(), "f1", empty=False, asked=False)
    assert run is not None
    assert not run.first


def test_who_is_interrupted_before_the_run_is_down_makes_the_same_one() -> None:
    entry = RecordEntry(applied="c1", digest="f1", hooks=RAN)
    assert run_of(entry, "f2", empty=False, asked=False) == run_of(entry, "f2", empty=False, asked=True)


def test_a_state_that_is_wanted_again_is_another_run() -> None:
    back = run_of(RecordEntry(applied="c2", digest="f2", hooks=FAILED), "f1", empty=False, asked=False)[0]
    assert back is not None
    assert back.id != RAN.id


def test_a_run_that_is_going_on_goes_on() -> None:
    assert run_of(RecordEntry(applied="c0", digest="f0", hooks=RAN), "f1", empty=False, asked=False) == (RAN, True)


def test_nothing_runs_for_a_state_that_was_applied() -> None:
    assert run_of(RecordEntry(applied="c1", digest="f1", hooks=RAN), "f1", empty=False, asked=True) == (RAN, False)
    assert run_of(RecordEntry(applied="c1", digest="f1"), "f1", empty=False, asked=False) == (None, False)


def test_a_state_that_was_left_in_the_middle_of_another_runs_again() -> None:
    entry = RecordEntry(applied="c1", digest="f1", hooks=FAILED)
    run, due = run_of(entry, "f1", empty=False, asked=False)
    assert due
    assert run is not None
    assert run.id != FAILED.id


def test_a_run_that_failed_is_begun_anew_only_when_somebody_asks() -> None:
    entry = RecordEntry(applied="c1", digest="f1", hooks=FAILED)
    assert run_of(entry, "f2", empty=False, asked=False) == (FAILED, True)
    again, due = run_of(entry, "f2", empty=False, asked=True)
    assert due
    assert again is not None
    assert again.id != FAILED.id
    assert not again.ended


@pytest.mark.parametrize(
    ("kind", "spec", "health", "state"),
    [
        pytest.param("Job", {}, (HealthState.HEALTHY, "Complete"), HookState.SUCCEEDED, id="a-job-that-completed"),
        pytest.param("Job", {}, (HealthState.DEGRADED, "BackoffLimitExceeded"), HookState.FAILED, id="a-job-that-failed"),
        pytest.param("Job", {}, (HealthState.SUSPENDED, "Suspended"), HookState.RUNNING, id="a-job-that-is-suspended"),
        pytest.param("Job", {}, (HealthState.UNKNOWN, "CheckFailed"), HookState.RUNNING, id="what-could-not-be-told"),
        pytest.param(
            "Pod", {"restartPolicy": "Never"}, (HealthState.HEALTHY, "Ready"), HookState.RUNNING, id="a-pod-that-will-end"
        ),
        pytest.param("Pod", {}, (HealthState.HEALTHY, "Ready"), HookState.SUCCEEDED, id="a-pod-that-will-not"),
        pytest.param(
            "Pod", {"restartPolicy": "Never"}, (HealthState.HEALTHY, "Succeeded"), HookState.SUCCEEDED, id="a-pod-that-ended"
        ),
        pytest.param("Pod", {}, (HealthState.DEGRADED, "Unschedulable"), HookState.RUNNING, id="a-pod-without-a-node"),
        pytest.param("Pod", {}, (HealthState.DEGRADED, "Failed"), HookState.FAILED, id="a-pod-that-failed"),
        pytest.param("Pod", {}, (HealthState.DEGRADED, "CrashLoopBackOff"), HookState.FAILED, id="a-pod-that-crashes"),
        pytest.param("Job", {}, (HealthState.DEGRADED, "Running"), HookState.RUNNING, id="a-job-that-takes-long-to-start"),
        pytest.param("ConfigMap", {}, (HealthState.HEALTHY, "Exists"), HookState.SUCCEEDED, id="what-is-there-at-once"),
    ],
)
def test_what_a_health_means_of_a_hook(
    kind: str, spec: dict[str, str], health: tuple[HealthState, str], state: HookState
) -> None:
    made = manifest(kind, "migrate", spec=spec) if spec else manifest(kind, "migrate")
    assert verdict(made, Health(state=health[0], reason=health[1])) is state
