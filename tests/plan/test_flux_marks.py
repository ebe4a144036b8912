"""Flux's words on an object, as a label or an annotation: what is not made, not changed, not reverted, not deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.errors import IgnoreDriftInvalid
from fleet.hooks import ExemptionContext
from fleet.hooks.registry import load
from fleet.model import flux_words
from fleet.model.drift import Drift
from fleet.model.manifest import Manifest
from fleet.model.observation import observe
from fleet.model.plan import Action, ChangeSet, Plan
from fleet.plan.builtin import flux_marks
from fleet.plan.drift import drifts
from fleet.plan.input import Withheld
from fleet.plan.keeping import shrunk
from fleet.plan.plan import plan
from fleet.reconcile.exemptions import exempted
from tests.plan.given import (
    COMMIT,
    SHOP,
    actions,
    app,
    change,
    deleted,
    deployment,
    entry,
    facts,
    foreign,
    inventory,
    live_body,
    manifest,
    ours,
)
from tests.plan.given import removed as gone

SSA, RECONCILE = "kustomize.toolkit.fluxcd.io/ssa", "kustomize.toolkit.fluxcd.io/reconcile"
DETECTION = "helm.toolkit.fluxcd.io/driftDetection"
DECLARED = load([flux_marks]).drift_exemptions
WEB, OTHER = deployment(), manifest("Service", "other")


def saying(word: str, value: str, *, place: str = "annotations", of: Manifest = WEB) -> Manifest:
    metadata = {**of.metadata, place: {word: value}}
    return Manifest.of({**of.body, "metadata": metadata}, origin=of.origin, scope=of.scope, namespace="shop")


def planned(desired: Manifest, body: dict[str, Any] | None, **more: Any) -> Plan:
    """The Plan for an object after somebody changed it; `body` None is an object that is not there."""
    exempt = exempted(app(), [desired], DECLARED)
    before = facts([desired], [ours(desired)], exempt=exempt)
    return plan(facts([desired], [observe(body)] if body else [], exempt=exempt, **{"written": before.written, **more}))


def scaled(desired: Manifest) -> dict[str, Any]:
    """The object after somebody scaled it and added an annotation."""
    body = live_body(desired)
    fields = body["metadata"]["managedFields"]
    del fields[0]["fieldsV1"]["f:spec"]["f:replicas"]
    fields.append(entry("kubectl-edit", {"f:spec": {"f:replicas": {}}, "f:metadata": {"f:annotations": {"f:note": {}}}}))
    return {**body, "spec": {**body["spec"], "replicas": 9}}


def noted(desired: Manifest) -> dict[str, Any]:
    """The object after somebody added an annotation with kubectl."""
    body = live_body(desired)
    body["metadata"]["managedFields"].append(entry("kubectl-annotate", {"f:metadata": {"f:annotations": {"f:note": {}}}}))
    return body


@pytest.mark.parametrize("place", ["labels", "annotations"])
@pytest.mark.parametrize(
    ("heard", "word", "value"),
    [
        (flux_words.keeps, flux_words.PRUNE, "disabled"),
        (flux_words.left_alone, RECONCILE, "Disabled"),
        (flux_words.left_alone, SSA, "Ignore"),
        (flux_words.made_only, SSA, "ifNotPresent"),
        (flux_words.merges, SSA, "Merge"),
        (flux_words.replaces, flux_words.FORCE, "enabled"),
        (flux_words.undetected, DETECTION, "disabled"),
    ],
)
def test_a_word_is_heard_as_label_and_as_annotation_and_means_one_thing(heard: Any, word: str, value: str, place: str) -> None:
    every = (
        flux_words.keeps,
        flux_words.left_alone,
        flux_words.made_only,
        flux_words.merges,
        flux_words.replaces,
        flux_words.undetected,
    )
    assert [each for each in every if each(saying(word, value, place=place).metadata)] == [heard]
    assert not heard(saying(word, "other", place=place).metadata)


def test_what_is_left_alone_is_not_deleted_and_stays_a_member() -> None:
    before = facts([OTHER], [ours(OTHER), ours(WEB)], withheld=Withheld(alone=frozenset({WEB.key})))
    made = plan(before)
    assert (deleted(made), change(made, WEB.key).action, change(made, WEB.key).release) == ([], Action.SKIP, False)
    left = shrunk(inventory([OTHER.key, WEB.key]), made, ChangeSet(app=SHOP, commit=COMMIT), before)
    assert left is not None
    assert left.members == {OTHER.key, WEB.key}


@pytest.mark.parametrize(("word", "value"), [(SSA, "Ignore"), (RECONCILE, "disabled"), (flux_words.PRUNE, "disabled")])
def test_a_live_object_that_says_so_is_not_deleted_with_its_app(word: str, value: str) -> None:
    live = observe(live_body(saying(word, value, place="labels")))
    assert deleted(plan(gone([live]))) == []


@pytest.mark.parametrize("place", ["labels", "annotations"])
def test_an_object_that_is_only_made_is_made_and_then_left(place: str) -> None:
    desired = saying(SSA, "IfNotPresent", place=place)
    assert actions(planned(desired, None)) == {"web": Action.CREATE}
    assert actions(planned(desired, scaled(desired))) == {"web": Action.SKIP}


def test_an_object_that_is_only_made_is_not_adopted_but_from_an_engine_that_is_gone() -> None:
    desired = saying(SSA, "IfNotPresent")
    there = foreign(desired, "kubectl")
    made = plan(facts([desired], [there], members=[]))
    assert (change(made, WEB.key).action, WEB.key in made.desired) == (Action.SKIP, False)
    flux = replace(there, rivals=("flux",))
    assert actions(plan(facts([desired], [flux], members=[], departed=frozenset({"flux"})))) == {"web": Action.CONFIGURE}
    assert change(plan(facts([desired], [flux], members=[])), WEB.key).error is not None


@pytest.mark.parametrize(("value", "action"), [("Merge", Action.UNCHANGED), ("Override", Action.CONFIGURE)])
def test_merging_leaves_what_people_added(value: str, action: Action) -> None:
    desired = saying(SSA, value)
    assert actions(planned(desired, noted(desired))) == {"web": action}


def test_merging_takes_back_what_people_changed_and_leaves_the_rest() -> None:
    desired = saying(SSA, "Merge", place="labels")
    made = change(planned(desired, scaled(desired)), WEB.key)
    assert (made.action, made.force, made.take, made.exempt) == (Action.CONFIGURE, True, (), ())


def test_without_detection_drift_is_neither_told_nor_reverted() -> None:
    desired = saying(DETECTION, "disabled", place="labels")
    assert actions(planned(desired, scaled(desired))) == {"web": Action.UNCHANGED}
    assert actions(planned(desired, scaled(desired), written={})) == {"web": Action.UNCHANGED}
    assert change(planned(desired, None), WEB.key).action is Action.SKIP
    known = facts([desired], [ours(desired)]).written
    told: tuple[Drift, ...] = drifts(facts([desired], [observe(scaled(desired))], written=known))
    assert told == ()


def test_without_detection_a_change_in_git_is_applied() -> None:
    was, desired = saying(DETECTION, "disabled"), saying(DETECTION, "disabled", of=deployment(replicas=5))
    known = facts([was], [ours(was)]).written
    assert actions(planned(desired, live_body(was), written=known)) == {"web": Action.CONFIGURE}


@pytest.mark.parametrize("value", ["merged", ""])
def test_another_policy_holds_the_object_and_says_which_there_are(value: str) -> None:
    (declared,) = DECLARED
    with pytest.raises(IgnoreDriftInvalid, match="Override, Merge, IfNotPresent or Ignore"):
        tuple(declared.fields(ExemptionContext(value=value, manifest=None, live=None)))
    held = change(planned(saying(SSA, value, place="labels"), None), WEB.key)
    assert (held.action, "Override, Merge" in held.reason) == (Action.HOLD, True)
