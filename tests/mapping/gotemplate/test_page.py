"""The reference names every function of a template, and every one that is refused."""

from __future__ import annotations

import re

from fleet.mapping.builtin.gotemplate.functions import FUNCTIONS, REFUSED
from tests.architecture.sources import ROOT

PAGE = (ROOT / "docs/reference/applicationset.md").read_text(encoding="utf-8")
KNOWN, _, AFTER = PAGE.partition("\nFunctions: ")[2].partition("\nRefused, ")


def named(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_every_function_is_in_the_reference() -> None:
    assert named(KNOWN) == set(FUNCTIONS)


def test_every_refused_function_is_in_the_reference() -> None:
    assert named(AFTER.partition("\n\n")[0]) == set(REFUSED)
    assert not set(REFUSED) & set(FUNCTIONS)
