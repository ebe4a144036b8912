"""ApplicationSets generate what Argo CD generates from them."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.hooks.tree import LimitedTree
from tests.mapping.applicationset.generating import EXPECTED, SETS, applications
from tests.mapping.applicationset.surroundings import FILES
from tests.mapping.monorepo import Monorepo


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> LimitedTree:
    repo = Monorepo(tmp_path_factory.mktemp("sets") / "monorepo.git")
    return repo.tree(repo.commit(FILES))


def test_every_set_has_an_expectation() -> None:
    assert [each["title"] for each in SETS] == list(EXPECTED)


@pytest.mark.parametrize("said", SETS, ids=[each["title"] for each in SETS])
def test_a_set_generates_what_argo_cd_generates(said: dict[str, Any], tree: LimitedTree) -> None:
    assert applications(said["spec"], tree) == EXPECTED[said["title"]]
