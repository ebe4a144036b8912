"""What is too much to be deleted without a word, and what a word lets through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.model.app import Standing
from fleet.model.inventory import Inventory
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.plan import Action, Cause, Hold, Plan
from fleet.plan.guards import blast_radius, exodus, predecessors, word
from fleet.plan.input import PlanInput
from fleet.plan.plan import plan
from tests.plan.given import (
    INCOMPLETE,
    actions,
    approval,
    change,
    claims,
    deleted,
    deployment,
    facts,
    inventory,
    manifest,
    many,
    ours,
    removed,
)


def shrinking(going: int, staying: int, **more: object) -> PlanInput:
    """An App that loses some of its Services."""
    every = many(going + staying)
    return facts(every[going:], map(ours, every), **more)


@pytest.mark.parametrize(
    "going, staying, held",
    [
        pytest.param(5, 1, False, id="five may go"),
        pytest.param(6, 54, False, id="a tenth may go"),
        pytest.param(6, 53, True, id="more than five and than a tenth"),
        pytest.param(1, 0, True, id="all of it, if only one"),
        pytest.param(5, 0, True, id="all of it"),
    ],
)
def test_more_than_five_and_a_tenth_or_all_of_an_app_is_held(going: int, staying: int, held: bool) -> None:
    made = plan(shrinking(going, staying))
    assert (bool(made.holds), len(made.deletes)) == (held, 0 if held else going)


@pytest.mark.parametrize("kind", ["Namespace", "CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim"])
def test_any_protected_kind_holds_all_deletes(kind: str) -> None:
    precious, plain, kept = manifest(kind, "precious"), manifest("Service", "plain"), manifest("Service", "kept")
    made = plan(facts([kept], map(ours, (precious, plain, kept))))
    assert ([hold.guard for hold in made.holds], deleted(made)) == (["protected"], [])


ASKING = manifest("Service", "asking", annotations={"argocd.argoproj.io/sync-options": "Prune=confirm"})


def test_an_object_that_asks_for_a_confirmation_holds_all_deletes_until_its_word_is_said() -> None:
    kept, gone = many(2)
    given = facts([kept], map(ours, (kept, gone, ASKING)))
    made = plan(given)
    assert ([hold.guard for hold in made.holds], deleted(made)) == (["confirm"], [])
    said = plan(replace(given, approvals=(approval(*(key for _, key in made.holds[0].keys)),)))
    assert (said.holds, set(deleted(said))) == ((), {gone.key.name, "asking"})


def test_of_a_confirmed_removal_an_object_that_asks_is_held_alone() -> None:
    made = plan(removed(map(ours, (*many(2), ASKING))))
    assert ([hold.guard for hold in made.holds], len(made.deletes)) == (["confirm"], 2)


def test_a_hold_names_what_it_holds_and_its_word() -> None:
    (hold,) = plan(shrinking(6, 4)).holds
    assert {key.name for _, key in hold.keys} == {f"s00{number}" for number in range(6)}
    assert hold.word == word(hold.keys)
    assert len(hold.word) == 16


def test_what_is_held_says_so_with_the_word() -> None:
    made = plan(shrinking(6, 4))
    assert made.holds[0].word in change(made, many(1)[0].key).reason


def test_a_word_does_not_depend_on_the_order() -> None:
    keys = [("a", one.key) for one in many(4)]
    assert word(keys) == word(reversed(keys))
    assert word(keys) != word(("b", key) for _, key in keys)


def test_an_approved_plan_passes() -> None:
    words = (approval(*(one.key for one in many(6))),)
    made = plan(shrinking(6, 4, approvals=words))
    assert (made.holds, len(made.deletes)) == ((), 6)


def test_a_plan_passes_on_several_words_together() -> None:
    keys = [one.key for one in many(6)]
    made = plan(shrinking(6, 4, approvals=(approval(*keys[:3]), approval(*keys[3:]))))
    assert (made.holds, len(made.deletes)) == ((), 6)


def test_a_partly_approved_plan_is_held_whole() -> None:
    words = (approval(*(one.key for one in many(5))),)
    made = plan(shrinking(6, 4, approvals=words))
    assert (len(made.holds), made.deletes) == (1, ())


def test_what_was_already_deleted_changes_no_word() -> None:
    every = many(20)
    words = (approval(*(one.key for one in every[:12])),)
    live = map(ours, every[5:])
    made = plan(facts(every[12:], live, members=[one.key for one in every], approvals=words))
    assert (made.holds, len(made.deletes)) == ((), 7)


def test_a_word_for_other_objects_lets_nothing_through() -> None:
    made = plan(shrinking(6, 4, approvals=(approval(*(one.key for one in many(6, first=50))),)))
    assert made.deletes == ()


def test_replacing_counts_as_deleting() -> None:
    made = plan(replacing(6, 4))
    assert (len(made.holds), Action.REPLACE in actions(made).values()) == (1, False)


def test_an_approved_replacement_passes() -> None:
    words = (approval(*(one.key for one in many(6))),)
    assert list(actions(plan(replacing(6, 4, approvals=words))).values()).count(Action.REPLACE) == 6


def replacing(going: int, staying: int, **more: object) -> PlanInput:
    old = many(going + staying)
    new = [changed(one) for one in old[:going]]
    refused = {one.key: one.digest for one in new}
    return facts([*new, *old[going:]], map(ours, old), immutable=refused, **more)


def changed(old: Manifest) -> Manifest:
    return manifest(old.key.kind, old.key.name, annotations={"fleethub.dev/replace": "true"}, spec={"clusterIP": "10.0.0.9"})


def test_a_generators_predecessor_does_not_count() -> None:
    old, new = manifest(name="settings-2456789bcd"), manifest(name="settings-bcdfghkmt2")
    made = plan(facts([new], [ours(old), ours(new)]))
    assert (made.holds, deleted(made)) == ((), [old.key.name])


@pytest.mark.parametrize(
    "gone, desired",
    [
        pytest.param(("ConfigMap", "a-2456789bcd"), ("Secret", "a-bcdfghkmt2"), id="another kind"),
        pytest.param(("ConfigMap", "a-2456789bcd"), ("ConfigMap", "b-bcdfghkmt2"), id="another name"),
        pytest.param(("ConfigMap", "a-2456789bcd"), ("ConfigMap", "a"), id="the new one has no hash"),
        pytest.param(("ConfigMap", "a-production"), ("ConfigMap", "a-bcdfghkmt2"), id="the old one has no hash"),
        pytest.param(("PersistentVolumeClaim", "a-2456789bcd"), ("PersistentVolumeClaim", "a-bcdfghkmt2"), id="protected"),
    ],
)
def test_only_the_same_name_but_for_the_hash_is_a_predecessor(gone: tuple[str, str], desired: tuple[str, str]) -> None:
    assert predecessors([manifest(*gone).key], [manifest(*desired).key]) == frozenset()


def test_a_removal_confirmed_by_its_document_needs_no_word() -> None:
    made = plan(removed(map(ours, many(30))))
    assert (made.holds, len(made.deletes)) == ((), 30)


def test_a_confirmed_removal_still_holds_what_is_protected_and_only_that() -> None:
    made = plan(removed(map(ours, (*many(7), manifest("Namespace", "shop")))))
    (hold,) = made.holds
    assert ({key.name for _, key in hold.keys}, len(made.deletes)) == ({"shop"}, 7)


def test_an_app_that_vanished_in_another_way_is_held() -> None:
    made = plan(removed(map(ours, many(2)), standing=Standing.REMOVED))
    assert (len(made.holds), made.deletes) == (1, ())


def fleet_hold(keys: frozenset[ObjectKey]) -> Hold:
    found = blast_radius(deletes={f"c{number}": keys for number in range(4)}, clusters=5)
    assert found is not None
    return found


def test_a_hold_of_the_whole_fleet_counts_a_confirmed_removal() -> None:
    services = many(2)
    hold = fleet_hold(frozenset(one.key for one in services))
    made = plan(removed(map(ours, services), fleet_hold=hold))
    assert (made.holds, made.deletes) == ((hold,), ())


def test_a_hold_of_the_whole_fleet_passes_with_its_word() -> None:
    services = many(2)
    keys = frozenset(one.key for one in services)
    made = plan(removed(map(ours, services), fleet_hold=fleet_hold(keys), approvals=(approval(*keys),)))
    assert (made.holds, len(made.deletes)) == ((), 2)


def test_a_hold_of_the_cluster_holds_its_removed_apps() -> None:
    services = many(2)
    held = exodus("prod-1", *standing_of({"a": Standing.CONFIRMED, "b": Standing.CONFIRMED, "c": Standing.DECLARED}))
    assert plan(removed(map(ours, services), cluster_hold=held)).deletes == ()


def test_what_would_be_orphaned_everywhere_is_held_too() -> None:
    services = many(2)
    hold = blast_radius(deletes={"prod-1": frozenset(one.key for one in services)}, clusters=1, empty=True)
    made = plan(removed(map(ours, services), orphan=True, fleet_hold=hold))
    assert (made.holds, made.writes) == ((hold,), False)


@pytest.mark.parametrize(
    "hit, clusters, held",
    [
        pytest.param(3, 3, False, id="three may"),
        pytest.param(4, 16, False, id="a quarter may"),
        pytest.param(4, 15, True, id="more than three and than a quarter"),
        pytest.param(0, 15, False, id="none"),
    ],
)
def test_deletes_on_more_than_a_quarter_and_three_of_the_clusters_are_held(hit: int, clusters: int, held: bool) -> None:
    deletes = {f"c{number}": frozenset({many(1)[0].key}) for number in range(hit)}
    assert (blast_radius(deletes=deletes, clusters=clusters) is not None) is held


def test_a_cluster_that_loses_nothing_does_not_count() -> None:
    assert blast_radius(deletes={f"c{number}": frozenset() for number in range(9)}, clusters=9) is None


def test_an_empty_tree_is_held() -> None:
    hold = blast_radius(deletes={}, clusters=9, empty=True)
    assert hold is not None
    assert "empty" in hold.reason


def standing_of(standings: dict[str, Standing]) -> tuple[dict[str, Inventory], dict[str, Standing]]:
    return {name: inventory([many(1)[0].key], name=name) for name in standings}, standings


@pytest.mark.parametrize(
    "gone, left, held",
    [
        pytest.param(1, 0, False, id="one App may"),
        pytest.param(2, 2, False, id="half may"),
        pytest.param(2, 1, True, id="more than half"),
        pytest.param(2, 0, True, id="all"),
    ],
)
def test_a_revision_that_removes_more_than_half_of_a_clusters_apps_is_held(gone: int, left: int, held: bool) -> None:
    standings = {f"g{number}": Standing.CONFIRMED for number in range(gone)}
    standings |= {f"l{number}": Standing.DECLARED for number in range(left)}
    assert (exodus("prod-1", *standing_of(standings)) is not None) is held


def test_apps_of_unknown_standing_are_not_removed() -> None:
    assert exodus("prod-1", *standing_of({"a": Standing.UNKNOWN, "b": Standing.UNKNOWN})) is None


def test_apps_that_the_revision_adds_do_not_hide_the_loss() -> None:
    standings = {"a": Standing.REMOVED, "b": Standing.REMOVED, "new": Standing.DECLARED, "newer": Standing.DECLARED}
    before = frozenset({"a", "b"})
    assert exodus("prod-1", *standing_of(standings)) is None
    assert exodus("prod-1", *standing_of(standings), before=before) is not None


def test_a_plan_over_its_budget_lets_no_new_member_in() -> None:
    every = many(8)
    new = manifest("Service", "new")
    made = plan(facts([*every[6:], new], map(ours, every)))
    assert actions(made)["new"] is Action.HOLD


def test_a_plan_over_its_budget_still_heals_drift() -> None:
    every = many(8)
    made = plan(facts(every[6:], map(ours, every[:7]), members=[one.key for one in every], written=remembered(every)))
    lost = change(made, every[7].key)
    assert (lost.action, lost.cause, made.deletes) == (Action.CREATE, Cause.DRIFT, ())


def remembered(every: tuple[Manifest, ...]) -> object:
    return facts(every, map(ours, every)).written


def test_what_may_be_over_budget_waits_for_claims_before_anything_new_is_let_in() -> None:
    every = many(8)
    made = plan(facts([*every[6:], manifest("Service", "new")], map(ours, every), claims=INCOMPLETE))
    assert (actions(made)["new"], made.holds, bool(made.waits)) == (Action.HOLD, (), True)


def test_moved_objects_count_for_nothing() -> None:
    every = many(12)
    owners = {one.key: "till" for one in every[:10]} | {one.key: "shop" for one in every[10:]}
    made = plan(facts(every[10:], map(ours, every), claims=claims(owners)))
    assert (made.holds, made.deletes) == ((), ())


def test_configuration_that_waits_counts_at_once() -> None:
    old = [manifest(name=f"old{number}") for number in range(4)] + list(many(3))
    made: Plan = plan(facts([deployment()], [ours(deployment()), *map(ours, old)], healthy=False))
    assert len(made.holds) == 1
