"""What is kept in the cluster: the Inventory before the first write and after the last, and the Record's entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fleet.errors import ObjectFailed
from fleet.model.app import DeclaredBy, OnRemoval, Standing
from fleet.model.inventory import RecordEntry
from fleet.model.manifest import Manifest, Origin
from fleet.model.plan import ChangeSet, Done, Plan
from fleet.model.sync import SyncReport, SyncState
from fleet.plan.input import PlanInput
from fleet.plan.keeping import After, grown, last_record, next_jobs, next_record, shrunk, so_far
from fleet.plan.plan import plan
from tests.plan.given import (
    COMMIT,
    EARLIER,
    SHOP,
    app,
    approval,
    deployment,
    facts,
    foreign,
    inventory,
    manifest,
    many,
    ours,
    removed,
    revision,
)

OLD, NEW, GONE = manifest("Service", "old"), manifest("Service", "new"), manifest("Service", "gone")


def nothing() -> ChangeSet:
    return ChangeSet(app=SHOP, commit=COMMIT)


def test_the_inventory_grows_by_what_will_be_written_and_keeps_what_will_be_deleted() -> None:
    given = facts([OLD, NEW], [ours(OLD), ours(GONE)])
    found = grown(given, plan(given))
    assert found is not None
    assert (found.members, found.intended) == ({OLD.key, NEW.key, GONE.key}, COMMIT)


def test_the_inventory_is_not_written_when_nothing_of_it_changes() -> None:
    given = facts([deployment(replicas=3)], [ours(deployment())])
    assert grown(given, plan(given)) is given.inventory


def test_a_declaration_that_moved_to_another_line_is_no_reason_to_write_the_inventory() -> None:
    moved = replace(app(), declared_by=DeclaredBy(origin=Origin("clusters/prod-1/shop.yaml", 99)))
    given = facts([OLD], [ours(OLD)], app=moved)
    assert grown(given, plan(given)) is given.inventory


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param({"on_removal": OnRemoval.ORPHAN}, id="onRemoval"),
        pytest.param({"prune": False}, id="prune"),
        pytest.param({"declared_by": DeclaredBy(origin=Origin("clusters/prod-1/other.yaml", 1))}, id="declaredBy"),
        pytest.param({"declared_by": DeclaredBy(origin=Origin("clusters/prod-1/shop.yaml", 1), parent="apps")}, id="parent"),
    ],
)
def test_the_inventory_is_written_when_what_decides_over_removal_changes(policy: dict[str, Any]) -> None:
    given = facts([OLD], [ours(OLD)], app=replace(app(), **policy))
    found = grown(given, plan(given))
    assert found != given.inventory
    assert {name: getattr(found, name) for name in policy} == policy


def test_an_app_that_has_nothing_needs_no_inventory() -> None:
    given = facts([], inventories={})
    assert grown(given, plan(given)) is None


def test_what_was_written_just_before_a_crash_comes_into_the_inventory() -> None:
    given = facts([OLD], [ours(OLD)], members=[])
    made = plan(given)
    found = grown(given, made)
    assert found is not None
    assert (made.writes, found.members) == (False, {OLD.key})


def test_an_object_in_error_does_not_come_into_the_inventory() -> None:
    bad = manifest("Service", "bad", annotations={"fleethub.dev/adopt": "Never"})
    given = facts([OLD, bad], [ours(OLD), foreign(bad)], members=[OLD.key])
    found = grown(given, plan(given))
    assert found is not None
    assert found.members == {OLD.key}


@pytest.mark.parametrize(
    "more", [pytest.param({"observe_only": "no"}, id="observed"), pytest.param({"app": app(paused=True)}, id="paused")]
)
def test_the_inventory_is_left_alone_when_nothing_may_be_written(more: dict[str, Any]) -> None:
    given = facts([OLD, NEW], [ours(OLD)], **more)
    assert grown(given, plan(given)) is given.inventory


def after(given: PlanInput) -> object:
    assert given.inventory is not None
    return shrunk(given.inventory, plan(given), nothing(), given)


def test_a_desired_key_stays_in_the_inventory_although_its_object_is_gone() -> None:
    given = facts([OLD], members=[OLD.key])
    assert after(given) is given.inventory


def test_an_undesired_key_leaves_when_its_object_is_gone() -> None:
    assert after(facts([OLD], [ours(OLD)], members=[OLD.key, GONE.key])) == inventory([OLD.key])


def test_an_undesired_key_leaves_when_its_object_never_carried_our_mark() -> None:
    given = facts([OLD], [ours(OLD), foreign(GONE)])
    assert (after(given), plan(given).deletes) == (inventory([OLD.key]), ())


def test_an_undesired_key_stays_while_its_object_has_damaged_marks() -> None:
    damaged = ours(GONE)
    damaged = replace(damaged, marks=replace(damaged.marks, owner=""))
    given = facts([OLD], [ours(OLD), damaged])
    assert after(given) is given.inventory


def test_the_empty_inventory_of_an_undeclared_app_is_deleted() -> None:
    assert after(removed([], members=[GONE.key])) is None


def test_the_empty_inventory_of_a_declared_app_stays() -> None:
    assert after(facts([], members=[GONE.key])) == inventory([])


def test_nothing_leaves_the_inventory_of_an_app_of_unknown_standing() -> None:
    given = removed([foreign(GONE)], members=[GONE.key, OLD.key], standing=Standing.UNKNOWN)
    assert after(given) is given.inventory


def test_nothing_leaves_the_inventory_of_an_app_that_did_not_render() -> None:
    given = facts(manifests=None, members=[OLD.key])
    assert after(given) is given.inventory


# --- the Record ---

SYNCED = RecordEntry(applied=EARLIER, intended=EARLIER, digest="f1", members="m1", sequence=4)


def report(made: Plan, *, state: SyncState = SyncState.SYNCED, done: tuple[Done, ...] = (), commit: str = COMMIT) -> SyncReport:
    time = datetime(2026, 11, 23, 2, tzinfo=UTC)
    changes = ChangeSet(app=SHOP, commit=commit, done=done)
    return SyncReport(app=SHOP, revision=revision(commit), state=state, started=time, ended=time, plan=made, changes=changes)


def written(made: Plan) -> tuple[Done, ...]:
    return tuple(Done(change=one, live=one.live) for stage in made.stages for one in stage)


def next_(entry: RecordEntry, told: SyncReport, *, fingerprint: str = "f2", members: str = "m2", **more: Any) -> RecordEntry:
    return next_record(entry, told, After(fingerprint=fingerprint, members=members, **more))


def test_a_sync_moves_the_record_on() -> None:
    made = plan(facts([NEW]))
    entry = next_(SYNCED, report(made, done=written(made)))
    assert (entry.applied, entry.intended, entry.previous, entry.digest) == (COMMIT, COMMIT, EARLIER, "f2")
    assert (entry.members, entry.sequence) == ("m2", 5)
    assert [(one.commit, one.state, one.time) for one in entry.outcomes] == [(COMMIT, "synced", "2026-11-23T02:00:00Z")]


def test_a_failed_sync_says_what_was_intended_and_not_that_it_runs() -> None:
    entry = next_(SYNCED, report(plan(facts([NEW])), state=SyncState.FAILED))
    assert (entry.applied, entry.intended, entry.digest) == (EARLIER, COMMIT, "f1")


def test_a_retry_that_ends_alike_writes_nothing() -> None:
    failed = report(plan(facts([NEW])), state=SyncState.FAILED)
    entry = next_(SYNCED, failed)
    assert next_(entry, failed) is entry


def test_a_sync_that_found_everything_as_it_was_writes_nothing_for_a_newer_commit() -> None:
    made = plan(facts([OLD], [ours(OLD)]))
    entry = next_(SYNCED, report(made, commit=EARLIER))
    assert next_(entry, report(made)) is entry


def test_only_the_last_ten_outcomes_are_kept() -> None:
    entry, made = SYNCED, plan(facts([NEW]))
    for number in range(12):
        entry = next_(entry, report(made, commit=f"{number:040}"), fingerprint=str(number))
    assert [int(one.commit) for one in entry.outcomes] == list(range(2, 12))


def test_an_observed_app_is_not_said_to_have_been_intended() -> None:
    entry = next_(SYNCED, report(plan(facts([NEW], observe_only="no")), state=SyncState.OBSERVED))
    assert (entry.intended, entry.members, len(entry.outcomes)) == (EARLIER, "m1", 1)


def approved(*keys: Manifest) -> RecordEntry:
    return replace(SYNCED, decisions=(approval(*(one.key for one in keys)),))


def test_a_decision_is_kept_while_anything_it_is_about_is_still_to_be_deleted() -> None:
    made = plan(facts([OLD], [ours(OLD), ours(GONE)]))
    assert len(next_(approved(GONE), report(made, state=SyncState.FAILED)).decisions) == 1


def test_a_decision_is_dropped_once_its_objects_are_gone() -> None:
    made = plan(facts([OLD], [ours(OLD)], members=[OLD.key, GONE.key]))
    assert next_(approved(GONE), report(made)).decisions == ()


def test_a_decision_is_dropped_when_its_objects_are_desired_again() -> None:
    made = plan(facts([OLD, GONE], [ours(OLD), ours(GONE)]))
    assert next_(approved(GONE), report(made)).decisions == ()


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"manifests": None}, id="no render"),
        pytest.param({"observe_only": "no"}, id="observed"),
        pytest.param({"app": app(paused=True)}, id="paused"),
    ],
)
def test_a_decision_is_kept_while_nothing_can_be_done_about_it(more: dict[str, Any]) -> None:
    made = plan(facts([OLD], **{"live": [ours(OLD), ours(GONE)], **more}))
    assert len(next_(approved(GONE), report(made, state=SyncState.OBSERVED)).decisions) == 1


def partly(entry: RecordEntry) -> RecordEntry:
    """The same entry, its word not said for a cluster of the fleet's Hold."""
    return replace(entry, decisions=tuple(replace(one, rest=frozenset({"prod-9"})) for one in entry.decisions))


