"""Durations, sizes and names, as people write them."""

from __future__ import annotations

import subprocess

import pytest

from fleet.config import words


@pytest.mark.parametrize(
    "text, seconds",
    [("60s", 60), ("5m", 300), ("24h", 86400), ("90d", 7776000), ("1h30m", 5400), ("250ms", 0.25), ("1.5s", 1.5)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert words.seconds(text) == seconds


@pytest.mark.parametrize("text", ["60", "5 m", "-5m", "m", "", "1w", "1e3s", "５m5"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert words.seconds(text) is None


@pytest.mark.parametrize("text", ["250ms", "1s", "90s", "1m", "3m", "1h", "1d"])
def test_a_duration_is_said_so_that_it_reads_back(text: str) -> None:
    seconds = words.seconds(text)
    assert seconds is not None
    assert words.seconds(words.said(seconds)) == seconds


@pytest.mark.parametrize(
    "text, size", [("10", 10), ("1Ki", 1024), ("2Mi", 2097152), ("1Gi", 1073741824), ("1M", None), ("x", None)]
)
def test_a_size_is_bytes_or_has_a_binary_unit(text: str, size: int | None) -> None:
    assert words.size(text) == size


NAMES = [
    "main",
    "feature/x",
    "v1.2",
    "a..b",
    "a b",
    "a~1",
    "-x",
    "x/",
    "a//b",
    "x.lock",
    "a.lock/b",
    "@",
    "a@{b",
    ".x",
    "a/.b",
    "x.",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_branch_is_what_git_takes_for_one(name: str) -> None:
    git = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True).returncode == 0
    assert words.is_branch(name) is git


@pytest.mark.parametrize(
    "name, label, subdomain",
    [
        ("a", True, True),
        ("a-1", True, True),
        ("a.b", False, True),
        ("-a", False, False),
        ("A", False, False),
        ("", False, False),
        ("a" * 63, True, True),
        ("a" * 64, False, False),
        (".".join(["a" * 63] * 4), False, False),
        ("a\n", False, False),
    ],
)
def test_names_are_what_kubernetes_takes(name: str, label: bool, subdomain: bool) -> None:
    assert (words.is_label(name), words.is_subdomain(name)) == (label, subdomain)
