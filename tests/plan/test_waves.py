"""Waves: one after the other, each Healthy before the next, and nothing of it for Apps that have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import ObjectFailed
from fleet.model.health import Health, HealthState
from fleet.model.manifest import Manifest, Scope
from fleet.model.plan import Action, Cause, Plan
from fleet.plan import PlanInput
from fleet.plan.plan import plan
from tests.plan.given import actions, app, change, deleted, deployment, facts, manifest, ours, removed

WAVE = "fleethub.dev/wave"
GOOD = Health(state=HealthState.HEALTHY, reason="Available")
SLOW = Health(state=HealthState.PROGRESSING, reason="Rolling", message="1 of 2 Pods are ready")


def of_wave(wave: int | str, kind: str = "Deployment", name: str = "", **fields: Any) -> Manifest:
    """An object of a wave, named after it."""
    return manifest(kind, name or f"in-{wave}", annotations={WAVE: str(wave)}, **fields)


ONE, TWO, THREE = of_wave(1), of_wave(2), of_wave(3)
PLAIN = manifest("Service", "plain")
SINCE = datetime(2026, 11, 23, 2, tzinfo=UTC)


def written(made: Plan) -> list[list[str]]:
    """The names of what is written, step by step."""
    return [[one.key.name for one in step] for step in made.stages]


def healthy(*manifests: Manifest, health: Health = GOOD) -> dict[Any, Health]:
    return {one.key: health for one in manifests}


def test_only_the_lowest_wave_is_written_at_first() -> None:
    made = plan(facts([THREE, TWO, PLAIN, ONE]))
    assert written(made) == [["plain"]]
    assert actions(made) == {"plain": Action.CREATE, "in-1": Action.HOLD, "in-2": Action.HOLD, "in-3": Action.HOLD}


def test_what_is_held_says_for_what_since_when_and_why() -> None:
    made = plan(facts([ONE, TWO], [ours(ONE)], health=healthy(ONE, health=SLOW), since={ONE.key: SINCE}))
    state = "Progressing since 2026-11-23T02:00:00Z: 1 of 2 Pods are ready"
    said = f"wave 2 waits for Deployment.apps/shop/in-1 of wave 1: {state}"
    assert (change(made, TWO.key).reason, change(made, TWO.key).ordered) == (said, True)
    assert [(one.key, one.health) for one in made.awaits] == [(ONE.key, SLOW)]


def test_the_next_wave_is_written_when_the_one_before_is_healthy() -> None:
    made = plan(facts([ONE, TWO, THREE], [ours(ONE)], health=healthy(ONE)))
    assert written(made) == [["in-2"]]
    assert change(made, THREE.key).reason == "wave 3 waits for Deployment.apps/shop/in-2 of wave 2: it is written first"


def test_health_that_was_not_told_since_the_last_write_is_waited_for() -> None:
    made = plan(facts([ONE, TWO], [ours(ONE)]))
    assert actions(made) == {"in-1": Action.UNCHANGED, "in-2": Action.HOLD}
    assert made.awaits[0].health is None


def test_health_from_before_a_write_is_not_what_is_waited_on() -> None:
    changed = replace(ONE, digest="another")
    made = plan(facts([changed, TWO], [ours(ONE)], health=healthy(ONE)))
    assert (written(made), made.awaits[0].health) == ([["in-1"]], None)


@pytest.mark.parametrize(
    "state", [each for each in HealthState if each is not HealthState.HEALTHY], ids=lambda state: str(state).lower()
)
def test_no_other_state_lets_the_next_wave_go(state: HealthState) -> None:
    health = healthy(ONE, health=Health(state=state, reason="Because", message="of this"))
    assert written(plan(facts([ONE, TWO], [ours(ONE)], health=health))) == []


@pytest.mark.parametrize("field", ["suspend", "paused"])
def test_what_git_itself_lets_stand_still_is_not_waited_for(field: str) -> None:
    stands = of_wave(1, "Deployment", spec={field: True})
    health = healthy(stands, health=Health(state=HealthState.SUSPENDED, reason="Paused"))
    assert written(plan(facts([stands, TWO], [ours(stands)], health=health))) == [["in-2"]]


def test_waves_below_zero_come_before_what_says_none() -> None:
    first = of_wave(-1)
    assert written(plan(facts([PLAIN, first]))) == [["in--1"]]
    assert written(plan(facts([PLAIN, first], [ours(first)], health=healthy(first)))) == [["plain"]]


def test_within_a_wave_the_kinds_have_their_order() -> None:
    made = plan(facts([of_wave(1, "Deployment", "web"), of_wave(1, "ConfigMap", "one"), of_wave(1, "ClusterRole", "role")]))
    assert written(made) == [["role"], ["one"], ["web"]]


def test_a_wave_orders_before_the_kind_does() -> None:
    late, early = of_wave(1, "ClusterRole", "late"), of_wave(0, "Deployment", "early")
    assert written(plan(facts([late, early]))) == [["early"]]


def test_argo_says_a_wave_alike_and_our_own_word_counts_first() -> None:
    theirs = manifest("Service", "theirs", annotations={"argocd.argoproj.io/sync-wave": "5"})
    both = manifest("Service", "both", annotations={"argocd.argoproj.io/sync-wave": "9", WAVE: "4"})
    assert written(plan(facts([theirs, both]))) == [["both"]]


@pytest.mark.parametrize("said", ["first", "1.5", "", "0x1", "1 2", "true", "١", "1e3", "--1"])
def test_a_malformed_wave_is_an_error_of_that_object(said: str) -> None:
    wrong = manifest("Service", "wrong", annotations={WAVE: said})
    made = plan(facts([wrong, PLAIN]))
    (error,) = made.errors
    assert isinstance(error, ObjectFailed)
    assert str(error).startswith("apps/shop/all.yaml:3: Service/shop/wrong: fleethub.dev/wave: ")
    assert actions(made) == {"wrong": Action.HOLD, "plain": Action.CREATE}


@pytest.mark.parametrize("said", ["+3", " 3 ", "03"])
def test_an_integer_is_read_however_it_is_written(said: str) -> None:
    assert written(plan(facts([manifest("Service", "three", annotations={WAVE: said}), TWO]))) == [["in-2"]]


def test_an_object_in_error_holds_what_comes_after_it() -> None:
    made = plan(facts([manifest("Service", "wrong", annotations={WAVE: "x"}), TWO]))
    assert written(made) == []


def test_what_heals_drift_never_waits() -> None:
    live = ours(TWO)
    given = facts([ONE, TWO], [live])
    known = {TWO.key: replace(given.written[TWO.key], ownership="other")}
    made = plan(replace(given, written=known))
    assert [[(one.key.name, one.cause) for one in step] for step in made.stages] == [
        [("in-1", Cause.COMMIT)],
        [("in-2", Cause.DRIFT)],
    ]


def test_what_is_to_be_healed_is_waited_for_by_later_waves() -> None:
    given = facts([ONE, TWO], [ours(ONE)], health=healthy(ONE))
    made = plan(replace(given, written={ONE.key: replace(given.written[ONE.key], ownership="other")}))
    assert (written(made), change(made, TWO.key).action) == ([["in-1"]], Action.HOLD)


def test_a_job_that_completed_and_is_gone_is_not_waited_for() -> None:
    job = of_wave(1, "Job", "migrate")
    made = plan(facts([job, TWO], jobs=frozenset({f"{job.key.member} {job.digest}"})))
    assert written(made) == [["in-2"]]


def test_everything_of_a_wave_is_waited_for_and_the_worst_named_first() -> None:
    others = [of_wave(1, name=name) for name in ("a", "b", "c")]
    bad = Health(state=HealthState.DEGRADED, reason="ImagePullBackOff", message="no such image")
    health = {**healthy(*others, health=SLOW), others[2].key: bad}
    made = plan(facts([*others, TWO], map(ours, others), health=health))
    assert [one.key.name for one in made.awaits if one.key] == ["c", "a", "b"]
    assert change(made, TWO.key).reason.endswith("Deployment.apps/shop/c of wave 1: Degraded: no such image (and 2 more)")


def test_nothing_waits_when_nothing_is_to_be_written() -> None:
    made = plan(facts([ONE, TWO], map(ours, [ONE, TWO]), health=healthy(ONE, TWO, health=SLOW)))
    assert (made.writes, made.awaits, set(actions(made).values())) == (False, (), {Action.UNCHANGED})


def test_an_app_without_waves_needs_no_health() -> None:
    made = plan(facts([deployment(), PLAIN]))
    assert (written(made), made.awaits) == ([["plain"], ["web"]], ())


def test_an_object_of_a_kind_that_is_defined_in_a_later_wave_says_so() -> None:
    spec = {"group": "example.com", "names": {"kind": "Widget"}, "scope": "Namespaced"}
    kind = manifest("CustomResourceDefinition", "widgets.example.com", annotations={WAVE: "1"}, spec=spec)
    widget = replace(of_wave(0, "Widget", "first"), scope=Scope.UNKNOWN)
    made = plan(facts([kind, widget]))
    (error,) = made.errors
    assert "CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com, which defines its kind, is of a later wave" in str(
        error
    )


# ── deletes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_deleted_while_a_wave_waits() -> None:
    made = plan(facts([ONE, TWO], [ours(ONE), ours(PLAIN)], health=healthy(ONE, health=SLOW)))
    assert deleted(made) == []
    assert (change(made, PLAIN.key).action, change(made, PLAIN.key).ordered) == (Action.HOLD, True)


def test_a_delete_that_waits_for_an_error_too_is_not_held_for_the_order_alone() -> None:
    wrong = manifest("Service", "a-wrong", annotations={WAVE: "x"})
    made = plan(facts([wrong, ONE, TWO], [ours(PLAIN)]))
    assert (change(made, PLAIN.key).action, change(made, PLAIN.key).ordered) == (Action.HOLD, False)


def test_the_last_wave_is_deleted_first_and_the_others_when_it_is_gone() -> None:
    made = plan(removed(map(ours, [PLAIN, ONE, TWO])))
    assert deleted(made) == ["in-2"]
    assert change(made, ONE.key).reason == "it is deleted when Deployment.apps/shop/in-2 of wave 2 is gone"
    assert deleted(plan(removed(map(ours, [PLAIN, ONE])))) == ["in-1"]


def test_what_is_still_being_deleted_is_waited_for() -> None:
    made = plan(removed([replace(ours(TWO), deleting=True), ours(ONE)]))
    assert (deleted(made), change(made, ONE.key).action) == ([], Action.HOLD)


def test_a_higher_wave_that_is_kept_holds_nothing() -> None:
    made = plan(removed([replace(ours(TWO), kept=True), ours(ONE)]))
    assert deleted(made) == ["in-1"]


def test_configuration_of_a_later_wave_does_not_wait_for_its_readers_for_ever() -> None:
    settings = of_wave(3, "ConfigMap", "settings")
    assert deleted(plan(removed(map(ours, [ONE, settings])))) == ["in-1"]
    assert deleted(plan(removed([ours(settings)]))) == ["settings"]


def test_configuration_that_waits_for_health_names_what_is_not_healthy() -> None:
    web, old = deployment(), manifest("ConfigMap", "old")
    given = facts([web], map(ours, [web, old]), healthy=False, health=healthy(web, health=SLOW), since={web.key: SINCE})
    made = plan(given)
    said = "Deployment.apps/shop/web is Progressing since 2026-11-23T02:00:00Z: 1 of 2 Pods are ready"
    assert change(made, old.key).reason == f"it is deleted when the App is healthy: Pods may still read it; {said}"
    assert [(one.key, one.health, one.reason) for one in made.awaits] == [(web.key, SLOW, said)]


def test_an_app_that_lost_some_of_its_waves_deletes_the_last_first() -> None:
    kept = app()
    made = plan(facts([PLAIN], map(ours, [PLAIN, ONE, TWO]), app=kept))
    assert deleted(made) == ["in-2"]


# ── as a whole ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sync_goes_through_its_waves_one_plan_after_the_other() -> None:
    wanted = [THREE, ONE, PLAIN, TWO]
    live: list[Manifest] = []
    order: list[list[str]] = []
    for _ in range(5):
        made = plan(_with(wanted, live))
        order += written(made)
        live += [one for one in wanted if any(one.key == each.key for step in made.stages for each in step)]
    assert order == [["plain"], ["in-1"], ["in-2"], ["in-3"]]


def _with(wanted: list[Manifest], live: list[Manifest]) -> PlanInput:
    return facts(wanted, map(ours, live), health=healthy(*live))


PLACED = st.tuples(st.integers(-2, 2), st.sampled_from(["absent", "changed", "drifted", "there"]), st.sampled_from(HealthState))


@given(st.lists(PLACED, max_size=7))
def test_nothing_is_written_while_anything_of_a_wave_before_is_not_healthy(placed: list[tuple[int, str, HealthState]]) -> None:
    wanted = [of_wave(wave, name=f"object-{number}") for number, (wave, _, _) in enumerate(placed)]
    states = {one.key: how for one, (_, how, _) in zip(wanted, placed, strict=True)}
    health = {one.key: Health(state=state, reason="Because") for one, (_, _, state) in zip(wanted, placed, strict=True)}
    there = [one for one in wanted if states[one.key] != "absent"]
    before = facts(wanted, map(ours, there), health=health)
    drifted = {key: replace(known, ownership="other") for key, known in before.written.items() if states[key] == "drifted"}
    now = [replace(one, digest="another") if states[one.key] == "changed" else one for one in wanted]
    made = plan(replace(before, manifests=tuple(now), written={**before.written, **drifted}))
    writes = [one for step in made.stages for one in step]
    unhealthy = [one.key for one in wanted if states[one.key] != "there" or health[one.key].state is not HealthState.HEALTHY]
    waves = {one.key: wave for one, (wave, _, _) in zip(wanted, placed, strict=True)}
    lowest = min((waves[key] for key in unhealthy), default=0)
    assert all(one.cause is Cause.DRIFT or waves[one.key] == lowest for one in writes)
    assert {one.key for one in writes} >= {key for key, how in states.items() if how != "there" and waves[key] == lowest}
    assert {key for key, how in states.items() if how == "drifted"} <= {one.key for one in writes}
    held = [one for one in made.still if one.action is Action.HOLD]
    assert bool(held) == bool(made.awaits)
