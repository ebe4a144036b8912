"""What the tests of mapping share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mapping.monorepo import Monorepo


@pytest.fixture
def repo(tmp_path: Path) -> Monorepo:
    return Monorepo(tmp_path / "monorepo.git")
