"""What people type does on the sandbox what it does on a real cluster: the same exit codes, the same words."""

from __future__ import annotations

import pytest

from tests.conformance.case import Case
from tests.conformance.compare import Difference
from tests.conformance.known import KUBECTL, known, outlived, unlisted
from tests.conformance.kubectl import commands, run_all
from tests.conformance.run import Answers
from tests.conformance.servers import Place, compared
from tests.controlplane import Pool

# All commands run before the first test, on both servers at once.
pytestmark = pytest.mark.timeout(600)
Found = dict[str, list[Difference]]


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest, all_control_planes: Pool, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Where the outcomes differ, of the cases that this run has chosen."""
    ids = {item.name for item in request.session.items}
    chosen = [case for case in commands() if any(f"[{case.name}]" in name for name in ids)]
    return compared(chosen, outcomes, pool=all_control_planes, directory=tmp_path_factory.mktemp("kubectl"))


def outcomes(place: Place, cases: list[Case]) -> dict[str, Answers]:
    return run_all(place.kubeconfig, cases)


@pytest.mark.parametrize("case", [pytest.param(case.name, id=case.name) for case in commands()])
def test_kubectl_does_on_the_sandbox_what_it_does_on_a_real_cluster(case: str, found: Found) -> None:
    rows = known(KUBECTL)
    assert unlisted(found[case], rows) == []
    assert outlived(found[case], [row for row in rows if row.case == case]) == []
