"""What the tests of the source share: a real repository, a real git server, the hub's own copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.model.cluster import SecretRef
from fleet.model.source import Credential, Source
from fleet.source import Repository
from tests.source.git import Git
from tests.source.server import GitServer, serving

PASSWORD = SecretRef("env", "GIT_TOKEN")


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path / "checkout")


@pytest.fixture
def server(git: Git) -> Iterator[GitServer]:
    with serving(git.path, user="fleet", password="right") as running:
        yield running


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[..., Repository]:
    """Make the hub's copy of a URL; `password` is what the reference resolves to, `seconds` the deadline."""

    def make(url: object, *, password: str = "", branch: str = "main", seconds: float = 60.0) -> Repository:
        credential = Credential("fleet", PASSWORD) if password else None
        source = Source(url=str(url), branch=branch, credential=credential)
        return Repository(source, tmp_path / "state/git", secret={PASSWORD: password}.__getitem__, seconds=seconds)

    return make
