"""Hooks run at their point of a Sync, once for each state that git wants, and tell why they failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.hub.decisions import resync
from fleet.model.health import HealthState
from fleet.model.keys import AppKey
from fleet.model.sync import SyncState
from fleet.queries.apps import objects
from tests.controlplane.waiting import eventually
from tests.flows.fleets import running
from tests.flows.hooks import JOBS, SETTINGS, argo, done, ended, files, finish, helm, job, last_words, recorded, report
from tests.flows.planes import Plane
from tests.flows.safety import Place, names, quiet
from tests.flows.stories import at_rest, config_map, live


async def test_a_pre_sync_job_succeeds_before_anything_is_applied(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    hooks = {"migrate": job("migrate", *argo("PreSync")), "tell": job("tell", *argo("PostSync"))}
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        assert done(plane) == ["created migrate", "created settings", "created tell"]
        assert recorded(plane) == {"PreSync migrate": "succeeded", "PostSync tell": "succeeded"}
        # Another state that git wants is another run of all of them.
        second = place.commit({"apps/shop/settings.yaml": config_map("settings", "2")})
        await at_rest(hub, second)
    again = ["deleted migrate", "created migrate", "changed settings", "deleted tell", "created tell"]
    assert done(plane)[3:] == again


async def test_nothing_is_applied_after_a_pre_sync_job_that_failed(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    hooks = {"migrate": job("migrate", *argo("PreSync"), image="failing:1"), "sad": job("sad", *argo("SyncFail"))}
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        last = await ended(hub, plane, first, SyncState.FAILED, says=last_words(plane))
        assert "apps/shop/migrate.yaml:1: PreSync hook Job.batch/shop/migrate failed" in last.message
        assert "exit code" in last.message
        await eventually(lambda: recorded(plane) == {"PreSync migrate": "failed", "SyncFail sad": "succeeded"})
        await quiet(hub, first, plane)
        assert done(plane) == ["created migrate", "created sad"]
        assert names(plane, "settings") == set()
        # Retries tell the same and do nothing; who asks runs it again.
        resync(hub, plane.name, "shop")
        await eventually(lambda: done(plane)[2:4] == ["deleted migrate", "created migrate"])
        # So does a commit that mends it.
        second = place.commit({"apps/shop/migrate.yaml": job("migrate", *argo("PreSync"), version=2)})
        await at_rest(hub, second)
    assert "created settings" in done(plane)
    assert recorded(plane) == {"PreSync migrate": "succeeded"}


async def test_a_job_that_cannot_start_says_what_it_waits_for(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, migrate=job("migrate", *argo("PreSync"), image="fail-pull:1")))
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.WAITING, says="ImagePullBackOff")
        assert names(plane, "settings") == set()


async def test_post_sync_hooks_wait_for_health(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec: {containers: [{name: main, image: "registry.example.com/web:1"}]}
        """
    first = place.commit({**files(plane, tell=job("tell", *argo("PostSync"))), "apps/shop/web.yaml": pod})
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.WAITING, says="PostSync hooks wait until all is applied and Healthy")
        await quiet(hub, first, plane)
        assert sorted(done(plane)) == ["created settings", "created web"]
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        plane.kube.patch("/api/v1/namespaces/shop/pods/web/status", {"status": status}).ok()
        await eventually(lambda: live(plane, f"{JOBS}/tell") is not None)
        finish(plane, "tell")
        await at_rest(hub, first)
        # What a hook became is nothing that the App's Health is about.
        assert set(hub.state.app_health(AppKey(plane.name, "shop")).objects) == {
            key for key in hub.state.members[AppKey(plane.name, "shop")] if key.kind != "Job"
        }


async def test_a_new_commit_supersedes_a_sync_whose_hook_runs(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, migrate=job("migrate", *argo("PreSync"))))
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.WAITING, says="PreSync hook Job.batch/shop/migrate")
        uid = live(plane, f"{JOBS}/migrate")["metadata"]["uid"]
        second = place.commit({"apps/shop/migrate.yaml": job("migrate", *argo("PreSync"), version=2)})
        await eventually(lambda: (live(plane, f"{JOBS}/migrate") or {"metadata": {"uid": uid}})["metadata"]["uid"] != uid)
        assert names(plane, "settings") == set()
        finish(plane, "migrate")
        await at_rest(hub, second)
    assert done(plane) == ["created migrate", "deleted migrate", "created migrate", "created settings"]


async def test_a_hub_that_is_replaced_while_a_hook_runs_does_not_run_it_twice(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, migrate=job("migrate", *argo("PreSync"))))
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.WAITING, says="PreSync hook Job.batch/shop/migrate")
    place.forget()
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.WAITING, says="PreSync hook Job.batch/shop/migrate")
        assert done(plane) == ["created migrate"]
        finish(plane, "migrate")
        await at_rest(hub, first)
    assert done(plane) == ["created migrate", "created settings"]


