"""What the tests of rendering share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.render.repo import Monorepo


@pytest.fixture
def repo(tmp_path: Path) -> Monorepo:
    return Monorepo(tmp_path / "repo")
