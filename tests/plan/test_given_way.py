"""What gives way, and what waits to be asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleet.model.claims import Claims
from fleet.model.marks import WAVE
from fleet.model.plan import Action
from fleet.model.sync_hook import HookRun
from fleet.plan.claims import claims
from fleet.plan.hook_run import HookFacts
from fleet.plan.plan import plan
from tests.plan.given import COMMIT, app, change, cluster_map, facts, foreign, manifest
from tests.plan.given import claims as owned_by

OWN = replace(manifest("Namespace", "shop"), yields=True)
DECLARED = manifest("Namespace", "shop")
LABELLED = replace(manifest("Namespace", "shop", annotations={"team": "shop"}), yields=True)
ONE = manifest()


def test_an_object_that_gives_way_belongs_to_whoever_else_declares_it() -> None:
    apps = {"shop": app("shop"), "till": app("till")}
    found = claims(cluster_map(apps), {"shop": (OWN,), "till": (DECLARED,)}, COMMIT)
    assert isinstance(found, Claims)
    assert (found.owners[OWN.key].app, found.refused) == ("till", {})


def test_of_two_that_give_way_the_first_has_it() -> None:
    found = claims(cluster_map({"shop": app("shop"), "till": app("till")}), {"shop": (OWN,), "till": (OWN,)}, COMMIT)
    assert isinstance(found, Claims)
    assert (found.owners[OWN.key].app, found.refused) == ("shop", {})


def test_what_another_app_declares_is_left_without_an_error() -> None:
    made = change(plan(facts([OWN], [], claims=owned_by({OWN.key: "till"}))), OWN.key)
    assert (made.action, made.error, made.reason) == (Action.SKIP, None, "App till declares it")


def test_what_was_there_before_stays_as_it_is() -> None:
    made = change(plan(facts([OWN], [foreign(OWN, "kubectl")])), OWN.key)
    assert (made.action, made.reason) == (Action.SKIP, "it was there before, and stays as it is")


@pytest.mark.parametrize(
    ("desired", "live", "action"),
    [
        pytest.param(OWN, None, Action.CREATE, id="not there"),
        pytest.param(LABELLED, foreign(LABELLED, "kubectl"), Action.CONFIGURE, id="there, and said more of"),
    ],
)
def test_it_is_made_or_taken_otherwise(desired: object, live: object, action: Action) -> None:
    made = change(plan(facts([desired], [live] if live else [])), OWN.key)  # type: ignore[list-item]
    assert made.action is action


@pytest.mark.parametrize(("requested", "action"), [(False, Action.SKIP), (True, Action.CREATE)])
def test_an_app_that_is_not_automated_is_written_only_when_it_is_asked_for(requested: bool, action: Action) -> None:
    given = replace(facts([ONE], []), app=app(automated=False), requested=requested)
    made = change(plan(given), ONE.key)
    assert made.action is action
    assert requested or made.reason == "it is synced on request alone: fleet sync prod-1/shop"


def test_a_namespace_of_its_own_comes_before_every_wave_and_hook() -> None:
    first = manifest(name="first", annotations={WAVE: "-3"})
    hook = manifest("Job", "migrate", annotations={"argocd.argoproj.io/hook": "PreSync"})
    made = plan(
        facts(
            [first, ONE, OWN, hook],
            [],
            hooks=HookFacts(run=HookRun(id="run", fingerprint="f"), due=True, begun=True, recorded=True),
        )
    )
    assert next([one.key.kind for one in stage] for stage in made.stages) == ["Namespace"]
    assert plan(facts([first, ONE, OWN], [])).stages[0][0].key == OWN.key


def test_one_that_somebody_else_has_holds_up_no_wave() -> None:
    first = manifest(name="first", annotations={WAVE: "-3"})
    made = plan(facts([first, OWN], [foreign(OWN, "kubectl")]))
    assert change(made, first.key).action is Action.CREATE
