"""An App that goes after others writes nothing before they are there, but heals what was changed by hand."""

from __future__ import annotations

from dataclasses import replace

from fleet.errors import MappingError
from fleet.model.plan import Action, Awaited, Cause
from fleet.plan.plan import plan
from tests.plan.given import actions, change, deleted, facts, manifest, ours, removed

KEPT, NEW, OLD = (manifest("Service", name) for name in ("kept", "new", "old"))
LIVE = (ours(KEPT), ours(OLD))
INGRESS = Awaited(app="ingress", reason="App ingress: it was not synced yet")
DNS = Awaited(app="dns", reason="App dns: failed: no")


def test_nothing_is_written_before_the_others_are_there() -> None:
    made = plan(facts([KEPT, NEW], LIVE, dependencies=(INGRESS, DNS)))
    assert (actions(made), made.writes) == ({"kept": Action.UNCHANGED, "new": Action.HOLD, "old": Action.HOLD}, False)
    assert change(made, NEW.key).reason == "it waits for App ingress: it was not synced yet (and 1 more)"
    assert made.awaits == (INGRESS, DNS)


def test_all_of_it_is_held_for_the_order_alone() -> None:
    made = plan(facts([KEPT, NEW], LIVE, dependencies=(INGRESS,)))
    assert {one.key.name for one in made.changes if one.ordered} == {"new", "old"}


def test_when_they_are_there_it_goes_on() -> None:
    made = plan(facts([KEPT, NEW], LIVE))
    assert (actions(made), made.awaits) == ({"kept": Action.UNCHANGED, "new": Action.CREATE, "old": Action.DELETE}, ())


def test_what_heals_drift_does_not_wait() -> None:
    given = facts([OLD, NEW], [ours(OLD)], dependencies=(INGRESS,))
    made = plan(replace(given, written={OLD.key: replace(given.written[OLD.key], ownership="other")}))
    assert [[(one.key.name, one.cause) for one in step] for step in made.stages] == [[("old", Cause.DRIFT)]]


def test_an_app_with_nothing_to_write_waits_for_nobody() -> None:
    made = plan(facts([OLD], [ours(OLD)], dependencies=(INGRESS,)))
    assert (actions(made), made.awaits) == ({"old": Action.UNCHANGED}, ())


def test_nothing_is_let_go_either() -> None:
    live = replace(ours(OLD), kept=True)
    made = plan(facts([NEW], [live], dependencies=(INGRESS,)))
    assert (change(made, OLD.key).action, change(made, OLD.key).release) == (Action.HOLD, False)


def test_an_error_in_the_order_holds_it_and_says_which() -> None:
    error = MappingError(file="clusters/one/a.yaml", line=3, message="App shop depends on itself: shop → shop")
    made = plan(facts([KEPT, NEW], LIVE, disorder=(error,)))
    assert (made.writes, change(made, NEW.key).reason, change(made, NEW.key).ordered) == (False, str(error), False)


def test_an_error_in_the_order_keeps_no_drift_from_being_healed() -> None:
    error = MappingError(file="clusters/one/a.yaml", line=3, message="no")
    given = facts([OLD], [ours(OLD)], disorder=(error,))
    made = plan(replace(given, written={OLD.key: replace(given.written[OLD.key], ownership="other")}))
    assert actions(made) == {"old": Action.CONFIGURE}


def test_a_removed_app_goes_after_those_that_depend_on_it() -> None:
    first = Awaited(app="shop", reason="App shop, which depends on it, to be removed")
    made = plan(removed([ours(OLD)], dependencies=(first,)))
    assert (deleted(made), made.awaits) == ([], (first,))
    assert change(made, OLD.key).reason == "it waits for App shop, which depends on it, to be removed"


def test_waves_of_an_app_that_waits_for_others_wait_for_those_alone() -> None:
    early, late = (manifest("Service", name, annotations={"fleethub.dev/wave": name[-1]}) for name in ("in-1", "in-2"))
    made = plan(facts([early, late], dependencies=(INGRESS,)))
    assert {one.reason for one in made.still} == {"it waits for App ingress: it was not synced yet"}
    assert made.awaits == (INGRESS,)
