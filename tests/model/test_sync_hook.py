"""What an object's annotations say of when it runs: Argo CD's words, Helm's, and what is no word."""

from __future__ import annotations

import pytest

from fleet.model.keys import ObjectKey
from fleet.model.sync_hook import DeletePolicy, HookEnd, HookPhase, HookRun, is_hook, read_hook

PRE, SYNC, POST, FAIL = HookPhase.PRE_SYNC, HookPhase.SYNC, HookPhase.POST_SYNC, HookPhase.SYNC_FAIL
JOB = ObjectKey("batch", "Job", "shop", "migrate")


@pytest.mark.parametrize(
    ("annotations", "installs", "upgrades"),
    [
        pytest.param({"argocd.argoproj.io/hook": "PreSync"}, {PRE}, {PRE}, id="argo"),
        pytest.param({"argocd.argoproj.io/hook": "PreSync, PostSync"}, {PRE, POST}, {PRE, POST}, id="argo-several"),
        pytest.param({"argocd.argoproj.io/hook": "Sync,SyncFail"}, {SYNC, FAIL}, {SYNC, FAIL}, id="argo-sync-and-fail"),
        pytest.param({"helm.sh/hook": "pre-install"}, {PRE}, set(), id="helm-first-install"),
        pytest.param({"helm.sh/hook": "pre-upgrade"}, set(), {PRE}, id="helm-change"),
        pytest.param({"helm.sh/hook": "pre-install,pre-upgrade"}, {PRE}, {PRE}, id="helm-both"),
        pytest.param({"helm.sh/hook": "post-install,pre-upgrade"}, {POST}, {PRE}, id="helm-crossed"),
        pytest.param({"helm.sh/hook": "post-upgrade,test"}, set(), {POST}, id="helm-partly-never"),
        pytest.param({"helm.sh/hook": "post-upgrade,post-delete"}, set(), {POST}, id="helm-also-when-removed"),
        pytest.param({"argocd.argoproj.io/hook": "Sync", "helm.sh/hook": "pre-install"}, {SYNC}, {SYNC}, id="argo-before-helm"),
    ],
)
def test_phases_follow_the_annotation(annotations: dict[str, str], installs: set[HookPhase], upgrades: set[HookPhase]) -> None:
    assert is_hook(annotations)
    found = read_hook(annotations)
    assert found.phases(HookRun(id="1", fingerprint="f", first=True)) == installs
    assert found.phases(HookRun(id="1", fingerprint="f")) == upgrades


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param({"argocd.argoproj.io/hook": "Skip"}, id="skip"),
        pytest.param({"helm.sh/hook": "test"}, id="test"),
        pytest.param({"helm.sh/hook": "test-success"}, id="helm-2-test"),
        pytest.param({"helm.sh/hook": "pre-rollback, post-rollback"}, id="rollback"),
    ],
)
def test_some_hooks_are_never_applied_and_say_so(annotations: dict[str, str]) -> None:
    assert is_hook(annotations)
    found = read_hook(annotations)
    assert not found.installs | found.upgrades | found.removals
    assert {word.partition(": ")[0] for word in found.never} == set(annotations)


@pytest.mark.parametrize(
    ("annotations", "removals"),
    [
        pytest.param({"argocd.argoproj.io/hook": "PreDelete"}, {HookPhase.PRE_DELETE}, id="argo-pre-delete"),
        pytest.param({"argocd.argoproj.io/hook": "PostDelete, PreSync"}, {HookPhase.POST_DELETE}, id="argo-post-delete"),
        pytest.param({"helm.sh/hook": "pre-delete,post-delete"}, {HookPhase.PRE_DELETE, HookPhase.POST_DELETE}, id="helm"),
        pytest.param({"helm.sh/hook": "post-upgrade"}, set(), id="not-when-removed"),
    ],
)
def test_some_hooks_run_when_the_app_is_removed_and_then_alone(annotations: dict[str, str], removals: set[HookPhase]) -> None:
    found = read_hook(annotations)
    assert found.phases(HookRun(id="1", fingerprint="f", removal=True)) == removals
    assert not found.phases(HookRun(id="1", fingerprint="f")) & removals


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param({}, id="none"),
        pytest.param({"helm.sh/hook": "crd-install"}, id="helm-2-definition"),
        pytest.param({"helm.sh/hook": " "}, id="nothing-said"),
        pytest.param({"helm.sh/hook-weight": "3"}, id="only-a-weight"),
    ],
)
def test_other_objects_are_no_hooks(annotations: dict[str, str]) -> None:
    assert not is_hook(annotations)


@pytest.mark.parametrize(
    ("annotations", "weight"),
    [
        pytest.param({}, 0, id="none"),
        pytest.param({"helm.sh/hook-weight": "-5"}, -5, id="helm"),
        pytest.param({"argocd.argoproj.io/sync-wave": "2", "helm.sh/hook-weight": "7"}, 2, id="argo-before-helm"),
        pytest.param({"fleethub.dev/wave": "1", "argocd.argoproj.io/sync-wave": "2"}, 1, id="our-own-first"),
    ],
)
def test_the_weight_is_the_wave_or_helms(annotations: dict[str, str], weight: int) -> None:
    assert read_hook({"argocd.argoproj.io/hook": "Sync", **annotations}).weight == weight


@pytest.mark.parametrize(
    ("annotations", "policies"),
    [
        pytest.param({}, {DeletePolicy.BEFORE_CREATION}, id="default"),
        pytest.param(
            {"argocd.argoproj.io/hook-delete-policy": "HookSucceeded,HookFailed"},
            {DeletePolicy.SUCCEEDED, DeletePolicy.FAILED},
            id="argo",
        ),
        pytest.param(
            {"helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded"},
            {DeletePolicy.BEFORE_CREATION, DeletePolicy.SUCCEEDED},
            id="helm",
        ),
    ],
)
def test_delete_policies_are_read(annotations: dict[str, str], policies: set[DeletePolicy]) -> None:
    assert read_hook({"helm.sh/hook": "pre-install", **annotations}).policies == policies


@pytest.mark.parametrize(
    ("annotations", "says"),
    [
        pytest.param({"argocd.argoproj.io/hook": "Presync"}, "did you mean PreSync?", id="phase"),
        pytest.param({"argocd.argoproj.io/hook": ""}, "says nothing", id="nothing"),
        pytest.param({"helm.sh/hook": "pre-instal"}, "did you mean pre-install?", id="helm-event"),
        pytest.param({"helm.sh/hook": "pre-install", "helm.sh/hook-weight": "first"}, "first is not an integer", id="weight"),
        pytest.param(
            {"helm.sh/hook": "pre-install", "helm.sh/hook-delete-policy": "always"},
            "always is not known; it must be",
            id="policy",
        ),
    ],
)
def test_what_is_no_word_is_refused_with_the_nearest_one(annotations: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("?", r"\?")):
        read_hook(annotations)


def test_a_run_is_broken_by_hooks_and_objects_but_not_by_what_runs_because_it_is_broken() -> None:
    run = HookRun(id="1", fingerprint="f", ended=(HookEnd(phase=FAIL, key=JOB, succeeded=False),))
    assert not run.broken
    assert HookRun(id="1", fingerprint="f", failed=True).broken
    assert HookRun(id="1", fingerprint="f", ended=(HookEnd(phase=PRE, key=JOB, succeeded=False),)).broken
