"""The repository of the demo: a copy of the example under git, and commits to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fleet.aio import Command, run_process
from fleet.errors import ProgramFailed

CLUSTERS = ("stage-eu", "stage-us", "prod-eu", "prod-us")
"""The clusters of the example; every other one is a production cluster more."""

_SECONDS, _MOST = 60.0, 1024 * 1024
_REGIONS = ("eu", "us")
_ANA = {"GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com"}
_COMMITTER = {"GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit as git tells it, and when it was there."""

    id: str
    subject: str
    author: str
    files: tuple[str, ...]
    made: datetime

    def __str__(self) -> str:
        named = ", ".join(self.files) if len(self.files) <= 2 else f"{len(self.files)} files"
        return f"{self.id[:10]} “{self.subject}” by {self.author}: {named}"


class Shop:
    """The repository at `path`; `open` makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def open(self, clusters: tuple[str, ...]) -> Commit:
        """Copy the example, give each further cluster a directory, and commit."""
        shutil.copytree(example(), self.path)
        for number, name in enumerate(clusters[len(CLUSTERS) :]):
            _furnish(self.path / "clusters" / "production" / name, _REGIONS[number % len(_REGIONS)])
        await self.git("init", "--quiet", "--template=", "--initial-branch=main")
        return await self.commit("Open the shop")

    async def commit(self, subject: str) -> Commit:
        """Commit everything as it stands in the directory."""
        await self.git("add", "--all")
        await self.git("commit", "--quiet", "--message", subject)
        return await self.head()

    async def change(self, subject: str, changes: Mapping[str, tuple[str, str]]) -> Commit:
        """Put, in each of these files, one text in the place of another, and commit."""
        for file, (old, new) in changes.items():
            path = self.path / file
            text = path.read_text(encoding="utf-8")
            assert old in text, f"the example's {file} has no {old!r}"
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return await self.commit(subject)

    async def revert(self) -> Commit:
        """Take the last commit back by another."""
        await self.git("revert", "--no-edit", "HEAD")
        return await self.head()

    async def head(self) -> Commit:
        """Read the newest commit."""
        made = datetime.now(UTC)
        told = await self.git("show", "--no-renames", "--name-only", "--format=%H%n%s%n%an", "HEAD")
        commit, subject, author, *files = [line for line in told.splitlines() if line]
        return Commit(id=commit, subject=subject, author=author, files=tuple(files), made=made)

    async def git(self, *words: str) -> str:
        """Run git here, as Ana, whatever else is configured on this machine."""
        environment = {"PATH": os.environ.get("PATH", ""), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = Command(argv=["git", *words], cwd=self.path, env={**environment, **_ANA, **_COMMITTER})
        done = await run_process(command, seconds=_SECONDS, max_output=_MOST, what="git")
        if done.returncode:
            raise ProgramFailed(program="git", reason=done.stderr.decode(errors="replace").strip())
        return done.stdout.decode()


def example() -> Path:
    """Where the example is: beside this file in an installed package, at the top of a checkout."""
    packaged = Path(__file__).with_name("monorepo")
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "examples" / "monorepo"


def names(count: int) -> tuple[str, ...]:
    """The names of so many clusters: the example's, and then production clusters by number."""
    return (*CLUSTERS, *(f"prod-{number:03}" for number in range(len(CLUSTERS) + 1, count + 1)))


def _furnish(directory: Path, region: str) -> None:
    directory.mkdir()
    domain = f"{directory.name}.shop.example.com"
    text = f"labels: {{region: {region}}}\nvariables: {{DOMAIN: {domain}, CURRENCY: {'EUR' if region == 'eu' else 'USD'}}}\n"
    (directory / "cluster.yaml").write_text(text, encoding="utf-8")
