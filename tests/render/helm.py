"""Helm's own command, as the judge of a chart's render; and the corpus of charts, compared with it in full.

`python -m tests.render.helm [--seed N] [--charts N]` renders that many charts with both backends, compares them object by
object with what Helm's command gives, and says how many charts a second each does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fleet.hooks import RenderedFile
from fleet.hooks.registry import Registry
from fleet.model.manifest import Origin, Rendered, RenderFailed
from fleet.render import RenderHost, RenderSettings, RenderValues
from tests.controlplane.binaries import place
from tests.render.charts import ROOT, Made, made
from tests.render.repo import Monorepo, app, host_with

HELM = place("helm")
RELEASE = "shop"
NAMESPACE = "prod"


def by_library(cache: Path | None = None) -> RenderHost:
    """A host that renders charts with the library."""
    return host_with(None, cache)


def by_program(cache: Path | None = None) -> RenderHost:
    """A host that renders charts with Helm's command."""
    return host_with(RenderSettings(programs={"helm": str(HELM)}), cache)


def template(repo: Path, chart: str, *flags: str) -> str:
    """What Helm's command makes of a chart of the checkout; its words, if that is an error."""
    argv = [str(HELM), "template", RELEASE, chart, "--namespace", NAMESPACE, *flags]
    done = subprocess.run(argv, cwd=repo, env={"HOME": str(repo)}, capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else done.stderr


def bodies(text: str) -> list[str]:
    """The objects of a text, finished as the host finishes them, as sorted JSON."""
    files = [RenderedFile(text=text, origin=Origin("x", 1))]
    result = RenderHost(Registry()).finish(files, fingerprint="", namespace=NAMESPACE)
    assert isinstance(result, Rendered), result.message
    return as_json(result)


def as_json(result: Rendered) -> list[str]:
    """A render's objects as sorted JSON."""
    return sorted(json.dumps(manifest.body, sort_keys=True) for manifest in result.manifests)


async def rendered(host: RenderHost, repo: Monorepo, chart: Made) -> Rendered | RenderFailed:
    """Render a chart of the corpus."""
    tree = repo.tree(chart.files)
    of = app(ROOT, namespace=NAMESPACE, options={"releaseName": RELEASE, **chart.options})
    values = RenderValues(kube_version=chart.kube_version, api_versions=chart.api_versions)
    return await host.render(tree, host.describe(tree, of, values))


async def differences(seed: int, directory: Path, hosts: Iterable[RenderHost]) -> list[str]:
    """What the hosts give otherwise than Helm's command for the chart of a seed."""
    repo, chart = Monorepo(directory / str(seed)), made(seed)
    found = []
    for host in hosts:
        result = await rendered(host, repo, chart)
        judged = template(repo.git.path, ROOT, *chart.flags)
        if isinstance(result, RenderFailed):
            found.append(f"seed {seed}: {result.message}; Helm says {judged[-500:]}")
        elif as_json(result) != bodies(judged):
            found.append(f"seed {seed}: {sorted(set(as_json(result)) ^ set(bodies(judged)))}")
    return found


async def _pace(name: str, host: RenderHost, repos: list[tuple[Monorepo, Made, Any]]) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    for _, chart, tree in repos:
        of = app(ROOT, namespace=NAMESPACE, options={"releaseName": RELEASE, **chart.options})
        await host.render(tree, host.describe(tree, of, RenderValues(kube_version=chart.kube_version)))
    took = time.perf_counter() - begun
    print(f"{name}: {len(repos) / took:.0f} charts/s, of the hub's own core {(time.process_time() - cpu) / took:.0%}")


async def _main(seed: int, charts: int) -> int:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        hosts = [by_library(directory / "library"), by_program(directory / "program")]
        wrong = [line for each in range(seed, seed + charts) for line in await differences(each, directory / "judged", hosts)]
        print(*wrong, sep="\n", end="\n" if wrong else "")
        print(f"{charts} charts from seed {seed}, twice: {len(wrong)} otherwise than Helm's command")
        repos = []
        for each in range(seed, seed + charts):
            repo, chart = Monorepo(directory / f"paced-{each}"), made(each)
            repos.append((repo, chart, repo.tree(chart.files)))
        fresh = by_library(directory / "fresh")
        await _pace("library, with its start", fresh, repos[: charts // 2])
        await _pace("library, begun", fresh, repos[charts // 2 :])
        await _pace("from disk", by_library(directory / "fresh"), repos)
        await _pace("program", by_program(directory / "fresh"), repos)
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--charts", type=int, default=100)
    given = parser.parse_args()
    raise SystemExit(asyncio.run(_main(given.seed, given.charts)))
