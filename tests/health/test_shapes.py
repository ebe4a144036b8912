"""Kinds of no operator in the table: whatever shape a status has, what it says is found, and the place named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fleet.health.rules.vocabulary import meaning
from fleet.model.declared import Column, Declared
from fleet.model.health import HealthState
from tests.health.objects import NOW, condition, judge, live, said
from tests.health.table import told

LONG_AGO = {"last_write": NOW - timedelta(hours=1)}


def thing(status: Any, **spec: Any) -> dict[str, Any]:
    return live("example.com/v1 Thing", spec=spec, status=told(status), generation=2)


@pytest.mark.parametrize(
    "status, state, message",
    [
        pytest.param(
            {"conditions": {"Ready": {"status": "False", "reason": "Crashed"}}}, "Degraded", "Ready=False (Crashed)", id="a map"
        ),
        pytest.param({"conditions": {"Ready": True}}, "Healthy", "Ready=True", id="a map of flags"),
        pytest.param(
            {"clusterConditions": [condition("Ready=False Failed")]}, "Degraded", "Ready=False (Failed)", id="a longer name"
        ),
        pytest.param({"sub": {"conditions": ["Ready=False Failed"]}}, "Degraded", "Ready=False (Failed)", id="one level down"),
        pytest.param({"conditions": [{"type": "Ready", "status": True}]}, "Healthy", "Ready=True", id="a boolean for a status"),
        pytest.param({"conditions": [{"type": "Ready", "status": "true"}]}, "Healthy", "Ready=True", id="small letters"),
        pytest.param(
            {"conditions": ["acme.com/is-ready=False failed"]}, "Degraded", "acme.com/is-ready=False (failed)", id="qualified"
        ),
        pytest.param(
            {"conditions": ["Ready=True", "Ready=False"]}, "Progressing", "Ready=False", id="two of one time: the worse"
        ),
        pytest.param(
            {"conditions": ["Ready=False : cannot reach it, timed out"]},
            "Degraded",
            "Ready=False: cannot reach it, timed out",
            id="only a message tells why",
        ),
        pytest.param({"conditions": ["Ready=False NoErrors"]}, "Progressing", "Ready=False (NoErrors)", id="a failure denied"),
        pytest.param(
            {"conditions": ["DatabaseReady=False Waiting", "Ready=True"]}, "Healthy", "Ready=True", id="a part, beside Ready"
        ),
        pytest.param(
            {"conditions": ["DatabaseReady=True"], "phase": "Pending"},
            "Progressing",
            "status.phase: Pending",
            id="good news of a part",
        ),
        pytest.param(
            {"conditions": ["Succeeded=True"], "phase": "Failed"}, "Degraded", "status.phase: Failed", id="bad news wins"
        ),
        pytest.param("Running", "Healthy", "status.status: Running", id="a word for a status"),
        pytest.param("Failed", "Degraded", "status.status: Failed", id="a bad one"),
        pytest.param({"status": {"phase": "Failed"}}, "Degraded", "status.status.phase: Failed", id="a status in a status"),
        pytest.param({"engine": {"state": "FAILED"}}, "Degraded", "status.engine.state: FAILED", id="a word in a part"),
        pytest.param({"provisioningState": "Creating"}, "Progressing", "status.provisioningState: Creating", id="a longer name"),
        pytest.param({"lastBackupState": "Failed", "phase": "Ready"}, "Healthy", "status.phase: Ready", id="what was"),
        pytest.param(
            {"phase": "Failed", "message": "disk full"}, "Degraded", "status.phase: Failed; message: disk full", id="and why"
        ),
        pytest.param(
            {"phase": "Running", "failureMessage": "full"}, "Degraded", "status.failureMessage: full", id="a failure's message"
        ),
        pytest.param({"phase": "Running", "errors": ["a", "b"]}, "Degraded", "status.errors: a; b", id="a list of errors"),
        pytest.param({"phase": "Running", "error": ""}, "Healthy", "status.phase: Running", id="no error"),
        pytest.param({"reason": "ImagePullBackOff"}, "Degraded", "status.reason: ImagePullBackOff", id="only a reason"),
        pytest.param({"message": "access denied"}, "Degraded", "status.message: access denied", id="only a message"),
        pytest.param({"ready": False}, "Progressing", "status.ready: false", id="a flag"),
        pytest.param({"ready": "true"}, "Healthy", "status.ready: true", id="a flag as a text"),
        pytest.param({"valid": False}, "Degraded", "status.valid: false", id="a flag that is a verdict"),
        pytest.param({"readyReplicas": 1, "replicas": 3}, "Progressing", "status.readyReplicas: 1 of 3", id="counts"),
        pytest.param({"readyReplicas": 3, "replicas": 3}, "Healthy", "status.readyReplicas: 3 of 3", id="all there"),
        pytest.param(
            {"phase": "Running", "readyMembers": 2, "members": 3},
            "Progressing",
            "status.readyMembers: 2 of 3",
            id="beside good news",
        ),
        pytest.param({"ready": "2/3"}, "Progressing", "status.ready: 2 of 3", id="a fraction"),
        pytest.param(
            {"replicas": 3, "unavailableReplicas": 2},
            "Progressing",
            "status.replicas without unavailableReplicas: 1 of 3",
            id="lacking",
        ),
        pytest.param(
            {"nodes": [{"name": "a", "phase": "Running"}, {"name": "b", "phase": "CrashLoopBackOff"}]},
            "Degraded",
            "status.nodes[b].phase: CrashLoopBackOff",
            id="the worst of a list",
        ),
        pytest.param(
            {"shards": {"x": {"ready": False}, "y": {"ready": True}}},
            "Progressing",
            "status.shards.x.ready: false",
            id="of a map",
        ),
        pytest.param({"history": [{"phase": "Failed"}], "phase": "Ready"}, "Healthy", "status.phase: Ready", id="a history"),
        pytest.param(
            {"byPod": [{"id": "a", "observedGeneration": 1, "errors": [{"message": "old"}]}]},
            "Progressing",
            "status.byPod[a] is of generation 1, and the object is at 2",
            id="an item of an older generation",
        ),
        pytest.param(
            {"observedGeneration": "1", "phase": "Running"}, "Progressing", "its controller has seen generation 1", id="as a text"
        ),
        pytest.param({"phase": "Unknown"}, "Unknown", "status.phase: Unknown", id="it does not know itself"),
    ],
)
def test_a_status_of_any_shape_is_read_and_the_place_is_named(status: Any, state: str, message: str) -> None:
    health = judge(thing(status), **LONG_AGO)

    assert (str(health.state), health.message[: len(message)]) == (state, message)


@pytest.mark.parametrize(
    "body, message",
    [
        pytest.param(thing({"phase": "Failed"}, paused=True), "it is stopped by spec.paused", id="a field of its spec"),
        pytest.param(
            thing({"phase": "Running"}, job={"state": "suspended"}), "it is stopped by the state", id="the state it asks for"
        ),
        pytest.param(
            live("example.com/v1 Thing", status={"phase": "Running"}, annotations={"acme.com/paused": ""}),
            "it is stopped by the annotation acme.com/paused",
            id="an annotation",
        ),
        pytest.param(thing({"phase": "Hibernated"}), "status.phase: Hibernated", id="a word"),
        pytest.param(
            thing({"conditions": ["Ready=False X"], "printableStatus": "Stopped"}), "status.printableStatus", id="another word"
        ),
        pytest.param(
            thing({"conditions": ["ReconciliationPaused=True", "Ready=True"]}), "ReconciliationPaused=True", id="a condition"
        ),
        pytest.param(thing({"conditions": ["Synced=False ReconcilePaused"]}), "Synced=False (ReconcilePaused)", id="a reason"),
    ],
)
def test_what_somebody_stopped_is_suspended_and_says_by_what(body: Any, message: str) -> None:
    health = judge(body)

    assert (health.state, health.message[: len(message)]) == (HealthState.SUSPENDED, message)


@pytest.mark.parametrize("value", ["false", "off", "disabled"])
def test_an_annotation_that_is_off_stops_nothing(value: str) -> None:
    body = live("example.com/v1 Thing", status={"phase": "Running"}, annotations={"acme.com/paused": value})

    assert judge(body).state is HealthState.HEALTHY


READY_COLUMN = Declared(status=True, columns=(Column(name="Ready", path=("status", "conditions"), condition="Ready"),))


def test_good_news_waits_for_the_condition_that_the_definition_prints() -> None:
    synced = thing({"conditions": ["Synced=True"]})

    assert said(judge(synced)) == ("Healthy", "SyncedTrue")
    assert said(judge(synced, declared=READY_COLUMN)) == ("Progressing", "NotReported")
    assert judge(thing({"conditions": ["Synced=True", "Ready=True"]}), declared=READY_COLUMN).state is HealthState.HEALTHY


@pytest.mark.parametrize(
    "status, state",
    [
        pytest.param({"url": "https://it"}, "Progressing", id="nothing of it"),
        pytest.param({"conditions": [], "url": "https://it"}, "Progressing", id="no condition"),
        pytest.param({"conditions": ["Frobbed=True"]}, "Healthy", id="one that nobody knows"),
        pytest.param({"phase": "Ready"}, "Healthy", id="a word instead"),
    ],
)
def test_a_kind_that_declares_conditions_is_waited_for_until_it_says_how_it_is(status: Any, state: str) -> None:
    assert str(judge(thing(status), declared=Declared(status=True, conditions=True), **LONG_AGO).state) == state


def test_a_kind_that_prints_a_field_is_waited_for_until_it_is_there() -> None:
    declared = Declared(status=True, columns=(Column(name="Address", path=("status", "address")),))

    assert judge(thing({"zone": "a"}), declared=declared, **LONG_AGO).state is HealthState.PROGRESSING
    assert judge(thing({"address": "10.0.0.1"}), declared=declared, **LONG_AGO).state is HealthState.HEALTHY


def test_a_declared_count_that_is_not_there_is_zero() -> None:
    declared = Declared(status=True, fields=("readyReplicas", "replicas"))

    assert judge(thing({"replicas": 3}), declared=declared).message == "status.readyReplicas: 0 of 3"


def test_a_template_is_not_waited_for() -> None:
    body = live("example.com/v1 ThingTemplate", spec={})

    assert judge(body, declared=Declared(status=True, conditions=True), **LONG_AGO).state is HealthState.HEALTHY


@pytest.mark.parametrize("kind", ["TestRun", "TrainingJob", "Backup", "DataMigration"])
def test_what_runs_to_an_end_is_not_well_because_it_runs(kind: str) -> None:
    body = live(f"example.com/v1 {kind}", status={"phase": "Running"})

    assert said(judge(body)) == ("Progressing", "Running")


@pytest.mark.parametrize(
    "sentence, expected",
    [
        pytest.param("Completed with no errors", HealthState.HEALTHY, id="what is not"),
        pytest.param("Completed with warnings", HealthState.DEGRADED, id="what is"),
        pytest.param("No pods running", HealthState.PROGRESSING, id="good news denied"),
        pytest.param("Failing over", HealthState.PROGRESSING, id="two words that are one"),
        pytest.param("Waiting for user action", HealthState.SUSPENDED, id="somebody must act"),
        pytest.param("Frobnicating", HealthState.PROGRESSING, id="under way, whatever it is"),
        pytest.param("Frobnicated", None, id="nobody knows"),
    ],
)
def test_sentences_are_understood(sentence: str, expected: HealthState | None) -> None:
    assert meaning(sentence) == expected
