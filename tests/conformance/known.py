"""The known differences: the table that people read is the one that the suite reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from tests.conformance.compare import Difference

PAGE = Path(__file__).parents[2] / "docs/reference/sandbox-differences.md"
# The heading of the table of requests, and of the one of commands.
REQUESTS, KUBECTL = "Requests", "kubectl"
_ROW = re.compile(r"^\| `([\w-]+)` \| `([^`]+)` \| (.+) \|$")


class Known(NamedTuple):
    """One row: the case, where its answers differ (everything below it, too; `*` stands for anything), and how."""

    case: str
    where: str
    how: str

    def covers(self, difference: Difference) -> bool:
        """Say whether it is this difference that the row tells of."""
        if self.case != difference.case:
            return False
        return fnmatchcase(difference.where, self.where) or fnmatchcase(difference.where, f"{self.where}.*")


def known(heading: str = REQUESTS) -> list[Known]:
    """Read the rows below a heading of the page."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = (_ROW.match(line) for line in section.splitlines())
    return [Known(*row.groups()) for row in rows if row]


def unlisted(found: Iterable[Difference], listed: Iterable[Known]) -> list[str]:
    """Tell the differences that no row tells of."""
    rows = list(listed)
    return [str(difference) for difference in found if not any(row.covers(difference) for row in rows)]


def outlived(found: Iterable[Difference], listed: Iterable[Known]) -> list[str]:
    """Tell the rows whose difference is gone."""
    there = list(found)
    return [f"{row.case} at {row.where}" for row in listed if not any(row.covers(difference) for difference in there)]
