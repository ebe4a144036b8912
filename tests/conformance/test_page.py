"""The page of differences says how much is compared, and names cases that there are."""

from __future__ import annotations

import re

from tests.conformance.case import all_cases
from tests.conformance.known import KUBECTL, PAGE, REQUESTS, known
from tests.conformance.kubectl import commands
from tests.conformance.sequences import AT_EVERY_RUN

CASES = {REQUESTS: [case.name for case in all_cases()], KUBECTL: [case.name for case in commands()]}


def told() -> list[int]:
    return [int(count) for count in re.findall(r"^\| [^`|]+ \| (\d+) \|$", told_above(), re.MULTILINE)]


def told_above() -> str:
    return PAGE.read_text(encoding="utf-8").partition("\n## ")[0].replace("`kubectl`", "kubectl")


def test_the_page_says_how_many_cases_run_and_agree() -> None:
    counts = [(len(names), len(set(names) - {row.case for row in known(heading)})) for heading, names in CASES.items()]
    assert told() == [*counts[0], *counts[1], AT_EVERY_RUN]


def test_every_row_of_the_page_names_a_case() -> None:
    assert [row for heading, names in CASES.items() for row in known(heading) if row.case not in names] == []


def test_no_two_cases_have_one_name() -> None:
    names = [name for names in CASES.values() for name in names]
    assert sorted(names) == sorted(set(names))
    assert [name for name in names if len(name) > 61] == []  # A namespace bears it, and one with `-x`.
