"""Charts of repositories as Argo CD and Flux name them: from a document to objects in a cluster, and what may go wrong."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleet.cli import main
from fleet.hub.hub import Hub
from fleet.model.keys import AppKey
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.safety import deletes, quiet
from tests.flows.stories import at_rest, live
from tests.source.shops import PASSWORD, USER, Shop, http_repository, oci_registry, packaged

URL = "https://git.example.com/platform/delivery.git"

APPLICATION = """
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {{name: {name}, namespace: argocd}}
    spec:
      project: default
      destination: {{name: in-cluster, namespace: {name}}}
      syncPolicy: {{automated: {{prune: true}}, syncOptions: [CreateNamespace=true]}}
      {sources}
    """
RELEASE = """
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {{name: {name}, namespace: flux-system}}
    spec: {{interval: 1h, targetNamespace: {name}, install: {{createNamespace: true}}, {chart}}}
    """
SOURCE = """
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: {kind}
    metadata: {{name: {name}, namespace: flux-system}}
    spec: {{interval: 1h, {spec}}}
    """


def application(name: str, sources: str) -> str:
    return APPLICATION.format(name=name, sources=sources)


def release(name: str, chart: str) -> str:
    return RELEASE.format(name=name, chart=chart)


def source(kind: str, name: str, spec: str) -> str:
    return SOURCE.format(kind=kind, name=name, spec=spec)


def of_repository(kind: str, name: str, version: str) -> str:
    said = f", version: '{version}'" if version else ""
    return f"chart: {{spec: {{chart: web{said}, sourceRef: {{kind: {kind}, name: {name}}}}}}}"


def documents(http: str, oci: str) -> dict[str, str]:
    """One App of each way to name a chart of a repository, by its name; what it is called in Flux is its namespace here."""
    values = f"{{repoURL: '{URL}', ref: mine}}"
    helm = "helm: {valueFiles: [$mine/values/web.yaml]}"
    return {
        "argo-http": application("argo-http", f"source: {{repoURL: '{http}/', chart: web, targetRevision: 1.x}}"),
        "argo-oci": application(
            "argo-oci", f"source: {{repoURL: {oci.removeprefix('oci://')}, chart: web, targetRevision: 1.0.0}}"
        ),
        "argo-several": application(
            "argo-several",
            f"sources: [{{repoURL: '{URL}', path: apps/beside}}, {values},"
            f" {{repoURL: '{http}', chart: web, targetRevision: '>=2.0.0-0', {helm}}}]",
        ),
        "flux-http": release("flux-http", of_repository("HelmRepository", "http", "~1.0")),
        "flux-newest": release("flux-newest", of_repository("HelmRepository", "http", "")),
        "flux-oci": release("flux-oci", of_repository("HelmRepository", "oci", "1.2.x")),
        "flux-artifact": release("flux-artifact", "chartRef: {kind: OCIRepository, name: web}"),
        "flux-chart": release("flux-chart", "chartRef: {kind: HelmChart, name: web}, values: {tier: gold}"),
        "sources-1": source("HelmRepository", "http", f"url: '{http}'"),
        "sources-2": source("HelmRepository", "oci", f"type: oci, url: '{oci}'"),
        "sources-3": source("OCIRepository", "web", f"url: '{oci}/web', ref: {{tag: 1.0.0, semver: '>=1.1.0'}}"),
        "sources-4": source("HelmChart", "web", "chart: web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: oci}"),
    }


VERSIONS = {
    "argo-http": {"v": "1.2.0+build.5"},
    "argo-oci": {"v": "1.0.0"},
    "argo-several": {"v": "2.0.0-rc.1", "tier": "silver"},
    "flux-http": {"v": "1.0.0"},
    "flux-newest": {"v": "1.2.0+build.5"},
    "flux-oci": {"v": "1.2.0"},
    "flux-artifact": {"v": "1.2.0"},
    "flux-chart": {"v": "1.0.0", "tier": "gold"},
}
"""What each App's chart says of itself, once it is locked and installed."""


def key(plane: Plane, name: str) -> AppKey:
    return AppKey(plane.name, f"helm.flux-system.{name}" if name.startswith("flux") else name)


@dataclass(slots=True, kw_only=True)
class Market:
    """Both repositories."""

    packages: Path
    """What the web server has; whoever may write there publishes."""
    http: Shop
    oci: Shop
    close_registry: Callable[[], None]


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    """A web server's repository and a real registry's, both behind a password."""
    packages = packaged(tmp_path / "charts")
    with http_repository(packages) as http, ExitStack() as registry:
        oci = registry.enter_context(oci_registry(packages, tmp_path / "oci"))
        yield Market(packages=packages, http=http, oci=oci, close_registry=registry.close)


@dataclass(slots=True, kw_only=True)
class Place:
    """A monorepo, its registry, and the state of its hub."""

    repository: Monorepo
    registry: Path
    state: Path

    async def lock(self, *words: str) -> int:
        """Run `fleet chart lock` in the checkout, and commit what it wrote."""
        command = ["--config", str(self.registry), "chart", "lock", str(self.repository.path), *words]
        code = await asyncio.to_thread(main, command)
        self.repository.git("add", "charts.lock")
        return code

    def forget(self, *caches: str) -> None:
        """Lose caches of the hub."""
        for cache in caches:
            shutil.rmtree(self.state / cache)


