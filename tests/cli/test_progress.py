"""What is waited for is shown so that a log can be read: a line for each change, and no more of them than anybody reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.cli.frame.progress import ByLine, InPlace

Said = Callable[[], list[str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """The lines that went to stderr since it was asked last; stdout is for data."""

    def lines() -> list[str]:
        out, err = capsys.readouterr()
        assert out == ""
        return err.splitlines()

    return lines


def test_a_log_has_a_line_for_each_change_and_none_without_one(said: Said) -> None:
    shown = ByLine()
    shown.show({"one/shop": "Progressing", "two/shop": "Progressing"}, 0)
    assert said() == ["    0s  one/shop: Progressing", "    0s  two/shop: Progressing"]
    shown.show({"one/shop": "Progressing", "two/shop": "Degraded"}, 61.5)
    assert said() == [" 1m01s  two/shop: Degraded"]
    shown.show({"one/shop": "Progressing", "two/shop": "Degraded"}, 62)
    assert said() == []
    shown.show({"two/shop": "Degraded"}, 63)
    assert said() == [" 1m03s  one/shop: done"]


def test_a_log_of_a_large_fleet_stays_readable(said: Said) -> None:
    ByLine().show({f"c{number}/shop": "Progressing" for number in range(1000)}, 0)
    found = said()
    assert (len(found), found[-1]) == (51, "    0s  … and 950 more changes")


def test_a_terminal_is_drawn_over_and_left_clean(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("LINES", "6")
    shown = InPlace()
    shown.show({f"c{number}": "a text that is longer than a line" for number in range(9)}, 5)
    first = said()
    assert first[0] == "5s, waiting for 9"
    assert (len(first), first[-1], {len(line) for line in first[1:-1]}) == (5, "… and 6 more", {19})
    shown.show({"c8": "soon"}, 6)
    assert said() == ["\x1b[5F\x1b[J6s, waiting for 1", "c8: soon"]
    shown.end()
    shown.end()
    assert said() == ["\x1b[2F\x1b[J"]
