"""Looks up what `facts` say of a kind: that it reports, and what no rule could guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal

from fleet.health.rules.dialects.facts import ROWS
from fleet.model.health import HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the kinds of one row."""

    reports: Literal["", "status", "trouble", "generation", "never"] = ""
    """What its objects are waited for: how they are, only what is wrong, only which generation was seen, nothing; empty:
    nobody knows."""
    words: Mapping[str, HealthState] = field(default_factory=dict)
    """Words that mean something else here, or nothing elsewhere, in lower case."""
    ignore: frozenset[str] = frozenset()
    """Types of conditions, and fields of the status, that say nothing of health."""
    needs: tuple[str, ...] = ()
    """Types of conditions without which good news is not complete."""
    verdicts: frozenset[str] = frozenset()
    """Types of conditions whose False is final whatever its reason."""
    runs: bool | None = None
    """Whether it runs to an end, where its name misleads."""


@lru_cache(maxsize=1024)
def known(group: str, kind: str) -> Known:
    """What is known of a kind: of itself, else of all kinds of its group, else of groups that end as its group does."""
    table = rows()
    return next((table[key] for key in _keys(group, kind) if key in table), Known())


@cache
def rows() -> Mapping[tuple[str, str], Known]:
    """All rows by group and kind; `*` stands for any kind, and for the first part of a group."""
    table: dict[tuple[str, str], Known] = {}
    for row in ROWS:
        known = _known(row)
        table.update({(row["group"], kind): known for kind in row["kinds"].split()})
    return table


def _keys(group: str, kind: str) -> Iterator[tuple[str, str]]:
    yield from ((group, kind), (group, "*"))
    rest = group
    while "." in rest:
        rest = rest.partition(".")[2]
        yield from ((f"*.{rest}", kind), (f"*.{rest}", "*"))


def _known(row: Mapping[str, Any]) -> Known:
    return Known(
        reports=row.get("reports", "status"),
        words={word: HealthState[state.upper()] for word, state in row.get("words", {}).items()},
        ignore=frozenset(row.get("ignore", ())),
        needs=tuple(row.get("needs", ())),
        verdicts=frozenset(row.get("verdicts", ())),
        runs=row.get("runs"),
    )
