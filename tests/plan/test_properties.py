"""What holds of every Plan, whatever is in the cluster and in git."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.errors import ClusterUnreachable
from fleet.model.app import DriftPolicy, OnRemoval, Standing
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest, Scope
from fleet.model.observation import Absent, LiveObject, Observation, Seen, Unknown
from fleet.model.plan import WRITES, Action, ChangeSet, Plan
from fleet.plan.drift import drifts
from fleet.plan.input import PlanInput
from fleet.plan.keeping import grown, shrunk
from fleet.plan.plan import plan
from tests.plan.given import CLUSTER, INCOMPLETE, SHOP, app, approval, claims, facts, foreign, inventory, manifest, ours

KINDS = ("Namespace", "ConfigMap", "Service", "Deployment")
REPLACED = {"fleethub.dev/replace": "true"}
EVERY = [manifest(kind, f"{kind.lower()}-{number}", annotations=REPLACED) for kind in KINDS for number in range(3)]
KEYS = [one.key for one in EVERY]
TILL = AppKey(CLUSTER, "till")
ERROR = ClusterUnreachable(cluster=CLUSTER, reason="no route")


def seen(one: Manifest) -> st.SearchStrategy[Seen]:
    """Mostly ours, so that much is deleted; else one of the many ways in which it is not, or cannot be told."""
    own = ours(one)
    strange: list[Seen] = [
        ours(one, app=TILL),
        ours(one, app=AppKey("prod-2", "shop")),
        ours(one, fleet="globex"),
        foreign(one),
        replace(own, kept=True),
        replace(own, deleting=True),
        replace(own, rivals=("argocd",)),
        replace(own, marks=replace(own.marks, owner="")),
        replace(own, marks=replace(own.marks, fleet="")),
        Absent(),
        Unknown(error=ERROR),
    ]
    older = ours(manifest(one.key.kind, one.key.name, annotations={"v": "1"}))
    return st.integers(0, 19).flatmap(lambda roll: st.sampled_from(strange) if roll > 16 else st.sampled_from([own, older]))


SEEN = {one.key: seen(one) for one in EVERY}
REMEMBERED = facts(EVERY, map(ours, EVERY)).written
MANY = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def rarely(draw: st.DrawFn) -> bool:
    """Whether something unusual is the case this time."""
    return draw(st.integers(0, 11)) == 11


@st.composite
def inputs(draw: st.DrawFn) -> PlanInput:
    """Any PlanInput of the App shop, with another App, till, beside it."""
    policy = {"prune": not rarely(draw), "paused": rarely(draw), "drift": draw(st.sampled_from(DriftPolicy))}
    declared = app(**policy) if draw(st.booleans()) else None
    wanted = [one for one in EVERY if draw(st.integers(0, 3))] if declared else []
    others = {key: "till" for key in KEYS if rarely(draw)}
    owners = {one.key: "shop" for one in wanted} | others
    members = [key for key in KEYS if not rarely(draw)]
    removal = OnRemoval.ORPHAN if rarely(draw) else OnRemoval.DELETE
    own = inventory(members, on_removal=removal, prune=not rarely(draw))
    standings = [Standing.DECLARED] if declared else [Standing.CONFIRMED, Standing.REMOVED, Standing.UNKNOWN]
    approved = KEYS if draw(st.booleans()) else [key for key in KEYS if draw(st.booleans())]
    return facts(
        wanted,
        app=declared,
        standing=draw(st.sampled_from(standings)),
        manifests=tuple(wanted) if declared and not rarely(draw) else None,
        claims=INCOMPLETE if rarely(draw) else claims(owners),
        inventories={} if rarely(draw) else {"shop": own, "till": inventory(others, name="till")},
        observation=Observation(objects={one.key: draw(SEEN[one.key]) for one in EVERY}),
        served={} if rarely(draw) else {key.group_kind: Scope.NAMESPACED for key in KEYS[draw(st.integers(0, 3)) :]},
        written={key: known for key, known in REMEMBERED.items() if not rarely(draw)},
        approvals=(approval(*approved),),
        immutable={one.key: one.digest for one in wanted[-3:]} if draw(st.booleans()) else {},
        healthy=draw(st.booleans()),
        orphan=rarely(draw),
        observe_only="it diverged" if rarely(draw) else "",
    )


def destroyed(given_: PlanInput) -> list[tuple[ObjectKey, LiveObject]]:
    gone = [one for one in plan(given_).changes if one.action in (Action.DELETE, Action.REPLACE)]
    assert all(one.live is not None for one in gone)
    return [(one.key, one.live) for one in gone if one.live is not None]


@MANY
@given(inputs())
def test_no_key_that_any_app_desires_is_deleted(given_: PlanInput) -> None:
    deletes = {one.key for one in plan(given_).deletes}
    assert deletes.isdisjoint(one.key for one in given_.manifests or ())
    assert given_.complete is None or deletes.isdisjoint(given_.complete.owners)


@MANY
@given(inputs())
def test_nothing_is_deleted_or_replaced_that_the_inventory_does_not_list(given_: PlanInput) -> None:
    assert {key for key, _ in destroyed(given_)} <= given_.members


@MANY
@given(inputs())
def test_nothing_is_deleted_replaced_or_let_go_while_claims_are_incomplete(given_: PlanInput) -> None:
    bare = replace(given_, claims=INCOMPLETE)
    assert destroyed(bare) == []
    assert not any(one.release for one in plan(bare).changes)


@MANY
@given(inputs())
def test_nothing_is_deleted_or_replaced_whose_mark_does_not_name_itself_app_fleet_and_cluster(given_: PlanInput) -> None:
    for key, live in destroyed(given_):
        assert (live.key, live.owner, live.marks.fleet) == (key, SHOP, "acme")


@MANY
@given(inputs())
def test_nothing_is_deleted_or_replaced_that_is_to_be_kept_or_whose_kind_was_not_discovered(given_: PlanInput) -> None:
    assert [key for key, live in destroyed(given_) if live.kept or key.group_kind not in given_.served] == []


@MANY
@given(inputs())
def test_no_protected_object_goes_without_its_word(given_: PlanInput) -> None:
    namespaces = {key for key, _ in destroyed(given_) if key.kind == "Namespace"}
    assert namespaces <= given_.approved


@MANY
@given(inputs())
def test_no_object_of_another_app_is_written_while_claims_are_incomplete(given_: PlanInput) -> None:
    made = plan(replace(given_, claims=INCOMPLETE))
    written = [one.live for one in made.changes if one.action in WRITES and one.live is not None]
    assert [live for live in written if live.owner == TILL] == []


@MANY
@given(inputs())
def test_no_object_without_a_mark_of_ours_is_forced(given_: PlanInput) -> None:
    forced = [one.live for one in plan(given_).changes if one.force and one.action in WRITES and one.live is not None]
    assert [live for live in forced if not live.own] == []


@MANY
@given(inputs())
def test_no_object_of_another_fleet_or_cluster_is_written(given_: PlanInput) -> None:
    written = [one.live for one in plan(given_).changes if one.action in WRITES and one.live is not None]
    assert [live for live in written if live.marks.fleet == "globex" or (live.owner and live.owner.cluster != CLUSTER)] == []


def told(made: Plan) -> object:
    """A Plan with its errors as text: two errors of the same words are two objects."""
    changes = [(replace(one, error=None), str(one.error)) for one in made.changes]
    return changes, made.holds, made.waits, made.desired, len(made.stages), len(made.deletes)


@MANY
@given(inputs(), st.randoms(use_true_random=False))
def test_a_plan_does_not_depend_on_the_order_of_anything(given_: PlanInput, chance: random.Random) -> None:
    def shuffled(items: object) -> list[object]:
        found = list(items)  # type: ignore[call-overload]
        chance.shuffle(found)
        return found  # type: ignore[no-any-return]

    other = replace(
        given_,
        manifests=None if given_.manifests is None else tuple(shuffled(given_.manifests)),  # type: ignore[arg-type]
        observation=Observation(objects=dict(shuffled(given_.observation.objects.items()))),  # type: ignore[arg-type]
        served=dict(shuffled(given_.served.items())),  # type: ignore[arg-type]
        written=dict(shuffled(given_.written.items())),  # type: ignore[arg-type]
    )
    assert told(plan(other)) == told(plan(given_))


@MANY
@given(inputs())
def test_every_desired_key_and_every_member_is_in_the_plan_exactly_once(given_: PlanInput) -> None:
    keys = [one.key for one in plan(given_).changes]
    wanted = {one.key for one in given_.manifests or ()}
    assert sorted(keys) == sorted(wanted | given_.members)


@MANY
@given(inputs())
def test_what_is_not_done_says_why(given_: PlanInput) -> None:
    silent = (Action.SKIP, Action.HOLD)
    assert [one.key for one in plan(given_).changes if one.action in silent and not one.reason] == []


@MANY
@given(inputs())
def test_everything_that_is_written_is_in_the_inventory_first(given_: PlanInput) -> None:
    made = plan(given_)
    written = {one.key for one in made.changes if one.action in WRITES}
    found = grown(given_, made)
    assert written <= (found.members if found else frozenset())


@MANY
@given(inputs())
def test_the_inventory_never_loses_what_is_there_and_carries_this_apps_mark(given_: PlanInput) -> None:
    before = given_.inventory
    if before is None:
        return
    after = shrunk(before, plan(given_), ChangeSet(app=SHOP, commit=given_.commit), given_)
    lost = before.members - (after.members if after else frozenset())
    there = {key for key in lost if (live := given_.observation.live(key)) and live.owner == SHOP and live.own}
    assert there == set()


@MANY
@given(inputs())
def test_nothing_is_written_where_nothing_may_be(given_: PlanInput) -> None:
    assert not plan(replace(given_, observe_only="it diverged")).writes


@given(st.sets(st.sampled_from(range(len(EVERY))), min_size=1))
def test_an_unchanged_input_writes_nothing_and_drifts_nowhere(chosen: set[int]) -> None:
    wanted = [EVERY[number] for number in sorted(chosen)]
    given_ = facts(wanted, map(ours, wanted))
    made = plan(given_)
    assert {one.action for one in made.changes} == {Action.UNCHANGED}
    assert (made.writes, drifts(given_), grown(given_, made)) == (False, (), given_.inventory)


def test_the_inputs_above_lead_to_every_action_to_holds_and_to_waits() -> None:
    seen_: set[object] = set()

    @settings(MANY, max_examples=600, derandomize=True, database=None)
    @given(inputs())
    def look(given_: PlanInput) -> None:
        made = plan(given_)
        seen_.update({one.action for one in made.changes}, {hold.guard for hold in made.holds}, {bool(made.waits)})

    look()
    assert seen_ >= {*Action, "budget", "protected", True, False}
