"""Ranges of versions, as the library that Helm uses documents them."""

from __future__ import annotations

import pytest

from fleet.model.versions import allows, key_of, newest


@pytest.mark.parametrize(
    "wanted, inside, outside",
    [
        ("1.2.3", "1.2.3 v1.2.3 1.2.3+b", "1.2.4 1.2.3-a"),
        ("1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("1.x", "1.0.0 1.9.9", "2.0.0 0.9.0 1.5.0-rc.1"),
        ("*", "0.0.1 9.0.0", "1.0.0-rc.1"),
        ("", "1.0.0", "1.0.0-a"),
        ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 1.0.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0", "0.0.0 0.9.0", "1.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        (">=1.2 <2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
        (">= 1.2, < 2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
        (">1.2", "1.3.0", "1.2.0 1.2.9"),
        ("<=1.2", "1.2.9 0.1.0", "1.3.0"),
        ("!=1.2.3", "1.2.4", "1.2.3"),
        ("1.2 - 1.4.5", "1.2.0 1.4.5", "1.1.9 1.4.6"),
        ("1.x || >=3", "1.4.0 3.0.0", "2.0.0"),
        (">=1.0.0-0", "1.0.0-rc.1 1.0.0 2.0.0-a", "0.9.0"),
    ],
)
def test_a_range_holds_these_and_not_those(wanted: str, inside: str, outside: str) -> None:
    assert [version for version in inside.split() if not allows(wanted, version)] == []
    assert [version for version in outside.split() if allows(wanted, version)] == []


def test_versions_are_ordered_as_semantic_versioning_says() -> None:
    ordered = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.10 1.10.0".split()
    )
    backwards = ordered[::-1]
    assert sorted(backwards, key=lambda version: key_of(version) or (0, 0, 0, ())) == ordered
    assert newest(">=1.0.0-0", ordered) == "1.10.0"
    assert newest("2.x", ordered) == ""


@pytest.mark.parametrize("wanted", ["latest", ">=", "1.2.3.4", "^a"])
def test_what_is_no_range_is_said(wanted: str) -> None:
    with pytest.raises(ValueError, match="is no version or range"):
        allows(wanted, "1.0.0")
