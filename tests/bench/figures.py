"""A figure of a benchmark, and the table of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table: what was measured, how it came out, and what it must show where anything was promised."""

    id: str
    what: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None
    samples: tuple[float, ...] = ()


def at_least(goal: float, **facts: object) -> Figure:
    """Make a figure that must not be below."""
    figure = Figure(**facts)  # type: ignore[arg-type]
    return Figure(**{**asdict(figure), "goal": f"≥ {goal:g}", "met": figure.value >= goal})


def below(goal: float, **facts: object) -> Figure:
    """Make a figure that must be below."""
    figure = Figure(**facts)  # type: ignore[arg-type]
    return Figure(**{**asdict(figure), "goal": f"< {goal:g}", "met": figure.value < goal})


def at_most(goal: float, **facts: object) -> Figure:
    """Make a figure that must not be above."""
    figure = Figure(**facts)  # type: ignore[arg-type]
    return Figure(**{**asdict(figure), "goal": f"≤ {goal:g}", "met": figure.value <= goal})


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that so many percent of all are not above."""
    ordered = sorted(samples)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """All figures, one a line."""
    rows = [(f.id, f.what, f"{f.value:.1f} {f.unit}", f.goal, {None: "", True: "yes", False: "NO"}[f.met]) for f in figures]
    rows.insert(0, ("id", "what", "measured", "goal", "met"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def write(figures: Sequence[Figure], machine: dict[str, object], path: Path) -> None:
    """Write bench.json."""
    found = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
