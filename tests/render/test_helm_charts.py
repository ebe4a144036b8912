"""Charts of repositories: rendered from what charts.lock names, and from nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import ChartNotLocked, ChartRepositoryUnknown, RenderError
from fleet.model.charts import LockedChart, WantedChart, lock_text
from fleet.model.manifest import Rendered
from fleet.render import RenderHost, RenderSettings, RenderValues
from fleet.source.charts import ChartStore
from tests.controlplane.binaries import place
from tests.render.charts import archive
from tests.render.repo import Monorepo, app, failure, host_with, render

URL = "https://charts.example.com"
WEB = WantedChart(URL, "web", "1.x")
ABOUT = b"apiVersion: v2\nname: web\nversion: 1.4.0\nkubeVersion: '>=1.30-0'\n"
MAP = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Chart.Name }}}\ndata: {v: {{ .Chart.Version | quote }}}\n"
PACKAGE = archive("web", {"Chart.yaml": ABOUT, "templates/map.yaml": MAP})
LOCKED = LockedChart(WEB, "1.4.0", f"sha256:{hashlib.sha256(PACKAGE).hexdigest()}")
OTHER = LockedChart(WantedChart(URL, "other", "1.0.0"), "1.0.0", "sha256:" + "0" * 64)


@pytest.fixture
def host(tmp_path: Path) -> RenderHost:
    """A host that has the chart already, and no repository to ask."""
    (tmp_path / f"{LOCKED.digest.partition(':')[2]}.tgz").write_bytes(PACKAGE)
    store = ChartStore(tmp_path, [], secret=str, seconds=60)
    return host_with(RenderSettings(charts=store))


def web(**options: Any) -> Any:
    chart = {"repository": f"{URL}/", "name": "web", "version": "1.x"}
    return app("", renderer="helm", namespace="prod", options={"chart": chart, **options})


async def test_a_locked_chart_is_rendered_without_asking_anybody(repo: Monorepo, host: RenderHost) -> None:
    result = await render(host, repo.tree({"charts.lock": lock_text([LOCKED, OTHER])}), web())
    assert [(str(manifest.origin), manifest.body["data"]) for manifest in result.manifests] == [("charts.lock:1", {"v": "1.4.0"})]


def test_only_its_own_row_of_the_lock_decides_the_fingerprint(repo: Monorepo, host: RenderHost) -> None:
    def fingerprint(*locked: LockedChart) -> str:
        return host.describe(repo.tree({"charts.lock": lock_text(locked), "README.md": ""}), web(), RenderValues()).fingerprint

    assert fingerprint(LOCKED) == fingerprint(LOCKED, OTHER)
    assert fingerprint(LockedChart(WEB, "1.4.0", OTHER.digest)) != fingerprint(LOCKED)


async def test_a_dependency_of_a_repository_comes_from_the_lock(repo: Monorepo, host: RenderHost) -> None:
    about = f"apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n  - {{name: web, version: 1.x, repository: '{URL}'}}\n"
    tree = repo.tree({"shop/Chart.yaml": about, "charts.lock": lock_text([LOCKED])})
    (manifest,) = (await render(host, tree, app("shop"))).manifests
    assert manifest.key.name == "web"
    with pytest.raises(
        ChartNotLocked, match=r"shop/Chart\.yaml:5: chart web 1\.x of https://charts\.example\.com is not in charts\.lock"
    ):
        host.describe(repo.tree({"charts.lock": lock_text([OTHER])}), app("shop"), RenderValues())


async def test_the_version_that_helms_own_lock_says_is_asked_for(repo: Monorepo, host: RenderHost) -> None:
    about = f"apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies: [{{name: web, version: 1.x, repository: '{URL}'}}]\n"
    exact = LockedChart(WantedChart(URL, "web", "1.4.0"), "1.4.0", LOCKED.digest)
    files = {"shop/Chart.yaml": about, "shop/Chart.lock": "dependencies: [{name: web, version: 1.4.0}]\n"}
    assert (await render(host, repo.tree({**files, "charts.lock": lock_text([exact])}), app("shop"))).manifests


async def test_what_a_chart_of_a_repository_asks_is_told_where_it_is_asked_for(repo: Monorepo, tmp_path: Path) -> None:
    package = archive("web", {"Chart.yaml": ABOUT, "templates/map.yaml": MAP + b"# {{ lookup }}\n"})
    locked = LockedChart(WEB, "1.4.0", f"sha256:{hashlib.sha256(package).hexdigest()}")
    (tmp_path / f"{locked.digest.partition(':')[2]}.tgz").write_bytes(package)
    host = host_with(RenderSettings(charts=ChartStore(tmp_path, [], secret=str, seconds=60)))
    tree = repo.tree({"charts.lock": lock_text([locked])})
    (notice,) = await host.notices(tree, host.describe(tree, web(), RenderValues()))
    assert notice.message == "web/templates/map.yaml:5: lookup finds nothing: no cluster is asked"


@pytest.mark.parametrize(
    "template, runs",
    [
        pytest.param(b"", 1, id="certain"),
        pytest.param(b"# {{ randAlphaNum 1 | len }}\n", 2, id="by chance"),
        pytest.param(archive("sub", {"Chart.yaml": ABOUT, "templates/_a.tpl": b"{{/* now */}}"}), 2, id="in a package in it"),
    ],
)
async def test_a_chart_of_a_repository_is_rendered_once_where_nothing_in_it_can_differ(
    repo: Monorepo, tmp_path: Path, template: bytes, runs: int
) -> None:
    more = {"charts/sub-1.0.0.tgz": template} if template.startswith(b"\x1f") else {"templates/more.yaml": template}
    package = archive("web", {"Chart.yaml": ABOUT, "templates/map.yaml": MAP, **more})
    locked = LockedChart(WEB, "1.4.0", f"sha256:{hashlib.sha256(package).hexdigest()}")
    charts, noted, program = tmp_path / "charts", tmp_path / "runs", tmp_path / "helm"
    charts.mkdir()
    (charts / f"{locked.digest.partition(':')[2]}.tgz").write_bytes(package)
    program.write_text(f'#!/bin/sh\necho run >> {noted}\nexec {place("helm")} "$@"\n')
    program.chmod(0o755)
    store = ChartStore(charts, [], secret=str, seconds=60)
    host = host_with(RenderSettings(charts=store, programs={"helm": str(program)}))
    tree = repo.tree({"charts.lock": lock_text([locked])})
    assert isinstance(await host.render(tree, host.describe(tree, web(), RenderValues())), Rendered)
    assert noted.read_text() == "run\n" * runs


async def test_what_is_not_locked_or_cannot_be_had_is_said(repo: Monorepo, host: RenderHost) -> None:
    with pytest.raises(ChartNotLocked, match=r"chart web 1\.x of .* run fleet chart lock"):
        host.describe(repo.tree({"README.md": ""}), web(), RenderValues())
    tree = repo.tree({"charts.lock": lock_text([LockedChart(WEB, "1.4.0", OTHER.digest)])})
    assert [type(error) for error in (await failure(host, tree, web())).errors] == [ChartRepositoryUnknown]
    with pytest.raises(RenderError, match=r"helm\.chart has repository, name, version"):
        host.describe(tree, web(chart={"name": "web"}), RenderValues())


async def test_a_chart_for_another_kubernetes_is_refused(repo: Monorepo, host: RenderHost) -> None:
    tree = repo.tree({"charts.lock": lock_text([LOCKED])})
    assert (
        "the chart is for Kubernetes >=1.30-0, and this is 1.29" in (await failure(host, tree, web(kubeVersion="1.29"))).message
    )
    assert isinstance(await host.render(tree, host.describe(tree, web(kubeVersion="1.33"), RenderValues())), Rendered)