@pytest.fixture
def place(tmp_path: Path, plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An empty monorepo of one cluster; the password of the chart repositories is at hand."""
    monkeypatch.setenv("CHARTS", PASSWORD)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repository = Monorepo(tmp_path / "repository")
    registry = write_registry(tmp_path, repository.path, [plane], settings=f"{FAST[:-1]}, render: {{jobs: 1}}}}")
    registry.write_text(registry.read_text().replace("interval: 1s", f"interval: 1s, aliases: ['{URL}']"))
    return Place(repository=repository, registry=registry, state=tmp_path / "state")


def configure(place: Place, *shops: Shop) -> None:
    """Name chart repositories in the registry."""
    credential = f"credential: {{username: {USER}, password: env:CHARTS}}"
    rows = "".join(f"  - {{repository: '{shop.repository.url}', {credential}}}\n" for shop in shops)
    place.registry.write_text(place.registry.read_text() + f"charts:\n{rows}")


def directory(plane: Plane) -> str:
    return f"clusters/all/{plane.name}"


def said(hub: Hub, app: AppKey) -> tuple[SyncState | None, str]:
    """How an App's last Sync ended, and its errors."""
    report = hub.state.reports.get(app)
    return (report.state, "\n".join(map(str, report.errors))) if report else (None, "")


def installed(plane: Plane) -> dict[str, Any]:
    """What is in the cluster of each App's chart."""
    found = {name: live(plane, f"/api/v1/namespaces/{name}/configmaps/web") for name in VERSIONS}
    return {name: body["data"] for name, body in found.items() if body}


async def failed(hub: Hub, wanted: Mapping[AppKey, str]) -> None:
    """Wait until each of these Apps has failed with a text in its errors."""

    def seen() -> bool:
        found = {app: said(hub, app) for app in wanted}
        assert {app: each for app, each in found.items() if each[0] is not SyncState.FAILED} == {}
        assert {app: each[1] for app, each in found.items() if wanted[app] not in each[1]} == {}
        return True

    await eventually(seen)


async def test_every_way_to_name_a_chart_of_a_repository_installs_once_it_is_locked_and_stays(
    place: Place, plane: Plane, market: Market
) -> None:
    configure(place, market.http, market.oci)
    files = {f"{directory(plane)}/{name}.yaml": text for name, text in documents(*_urls(market)).items()}
    beside = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: beside}\n"
    place.repository.commit({**files, "apps/beside/map.yaml": beside, "values/web.yaml": "tier: silver\n"})
    apps = {name: key(plane, name) for name in VERSIONS}
    async with running(place.registry) as hub:
        unlocked = {app: f"{directory(plane)}/{name}.yaml:1: chart web" for name, app in apps.items()}
        await failed(hub, unlocked)
        assert [name for name, app in apps.items() if "run fleet chart lock" not in said(hub, app)[1]] == []
        assert installed(plane) == {}
        assert await place.lock() == 0
        await at_rest(hub, place.repository.commit({}, message="Lock the charts"))
        assert installed(plane) == VERSIONS
        assert live(plane, "/api/v1/namespaces/argo-several/configmaps/beside") is not None
        # What is not locked any more is unknown, and stays.
        place.repository.commit(
            {f"{directory(plane)}/argo-http.yaml": application("argo-http", _source(market, "1.1 - 1.2"))}, message="Ask anew"
        )
        await failed(hub, {apps["argo-http"]: "chart web 1.1 - 1.2 of"})
        last = place.repository.commit({f"{directory(plane)}/argo-http.yaml": files[f"{directory(plane)}/argo-http.yaml"]})
        await at_rest(hub, last)
    market.close_registry()
    asked = len(market.http.asked)
    place.forget("rendered")
    async with running(place.registry) as hub:
        await at_rest(hub, last)
    assert len(market.http.asked) == asked
    # The cache is lost too, and one repository with it; the other has published something else under an old version.
    place.forget("rendered", "charts")
    shutil.copy(market.packages / "web-1.2.0.tgz", market.packages / "web-1.0.0.tgz")
    lost = dict.fromkeys((apps[name] for name in ("argo-oci", "flux-oci", "flux-artifact", "flux-chart")), "/blobs/sha256:")
    changed = f"web 1.0.0 of {market.http.repository.url} is not what charts.lock says: its digest is sha256:"
    async with running(place.registry) as hub:
        await failed(hub, {**lost, apps["flux-http"]: changed})
        # What cannot be fetched is tried again with each look at git, a second after the last.
        await quiet(hub, last, plane, looks=3)
        await eventually(lambda: said(hub, apps["argo-http"]) == (SyncState.SYNCED, ""))
    assert installed(plane) == VERSIONS
    assert deletes(plane) == []


def _urls(market: Market) -> tuple[str, str]:
    return market.http.repository.url, market.oci.repository.url


def _source(market: Market, version: str) -> str:
    return f"source: {{repoURL: '{market.http.repository.url}', chart: web, targetRevision: '{version}'}}"