def test_a_decision_that_was_not_said_for_the_whole_hold_counts_when_it_is_spent_and_lets_nothing_through() -> None:
    done = report(plan(facts([OLD], [ours(OLD)])))
    (spent,) = next_(partly(approved(GONE)), done, unsettled=frozenset({"prod-9", "prod-8"})).decisions
    assert (spent.keys, spent.spent, spent.rest) == (frozenset(), {GONE.key}, {"prod-9"})
    again = replace(SYNCED, decisions=(spent,))
    assert next_(again, done, unsettled=frozenset({"prod-9"})).decisions == (spent,)
    assert next_(again, done, unsettled=frozenset({"prod-8"})).decisions == ()


def test_of_an_app_that_is_gone_only_decisions_stay_that_count_elsewhere() -> None:
    gone = report(plan(removed([])), state=SyncState.REMOVED)
    assert last_record(approved(GONE), gone, unsettled=frozenset({"prod-9"})) is None
    assert last_record(partly(approved(GONE)), gone, unsettled=frozenset()) is None
    left = last_record(partly(approved(GONE)), gone, unsettled=frozenset({"prod-9"}))
    assert left is not None
    assert (left.applied, left.outcomes, [one.spent for one in left.decisions]) == ("", (), [{GONE.key}])
    assert last_record(left, gone, unsettled=frozenset({"prod-9"})) is left


