"""What is done about hooks: which run when, what waits for them, and what their delete policies take away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.errors import SyncHookFailed
from fleet.model.app import AdoptPolicy
from fleet.model.fields import FieldSet
from fleet.model.health import Health, HealthState
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.marks import marked
from fleet.model.observation import LiveObject, observe
from fleet.model.plan import Action, Awaited, Plan
from fleet.model.sync_hook import HookEnd, HookPhase, HookRun
from fleet.plan import PlanInput
from fleet.plan.drift import drifts, written
from fleet.plan.hook_run import HookFacts, HookSeen
from fleet.plan.hook_step import Ground, HookStep, hook_step, parted
from fleet.plan.plan import plan
from tests.plan.given import EARLIER, FLEET, SHOP, app, entry, facts, foreign, manifest, ours, owned

PRE, SYNC, POST, FAIL = HookPhase.PRE_SYNC, HookPhase.SYNC, HookPhase.POST_SYNC, HookPhase.SYNC_FAIL
RUN = HookRun(id="r1", fingerprint="f1", first=True)
COMPLETE = Health(state=HealthState.HEALTHY, reason="Complete")
BROKEN = Health(state=HealthState.DEGRADED, reason="BackoffLimitExceeded", message="1 failed")


def hook(phase: str = "PreSync", name: str = "migrate", *, kind: str = "Job", **annotations: str) -> Manifest:
    said = {"argocd.argoproj.io/hook": phase, **{_NAMES[key]: value for key, value in annotations.items()}}
    return manifest(kind, name, annotations=said)


_NAMES = {
    "wave": "argocd.argoproj.io/sync-wave",
    "policy": "argocd.argoproj.io/hook-delete-policy",
    "prune": "fleethub.dev/prune",
}


def made(desired: Manifest, run: str = "r1", phase: HookPhase = PRE) -> LiveObject:
    """The object of a hook as a run of that id made it."""
    body = marked(desired, fleet=FLEET, app=SHOP, revision=EARLIER, run=f"{run} {phase}")
    server = {"uid": f"uid-{desired.key.name}", "resourceVersion": "7"}
    managed = [entry("fleethub", owned(body), operation="Apply")]
    return observe({**body, "metadata": {**body["metadata"], **server, "managedFields": managed}})


def given(desired: list[Manifest], live: list[LiveObject] | None = None, **more: Any) -> PlanInput:
    """An App of these hooks in the middle of a run."""
    known = HookFacts(run=RUN, due=True, begun=True, recorded=True)
    return facts(desired, live or [], **{"hooks": known, **more})


def told(
    *healths: tuple[Manifest, Health],
    run: HookRun = RUN,
    phase: HookPhase = PRE,
    due: bool = True,
    begun: bool = True,
    recorded: bool = True,
) -> HookFacts:
    seen = {each.key: HookSeen(run.mark(phase), health) for each, health in healths}
    return HookFacts(run=run, due=due, begun=begun, recorded=recorded, seen=seen)


def ended(*hooks: Manifest, phase: HookPhase = PRE, succeeded: bool = True) -> HookRun:
    ends = tuple(HookEnd(phase=phase, key=each.key, succeeded=succeeded) for each in hooks)
    return HookRun(id="r1", fingerprint="f1", ended=ends)


def step(given: PlanInput, *, pending: str = "", barred: str = "") -> HookStep:
    _, hooks = parted(given.manifests or ())
    return hook_step(given, hooks, Ground(pending=pending, barred=barred))


def writes(found: HookStep) -> dict[str, Action]:
    return {change.key.name: change.action for change in found.writes}


def still(found: HookStep, key: ObjectKey) -> str:
    (change,) = [change for change in found.still if change.key == key]
    return change.reason


def test_a_pre_sync_hook_is_created_before_anything_is_written() -> None:
    found = step(given([hook(), manifest("Service", "web")]))
    assert writes(found) == {"migrate": Action.CREATE}
    assert found.writes[0].run == "r1 PreSync"
    assert found.bars == "PreSync hook Job.batch/shop/migrate is created"
    assert found.keys == {hook().key}


def test_while_it_runs_the_objects_wait_with_its_health_as_the_reason() -> None:
    running = Health(state=HealthState.PROGRESSING, reason="Running", message="0 of 1 succeeded")
    found = step(given([hook()], [made(hook())], hooks=told((hook(), running))))
    assert not found.writes
    assert found.bars == "PreSync hook Job.batch/shop/migrate is Progressing (Running): 0 of 1 succeeded"
    assert [each.reason for each in found.awaits] == [found.bars]


def test_one_of_which_nothing_was_told_yet_is_not_made_twice() -> None:
    found = step(given([hook()], [made(hook())]))
    assert not found.writes
    assert found.bars == "PreSync hook Job.batch/shop/migrate runs"


def test_when_it_succeeded_the_objects_may_be_written_and_the_record_says_so() -> None:
    found = step(given([hook()], [made(hook())], hooks=told((hook(), COMPLETE))))
    assert found.bars == ""
    assert found.run == HookRun(
        id="r1", fingerprint="f1", first=True, ended=(HookEnd(phase=PRE, key=hook().key, succeeded=True),)
    )


def test_one_that_is_gone_since_it_succeeded_is_not_made_again() -> None:
    assert not step(given([hook()], hooks=told((hook(), COMPLETE)))).writes
    assert not step(given([hook()], hooks=told(run=ended(hook())))).writes


def test_the_health_of_an_earlier_run_says_nothing() -> None:
    seen = {hook().key: HookSeen("r0 PreSync", COMPLETE)}
    found = step(given([hook()], [made(hook(), "r0")], hooks=HookFacts(run=RUN, due=True, begun=True, recorded=True, seen=seen)))
    assert writes(found) == {"migrate": Action.DELETE}
    assert found.bars == "PreSync hook Job.batch/shop/migrate is deleted first: an earlier run left it"


def test_groups_go_by_weight_each_waiting_for_the_one_before() -> None:
    first, second, third = hook(name="b", wave="-1"), hook(name="a", wave="-1"), hook(name="c", wave="2")
    assert writes(step(given([third, first, second]))) == {"a": Action.CREATE, "b": Action.CREATE}
    half = told((first, COMPLETE))
    assert writes(step(given([third, first, second], [made(first), made(second)], hooks=half))) == {}
    whole = told((first, COMPLETE), (second, COMPLETE))
    assert writes(step(given([third, first, second], [made(first), made(second)], hooks=whole))) == {"c": Action.CREATE}


def test_a_failed_pre_sync_hook_lets_nothing_be_written_and_is_not_tried_again() -> None:
    found = step(given([hook(), hook(name="later", wave="1")], [made(hook())], hooks=told((hook(), BROKEN))))
    assert not found.writes
    assert found.bars == "PreSync hook Job.batch/shop/migrate failed"
    (error,) = [change.error for change in found.still if change.error]
    assert isinstance(error, SyncHookFailed)
    assert "failed (BackoffLimitExceeded): 1 failed" in str(error)
    assert found.run is not None
    again = step(given([hook()], hooks=told(run=found.run)))
    assert not again.writes
    assert again.bars == found.bars


def test_the_error_of_a_failed_hook_has_the_last_words_of_its_pod() -> None:
    known = told((hook(), BROKEN))
    known = HookFacts(
        run=known.run, due=True, begun=True, recorded=True, seen=known.seen, words={hook().key: "Pod migrate-1: no such table"}
    )
    (error,) = [change.error for change in step(given([hook()], hooks=known)).still if change.error]
    assert str(error).endswith("Pod migrate-1: no such table")


def test_sync_fail_hooks_run_when_a_hook_failed() -> None:
    sad = hook("SyncFail", "sad")
    found = step(given([hook(), sad], [made(hook())], hooks=told((hook(), BROKEN))))
    assert writes(found) == {"sad": Action.CREATE}
    assert found.writes[0].run == "r1 SyncFail"
    once = told(run=HookRun(id="r1", fingerprint="f1", ended=(*ended(hook(), succeeded=False).ended, *_end(FAIL, sad))))
    assert not step(given([hook(), sad], hooks=once)).writes


def test_sync_fail_hooks_run_when_an_object_could_not_be_applied() -> None:
    sad = hook("SyncFail", "sad")
    assert not step(given([sad])).writes
    assert writes(step(given([sad], hooks=told(run=HookRun(id="r1", fingerprint="f1", failed=True))))) == {"sad": Action.CREATE}


def _end(phase: HookPhase, each: Manifest) -> tuple[HookEnd, ...]:
    return (HookEnd(phase=phase, key=each.key, succeeded=True),)


@pytest.mark.parametrize(
    ("pending", "healthy", "created"),
    [
        pytest.param("Service/shop/web waits", True, False, id="not-applied"),
        pytest.param("", False, False, id="not-healthy"),
        pytest.param("", True, True, id="applied-and-healthy"),
    ],
)
def test_post_sync_hooks_wait_until_all_is_applied_and_healthy(*, pending: str, healthy: bool, created: bool) -> None:
    found = step(given([hook("PostSync", "tell")], healthy=healthy), pending=pending)
    assert bool(found.writes) is created
    assert found.bars == ""
    assert found.awaits


def test_post_sync_hooks_wait_for_sync_hooks() -> None:
    found = step(given([hook("Sync", "fill"), hook("PostSync", "tell")]))
    assert writes(found) == {"fill": Action.CREATE}
    assert found.bars == ""


def test_nothing_runs_before_the_run_is_in_the_record() -> None:
    found = step(given([hook("PostSync", "tell")], hooks=told(begun=False, recorded=False)))
    assert not found.writes
    assert "Record" in found.bars
    assert found.run == RUN


def test_nothing_runs_while_a_guard_holds_the_whole_app() -> None:
    found = step(given([hook()]), barred="held (budget)")
    assert not found.writes
    assert found.bars == "held (budget)"


def test_nothing_runs_for_drift_or_a_restart() -> None:
    rest = told(run=ended(hook()), due=False)
    found = step(given([hook()], hooks=rest))
    assert (found.writes, found.deletes, found.bars, found.awaits) == ((), (), "", ())
    assert still(found, hook().key) == "it is a hook: it runs when the App changes"


@pytest.mark.parametrize(
    ("policy", "succeeded", "goes"),
    [
        pytest.param("HookSucceeded", True, True, id="succeeded"),
        pytest.param("HookSucceeded", False, False, id="failed-and-kept-for-people"),
        pytest.param("HookFailed", False, True, id="failed"),
        pytest.param("BeforeHookCreation", True, False, id="until-the-next-run"),
        pytest.param("HookSucceeded, HookFailed", False, True, id="either"),
    ],
)
def test_delete_policies_take_away_what_ended(*, policy: str, succeeded: bool, goes: bool) -> None:
    each = hook(policy=policy)
    run = ended(each, succeeded=succeeded)
    found = step(given([each], [made(each)], hooks=told(run=run)))
    assert [change.action for change in found.deletes] == ([Action.DELETE] if goes else [])


def test_a_hook_that_failed_is_still_an_error_while_its_policy_takes_it_away() -> None:
    each = hook(policy="HookFailed")
    found = plan(given([each], [made(each)], hooks=told(run=ended(each, succeeded=False))))
    assert [change.key for change in found.deletes] == [each.key]
    assert [type(error) for error in found.errors] == [SyncHookFailed]


def test_a_hook_that_failed_and_runs_for_that_once_more_is_still_an_error() -> None:
    each = hook("PreSync,SyncFail")
    failed = ended(each, succeeded=False)
    for found in (plan(given([each], [made(each)], hooks=told(run=failed))), plan(given([each], hooks=told(run=failed)))):
        assert len(_written(found)) == 1
        assert [type(error) for error in found.errors] == [SyncHookFailed]


def test_nothing_is_taken_away_before_its_whole_phase_is_over_or_its_end_is_in_the_record() -> None:
    account, job = hook(name="runner", kind="ServiceAccount", policy="HookSucceeded"), hook(wave="1")
    live = [made(account), made(job)]
    assert not step(given([account, job], live, hooks=told(run=ended(account)))).deletes
    over = told((job, COMPLETE), run=ended(account))
    assert [change.key for change in step(given([account, job], live, hooks=over)).deletes] == [account.key]
    unsure = told((job, COMPLETE), run=ended(account), recorded=False)
    assert not step(given([account, job], live, hooks=unsure)).deletes


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(hook(kind="PersistentVolumeClaim", name="data", policy="HookSucceeded"), id="data"),
        pytest.param(hook(name="kept", policy="HookSucceeded", prune="false"), id="what-is-to-be-kept"),
    ],
)
def test_what_holds_more_than_itself_is_never_deleted_for_the_hooks_sake(each: Manifest) -> None:
    found = step(given([each], [made(each, "r0")]))
    assert writes(found) == {each.key.name: Action.CONFIGURE}
    assert found.writes[0].run == "r1 PreSync"
    assert not step(given([each], [made(each)], hooks=told(run=ended(each)))).deletes


def test_a_hook_that_is_there_without_our_mark_is_first_taken_over_unforced() -> None:
    found = step(given([hook()], [foreign(hook())], members=()))
    (change,) = found.writes
    assert (change.action, change.force, change.run) == (Action.CONFIGURE, False, "")
    refused = step(given([hook()], [foreign(hook())], members=(), app=app(adopt=AdoptPolicy.NEVER)))
    assert not refused.writes
    assert [change.error is not None for change in refused.still] == [True]


def test_helm_hooks_tell_the_first_install_from_a_change() -> None:
    install = manifest("Job", "init", annotations={"helm.sh/hook": "pre-install"})
    upgrade = manifest("Job", "move", annotations={"helm.sh/hook": "pre-upgrade"})
    found = step(given([install, upgrade]))
    assert writes(found) == {"init": Action.CREATE}
    assert still(found, upgrade.key) == "it is a hook of later changes"
    later = step(given([install, upgrade], hooks=told(run=HookRun(id="r1", fingerprint="f1", first=False))))
    assert writes(later) == {"move": Action.CREATE}
    assert still(later, install.key) == "it is a hook of the first install"


def test_tests_and_rollbacks_are_never_applied_and_that_is_said() -> None:
    each = manifest("Pod", "probe", annotations={"helm.sh/hook": "test"})
    found = step(given([each]))
    assert not found.writes
    assert still(found, each.key) == "it is never applied (helm.sh/hook: test)"


def test_a_hook_that_cannot_be_read_is_an_error_and_lets_nothing_be_written() -> None:
    found = step(given([hook("Presync"), hook(name="other")]))
    assert not found.writes
    assert found.bars
    (error,) = [change.error for change in found.still if change.error]
    assert "did you mean PreSync?" in str(error)


def test_an_object_of_two_phases_runs_in_each_when_its_end_in_the_first_is_recorded() -> None:
    both = hook("PreSync,PostSync")
    assert not step(given([both], [made(both)], hooks=told((both, COMPLETE)))).writes
    found = step(given([both], [made(both)], hooks=told((both, COMPLETE), run=ended(both))))
    assert writes(found) == {"migrate": Action.DELETE}
    again = step(given([both], hooks=told(run=ended(both))))
    assert (writes(again), again.writes[0].run) == ({"migrate": Action.CREATE}, "r1 PostSync")


# ── in a whole Plan ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_objects_of_a_plan_wait_for_pre_sync_hooks_and_what_heals_drift_does_not() -> None:
    new, old, gone = manifest("Service", "new"), manifest("Service", "old"), manifest("Service", "gone")
    live = [ours(old), ours(gone)]
    found = plan(given([hook(), new, old], live, written={}, members={old.key, gone.key}))
    by_name = {change.key.name: change for change in found.changes}
    assert {name: change.action for name, change in by_name.items()} == {
        "migrate": Action.CREATE,
        "new": Action.HOLD,
        "old": Action.HOLD,
        "gone": Action.HOLD,
    }
    assert by_name["new"].reason == by_name["gone"].reason == "PreSync hook Job.batch/shop/migrate is created"
    assert [each.key for each in found.awaits] == [hook().key]
    known = {old.key: written(ours(old)), gone.key: written(ours(gone))}
    edited = replace(ours(old), own=FieldSet())
    healed = plan(given([hook(), new, old], [edited, ours(gone)], written=known, members={old.key, gone.key}))
    assert _written(healed) == ["old", "migrate"]


def test_a_plan_runs_sync_hooks_among_its_waves() -> None:
    early = manifest("Service", "early", annotations={"fleethub.dev/wave": "-1"})
    late = manifest("Service", "late", annotations={"fleethub.dev/wave": "1"})
    desired = [hook("Sync", "fill"), early, late]
    assert _written(plan(given(desired))) == ["early"]
    fine = Health(state=HealthState.HEALTHY, reason="Fine")
    second = plan(given(desired, [ours(early)], health={early.key: fine}))
    assert _written(second) == ["fill"]
    running = Health(state=HealthState.PROGRESSING, reason="Running")
    known = told((hook("Sync", "fill"), running), phase=SYNC)
    made_fill = made(hook("Sync", "fill"), phase=SYNC)
    third = plan(given(desired, [ours(early), made_fill], health={early.key: fine, made_fill.key: running}, hooks=known))
    assert _written(third) == []
    known = told((hook("Sync", "fill"), COMPLETE), phase=SYNC)
    last = plan(given(desired, [ours(early), made_fill], health={early.key: fine, made_fill.key: COMPLETE}, hooks=known))
    assert _written(last) == ["late"]


def _written(found: Plan) -> list[str]:
    return [change.key.name for stage in found.stages for change in stage]


def test_what_a_policy_deletes_is_no_loss_and_a_hook_that_stays_is_nothing_left() -> None:
    each = hook(policy="HookSucceeded")
    rest = told(run=ended(each), due=False)
    found = plan(given([each], [made(each)], hooks=rest))
    assert not found.holds
    assert [change.key for change in found.deletes] == [each.key]
    only = manifest("Service", "only")
    held = plan(given([each], [made(each), ours(only)], hooks=rest))
    assert [hold.guard for hold in held.holds] == ["budget"]


def test_no_hook_runs_while_the_whole_app_is_held() -> None:
    only = manifest("Service", "only")
    found = plan(given([hook()], [ours(only)]))
    assert [hold.guard for hold in found.holds] == ["budget"]
    assert _written(found) == []


def test_a_hook_neither_drifts_nor_counts_for_health() -> None:
    each = hook()
    edited = replace(made(each), own=FieldSet())
    rest = given([each], [edited], hooks=told(run=ended(each), due=False))
    assert drifts(rest) == ()
    assert plan(rest).hooks == {each.key}
    assert _written(plan(rest)) == []


def test_no_hook_begins_before_the_apps_that_go_first_are_there() -> None:
    first = Awaited(app="ingress", reason="App ingress, which is not synced")
    found = plan(given([hook()], dependencies=(first,)))
    assert _written(found) == []
    assert found.awaits == (first,)
    (change,) = found.still
    assert (change.action, change.ordered) == (Action.HOLD, True)
