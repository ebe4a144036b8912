"""Nothing is destroyed by mistake: when an object may be deleted, and when not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.errors import ClusterUnreachable, KindUnknown
from fleet.model.app import OnRemoval, Propagation, Standing
from fleet.model.inventory import Identity
from fleet.model.keys import AppKey
from fleet.model.observation import LiveObject, Observation, Unknown
from fleet.model.plan import Action
from fleet.plan.input import Withheld
from fleet.plan.plan import plan
from tests.plan.given import (
    EARLIER,
    HERE,
    INCOMPLETE,
    SHOP,
    actions,
    app,
    approval,
    change,
    claims,
    deleted,
    deployment,
    facts,
    foreign,
    inventory,
    manifest,
    ours,
    removed,
)

KEPT, GONE = manifest("Service", "kept"), manifest("Service", "gone")
BOTH = (ours(KEPT), ours(GONE))


def marked_as(live: LiveObject, **marks: str) -> LiveObject:
    return replace(live, marks=replace(live.marks, **marks))


def test_what_is_no_longer_desired_is_deleted_last() -> None:
    made = plan(facts([KEPT, manifest(name="new")], BOTH))
    assert [one.action for one in made.changes] == [Action.CREATE, Action.DELETE, Action.UNCHANGED]
    assert deleted(made) == ["gone"]


def test_a_delete_carries_the_object_that_was_decided_about() -> None:
    (delete,) = plan(facts([KEPT], BOTH)).deletes
    assert delete.live is not None
    assert (delete.live.uid, delete.live.resource_version) == ("uid-gone", "7")


def test_nothing_is_deleted_while_claims_are_incomplete() -> None:
    made = plan(facts([KEPT], BOTH, claims=INCOMPLETE))
    assert deleted(made) == []
    assert change(made, GONE.key).action is Action.HOLD
    assert made.waits != ""


def test_claims_of_another_commit_are_incomplete() -> None:
    assert deleted(plan(facts([KEPT], BOTH, claims=claims({KEPT.key: "shop"}, commit=EARLIER)))) == []


def test_what_waits_for_claims_does_not_hold_back_what_is_created() -> None:
    made = plan(facts([KEPT, manifest(name="new")], BOTH, claims=INCOMPLETE))
    assert actions(made)["new"] is Action.CREATE


def test_a_key_that_any_app_desires_is_not_deleted() -> None:
    made = plan(facts([KEPT], BOTH, claims=claims({KEPT.key: "shop", GONE.key: "till"})))
    assert deleted(made) == []
    assert "till" in change(made, GONE.key).reason


def test_an_object_of_a_kind_that_was_not_discovered_is_not_deleted() -> None:
    assert deleted(plan(facts([KEPT], BOTH, served={}))) == []


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ClusterUnreachable(cluster="prod-1", reason="no route"), id="unreachable"),
        pytest.param(KindUnknown(cluster="prod-1", kind="Service", group_version="v1"), id="kind unknown"),
    ],
)
def test_what_could_not_be_told_is_not_deleted(error: ClusterUnreachable) -> None:
    seen = Observation(objects={KEPT.key: BOTH[0], GONE.key: Unknown(error=error)})
    assert deleted(plan(facts([KEPT], BOTH, observation=seen))) == []


def test_what_was_not_looked_for_is_not_deleted() -> None:
    assert deleted(plan(facts([KEPT], BOTH, observation=Observation(objects={KEPT.key: BOTH[0]})))) == []


def test_an_object_that_the_inventory_does_not_list_is_not_deleted() -> None:
    made = plan(facts([KEPT], BOTH, members=[KEPT.key]))
    assert deleted(made) == []
    assert "gone" not in actions(made)


@pytest.mark.parametrize(
    "marks",
    [
        pytest.param({"owner": f"{SHOP} Service shop/another"}, id="it names another object"),
        pytest.param({"owner": f"prod-1/till {GONE.key.member}"}, id="it names another App"),
        pytest.param({"owner": f"prod-2/shop {GONE.key.member}"}, id="it names another cluster"),
        pytest.param({"fleet": "globex"}, id="it names another fleet"),
        pytest.param({"fleet": ""}, id="it names no fleet"),
        pytest.param({"owner": ""}, id="it names nobody"),
        pytest.param({"owner": "nonsense"}, id="it is nonsense"),
    ],
)
def test_only_an_object_whose_mark_names_itself_app_fleet_and_cluster_is_deleted(marks: dict[str, str]) -> None:
    made = plan(facts([KEPT], [BOTH[0], marked_as(BOTH[1], **marks)]))
    assert deleted(made) == []
    assert change(made, GONE.key).action is Action.SKIP


def test_an_unmarked_object_in_the_inventory_is_not_deleted() -> None:
    assert deleted(plan(facts([KEPT], [BOTH[0], foreign(GONE)]))) == []


def test_what_is_being_deleted_is_not_deleted_again() -> None:
    made = plan(facts([KEPT], [BOTH[0], replace(BOTH[1], deleting=True)]))
    assert (deleted(made), change(made, GONE.key).reason) == ([], "it is being deleted")


def test_what_is_gone_already_needs_no_delete() -> None:
    made = plan(facts([KEPT], BOTH[:1], members=[KEPT.key, GONE.key]))
    assert (deleted(made), made.writes, made.holds) == ([], False, ())


def test_a_failed_render_deletes_and_writes_nothing() -> None:
    made = plan(facts([], BOTH, manifests=None))
    assert (made.writes, made.deletes) == (False, ())


@pytest.mark.parametrize(
    "word",
    [
        pytest.param({"fleethub.dev/prune": "false"}, id="ours"),
        pytest.param({"argocd.argoproj.io/sync-options": "Validate=false, Prune=false"}, id="Argo Prune"),
        pytest.param({"argocd.argoproj.io/sync-options": "Delete=false"}, id="Argo Delete"),
        pytest.param({"kustomize.toolkit.fluxcd.io/prune": "disabled"}, id="Flux"),
        pytest.param({"helm.sh/resource-policy": "keep"}, id="Helm"),
    ],
)
def test_a_live_object_that_says_it_is_to_be_kept_is_kept_for_good(word: dict[str, str]) -> None:
    gone = manifest("Service", "gone", annotations=word)
    made = plan(facts([KEPT], [ours(KEPT), ours(gone)]))
    let_go = change(made, gone.key)
    assert (deleted(made), let_go.action, let_go.release) == ([], Action.SKIP, True)


def test_an_app_that_does_not_prune_lets_go() -> None:
    made = plan(facts([KEPT], BOTH, app=app(prune=False)))
    assert (deleted(made), change(made, GONE.key).release) == ([], True)


def test_nothing_is_let_go_while_claims_are_incomplete() -> None:
    made = plan(facts([KEPT], BOTH, app=app(prune=False), claims=INCOMPLETE))
    assert not change(made, GONE.key).release
    assert made.waits != ""


def test_an_app_whose_document_was_deleted_is_deleted() -> None:
    assert deleted(plan(removed(BOTH))) == ["kept", "gone"]


@pytest.mark.parametrize("standing", [Standing.UNKNOWN, Standing.DECLARED])
def test_an_app_that_may_still_be_declared_is_kept(standing: Standing) -> None:
    made = plan(removed(BOTH, standing=standing))
    assert (made.writes, made.deletes) == (False, ())


def test_a_declared_app_of_unknown_standing_deletes_nothing() -> None:
    assert deleted(plan(facts([KEPT], BOTH, standing=Standing.UNKNOWN))) == []


@pytest.mark.parametrize("prune", [True, False])
def test_an_app_that_orphans_lets_everything_go(prune: bool) -> None:
    orphaning = inventory([KEPT.key, GONE.key], on_removal=OnRemoval.ORPHAN, prune=prune)
    made = plan(removed(BOTH, inventories={"shop": orphaning}))
    assert deleted(made) == []
    assert [one.release for one in made.still] == [True, True]


def test_what_becomes_of_a_removed_app_is_its_own_word_not_that_of_pruning() -> None:
    lasting = inventory([KEPT.key, GONE.key], prune=False, on_removal=OnRemoval.DELETE)
    assert deleted(plan(removed(BOTH, inventories={"shop": lasting}))) == ["kept", "gone"]


def test_a_removed_app_s_objects_go_as_its_inventory_says_and_a_declared_one_s_as_the_app_says() -> None:
    before = inventory([KEPT.key, GONE.key], propagation=Propagation.FOREGROUND)
    left = plan(removed(BOTH, inventories={"shop": before}))
    pruned = plan(facts([KEPT], BOTH, inventories={"shop": before}, app=app(propagation=Propagation.ORPHAN)))
    assert {each.propagation for each in left.deletes} == {Propagation.FOREGROUND}
    assert [each.propagation for each in pruned.deletes] == [Propagation.ORPHAN]


def test_an_inventory_that_does_not_say_where_the_app_was_declared_deletes_nothing() -> None:
    bare = inventory([KEPT.key, GONE.key], declared_by=None)
    assert not plan(removed(BOTH, inventories={"shop": bare})).writes


def test_removing_a_clusters_directory_orphans() -> None:
    made = plan(removed(BOTH, orphan=True))
    assert (deleted(made), [one.release for one in made.still]) == ([], [True, True])


def test_what_another_app_claims_is_not_let_go_by_a_removed_one() -> None:
    kept = inventory([KEPT.key, GONE.key], on_removal=OnRemoval.ORPHAN)
    made = plan(removed(BOTH, inventories={"shop": kept}, claims=claims({KEPT.key: "till"})))
    assert [one.key.name for one in made.still if one.release] == ["gone"]


def test_an_object_in_error_holds_back_the_apps_deletes_and_nothing_else() -> None:
    bad, new = manifest(name="bad", annotations={"fleethub.dev/adopt": "Perhaps"}), manifest(name="new")
    made = plan(facts([KEPT, bad, new], [*BOTH, foreign(bad)], members=[KEPT.key, GONE.key]))
    assert actions(made) == {"new": Action.CREATE, "kept": Action.UNCHANGED, "bad": Action.HOLD, "gone": Action.HOLD}
    assert len(made.errors) == 1


def test_deletes_go_in_reverse_order() -> None:
    old = [manifest(kind, kind.lower()) for kind in ("Namespace", "ConfigMap", "Deployment", "APIService")]
    word = approval(*(one.key for one in old))
    made = plan(facts([KEPT], [ours(KEPT), *map(ours, old)], approvals=(word,)))
    assert deleted(made) == ["apiservice", "deployment", "configmap", "namespace"]


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_configuration_goes_only_after_the_app_is_healthy(kind: str) -> None:
    old = manifest(kind, "old")
    live = [ours(KEPT), ours(old)]
    waiting, healthy = plan(facts([KEPT], live, healthy=False)), plan(facts([KEPT], live, healthy=True))
    assert (deleted(waiting), deleted(healthy)) == ([], ["old"])
    assert "healthy" in change(waiting, old.key).reason


def test_health_from_before_a_write_does_not_let_configuration_go() -> None:
    old, web = manifest(name="old"), deployment()
    made = plan(facts([web], [ours(deployment(replicas=1)), ours(old)], healthy=True))
    assert (deleted(made), actions(made)["web"]) == ([], Action.CONFIGURE)


def test_in_a_removed_app_configuration_goes_once_its_workloads_are_gone() -> None:
    web, settings = deployment(), manifest(name="settings")
    first = plan(removed([ours(web), ours(settings)]))
    then = plan(removed([ours(settings)], members=[web.key, settings.key]))
    assert (deleted(first), deleted(then)) == (["web"], ["settings"])


def test_in_a_removed_app_configuration_waits_for_a_workload_that_is_being_deleted() -> None:
    web, settings = deployment(), manifest(name="settings")
    assert deleted(plan(removed([replace(ours(web), deleting=True), ours(settings)]))) == []


def test_an_app_whose_cluster_is_only_observed_writes_nothing() -> None:
    made = plan(facts([KEPT, manifest(name="new")], BOTH, observe_only="it diverged"))
    assert not made.writes
    assert {one.action for one in made.changes} == {Action.SKIP, Action.UNCHANGED}
    assert "it diverged" in change(made, GONE.key).reason


def test_a_paused_app_writes_nothing() -> None:
    made = plan(facts([KEPT, manifest(name="new")], BOTH, app=app(paused=True)))
    assert (made.writes, change(made, GONE.key).reason) == (False, "the App is paused")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"fleet": "globex"}, id="another fleet"),
        pytest.param({"cluster": Identity(name=HERE.name, uid="other")}, id="another UID"),
        pytest.param({"cluster": Identity(name="prod-2", uid=HERE.uid)}, id="another name"),
        pytest.param({"app": AppKey("prod-2", "till")}, id="an App of another cluster"),
    ],
)
def test_one_inventory_of_another_identity_means_observe_only(wrong: dict[str, object]) -> None:
    strange = inventory([], name="till", **wrong)
    own = inventory([KEPT.key, GONE.key])
    made = plan(facts([KEPT], BOTH, inventories={"shop": own, "till": strange}))
    assert (made.writes, deleted(made)) == (False, [])


def test_a_mark_of_this_app_without_inventory_is_written_and_not_deleted() -> None:
    stray = marked_as(BOTH[0], digest="old")
    made = plan(facts([KEPT], [stray], members=[]))
    assert (actions(made), deleted(made)) == ({"kept": Action.CONFIGURE}, [])


def test_what_turns_out_to_be_another_engines_installation_is_let_go_not_deleted() -> None:
    made = plan(facts([KEPT], BOTH, withheld=Withheld(installed=frozenset({GONE.key}))))
    assert deleted(made) == []
    assert (change(made, GONE.key).action, change(made, GONE.key).release) == (Action.SKIP, True)
