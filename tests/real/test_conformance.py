"""What a real API server answers, the sandbox answers, but for what the page of differences lists."""

from __future__ import annotations

import pytest

from tests.conformance.case import Case, all_cases
from tests.conformance.compare import Difference
from tests.conformance.known import known, outlived, unlisted
from tests.conformance.run import Answers, run_all
from tests.conformance.servers import Place, compared
from tests.controlplane import Pool

# All cases run before the first test, on both servers at once.
pytestmark = pytest.mark.timeout(600)
Found = dict[str, list[Difference]]


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest, all_control_planes: Pool, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Where the answers differ, of the cases that this run has chosen."""
    ids = {item.name for item in request.session.items}
    chosen = [case for case in all_cases() if any(f"[{case.name}]" in name for name in ids)]
    return compared(chosen, answers, pool=all_control_planes, directory=tmp_path_factory.mktemp("conformance"))


def answers(place: Place, cases: list[Case]) -> dict[str, Answers]:
    return run_all(place.server, cases)


@pytest.mark.parametrize("case", [pytest.param(case.name, id=case.name) for case in all_cases()])
def test_the_sandbox_answers_as_a_real_api_server_does(case: str, found: Found) -> None:
    assert unlisted(found[case], known()) == []


@pytest.mark.parametrize("case", [pytest.param(name, id=name) for name in sorted({row.case for row in known()})])
def test_a_difference_that_is_listed_is_still_there(case: str, found: Found) -> None:
    assert outlived(found[case], [row for row in known() if row.case == case]) == []
