"""An object that another App wants changes owner in place, whichever App is synced first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.errors import ClaimedTwice
from fleet.model.app import Standing
from fleet.model.keys import AppKey
from fleet.model.observation import Observation
from fleet.model.plan import Action, Cause, ChangeSet, Done, Plan
from fleet.plan.drift import drifts
from fleet.plan.input import PlanInput
from fleet.plan.keeping import grown, shrunk
from fleet.plan.plan import plan
from tests.plan.given import (
    CLUSTER,
    COMMIT,
    INCOMPLETE,
    SHOP,
    actions,
    app,
    change,
    claims,
    deleted,
    facts,
    inventory,
    manifest,
    ours,
    removed,
)

TILL = AppKey(CLUSTER, "till")
WEB = manifest("Service", "web")
KEPT = manifest("Service", "kept")
MOVED = claims({WEB.key: "till", KEPT.key: "shop"})
OLD = {"shop": inventory([WEB.key, KEPT.key])}


def target(**more: object) -> PlanInput:
    """Till, which wants what shop has."""
    return facts([WEB], [ours(WEB)], **{"key": TILL, "app": app("till"), "claims": MOVED, "inventories": OLD, **more})


def source(live: object = None, **more: object) -> PlanInput:
    """Shop, which has what till wants."""
    return facts([KEPT], [ours(KEPT), live or ours(WEB)], **{"claims": MOVED, "inventories": OLD, **more})  # type: ignore[list-item]


def nothing_done(made: Plan) -> ChangeSet:
    return ChangeSet(app=made.app, commit=made.commit)


def test_a_moved_object_changes_owner_in_place() -> None:
    move = change(plan(target()), WEB.key)
    assert (move.action, move.cause, move.force) == (Action.CONFIGURE, Cause.MOVE, True)


def test_a_moved_object_keeps_the_revision_of_its_desired_state() -> None:
    assert change(plan(target()), WEB.key).revision == ours(WEB).marks.revision


def test_nothing_moves_while_claims_are_incomplete() -> None:
    made = plan(target(claims=INCOMPLETE))
    assert (actions(made), made.writes, bool(made.waits)) == ({"web": Action.HOLD}, False, True)


def test_nothing_moves_while_claims_do_not_give_it_to_this_app() -> None:
    assert not plan(target(claims=claims({KEPT.key: "shop"}))).writes


def test_the_source_synced_first_neither_deletes_nor_forgets_it() -> None:
    given = source()
    made = plan(given)
    after = shrunk(OLD["shop"], made, nothing_done(made), given)
    assert (deleted(made), after) == ([], OLD["shop"])


def test_the_target_lists_it_before_it_writes() -> None:
    given = target()
    assert grown(given, plan(given)) is not None
    assert grown(given, plan(given)).members == {WEB.key}  # type: ignore[union-attr]


def test_the_source_synced_after_the_target_forgets_it() -> None:
    both = {**OLD, "till": inventory([WEB.key], name="till")}
    given = source(ours(WEB, app=TILL), inventories=both)
    made = plan(given)
    after = shrunk(OLD["shop"], made, nothing_done(made), given)
    assert deleted(made) == []
    assert after is not None
    assert after.members == {KEPT.key}


def test_the_source_keeps_what_the_target_marked_and_does_not_list() -> None:
    given = source(ours(WEB, app=TILL))
    made = plan(given)
    assert shrunk(OLD["shop"], made, nothing_done(made), given) == OLD["shop"]


def test_a_renamed_app_deletes_nothing_and_leaves_no_inventory() -> None:
    renamed = claims({WEB.key: "till"})
    both = {"shop": inventory([WEB.key]), "till": inventory([WEB.key], name="till")}
    before = removed([ours(WEB)], claims=renamed)
    assert (plan(before).writes, plan(before).holds) == (False, ())
    then = removed([ours(WEB, app=TILL)], claims=renamed, inventories=both)
    made = plan(then)
    assert (made.writes, shrunk(both["shop"], made, nothing_done(made), then)) == (False, None)


def test_a_moved_object_that_is_gone_is_created_by_its_new_app() -> None:
    given = facts([WEB], key=TILL, app=app("till"), claims=MOVED, inventories=OLD)
    assert actions(plan(given)) == {"web": Action.CREATE}


def test_of_two_apps_that_claim_one_key_the_later_is_refused_by_name_of_the_first() -> None:
    made = plan(facts([WEB, KEPT], [ours(KEPT)], claims=MOVED))
    refused = change(made, WEB.key)
    assert (refused.action, made.desired) == (Action.HOLD, {KEPT.key})
    assert isinstance(refused.error, ClaimedTwice)
    assert "App till" in str(refused.error)


def test_a_refused_claim_is_not_put_in_the_inventory() -> None:
    given = facts([WEB, KEPT], [ours(KEPT)], claims=MOVED)
    found = grown(given, plan(given))
    assert found is not None
    assert WEB.key not in found.members


def test_a_source_of_unknown_standing_does_not_stop_its_objects_from_moving() -> None:
    given = removed([ours(WEB)], standing=Standing.UNKNOWN, claims=MOVED)
    assert not plan(given).writes
    assert plan(target()).writes


def test_the_mark_of_another_app_is_not_drift() -> None:
    assert drifts(target()) == ()


def test_what_was_let_go_leaves_the_inventory() -> None:
    given = facts([KEPT], [ours(KEPT), ours(WEB)], app=app(prune=False))
    made = plan(given)
    done = ChangeSet(app=SHOP, commit=COMMIT, done=(Done(change=change(made, WEB.key)),))
    after = shrunk(OLD["shop"], made, done, given)
    assert after is not None
    assert after.members == {KEPT.key}


def test_what_could_not_be_let_go_stays_in_the_inventory() -> None:
    given = facts([KEPT], [ours(KEPT), ours(WEB)], app=app(prune=False))
    made = plan(given)
    failed = Done(change=change(made, WEB.key), error=ClaimedTwice(origin="", key="", owner="", owner_origin=""))
    assert shrunk(OLD["shop"], made, ChangeSet(app=SHOP, commit=COMMIT, done=(failed,)), given) == OLD["shop"]


@pytest.mark.parametrize("deleting", [True, False])
def test_a_deleted_object_stays_in_the_inventory_until_it_is_seen_gone(deleting: bool) -> None:
    given = facts([KEPT], [ours(KEPT), replace(ours(WEB), deleting=deleting)])
    made = plan(given)
    after = shrunk(OLD["shop"], made, nothing_done(made), given)
    assert after == OLD["shop"]
    empty = Observation(objects={**facts([WEB]).observation.objects, KEPT.key: ours(KEPT)})
    gone = shrunk(OLD["shop"], made, nothing_done(made), given, after=empty)
    assert gone is not None
    assert gone.members == {KEPT.key}
