"""The Fingerprint under random edits: `python -m tests.corpus.fingerprints --edits 1000 --seed 1`.

What changes the result of the tool that a tree belongs to changes the Fingerprint, and has the mapping ask for it again.
What changes the Fingerprint and not the result is a file that the tool reads: without it there would be another result.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

from fleet.errors import FleetError
from fleet.hooks.tree import LimitedTree
from fleet.render import RenderUnit, RenderValues
from fleet.render.builtin.kustomize.fields import FILENAMES
from fleet.source import open_checkout
from tests.corpus import kustomize_trees, plain_trees
from tests.corpus.edits import edit
from tests.corpus.judged import built, put
from tests.corpus.tree import Link
from tests.render import charts
from tests.render.helm import HELM, NAMESPACE, RELEASE
from tests.render.repo import Monorepo, app, asked_again, host_with

EDITS_OF_A_TREE = 20
_TREES_TRIED = 5
FAILED = "the tool fails"
UNREADABLE = "{{\n"
_OF_A_SUBCHART = re.compile(r"/charts/[^/]+/(templates/|crds/|values|Chart\.yaml)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A tree, its App, and what the truth about it is."""

    files: Mapping[str, str | bytes | Link]
    outcome: Callable[[Monorepo], str]
    """What the tool makes of the App's directory in the checkout as it lies there now; FAILED when it fails."""
    can_read: Callable[[Monorepo, str], bool] = lambda repo, path: False
    """Whether the tool could read a file of its own accord, though its result does not show it now."""
    spared: frozenset[str] = frozenset()
    """Names of files that are the tool's alone: what the App says itself, written for the tool."""
    path: str = "app"
    options: Mapping[str, Any] = field(default_factory=dict)
    values: RenderValues = field(default_factory=RenderValues)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A renderer, and trees for it."""

    renderer: str
    subject: Callable[[Random], Subject]


@dataclass(frozen=True, slots=True)
class State:
    """One commit: what we know of the App, and what the tool makes of it."""

    commit: str
    unit: RenderUnit | str
    outcome: str


class Edited:
    """One tree under edits."""

    def __init__(self, place: Path, judge: Judge, random: Random) -> None:
        self.subject, self.random = judge.subject(random), random
        self.app = app(self.subject.path, renderer=judge.renderer, options=dict(self.subject.options), namespace=NAMESPACE)
        self.repo = Monorepo(place)
        put(self.repo, self.subject.files)
        self.host = host_with()
        self.state = self._state(self.repo.git.commit())

    def edit(self) -> tuple[str, str, str]:
        """Make one edit; give what was done, what came of it, and what is wrong with that, if anything is."""
        before = self.state
        done = edit(self.random, self.repo.git.path, spared=self.subject.spared)
        # What git does not hold is not there: neither are directories that are empty now.
        self.repo.git.run("add", "--all")
        self.repo.git.run("clean", "--quiet", "--force", "-d")
        after = self._state(self.repo.git.commit())
        came, wrong = self._judged(before, after)
        if after.outcome == FAILED:
            self.repo.git.run("reset", "--quiet", "--hard", before.commit)
        else:
            self.state = after
        return done, came, wrong

    def _state(self, commit: str) -> State:
        tree = LimitedTree(open_checkout(self.repo.git.path).tree(commit))
        unit: RenderUnit | str
        try:
            unit = self.host.describe(tree, self.app, self.subject.values)
        except FleetError as error:
            unit = str(error)
        return State(commit, unit, self.subject.outcome(self.repo))

    def _judged(self, before: State, after: State) -> tuple[str, str]:
        if before.outcome != after.outcome:
            return self._other_result(before, after)
        if isinstance(after.unit, str):
            return "refused", f"we refuse what the tool builds: {after.unit}"
        if _print(before) == _print(after):
            return "nothing", ""
        matters = any(self._matters(path, after) for path in self._changed(before, after))
        return (
            "same result, other Fingerprint",
            "" if matters else "the Fingerprint changed with a file that the tool does not read",
        )

    def _other_result(self, before: State, after: State) -> tuple[str, str]:
        came = "failure" if after.outcome == FAILED else "other result"
        if isinstance(after.unit, str) and after.outcome != FAILED:
            return "refused", f"we refuse what the tool builds: {after.unit}"
        if not isinstance(before.unit, RenderUnit):
            return came, ""
        if _print(before) == _print(after):
            return came, "the result changed, and the Fingerprint did not"
        asked = asked_again(before.unit, self._changed(before, after))
        return came, "" if asked else "the result changed, and nobody would ask for the Fingerprint again"

    def _changed(self, before: State, after: State) -> frozenset[str]:
        return open_checkout(self.repo.git.path).changed(before.commit, after.commit) or frozenset()

    def _matters(self, path: str, after: State) -> bool:
        """Whether the tool would give another result without this file, or with one that nobody can read in its place."""
        file = self.repo.git.path / path
        if self.subject.can_read(self.repo, path):
            return True
        there = file.is_symlink() or file.exists()
        away = file.rename(self.repo.git.path / ".git" / "away") if there else None
        try:
            if self.subject.outcome(self.repo) != after.outcome:
                return True
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(UNREADABLE)
            return self.subject.outcome(self.repo) != after.outcome
        finally:
            file.unlink(missing_ok=True)
            if away:
                away.rename(file)


def _print(state: State) -> str:
    return state.unit.fingerprint if isinstance(state.unit, RenderUnit) else state.unit


def _kubectl(repo: Monorepo) -> str:
    done = built(repo, "app")
    return FAILED if done.returncode else done.stdout


def _read_plainly(repo: Monorepo) -> str:
    """Every file that is a manifest by its name, as `os.walk` finds them, links followed; nothing hidden, no broken link."""
    root = repo.git.path / "app"
    found = sorted(_manifests(root))
    return repr(found) if found and all(text for _, text in found) else FAILED


def _manifests(root: Path) -> Iterator[tuple[str, str]]:
    for directory, inner, names in os.walk(root, followlinks=True):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in names:
            file = Path(directory, name)
            manifest = file.suffix in (".yaml", ".yml", ".json") or name in FILENAMES or not file.exists()
            if manifest and not name.startswith("."):
                yield str(file.relative_to(root)), file.read_text() if file.exists() else ""


def _unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".tgz" else file.read_bytes()


def _chart(random: Random) -> Subject:
    chart = charts.made(random.randrange(10**6))
    flags = [str(HELM), "template", RELEASE, charts.ROOT, "--namespace", NAMESPACE, *chart.flags]

    def outcome(repo: Monorepo) -> str:
        done = subprocess.run(flags, cwd=repo.git.path, env={"HOME": "/"}, capture_output=True, text=True, check=False)
        return FAILED if done.returncode else done.stdout

    def can_read(repo: Monorepo, path: str) -> bool:
        """What Helm loads without showing it: all files, for templates that say `.Files`; subcharts that values leave out.

        A pattern of files with values is ours, not Helm's.
        """
        if _OF_A_SUBCHART.search(path):
            return True
        texts = (_unpacked(file) for file in (repo.git.path / charts.ROOT).rglob("*") if file.is_file())
        asked = path.startswith(f"{charts.ROOT}/") and any(b"Files" in text for text in texts)
        return asked or any(fnmatchcase(path, pattern.strip("/")) for pattern in chart.options.get("valueFiles", ()))

    return Subject(
        files=chart.files,
        outcome=outcome,
        can_read=can_read,
        spared=frozenset({"said.json"}),
        path=charts.ROOT,
        options={"releaseName": RELEASE, **chart.options},
        values=RenderValues(kube_version=chart.kube_version, api_versions=chart.api_versions),
    )


JUDGES = (
    Judge(renderer="kustomize", subject=lambda random: Subject(files=kustomize_trees.tree(random).files, outcome=_kubectl)),
    Judge(renderer="plain", subject=lambda random: Subject(files=plain_trees.tree(random).files, outcome=_read_plainly)),
    Judge(renderer="helm", subject=_chart),
)


def run(judge: Judge, *, seed: int, edits: int, place: Path) -> tuple[Counter[str], list[str]]:
    """Edit random trees; give how often what came of an edit, and everything that is wrong, told so that it can be repeated."""
    came: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(-(-edits // EDITS_OF_A_TREE)):
        edited = _begun(place / f"{judge.renderer}-{number}", judge, Random(f"{seed} {judge.renderer} {number}"))
        for _ in range(min(EDITS_OF_A_TREE, edits - number * EDITS_OF_A_TREE)):
            done, what, complaint = edited.edit()
            came[what] += 1
            if complaint:
                wrong.append(f"{judge.renderer}, seed {seed}, tree {number}: {done}: {complaint}")
    return came, wrong


def _begun(place: Path, judge: Judge, random: Random) -> Edited:
    """A tree that the tool takes: few do not, and nothing can be judged by those."""
    for attempt in range(_TREES_TRIED):
        edited = Edited(place / str(attempt), judge, random)
        if edited.state.outcome != FAILED:
            return edited
    raise AssertionError(f"{judge.renderer}: the tool refuses {_TREES_TRIED} trees in a row")


def main() -> int:
    """Print what came of the edits, what is wrong, and the seed; 1 when anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--renderer", choices=[judge.renderer for judge in JUDGES])
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    failed = False
    for judge in JUDGES:
        if asked.renderer in (None, judge.renderer):
            begun = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="fingerprints-") as directory:
                came, wrong = run(judge, seed=asked.seed, edits=asked.edits, place=Path(directory))
            failed |= bool(wrong)
            counts = ", ".join(f"{what} {count}" for what, count in came.most_common())
            print(f"{judge.renderer}: {asked.edits} edits of seed {asked.seed}: {counts}; {time.monotonic() - begun:.0f} s")
            print("\n".join(wrong), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
