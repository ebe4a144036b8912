"""Random trees in one repository, and what the tools they belong to make of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson

from fleet.errors import FleetError
from fleet.hooks import RenderedFile
from fleet.hooks.registry import Registry
from fleet.hooks.tree import LimitedTree
from fleet.model.app import App
from fleet.model.manifest import Origin, Rendered
from fleet.render import RenderHost, RenderValues
from tests.corpus.kustomize_trees import tree as kustomize_tree
from tests.corpus.tree import Link
from tests.render.repo import KUBECTL, Monorepo, app, host_with

Bodies = list[object]


@dataclass(frozen=True, slots=True)
class Case:
    """One tree of a corpus: its number, where it lies, what it is made of."""

    number: int
    path: str
    features: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tool gave for a tree, and what we did; an error is its text."""

    case: Case
    tool: Bodies | str
    ours: Bodies | str

    @property
    def equal(self) -> bool:
        """Whether the objects are the same, order aside, or both are errors."""
        if isinstance(self.tool, str) or isinstance(self.ours, str):
            return isinstance(self.tool, str) and isinstance(self.ours, str)
        return _sorted(self.tool) == _sorted(self.ours)


class Corpus:
    """Kustomize trees of one seed, each below a directory of its own."""

    def __init__(self, place: Path, seed: int, numbers: Sequence[int]) -> None:
        self.repo = Monorepo(place)
        self.cases: list[Case] = []
        for number in numbers:
            maker = kustomize_tree(Random(f"{seed} {number}"))
            put(self.repo, {f"t{number}/{path}": content for path, content in maker.files.items()})
            self.cases.append(Case(number, f"t{number}/app", frozenset(maker.features)))
        self.tree = self.repo.tree()
        self.host = host_with()

    async def verdict(self, case: Case) -> Verdict:
        """Render one tree with both."""
        tool = kubectl(self.repo, case.path)
        return Verdict(case, tool, await ours(self.host, self.tree, app(case.path)))


def put(repo: Monorepo, files: Mapping[str, str | bytes | Link]) -> None:
    """Write files and links into a checkout."""
    for path, content in files.items():
        if isinstance(content, Link):
            repo.git.link(path, content.target)
        else:
            repo.git.write(path, content)


async def ours(host: RenderHost, tree: LimitedTree, of: App) -> Bodies | str:
    """What we make of an App."""
    try:
        result = await host.render(tree, host.describe(tree, of, RenderValues()))
    except FleetError as error:
        return str(error)
    return [manifest.body for manifest in result.manifests] if isinstance(result, Rendered) else result.message


def kubectl(repo: Monorepo, path: str) -> Bodies | str:
    """What `kubectl kustomize` makes of a directory of the checkout, files beside it allowed as Flux allows them."""
    done = built(repo, path)
    return done.stderr if done.returncode else read(done.stdout)


def built(repo: Monorepo, path: str) -> subprocess.CompletedProcess[str]:
    """Run `kubectl kustomize`."""
    argv = [str(KUBECTL), "kustomize", path, "--load-restrictor=LoadRestrictionsNone"]
    environment = {"HOME": "/", "GOGC": "off", "PATH": os.defpath}
    return subprocess.run(argv, cwd=repo.git.path, env=environment, capture_output=True, text=True, timeout=120, check=False)


def read(text: str) -> Bodies:
    """The bodies of a text's objects, finished as the host finishes them."""
    files = [RenderedFile(text=text, origin=Origin("x", 1))]
    result = RenderHost(Registry()).finish(files, fingerprint="", namespace="default")
    assert isinstance(result, Rendered), result.message
    return [manifest.body for manifest in result.manifests]


def _sorted(bodies: Bodies) -> list[str]:
    return sorted(map(_key, bodies))


def _key(body: object) -> str:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def counted(verdicts: Sequence[Verdict]) -> Mapping[str, int]:
    """How many trees hold each feature."""
    names = sorted({name for each in verdicts for name in each.case.features})
    return {name: sum(name in each.case.features for each in verdicts) for name in names}
