"""Durations, as people write them."""

from __future__ import annotations

import pytest

from fleet.model import durations


@pytest.mark.parametrize(
    "text, seconds",
    [("60s", 60), ("5m", 300), ("24h", 86400), ("90d", 7776000), ("1h30m", 5400), ("250ms", 0.25), ("1.5s", 1.5)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["60", "5 m", "-5m", "m", "", "1w", "1e3s", "５m5"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert durations.seconds(text) is None


@pytest.mark.parametrize("text", ["250ms", "1s", "90s", "1m", "3m", "1h", "1d"])
def test_a_duration_is_said_so_that_it_reads_back(text: str) -> None:
    seconds = durations.seconds(text)
    assert seconds is not None
    assert durations.seconds(durations.said(seconds)) == seconds
