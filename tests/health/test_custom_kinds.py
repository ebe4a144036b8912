"""Kinds that nobody else judges: conditions of both polarities, then words, then the generation that was seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fleet.health.rules.vocabulary import meaning
from fleet.model.health import HealthState
from tests.health.objects import NOW, condition, conditions, judge, live, said


def widget(*found: str, spec: Any = None, generation: int = 2, **status: Any) -> dict[str, Any]:
    whole = {**({"conditions": conditions(*found)} if found else {}), **status}
    return live("example.com/v1 Widget", spec=spec or {}, status=whole, generation=generation)


def of_generation(text: str, generation: int) -> dict[str, Any]:
    return condition(text, observedGeneration=generation)


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(widget("Ready=True AllGood"), ("Healthy", "AllGood"), id="ready"),
        pytest.param(widget("Ready=True"), ("Healthy", "ReadyTrue"), id="ready, without a reason"),
        pytest.param(widget("Ready=False Creating"), ("Progressing", "Creating"), id="not ready yet"),
        pytest.param(widget("Ready=Unknown"), ("Progressing", "ReadyUnknown"), id="not known"),
        pytest.param(
            widget("Ready=False ReconcileError"), ("Degraded", "ReconcileError"), id="not ready, and the reason is a failure"
        ),
        pytest.param(widget("Ready=False ProgressDeadlineExceeded"), ("Degraded", "ProgressDeadlineExceeded"), id="too late"),
        pytest.param(
            widget("Available=True", "Progressing=False", "Degraded=False"), ("Healthy", "AvailableTrue"), id="both polarities"
        ),
        pytest.param(widget("Available=True", "Degraded=True DiskFull"), ("Degraded", "DiskFull"), id="available and degraded"),
        pytest.param(widget("Ready=True", "Stalled=True RetriesExceeded"), ("Degraded", "RetriesExceeded"), id="stalled"),
        pytest.param(widget("Ready=True", "Stalled=False"), ("Healthy", "ReadyTrue"), id="not stalled"),
        pytest.param(widget("Ready=True", "ReconcileError=True Boom"), ("Degraded", "Boom"), id="a type that ends in a failure"),
        pytest.param(widget("Ready=True", "Reconciling=True NewGeneration"), ("Progressing", "NewGeneration"), id="at it again"),
        pytest.param(
            widget("Available=True", "Progressing=True NewReplicaSetAvailable"),
            ("Healthy", "AvailableTrue"),
            id="done as Deployments are",
        ),
        pytest.param(
            widget("Ready=True", "Synced=False ReconcileError"), ("Degraded", "ReconcileError"), id="ready, not in step"
        ),
        pytest.param(widget("Accepted=False NotAllowedByListeners"), ("Degraded", "NotAllowedByListeners"), id="refused"),
        pytest.param(widget("Succeeded=False TaskRunStopped"), ("Degraded", "TaskRunStopped"), id="a run that failed"),
        pytest.param(widget("Succeeded=Unknown Running"), ("Progressing", "Running"), id="a run under way"),
        pytest.param(widget("Ready=True", "Completed=False"), ("Healthy", "ReadyTrue"), id="ready, and never to be complete"),
        pytest.param(widget("Available=Degraded"), ("Degraded", "AvailableDegraded"), id="a word for a status"),
        pytest.param(widget("Suspended=True Nightly"), ("Suspended", "Suspended"), id="a condition says it is suspended"),
        pytest.param(widget("Ready=False Boom", spec={"suspend": True}), ("Suspended", "Suspended"), id="its spec says so"),
        pytest.param(widget("Ready=True", spec={"paused": True}), ("Suspended", "Suspended"), id="paused"),
        pytest.param(widget("Ready=True", spec={"paused": False}), ("Healthy", "ReadyTrue"), id="not paused"),
        pytest.param(widget("Ready=True", observedGeneration=1), ("Progressing", "OldGeneration"), id="an old status is no news"),
        pytest.param(widget("Ready=True", observedGeneration=2), ("Healthy", "ReadyTrue"), id="a status of this generation"),
        pytest.param(widget(observedGeneration=-1), ("Progressing", "OldGeneration"), id="nothing seen yet"),
        pytest.param(
            widget(conditions=[of_generation("Ready=True", 1)]),
            ("Progressing", "ReadyTrue"),
            id="good news of an older generation",
        ),
        pytest.param(
            widget(conditions=[of_generation("Ready=False BuildFailed", 1)]),
            ("Progressing", "BuildFailed"),
            id="bad news of an older generation",
        ),
        pytest.param(
            widget(conditions=[of_generation("Ready=False BuildFailed", 2)], observedGeneration=1),
            ("Degraded", "BuildFailed"),
            id="bad news of this generation, though nothing was completed in it",
        ),
        pytest.param(
            widget(conditions=[of_generation("Ready=True Ok", 2), of_generation("Deployed=True", 1)]),
            ("Healthy", "Ok"),
            id="ready in this generation, set up in an older one",
        ),
        pytest.param(
            widget(conditions=[of_generation("Stalled=True", 1), of_generation("Ready=True", 2)]),
            ("Progressing", "StalledTrue"),
            id="stalled in an older generation",
        ),
        pytest.param(widget(phase="Running"), ("Healthy", "Running"), id="a phase"),
        pytest.param(widget(state="pending"), ("Progressing", "Pending"), id="a state"),
        pytest.param(widget(health="red"), ("Degraded", "Red"), id="a colour"),
        pytest.param(widget(health={"status": "Degraded"}), ("Degraded", "Degraded"), id="health as a mapping"),
        pytest.param(widget(phase="Running", health="Degraded"), ("Degraded", "Degraded"), id="the worst word counts"),
        pytest.param(widget(phase="Cluster in healthy state"), ("Healthy", "ClusterInHealthyState"), id="a sentence"),
        pytest.param(widget(phase="Paused"), ("Suspended", "Paused"), id="a phase that says it is paused"),
        pytest.param(widget("Ready=True Ok", phase="Pending"), ("Healthy", "Ok"), id="conditions come before words"),
        pytest.param(
            widget("Failed=False", phase="Provisioning"), ("Progressing", "Provisioning"), id="no bad news is no verdict"
        ),
        pytest.param(widget("Degraded=False"), ("Healthy", "NothingSaid"), id="nothing but the absence of bad news"),
        pytest.param(widget(observedGeneration=2), ("Healthy", "Observed"), id="only the generation"),
        pytest.param(widget(phase="Frobnicated"), ("Unknown", "NotUnderstood"), id="a word nobody knows"),
        pytest.param(widget(phase="Frobnicating"), ("Progressing", "Frobnicating"), id="one that says it is under way"),
        pytest.param(widget("Frobbed=True"), ("Healthy", "NothingSaid"), id="a condition nobody knows"),
        pytest.param(widget("Frobbed=False"), ("Unknown", "NotUnderstood"), id="one that is not True, be that good or bad"),
        pytest.param(widget(replicas=3), ("Healthy", "NothingSaid"), id="a status without a word"),
    ],
)
def test_a_custom_kind_is_judged_by_what_it_says_of_itself(body: Any, expected: tuple[str, str]) -> None:
    assert said(judge(body)) == expected


@pytest.mark.parametrize(
    "body, evidence",
    [
        pytest.param(
            live("x.io/v1 W", status={"conditions": [condition("Ready=False Boom", "no route to host")]}),
            "Ready=False (Boom): no route to host",
            id="the condition",
        ),
        pytest.param(
            widget(conditions=[of_generation("Ready=True", 1)]),
            "Ready is of generation 1, and the object is at 2",
            id="its generation",
        ),
        pytest.param(widget(phase="Running"), "status.phase: Running", id="the word"),
        pytest.param(
            widget(phase="Odd"),
            "status.phase: Odd; no rule knows what that means: a health check of your own can tell",
            id="the word nobody knows",
        ),
        pytest.param(
            widget(observedGeneration=1), "its controller has seen generation 1, and it is at 2", id="the old generation"
        ),
        pytest.param(widget("Degraded=False"), "Degraded=False", id="the absence of bad news"),
        pytest.param(widget(x=1), "its status says nothing of its health", id="nothing"),
        pytest.param(widget(spec={"suspend": True}), "it is stopped by spec.suspend", id="the field that stops it"),
    ],
)
def test_the_evidence_is_always_given(body: Any, evidence: str) -> None:
    assert judge(body).message == evidence


def silent(**metadata: Any) -> dict[str, Any]:
    return live("example.com/v1 Widget", spec={}, **metadata)


def test_a_kind_that_reports_nothing_gets_fifteen_seconds_from_its_last_write() -> None:
    early = judge(silent(), last_write=NOW - timedelta(seconds=5))
    late = judge(silent(), last_write=NOW - timedelta(seconds=15))

    assert (*said(early), early.again) == ("Progressing", "NoStatus", 10.0)
    assert (*said(late), late.message, late.again) == ("Healthy", "NoStatus", "it reports no status", None)


def test_what_this_hub_never_wrote_gets_them_from_its_creation() -> None:
    assert judge(silent(creationTimestamp="2026-11-23T11:59:50Z")).again == 5.0
    assert said(judge(silent(creationTimestamp="2026-11-23T11:00:00Z"))) == ("Healthy", "NoStatus")


def test_an_empty_status_is_none() -> None:
    assert said(judge(widget(), last_write=NOW)) == ("Progressing", "NoStatus")


def test_a_kind_without_a_status_subresource_is_not_waited_for() -> None:
    assert said(judge(silent(), last_write=NOW, has_status=False)) == ("Healthy", "NoStatus")


def test_a_clock_that_is_hours_away_does_not_hold_an_object_back() -> None:
    assert said(judge(silent(creationTimestamp="2026-11-23T17:00:00Z"))) == ("Healthy", "NoStatus")


@pytest.mark.parametrize(
    "word, expected",
    [
        pytest.param("CrashLoopBackOff", HealthState.DEGRADED, id="several words that are one"),
        pytest.param("InProgress", HealthState.PROGRESSING, id="camel case"),
        pytest.param("ROLLING_BACK", HealthState.PROGRESSING, id="capitals"),
        pytest.param("not healthy", HealthState.PROGRESSING, id="a negation"),
        pytest.param("Not failed", HealthState.DEGRADED, id="a negation makes nothing better"),
        pytest.param("Waiting for primary, 1 failed", HealthState.DEGRADED, id="the worst part"),
        pytest.param("", None, id="nothing"),
        pytest.param("42", None, id="a number"),
    ],
)
def test_words_are_understood_whole_or_in_parts(word: str, expected: HealthState | None) -> None:
    assert meaning(word) == expected