async def test_nothing_runs_again_for_a_restart_without_a_database_nor_for_drift(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    hooks = {"migrate": job("migrate", *argo("PreSync")), "kept": job("kept", *argo("PreSync", policy="HookSucceeded"))}
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        await eventually(lambda: live(plane, f"{JOBS}/kept") is not None and live(plane, f"{JOBS}/migrate") is not None)
        finish(plane, "migrate")
        finish(plane, "kept")
        await at_rest(hub, first)
        await eventually(lambda: live(plane, f"{JOBS}/kept") is None)
        await quiet(hub, first, plane)
    before = done(plane)
    place.forget()
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await quiet(hub, first, plane)
        assert done(plane) == before
        plane.kube.patch(SETTINGS, {"data": {"value": "by hand"}}).ok()
        await eventually(lambda: live(plane, SETTINGS)["data"]["value"] == "1")
        # Nor is a hook's own object healed, or made again when somebody deletes it.
        plane.kube.patch(f"{JOBS}/migrate", {"spec": {"suspend": True}}).ok()
        await quiet(hub, first, plane)
        assert live(plane, f"{JOBS}/migrate")["spec"]["suspend"] is True
        plane.kube.request("DELETE", f"{JOBS}/migrate").ok()
        await quiet(hub, first, plane)
    assert [each for each in done(plane) if "settings" not in each] == [each for each in before if "settings" not in each]


async def test_a_job_that_its_ttl_removes_when_it_ends_counts(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, migrate=job("migrate", *argo("PreSync"))))
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.WAITING, says="PreSync hook Job.batch/shop/migrate")
        finish(plane, "migrate")
        plane.kube.request("DELETE", f"{JOBS}/migrate").ok()
        await at_rest(hub, first)
    assert done(plane) == ["created migrate", "created settings"]


async def test_helm_hooks_go_by_weight_and_tell_the_first_install_from_a_change(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    hooks = {
        "second": job("second", *helm("pre-install,pre-upgrade", weight="5")),
        "first": job("first", *helm("pre-install", weight="-5", policy="hook-succeeded")),
        "later": job("later", *helm("post-upgrade")),
        "probe": job("probe", *helm("test")),
        "back": job("back", *helm("pre-rollback,post-rollback")),
    }
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await quiet(hub, first, plane)
        assert done(plane) == ["created first", "created second", "created settings", "deleted first"]
        last = report(hub, plane)
        assert last is not None
        assert last.plan is not None
        told = {change.key.name: change.reason for change in last.plan.still}
        assert told["probe"] == "it is never applied (helm.sh/hook: test)"
        assert told["back"].startswith("it is never applied")
        listed = {each.object: (each.state, each.health) for each in objects(hub, AppKey(plane.name, "shop"))}
        assert listed["Job.batch/shop/probe"] == ("skipped", "Healthy")
        mark = len(done(plane))
        second = place.commit({"apps/shop/settings.yaml": config_map("settings", "2")})
        await at_rest(hub, second)
    assert done(plane)[mark:] == ["deleted second", "created second", "changed settings", "created later"]


@pytest.mark.parametrize("policy", ["HookSucceeded", "HookFailed", "BeforeHookCreation"])
async def test_delete_policies_are_kept(tmp_path: Path, moving_plane: Plane, policy: str) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    hooks = {
        "good": job("good", *argo("PreSync", wave="-1", policy=policy)),
        "bad": job("bad", *argo("PreSync", policy=policy), image="failing:1"),
    }
    first = place.commit(files(plane, **hooks))
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.FAILED, says="PreSync hook Job.batch/shop/bad failed")
        await eventually(lambda: set(recorded(plane)) == {"PreSync good", "PreSync bad"})
        await quiet(hub, first, plane)
        last = await ended(hub, plane, first, SyncState.FAILED)
        assert last_words(plane) in last.message
    gone = {"HookSucceeded": ["deleted good"], "HookFailed": ["deleted bad"], "BeforeHookCreation": []}
    assert done(plane) == ["created good", "created bad", *gone[policy]]


async def test_hooks_are_in_the_inventory_and_go_with_the_app(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, migrate=job("migrate", *argo("PreSync"))))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        site = hub.clusters[plane.name].site
        assert site is not None
        assert {key.name for key in site.inventories.inventories["shop"].members} == {"migrate", "settings"}
        assert live(plane, f"{JOBS}/migrate")["metadata"]["annotations"]["fleethub.dev/owner"].startswith(f"{plane.name}/shop ")
        second = place.commit({"clusters/all/shop.yaml": None})
        await at_rest(hub, second)
        await eventually(lambda: live(plane, f"{JOBS}/migrate") is None)
    assert names(plane, "settings") == set()


async def test_a_hook_that_is_there_already_is_another_s_until_it_is_adopted(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    own = files(plane, migrate=job("migrate", *argo("PreSync")))
    never = own["clusters/all/shop.yaml"].replace("namespace: shop", "namespace: shop, adopt: Never")
    first = place.commit({**own, "clusters/all/shop.yaml": never})
    plane.kube.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}).ok()
    theirs = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "registry.example.com/other:1"}]}
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"}, "spec": {"template": {"spec": theirs}}}
    plane.kube.create(JOBS, body).ok()
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.FAILED, says="exists and is not ours")
        await quiet(hub, first, plane)
    assert done(plane) == []
    assert hub.state.app_health(AppKey(plane.name, "shop")).health.state is not HealthState.HEALTHY


async def test_sync_fail_hooks_run_once_when_an_object_is_refused(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    wrong = """
        apiVersion: v1
        kind: Service
        metadata: {name: wrong}
        spec: {ports: [{port: 99999}]}
        """
    first = place.commit({**files(plane, sad=job("sad", *argo("SyncFail"))), "apps/shop/wrong.yaml": wrong})
    async with running(place.registry) as hub:
        await ended(hub, plane, first, SyncState.FAILED)
        await eventually(lambda: recorded(plane) == {"SyncFail sad": "succeeded"})
        resync(hub, plane.name, "shop")
        await eventually(lambda: done(plane).count("created sad") == 2)
        second = place.commit({"apps/shop/wrong.yaml": None})
        await at_rest(hub, second)
        await quiet(hub, second, plane)
    assert done(plane).count("created sad") == 2
