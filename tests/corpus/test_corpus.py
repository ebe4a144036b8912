"""A slice of the corpus, always the same; `make corpus` and `make fingerprints` are the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.render.builtin.kustomize.fields import FILENAMES
from tests.corpus.fingerprints import JUDGES, Judge, run
from tests.corpus.judged import Corpus, kubectl, ours
from tests.render.repo import Monorepo, app, host_with

ROOT = Path(__file__).parents[2]
SEED = 11
EDITS = {"kustomize": 20, "plain": 40, "helm": 20}


async def test_random_trees_render_as_kubectl_builds_them(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "repo", SEED, range(8))
    verdicts = [await corpus.verdict(case) for case in corpus.cases]
    assert [each for each in verdicts if not each.equal] == []
    assert sum(isinstance(each.tool, list) for each in verdicts) >= 7


@pytest.mark.parametrize("judge", JUDGES, ids=lambda judge: judge.renderer)
def test_a_fingerprint_changes_with_what_the_tool_reads_and_with_nothing_else(judge: Judge, tmp_path: Path) -> None:
    came, wrong = run(judge, seed=SEED, edits=EDITS[judge.renderer], place=tmp_path)
    assert wrong == []
    assert came["other result"] > 0
    assert came["nothing"] > 0


def examples() -> Iterator[Path]:
    """Every directory of the examples that has a kustomization."""
    for name in FILENAMES:
        yield from (path.parent for path in sorted((ROOT / "examples").rglob(name)))


async def test_every_example_renders_as_kubectl_builds_it(tmp_path: Path) -> None:
    repo = Monorepo(tmp_path / "repo")
    for path in (ROOT / "examples").rglob("*"):
        if path.is_file():
            repo.git.write(str(path.relative_to(ROOT)), path.read_bytes())
    tree, host = repo.tree(), host_with()
    places = [str(path.relative_to(ROOT)) for path in examples()]
    unlike = [place for place in places if kubectl(repo, place) != await ours(host, tree, app(place))]
    assert unlike == []
    assert len(places) >= 3
