"""The clusters that everything else in this directory is judged on behave as clusters do."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane import ControlPlane, Pool, Request
from tests.controlplane.clean import contents
from tests.controlplane.waiting import eventually

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
JOBS = "/apis/batch/v1/namespaces/default/jobs"
SYSTEM = "/api/v1/namespaces/kube-system"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"
REPOSITORY = Path(__file__).parents[2]


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod_spec(image: str, **more: str) -> dict[str, Any]:
    # The namespace controller waits for half of the grace period before it looks again.
    return {"spec": {"containers": [{"name": "main", "image": image}], "terminationGracePeriodSeconds": 1, **more}}


def deployment(name: str, image: str) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, **pod_spec(image)}
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def job(name: str, image: str) -> dict[str, Any]:
    spec = {"backoffLimit": 0, "template": pod_spec(image, restartPolicy="Never")}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}


def definition(plural: str, kind: str) -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    names = {"plural": plural, "kind": kind}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    metadata = {"name": f"{plural}.example.com"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}


def waiting_reasons(cluster: ControlPlane) -> list[str]:
    pods = cluster.kube.list("/api/v1/namespaces/default/pods")
    statuses = [status for pod in pods for status in pod["status"].get("containerStatuses", [])]
    return [status["state"]["waiting"]["reason"] for status in statuses if "waiting" in status["state"]]


def conditions(cluster: ControlPlane, path: str) -> dict[str, str]:
    status = cluster.kube.get(path).ok()["status"]
    return {condition["type"]: condition["status"] for condition in status.get("conditions", [])}


async def test_the_api_server_is_of_the_pinned_minor_version(real_cluster: ControlPlane) -> None:
    version = real_cluster.kube.get("/version").ok()

    assert version["gitVersion"].startswith("v1.36.")
    assert (version["major"], version["minor"]) == ("1", "36")


async def test_two_clusters_share_nothing(two_real_clusters: tuple[ControlPlane, ControlPlane]) -> None:
    first, second = two_real_clusters

    first.kube.create(CONFIG_MAPS, config_map("only-here")).ok()

    assert second.kube.get(f"{CONFIG_MAPS}/only-here").status == 404
    uids = {plane.kube.get(SYSTEM).ok()["metadata"]["uid"] for plane in two_real_clusters}
    assert len(uids) == 2


async def test_a_cluster_lent_again_is_empty_and_remembers_no_request(control_planes: Pool) -> None:
    (used,) = await control_planes.lend(1)
    at_first = set(contents(used.kube))
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "left-behind"}}
    used.kube.create("/api/v1/namespaces", namespace).ok()
    stuck = config_map("stuck")
    stuck["metadata"]["finalizers"] = ["example.com/never"]
    used.kube.create("/api/v1/namespaces/left-behind/configmaps", stuck).ok()
    control_planes.take_back()

    (again,) = await control_planes.lend(1)

    assert again is used
    assert again.audit_since() == []
    assert set(contents(again.kube)) == at_first


async def test_a_cluster_that_nobody_has_costs_nothing_until_it_is_lent_again(control_planes: Pool) -> None:
    (used,) = await control_planes.lend(1, controllers=True)
    await eventually(lambda: states(used.pids()) & {"T"} == set())
    control_planes.take_back()
    await eventually(lambda: states(used.pids()) == {"T"})

    (again,) = await control_planes.lend(1, controllers=True)

    assert again is used
    await eventually(lambda: states(used.pids()) & {"T"} == set())
    assert again.kube.get(SYSTEM).status == 200


def states(pids: Iterable[int]) -> set[str]:
    """How processes are: R and S run and sleep, T is stopped."""
    return {Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids}


async def test_a_cluster_lent_again_has_no_custom_kinds_left(control_planes: Pool) -> None:
    (used,) = await control_planes.lend(1)
    used.kube.create(DEFINITIONS, definition("widgets", "Widget")).ok()
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "finalizers": ["example.com/x"]}}
    await eventually(lambda: used.kube.get(WIDGETS).status == 200)
    used.kube.create(WIDGETS, widget).ok()
    before = used.kube.get(SYSTEM).ok()["metadata"]["uid"]
    control_planes.take_back()

    (again,) = await control_planes.lend(1)

    assert again.kube.list(DEFINITIONS) == []
    assert again.kube.get(SYSTEM).ok()["metadata"]["uid"] == before


async def test_a_cluster_whose_own_objects_were_touched_is_replaced(control_planes: Pool) -> None:
    (used,) = await control_planes.lend(1)
    before = used.kube.get(SYSTEM).ok()["metadata"]["uid"]
    used.kube.patch(SYSTEM, {"metadata": {"labels": {"touched": "yes"}}}).ok()
    control_planes.take_back()

    (again,) = await control_planes.lend(1)

    assert again is used
    assert again.kube.get(SYSTEM).ok()["metadata"]["uid"] != before


async def test_a_fresh_cluster_has_an_identity_of_its_own(control_planes: Pool) -> None:
    (used,) = await control_planes.lend(1)
    before = used.kube.get(SYSTEM).ok()["metadata"]["uid"]
    control_planes.take_back()

    (fresh,) = await control_planes.lend_new(1)

    assert fresh is used
    assert fresh.kube.get(SYSTEM).ok()["metadata"]["uid"] != before


async def test_the_audit_log_tells_who_asked_what_and_how_it_ended(real_cluster: ControlPlane) -> None:
    mark = real_cluster.audit_mark()
    hub = real_cluster.client(agent="fleethub/0.1.0")

    hub.apply(f"{CONFIG_MAPS}/a", config_map("a", key="value"), manager="fleethub").ok()
    hub.get(f"{CONFIG_MAPS}/absent")
    real_cluster.kube.get(CONFIG_MAPS).ok()

    first, second = real_cluster.audit_since(mark, agent="fleethub")
    assert (first.verb, first.resource, first.name, first.code, first.is_write) == (
        "patch",
        "configmaps",
        "a",
        201,
        True,
    )
    assert first.body["data"] == {"key": "value"}
    assert "fieldManager=fleethub" in first.uri
    assert (second.verb, second.name, second.code, second.is_write) == ("get", "absent", 404, False)
    assert len(real_cluster.audit_since(mark)) == 3


async def test_the_audit_log_shows_a_watch_as_soon_as_it_is_open(real_cluster: ControlPlane) -> None:
    watcher = await asyncio.create_subprocess_exec(
        *(real_cluster.kubectl_command("get", "configmaps", "--watch-only")),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: watches(real_cluster))
        (watch,) = watches(real_cluster)
        assert (watch.resource, watch.code, watch.ended) == ("configmaps", 200, False)
        mark = real_cluster.audit_mark()
    finally:
        watcher.kill()
        await watcher.wait()
    # It ends after the mark, and came before it.
    await eventually(lambda: [seen.ended for seen in watches(real_cluster)] == [True])
    assert real_cluster.audit_since(mark) == []


def watches(cluster: ControlPlane) -> list[Request]:
    return [seen for seen in cluster.audit_since(agent="kubectl") if seen.verb == "watch"]


async def test_server_side_apply_keeps_managers_apart(real_cluster: ControlPlane) -> None:
    path = f"{CONFIG_MAPS}/shared"
    real_cluster.kube.apply(path, config_map("shared", mine="1"), manager="first").ok()

    conflict = real_cluster.kube.apply(path, config_map("shared", mine="2"), manager="second")
    forced = real_cluster.kube.apply(path, config_map("shared", mine="2"), manager="second", force=True)

    assert conflict.status == 409
    assert forced.ok()["data"] == {"mine": "2"}
    assert {entry["manager"] for entry in forced.ok()["metadata"]["managedFields"]} == {"second"}


async def test_users_are_admitted_by_what_they_may_do(real_cluster: ControlPlane) -> None:
    anything = config_map("a")

    assert real_cluster.client("reader").get(CONFIG_MAPS).status == 200
    assert real_cluster.client("reader").create(CONFIG_MAPS, anything).status == 403
    assert real_cluster.client("denied").get(CONFIG_MAPS).status == 403
    assert real_cluster.client("admin").create(CONFIG_MAPS, anything).status == 201


async def test_kubectl_works_on_it(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(DEPLOYMENTS, deployment("web", "registry.example.com/web:1")).ok()

    await real_cluster.kubectl("scale", "deployment/web", "--replicas=5")
    await real_cluster.kubectl("set", "env", "deployment/web", "COLOR=blue")

    spec = real_cluster.kube.get(f"{DEPLOYMENTS}/web").ok()["spec"]
    assert spec["replicas"] == 5
    assert spec["template"]["spec"]["containers"][0]["env"] == [{"name": "COLOR", "value": "blue"}]


async def test_a_deployment_of_three_replicas_becomes_ready(real_cluster_with_controllers: ControlPlane) -> None:
    cluster = real_cluster_with_controllers
    cluster.kube.create(DEPLOYMENTS, deployment("web", "registry.example.com/web:1")).ok()

    def ready() -> bool:
        status = cluster.kube.get(f"{DEPLOYMENTS}/web").ok()["status"]
        said = {condition["type"]: condition["status"] for condition in status.get("conditions", [])}
        return status.get("readyReplicas") == 3 and said["Available"] == "True"

    await eventually(ready)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        pytest.param("registry.example.com/broken:1", "ImagePullBackOff", id="image-named-broken"),
        pytest.param("registry.example.com/web:bad", "ImagePullBackOff", id="tag-bad"),
        pytest.param("registry.example.com/crashing:1", "CrashLoopBackOff", id="image-named-crashing"),
    ],
)
async def test_a_deployment_of_a_bad_image_does_not_become_ready(
    image: str, reason: str, real_cluster_with_controllers: ControlPlane
) -> None:
    cluster = real_cluster_with_controllers
    cluster.kube.create(DEPLOYMENTS, deployment("web", image)).ok()

    def unavailable() -> bool:
        assert waiting_reasons(cluster) == [reason] * 3
        status = cluster.kube.get(f"{DEPLOYMENTS}/web").ok()["status"]
        assert status.get("unavailableReplicas") == 3
        assert "readyReplicas" not in status
        return True

    await eventually(unavailable)


async def test_a_job_completes_or_fails_by_its_image(real_cluster_with_controllers: ControlPlane) -> None:
    cluster = real_cluster_with_controllers
    cluster.kube.create(JOBS, job("good", "registry.example.com/migrate:1")).ok()
    cluster.kube.create(JOBS, job("bad", "registry.example.com/failing:1")).ok()

    await eventually(lambda: conditions(cluster, f"{JOBS}/good").get("Complete") == "True")
    await eventually(lambda: conditions(cluster, f"{JOBS}/bad").get("Failed") == "True")


async def test_a_deleted_namespace_goes_with_all_that_is_in_it(real_cluster_with_controllers: ControlPlane) -> None:
    kube = real_cluster_with_controllers.kube
    kube.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}).ok()
    kube.create("/apis/apps/v1/namespaces/shop/deployments", deployment("web", "registry.example.com/web:1")).ok()
    await eventually(lambda: len(kube.list("/api/v1/namespaces/shop/pods")) == 3)

    kube.delete("/api/v1/namespaces/shop").ok()

    await eventually(lambda: kube.get("/api/v1/namespaces/shop").status == 404)
    assert [pod for pod in kube.list("/api/v1/pods") if pod["metadata"]["namespace"] == "shop"] == []


async def test_a_stopped_cluster_refuses_connections_and_comes_back_with_its_data(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(CONFIG_MAPS, config_map("kept")).ok()
    server = real_cluster.server

    real_cluster.stop_apiserver()
    with pytest.raises(ConnectionRefusedError):
        real_cluster.kube.get("/version")
    await real_cluster.start_apiserver()

    assert real_cluster.server == server
    assert real_cluster.kube.get(f"{CONFIG_MAPS}/kept").status == 200


async def test_a_paused_cluster_answers_nothing_until_it_goes_on(real_cluster: ControlPlane) -> None:
    impatient = real_cluster.client(timeout=0.5)

    real_cluster.pause()
    with pytest.raises(TimeoutError):
        impatient.get("/version")
    real_cluster.resume()

    assert real_cluster.kube.get("/version").status == 200


async def test_a_restored_backup_sets_the_cluster_back_in_time(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(CONFIG_MAPS, config_map("old")).ok()
    backup = real_cluster.backup()
    real_cluster.kube.create(CONFIG_MAPS, config_map("new")).ok()
    for turn in range(20):
        real_cluster.kube.apply(f"{CONFIG_MAPS}/old", config_map("old", turn=str(turn))).ok()
    before = real_cluster.kube.get(CONFIG_MAPS).ok()["metadata"]["resourceVersion"]

    await real_cluster.restore(backup)

    after = real_cluster.kube.get(CONFIG_MAPS).ok()["metadata"]["resourceVersion"]
    assert int(after) < int(before)
    assert [item["metadata"]["name"] for item in real_cluster.kube.list(CONFIG_MAPS)] == ["old"]


async def test_nothing_outlives_a_test_run_that_is_killed(control_plane_binaries: object, tmp_path: Path) -> None:
    script = (
        "import asyncio, pathlib, time\n"
        "from tests.controlplane import ControlPlane\n"
        f"plane = asyncio.run(ControlPlane.start(pathlib.Path({str(tmp_path / 'plane')!r}), controllers=True))\n"
        "print(*plane.pids(), flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = await asyncio.create_subprocess_exec(*(sys.executable, "-c", script), cwd=REPOSITORY, stdout=subprocess.PIPE)
    assert parent.stdout
    pids = [int(pid) for pid in (await parent.stdout.readline()).split()]

    parent.kill()
    await parent.wait()

    assert len(pids) == 5
    await eventually(lambda: not any(is_alive(pid) for pid in pids))


def is_alive(pid: int) -> bool:
    """Say whether a process runs; a dead one that init has yet to reap does not."""
    try:
        os.kill(pid, signal.SIG_DFL)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
