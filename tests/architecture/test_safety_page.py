"""The page that says what proves each promise names tests that exist, for every rule of it."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import ROOT

PAGE = ROOT / "docs/explanation/safety.md"
REAL = ROOT / "tests/real"
FLOWS = ROOT / "tests/flows"
NAMED = re.compile(r"`((?:flows/)?test_\w+\.py)::(test_\w+)`")


def named() -> set[tuple[str, str]]:
    """The tests on the page, by file."""
    return set(NAMED.findall(PAGE.read_text()))


def functions_of(file: str) -> set[str]:
    """The tests that a file of `tests/real` has, or tells again from `tests/flows`; none where there is no such file.

    A file that is named with `flows/` is of `tests/flows` itself: its stories are told on the sandbox alone.
    """
    path = FLOWS / file.removeprefix("flows/") if file.startswith("flows/") else REAL / file
    body = ast.parse(path.read_text()).body if path.exists() else []
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    told_again = [node.module for node in imports if node.names[0].name == "*"]
    chosen = {each.name for node in imports for each in node.names}
    for module in told_again:
        body += ast.parse((ROOT / f"{module}.py".replace(".", "/", module.count("."))).read_text()).body  # type: ignore[union-attr]
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {name for name in functions | chosen if name.startswith("test_")}


def test_every_test_that_the_page_names_exists() -> None:
    missing = [f"{file}::{test}" for file, test in sorted(named()) if test not in functions_of(file)]
    assert missing == []


def test_every_rule_names_a_test() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    rules = [row for row in rows if not row.startswith("| rule ")]
    assert [row for row in rules if not NAMED.search(row)] == []
    assert len(rules) > 30
