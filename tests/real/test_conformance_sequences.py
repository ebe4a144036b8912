"""Whatever three managers do to an object, on both servers it is in the end the same, and so are its owners."""

from __future__ import annotations

import secrets

import pytest

from tests.conformance.case import Case
from tests.conformance.run import Answers, run_all
from tests.conformance.sequences import AT_EVERY_RUN, sequences
from tests.conformance.servers import Place, compared
from tests.controlplane import Pool

pytestmark = pytest.mark.timeout(600)


def what_became(place: Place, cases: list[Case]) -> dict[str, Answers]:
    """The objects, their owners and the conflicts. Warnings, and the words of other refusals, are what the cases compare."""
    return {name: [_judged(answer) for answer in answers] for name, answers in run_all(place.server, cases).items()}


def _judged(answer: dict[str, object]) -> dict[str, object]:
    if answer["status"] in (200, 201, 409):
        return {key: value for key, value in answer.items() if key != "warnings"}
    return {"step": answer["step"], "status": answer["status"]}


@pytest.mark.parametrize("seed", [1, secrets.randbelow(1_000_000)], ids=["seed 1", "random seed"])
def test_random_sequences_end_in_equal_objects_and_owners(
    seed: int, all_control_planes: Pool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    count = AT_EVERY_RUN // 2
    print(f"the seed is {seed}: `sequences({seed}, count={count})` are the same again")
    drawn = sequences(seed, count=count)
    found = compared(drawn, what_became, pool=all_control_planes, directory=tmp_path_factory.mktemp("sequences"))

    # The first difference of each sequence; what comes after it follows from it.
    assert [str(differences[0]) for differences in found.values() if differences] == []
