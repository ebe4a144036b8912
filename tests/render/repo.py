"""A real monorepo and what tests ask of it: trees, Apps, hosts."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from fleet.hooks.registry import Registry, load
from fleet.hooks.tree import LimitedTree
from fleet.mapping.paths import PathIndex
from fleet.model.app import App, DeclaredBy
from fleet.model.keys import AppKey
from fleet.model.manifest import Origin, Rendered, RenderFailed
from fleet.render import RenderHost, RenderSettings, RenderUnit, RenderValues
from fleet.render.builtin import helm, kustomize, plain
from fleet.source import open_checkout
from tests.source.git import Git

KUBECTL = Path(sys.executable).with_name("kubectl")
DECLARED = DeclaredBy(origin=Origin("clusters/prod/apps.yaml", 1))


def registry(*plugins: Path) -> Registry:
    """The built-in renderers, and plugins from files."""
    loaded = load([plain, kustomize, helm], plugins=[str(plugin) for plugin in plugins])
    assert loaded.broken == ()
    return loaded


def app(path: str, **fields: Any) -> App:
    """An App of that directory."""
    return App(key=AppKey("prod", "shop"), declared_by=DECLARED, path=path, **fields)


def config_map(name: str, **data: str) -> str:
    """A manifest's text."""
    lines = [f"  {key}: {value!r}" for key, value in data.items()]
    return "\n".join(
        ["apiVersion: v1", "kind: ConfigMap", f"metadata: {{name: {name}}}", *(["data:", *lines] if lines else []), ""]
    )


def wrapper(directory: Path, *, before: str = "") -> Path:
    """A `kustomize` that notes each of its runs in `runs` beside it, and does it with kubectl."""
    path = directory / "kustomize"
    path.write_text(f'#!/bin/sh\necho "$@" >> {directory}/runs\n{before}\nexec {KUBECTL} kustomize "$2" $3\n')
    path.chmod(0o755)
    return path


def runs(program: Path) -> int:
    """How often a `wrapper` ran."""
    noted = program.with_name("runs")
    return len(noted.read_text().splitlines()) if noted.exists() else 0


def wait_for(happened: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait in a thread until something happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


class Monorepo:
    """A checkout; every `tree` is a new commit of it."""

    def __init__(self, path: Path) -> None:
        self.git = Git(path)

    def tree(self, files: Mapping[str, str | bytes] | None = None) -> LimitedTree:
        """Commit files and give their Revision's tree."""
        for name, text in (files or {}).items():
            self.git.write(name, text)
        return LimitedTree(open_checkout(self.git.path).tree(self.git.commit()))

    def kubectl(self, path: str, *flags: str) -> str:
        """What plain `kubectl kustomize` makes of a directory of the checkout."""
        argv = [str(KUBECTL), "kustomize", path or ".", *flags]
        done = subprocess.run(argv, cwd=self.git.path, env={"HOME": "/"}, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout


async def render(host: RenderHost, tree: LimitedTree, of: App) -> Rendered:
    """Describe and render an App that can be rendered."""
    result = await host.render(tree, host.describe(tree, of, RenderValues()))
    assert isinstance(result, Rendered), result.message
    return result


async def failure(host: RenderHost, tree: LimitedTree, of: App) -> RenderFailed:
    """Describe and render an App that cannot be rendered."""
    result = await host.render(tree, host.describe(tree, of, RenderValues()))
    assert isinstance(result, RenderFailed)
    return result


def describe(host: RenderHost, tree: LimitedTree, of: App) -> RenderUnit:
    """Describe an App on a cluster without values."""
    return host.describe(tree, of, RenderValues())


def asked_again(unit: RenderUnit, changed: Iterable[str]) -> bool:
    """Whether a change of these paths has the unit described again, as the mapping decides it."""
    index: PathIndex[str] = PathIndex()
    index.add((path for path, _ in unit.inputs), unit.fingerprint)
    return bool(index.concerned(changed))


def host_with(settings: RenderSettings | None = None, cache: Path | None = None, *plugins: Path) -> RenderHost:
    """A host with the built-in renderers and plugins from files."""
    return RenderHost(registry(*plugins), cache, settings=settings)
