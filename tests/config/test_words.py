"""Sizes and names, as people write them."""

from __future__ import annotations

import subprocess

import pytest

from fleet.config import words


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
