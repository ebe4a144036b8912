"""What happens to an object that git wants: created, changed, adopted, replaced, or left with a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.errors import AdoptionRefused, ClusterUnreachable, FleetError, KindUnknown, ObjectFailed
from fleet.model.app import AdoptPolicy, DriftPolicy
from fleet.model.drift import ExemptionFailed
from fleet.model.fields import FieldPath, FieldSet
from fleet.model.manifest import Manifest, Origin, Scope
from fleet.model.observation import LiveObject, Observation, Unknown
from fleet.model.plan import Action, Cause
from fleet.plan.drift import written
from fleet.plan.exempt import exempted
from fleet.plan.plan import plan
from tests.plan.given import (
    CLUSTER,
    COMMIT,
    EARLIER,
    INCOMPLETE,
    SHOP,
    actions,
    app,
    approval,
    change,
    claims,
    deployment,
    facts,
    foreign,
    manifest,
    ours,
)

WEB = deployment()
NEWER = deployment(replicas=3)
REPLACED = deployment(replicas=3, annotations={"fleethub.dev/replace": "true"})


def marked_as(live: LiveObject, **marks: str) -> LiveObject:
    return replace(live, marks=replace(live.marks, **marks))


def unseen(desired: Manifest, error: FleetError) -> Observation:
    return Observation(objects={desired.key: Unknown(error=error)})


def test_what_is_not_there_is_created_unforced() -> None:
    made = change(plan(facts([WEB])), WEB.key)
    assert (made.action, made.force, made.cause, made.revision) == (Action.CREATE, False, Cause.COMMIT, COMMIT)


def test_a_changed_digest_is_applied_by_force() -> None:
    made = change(plan(facts([NEWER], [ours(WEB)])), WEB.key)
    assert (made.action, made.force, made.cause, made.revision) == (Action.CONFIGURE, True, Cause.COMMIT, COMMIT)


def test_an_unchanged_object_is_not_written() -> None:
    made = plan(facts([WEB], [ours(WEB)]))
    assert (actions(made), made.writes) == ({"web": Action.UNCHANGED}, False)


def test_an_object_is_not_written_merely_to_carry_a_newer_commit() -> None:
    assert not plan(facts([WEB], [ours(WEB, revision="c0" * 20)])).writes


def test_a_healed_object_keeps_the_commit_that_last_changed_its_desired_state() -> None:
    made = change(plan(facts([WEB], written=facts([WEB], [ours(WEB)]).written)), WEB.key)
    assert (made.action, made.revision) == (Action.CREATE, EARLIER)


def test_what_was_last_written_and_is_not_remembered_is_written_again() -> None:
    assert actions(plan(facts([WEB], [ours(WEB)], written={}))) == {"web": Action.CONFIGURE}


def test_a_report_only_app_is_not_written_because_nothing_is_remembered() -> None:
    assert not plan(facts([WEB], [ours(WEB)], written={}, app=app(drift=DriftPolicy.REPORT))).writes


@pytest.mark.parametrize(
    ("overwrite", "options", "put"),
    [
        pytest.param(False, "", False, id="nobody says so"),
        pytest.param(True, "", True, id="the App says so"),
        pytest.param(True, "Replace=false", False, id="the object excepts itself"),
        pytest.param(False, "Replace=true", True, id="the object says so"),
    ],
)
def test_a_change_of_gits_leaves_nothing_of_others_where_that_is_said(overwrite: bool, options: str, put: bool) -> None:
    said = deployment(replicas=3, annotations={"argocd.argoproj.io/sync-options": options})
    made = change(plan(facts([said], [ours(WEB)], app=app(overwrite=overwrite))), WEB.key)
    assert (made.action, made.overwrite) == (Action.CONFIGURE, put)


def test_drift_is_healed_by_an_apply_alone() -> None:
    edited = replace(ours(WEB), own=FieldSet())
    made = change(
        plan(facts([WEB], [edited], written={WEB.key: written(ours(WEB), None, WEB)}, app=app(overwrite=True))), WEB.key
    )
    assert (made.action, made.cause, made.overwrite) == (Action.CONFIGURE, Cause.DRIFT, False)


def test_what_could_not_be_told_is_neither_created_nor_overwritten() -> None:
    error = ClusterUnreachable(cluster=CLUSTER, reason="no route")
    made = plan(facts([WEB], observation=unseen(WEB, error)))
    assert (actions(made), made.errors) == ({"web": Action.HOLD}, (error,))


def test_what_was_not_looked_for_is_an_error() -> None:
    assert len(plan(facts([WEB], observation=Observation(objects={}))).errors) == 1


def test_an_object_that_is_being_deleted_is_waited_for() -> None:
    made = plan(facts([NEWER], [replace(ours(WEB), deleting=True)]))
    assert (actions(made), made.errors) == ({"web": Action.HOLD}, ())


def test_a_custom_resource_waits_for_the_kind_that_its_own_app_defines() -> None:
    kind = manifest("CustomResourceDefinition", "widgets.example.com", spec=WIDGETS)
    widget = manifest("Widget", "one")
    seen = {**facts([kind]).observation.objects, **unseen(widget, NO_KIND).objects}
    made = plan(facts([kind, widget], observation=Observation(objects=seen)))
    assert (actions(made), made.errors) == ({kind.key.name: Action.CREATE, "one": Action.HOLD}, ())


def test_a_custom_resource_waits_for_the_kind_that_another_app_defines() -> None:
    widget = manifest("Widget", "one")
    kind = manifest("CustomResourceDefinition", "widgets.example.com").key
    made = plan(facts([widget], observation=unseen(widget, NO_KIND), claims=claims({kind: "kinds", widget.key: "shop"})))
    assert (actions(made), made.errors) == ({"one": Action.HOLD}, ())


def test_a_custom_resource_that_nobody_defines_is_an_error() -> None:
    widget = manifest("Widget", "one")
    assert plan(facts([widget], observation=unseen(widget, NO_KIND))).errors == (NO_KIND,)


def test_an_object_of_unknown_scope_is_an_error() -> None:
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}}
    widget = Manifest.of(body, origin=Origin("a.yaml", 1), scope=Scope.UNKNOWN, namespace="shop")
    assert len(plan(facts([widget])).errors) == 1


NO_KIND = KindUnknown(cluster=CLUSTER, kind="Widget", group_version="example.com/v1")
WIDGETS = {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"}}


def test_adoption_is_unforced_and_takes_nothing_over_first() -> None:
    made = change(plan(facts([WEB], [foreign(WEB, "kubectl-create")], members=[], written={})), WEB.key)
    assert (made.action, made.cause, made.force, made.take) == (Action.CONFIGURE, Cause.ADOPT, False, ())


def test_adopt_always_forces_and_takes_over() -> None:
    given = facts([WEB], [foreign(WEB, "kubectl-create")], members=[], written={}, app=app(adopt=AdoptPolicy.ALWAYS))
    made = change(plan(given), WEB.key)
    assert (made.force, made.take_from) == (True, ("kubectl-create",))


def test_adopt_never_takes_nothing() -> None:
    given = facts([WEB], [foreign(WEB)], members=[], written={}, app=app(adopt=AdoptPolicy.NEVER))
    (error,) = plan(given).errors
    assert isinstance(error, AdoptionRefused)


def test_an_objects_own_word_on_adoption_goes_before_the_apps() -> None:
    own = deployment(annotations={"fleethub.dev/adopt": "Never"})
    made = plan(facts([own], [foreign(own)], members=[], written={}, app=app(adopt=AdoptPolicy.ALWAYS)))
    assert (made.writes, len(made.errors)) == (False, 1)


def test_an_unknown_word_on_adoption_is_an_error() -> None:
    own = deployment(annotations={"fleethub.dev/adopt": "Perhaps"})
    (error,) = plan(facts([own], [foreign(own)], members=[], written={})).errors
    assert "IfNoConflict, Always, Never" in str(error)


def test_an_object_with_another_engines_mark_is_a_conflict_whatever_the_policy() -> None:
    live = replace(foreign(WEB), rivals=("argocd",))
    (error,) = plan(facts([WEB], [live], members=[], written={}, app=app(adopt=AdoptPolicy.ALWAYS))).errors
    assert "Argo CD" in str(error)


@pytest.mark.parametrize(
    "marks",
    [
        pytest.param({"fleet": "globex"}, id="another fleet"),
        pytest.param({"owner": f"prod-2/shop {WEB.key.member}"}, id="the same App of another cluster: etcd was cloned"),
    ],
)
def test_an_object_of_another_fleet_or_cluster_is_a_conflict_whatever_the_policy(marks: dict[str, str]) -> None:
    given = facts([WEB], [marked_as(ours(WEB), **marks)], app=app(adopt=AdoptPolicy.ALWAYS))
    (error,) = plan(given).errors
    assert isinstance(error, AdoptionRefused)


def test_copied_marks_are_no_marks() -> None:
    copied = marked_as(foreign(WEB), fleet="acme", owner=f"{SHOP} Deployment.apps shop/original")
    made = change(plan(facts([WEB], [copied], members=[], written={})), WEB.key)
    assert (made.cause, made.force) == (Cause.ADOPT, False)


def test_an_object_of_ours_that_no_inventory_lists_is_still_ours() -> None:
    made = change(plan(facts([NEWER], [ours(WEB)], members=[])), WEB.key)
    assert (made.cause, made.force) == (Cause.COMMIT, True)


@pytest.mark.parametrize("marks", [pytest.param({"fleet": ""}, id="the label"), pytest.param({"owner": ""}, id="the annotation")])
def test_a_removed_mark_is_put_back_by_force_where_the_inventory_lists_the_object(marks: dict[str, str]) -> None:
    made = change(plan(facts([WEB], [marked_as(ours(WEB), **marks)])), WEB.key)
    assert (made.action, made.cause, made.force) == (Action.CONFIGURE, Cause.DRIFT, True)


def test_an_object_made_anew_by_somebody_else_is_not_forced() -> None:
    given = facts([WEB], [foreign(WEB)], written=facts([WEB], [ours(WEB)]).written)
    assert not change(plan(given), WEB.key).force


def refused(desired: Manifest, live: LiveObject, **more: object) -> object:
    return facts(
        [desired, deployment("other")], [live, ours(deployment("other"))], immutable={desired.key: desired.digest}, **more
    )


def test_an_immutable_field_is_an_error_that_says_so() -> None:
    (error,) = plan(refused(NEWER, ours(WEB))).errors
    assert isinstance(error, ObjectFailed)
    assert "cannot be changed" in str(error)
    assert "apps/shop/all.yaml:3" in str(error)


def test_an_immutable_field_with_the_word_for_it_is_replaced() -> None:
    made = change(plan(refused(REPLACED, ours(WEB))), WEB.key)
    assert (made.action, made.revision) == (Action.REPLACE, COMMIT)


def test_a_refusal_of_an_older_digest_is_forgotten() -> None:
    given = facts([NEWER], [ours(WEB)], immutable={WEB.key: "older"})
    assert actions(plan(given)) == {"web": Action.CONFIGURE}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"claims": INCOMPLETE}, id="claims are incomplete"),
        pytest.param({"members": [deployment("other").key]}, id="the Inventory does not list it"),
        pytest.param({"served": {}}, id="its kind was not discovered"),
    ],
)
def test_a_replace_takes_as_much_knowledge_as_a_delete(more: dict[str, object]) -> None:
    made = change(plan(refused(REPLACED, ours(WEB), **more)), WEB.key)
    assert (made.action, made.error) == (Action.HOLD, None)


def test_what_is_to_be_kept_for_good_is_not_replaced() -> None:
    kept = replace(ours(WEB), kept=True)
    assert len(plan(refused(REPLACED, kept, approvals=(approval(WEB.key),))).errors) == 1


def test_a_foreign_object_is_never_replaced() -> None:
    made = plan(refused(REPLACED, foreign(WEB), written={}))
    assert change(made, WEB.key).action is Action.CONFIGURE


def test_a_completed_job_that_its_ttl_removed_is_not_run_again() -> None:
    job = manifest("Job", "migrate")
    done = frozenset({f"{job.key.member} {job.digest}"})
    made = plan(facts([job], members=[job.key], jobs=done, written=facts([job], [ours(job)]).written))
    assert (actions(made), made.writes) == ({"migrate": Action.UNCHANGED}, False)


def test_a_job_that_changed_is_run() -> None:
    job = manifest("Job", "migrate")
    assert actions(plan(facts([job], jobs=frozenset({f"{job.key.member} older"})))) == {"migrate": Action.CREATE}


@pytest.mark.parametrize("live", [pytest.param((), id="absent"), pytest.param((ours(WEB),), id="there")])
def test_a_malformed_exemption_is_neither_healed_nor_overwritten(live: tuple[LiveObject, ...]) -> None:
    failed = ExemptionFailed(key=WEB.key, reason="until is missing")
    made = plan(facts([NEWER], live, exempt={WEB.key: failed}))
    assert (made.writes, actions(made)) == (False, {"web": Action.HOLD})
    assert "until is missing" in str(made.errors[0])


def test_one_bad_object_holds_back_only_itself() -> None:
    other = deployment("other")
    made = plan(facts([WEB, other], exempt={WEB.key: ExemptionFailed(key=WEB.key, reason="no")}))
    assert actions(made) == {"other": Action.CREATE, "web": Action.HOLD}


def test_an_object_exempt_as_a_whole_is_created_and_then_left() -> None:
    whole = exempted(WEB, app(), {"fleethub.dev/ignore-drift": ["*"]})
    assert whole is not None
    assert actions(plan(facts([NEWER], exempt={WEB.key: whole}))) == {"web": Action.CREATE}
    assert actions(plan(facts([NEWER], [ours(WEB)], exempt={WEB.key: whole}))) == {"web": Action.SKIP}


def test_what_a_departed_engine_managed_is_taken_from_its_managers_unforced() -> None:
    live = replace(foreign(WEB, "kustomize-controller"), rivals=("flux",))
    made = plan(facts([WEB], [live], members=[], written={}, departed=frozenset({"flux"})))
    taking = change(made, WEB.key)
    assert (taking.action, taking.cause, taking.force, taking.take_from) == (
        Action.CONFIGURE,
        Cause.ADOPT,
        False,
        ("kustomize-controller",),
    )
    assert FieldPath.parse("/spec/replicas") in taking.take


def test_an_engine_that_is_gone_says_nothing_of_another() -> None:
    live = replace(foreign(WEB), rivals=("argocd", "flux"))
    (error,) = plan(facts([WEB], [live], members=[], written={}, departed=frozenset({"flux"}))).errors
    assert "Argo CD" in str(error)


def test_what_no_one_may_say_is_gone_stays_a_conflict_until_its_mark_goes() -> None:
    live = replace(foreign(WEB), rivals=("rancher",))
    (error,) = plan(facts([WEB], [live], members=[], written={})).errors
    assert str(error).endswith("it is taken over when the mark is gone")


def test_a_departed_engines_other_objects_are_adopted_as_any_others() -> None:
    made = plan(facts([WEB], [foreign(WEB, "hpa")], members=[], written={}, departed=frozenset({"flux"})))
    assert (change(made, WEB.key).take, change(made, WEB.key).force) == ((), False)
