"""A repository of Argo CD, as it is: the example comes out on its clusters, and what is not automated waits to be asked for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fleet.hub.decisions import resync
from fleet.hub.hub import Hub
from fleet.model.keys import AppKey
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.stories import config_map, live

EXAMPLE = Path(__file__).parents[2] / "examples" / "argocd"
URL = "https://git.example.com/platform/delivery.git"
MAPS = "/api/v1/namespaces/shop/configmaps"
FINALIZER = "resources-finalizer.argocd.argoproj.io"


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    """An empty monorepo."""
    return Monorepo(tmp_path / "repository")


def registry(directory: Path, repository: Monorepo, *planes: Plane, names: tuple[str, ...], settings: str = FAST) -> Path:
    """The registry of these clusters, in which the repository is called what Applications call it."""
    file = write_registry(directory, repository.path, planes, settings=settings, names=names)
    file.write_text(file.read_text().replace("branch: main,", f"branch: main, aliases: [{URL}],"))
    return file


def state(hub: Hub, name: str) -> SyncState | None:
    found = hub.state.reports.get(AppKey(*name.split("/")))
    return found.state if found else None


def owner(body: Any) -> str:
    return str(body["metadata"]["annotations"]["fleethub.dev/owner"]).partition(" ")[0]


async def test_the_example_of_argo_cd_installs_as_it_is(
    tmp_path: Path, repository: Monorepo, two_planes: tuple[Plane, Plane]
) -> None:
    shutil.copytree(EXAMPLE, repository.path, dirs_exist_ok=True)
    repository.git("add", ".")
    repository.commit({}, message="Begin")
    stage, prod = two_planes
    guestbook = "/apis/apps/v1/namespaces/guestbook/deployments/guestbook"
    async with running(registry(tmp_path, repository, *two_planes, names=("stage-1", "prod-1"))) as hub:
        synced = [f"{cluster}/{app}" for cluster in ("stage-1", "prod-1") for app in ("root", "guestbook")]
        await eventually(lambda: all(state(hub, name) is SyncState.SYNCED for name in synced))
        await eventually(lambda: state(hub, "prod-1/reports") is SyncState.OBSERVED)
        deployed = {plane.name: live(plane, guestbook) for plane in two_planes}
        assert live(prod, "/api/v1/namespaces/reports") is None
        resync(hub, "prod-1", "reports")
        await eventually(lambda: state(hub, "prod-1/reports") is SyncState.SYNCED)
    told = {
        name: (body["spec"]["replicas"], body["spec"]["template"]["spec"]["containers"][0]["image"].partition(":")[2])
        for name, body in deployed.items()
    }
    assert told == {stage.name: (1, "1.1.0"), prod.name: (3, "1.0.3")}
    assert {owner(body) for body in deployed.values()} == {"stage-1/guestbook", "prod-1/guestbook"}
    assert live(prod, "/api/v1/namespaces/guestbook")["metadata"]["labels"]["example.com/team"] == "delivery"
    assert live(prod, "/api/v1/namespaces/reports/configmaps/reports")["data"] == {"RECIPIENTS": "sales@example.com"}
    assert live(prod, "/apis/batch/v1/namespaces/reports/cronjobs/reports") is not None
    assert live(stage, "/api/v1/namespaces/reports") is None


def application(**spec: Any) -> str:
    """An Application over `apps/shop`."""
    source = {"repoURL": URL, "path": "apps/shop"}
    whole = {"source": source, "destination": {"name": "in-cluster", "namespace": "shop"}, "project": "x", **spec}
    metadata = {"name": "shop", "namespace": "argocd", "finalizers": [FINALIZER]}
    return json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": whole})


async def test_what_is_not_automated_is_synced_when_somebody_asks(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    manual = application(syncPolicy={"syncOptions": ["CreateNamespace=true"]})
    file = f"clusters/all/{plane.name}/shop.json"
    repository.commit(
        {f"clusters/all/{plane.name}/cluster.yaml": "labels: {}", file: manual, "apps/shop/one.yaml": config_map("one", "1")}
    )
    async with running(registry(tmp_path, repository, plane, names=(plane.name,))) as hub:
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.OBSERVED)
        assert live(plane, "/api/v1/namespaces/shop") is None
        resync(hub, plane.name, "shop")
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.SYNCED)
        # What is pushed before the fetch that was asked for has begun is asked for, too.
        requests = hub.clusters[plane.name].worker.requests
        await eventually(lambda: requests.noted(AppKey(plane.name, "shop")) is None)
        second = repository.commit({"apps/shop/one.yaml": config_map("one", "2")})
        await _observed(hub, plane, second)
        assert live(plane, f"{MAPS}/one")["data"] == {"value": "1"}
        repository.commit({"apps/shop/one.yaml": config_map("one", "3")})
        resync(hub, plane.name, "shop")  # before the hub has seen what was pushed: that is what is meant
        await eventually(lambda: live(plane, f"{MAPS}/one")["data"] == {"value": "3"})
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.SYNCED)
        repository.commit({file: application(syncPolicy={"automated": {}}), "apps/shop/one.yaml": config_map("one", "4")})
        await eventually(lambda: live(plane, f"{MAPS}/one")["data"] == {"value": "4"})
        repository.commit({file: None})
        await eventually(lambda: live(plane, f"{MAPS}/one") is None)
        await eventually(lambda: not hub.state.apps_of(plane.name))
    namespace = live(plane, "/api/v1/namespaces/shop")
    assert "deletionTimestamp" not in namespace["metadata"]
    assert "fleethub.dev/owner" not in namespace["metadata"].get("annotations", {})


async def test_what_was_asked_for_goes_on_with_another_hub_and_nothing_else_does(
    tmp_path: Path, repository: Monorepo, plane: Plane
) -> None:
    directory = f"clusters/all/{plane.name}"
    manual = application(syncPolicy={"syncOptions": ["CreateNamespace=false"]})
    other = manual.replace("shop", "till")
    files = {f"apps/{name}/one.yaml": config_map("one", "1").replace("shop", name) for name in ("shop", "till")}
    head = repository.commit({f"{directory}/cluster.yaml": "", f"{directory}/apps.yaml": f"{manual}\n---\n{other}\n", **files})

    def fresh(name: str) -> Path:
        # Another's lease is waited for unless it was given back, which is tried for as long as a renewal may take.
        return registry(tmp_path / name, repository, plane, names=(plane.name,), settings="{leaseDuration: 60s, leaseRenew: 20s}")

    async with running(fresh("first")) as hub:
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.OBSERVED)
        resync(hub, plane.name, "shop")
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.FAILED)
        await eventually(lambda: _noted(plane, "shop"))
    plane.kube.apply("/api/v1/namespaces/shop", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}).ok()
    async with running(fresh("second")) as hub:
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.SYNCED)
        await eventually(lambda: state(hub, f"{plane.name}/till") is SyncState.OBSERVED)
        assert live(plane, f"{MAPS}/one")["data"] == {"value": "1"}
        await eventually(lambda: not _noted(plane, "shop"))
    async with running(fresh("third")) as hub:
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.SYNCED)
        await eventually(lambda: state(hub, f"{plane.name}/till") is SyncState.OBSERVED)
        assert hub.state.reports[AppKey(plane.name, "shop")].revision.commit == head
    repository.commit({"apps/shop/one.yaml": config_map("one", "2")})
    async with running(fresh("fourth")) as hub:
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.OBSERVED)
        assert live(plane, f"{MAPS}/one")["data"] == {"value": "1"}


def _noted(plane: Plane, app: str) -> bool:
    """Whether the Record tells of a request for an App."""
    record = live(plane, "/api/v1/namespaces/fleethub-system/configmaps/record.0")
    return "requested" in json.loads(record["data"]["apps.json"]).get(app, {}) if record else False


async def _observed(hub: Hub, plane: Plane, commit: str) -> None:
    """Wait until the App was looked at for a commit, and nothing was written."""

    def seen() -> bool:
        report = hub.state.reports[AppKey(plane.name, "shop")]
        return report.revision.commit == commit and report.state is SyncState.OBSERVED

    await eventually(seen)


async def test_what_was_only_observed_is_gone_with_its_declaration(tmp_path: Path, repository: Monorepo, plane: Plane) -> None:
    own, file = f"clusters/all/{plane.name}/cluster.yaml", f"clusters/all/{plane.name}/shop.json"
    repository.commit({own: "labels: {}", file: application(), "apps/shop/one.yaml": config_map("one", "1")})
    async with running(registry(tmp_path, repository, plane, names=(plane.name,))) as hub:
        await eventually(lambda: state(hub, f"{plane.name}/shop") is SyncState.OBSERVED)
        repository.commit({file: application(syncPolicy={}).replace('"name": "shop"', '"name": "other"')})
        await eventually(lambda: state(hub, f"{plane.name}/other") is SyncState.OBSERVED)
        await eventually(lambda: [key.app for key in hub.state.apps_of(plane.name)] == ["other"])