def replacing() -> PlanInput:
    old = many(8)
    new = [manifest(one.key.kind, one.key.name, annotations={"fleethub.dev/replace": "true"}) for one in old]
    return facts(new, map(ours, old), immutable={one.key: one.digest for one in new}, approvals=(approval(old[0].key),))


def test_a_decision_on_a_replacement_is_kept_while_that_is_held() -> None:
    made = plan(replacing())
    assert made.holds
    assert len(next_(approved(many(1)[0]), report(made, state=SyncState.HELD)).decisions) == 1


@pytest.mark.parametrize("failed", [True, False])
def test_a_decision_on_a_replacement_is_dropped_when_that_is_done(failed: bool) -> None:
    given = replace(replacing(), approvals=(approval(*(one.key for one in many(8))),))
    made = plan(given)
    error = ObjectFailed(origin="", key="", reason="") if failed else None
    done = tuple(Done(change=one, error=error) for stage in made.stages for one in stage)
    assert len(next_(approved(*many(8)), report(made, done=done)).decisions) == int(failed)


def test_completed_jobs_are_kept_while_they_are_desired_as_they_ran() -> None:
    job = manifest("Job", "migrate")
    ran, older = f"{job.key.member} {job.digest}", f"{job.key.member} older"
    made = plan(facts([job], [ours(job)]))
    entry = next_(replace(SYNCED, jobs=(older,)), report(made), completed=frozenset({ran}))
    assert entry.jobs == (ran,)


def test_completed_jobs_are_not_forgotten_when_it_is_not_known_what_is_desired() -> None:
    made = plan(facts([], manifests=None))
    assert next_(replace(SYNCED, jobs=("Job.batch shop/x 1",)), report(made, state=SyncState.FAILED)).jobs != ()


def test_an_app_that_waits_records_the_jobs_that_completed_and_nothing_else() -> None:
    job = manifest("Job", "migrate")
    ran = frozenset({f"{job.key.member} {job.digest}"})
    waits = report(plan(facts([job], [ours(job)])), state=SyncState.WAITING)
    entry = next_jobs(SYNCED, waits, completed=ran)
    assert entry == replace(SYNCED, jobs=tuple(ran), sequence=SYNCED.sequence + 1)
    assert next_jobs(entry, waits, completed=ran) is entry


# ── in the midst of waves ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sync_that_waits_between_waves_says_what_it_has_written_and_no_more() -> None:
    before = RecordEntry(applied=EARLIER, intended=EARLIER, digest="old", members="m1", sequence=4)
    report = SyncReport(
        app=SHOP,
        revision=revision(),
        state=SyncState.WAITING,
        started=datetime(2026, 11, 23, 2, tzinfo=UTC),
        ended=datetime(2026, 11, 23, 2, tzinfo=UTC),
        changes=nothing(),
    )
    after = so_far(before, report, members="m2")
    assert after == replace(before, intended=COMMIT, members="m2", sequence=5)
    assert so_far(after, report, members="m2") is after


def test_what_an_app_depends_on_is_in_its_inventory() -> None:
    given = facts([NEW], app=app(depends_on=("ingress", "dns", "ingress")))
    wanted = grown(given, plan(given))
    assert wanted is not None
    assert wanted.depends_on == ("ingress", "dns")
