"""How answers are printed: aligned tables with colours on a terminal only, JSON, YAML, names."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Row = Mapping[str, Any]
Cell = Callable[[Row], Any]
Columns = Mapping[str, Cell]
"""Headings and what stands below them."""

_COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("Healthy", "synced", "ready", "ok", "reverted", "created", "create"), "32"),
    **dict.fromkeys(("Progressing", "Suspended", "pending", "waiting", "connecting", "superseded", "skipped", "past"), "33"),
    **dict.fromkeys(("held", "observing", "observed", "drifted", "standing", "changed", "configure", "warning"), "33"),
    **dict.fromkeys(("Degraded", "Missing", "Unknown", "failed", "unreachable", "missing", "deleted", "delete", "replace"), "31"),
}
_BOLD = "1"


def structured(options: Any, answer: Any, *, name: Callable[[Row], str]) -> bool:
    """Print an answer as `-o json|yaml|name` asks; False where a table is asked for."""
    if options.output == "json":
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    elif options.output == "yaml":
        from fleet.k8syaml import dump

        print(dump([answer]), end="")
    elif options.output == "name":
        for each in answer if isinstance(answer, list) else [answer]:
            print(name(each))
    else:
        return False
    return True


def table(options: Any, rows: Sequence[Row], columns: Columns, *, wide: Columns | None = None) -> None:
    """Print rows under headings, aligned; with the `wide` columns as well where `-o wide` asks for them."""
    chosen = {**columns, **(wide or {})} if options.output == "wide" else columns
    lines = [list(chosen), *([_text(cell(row)) for cell in chosen.values()] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(chosen))]
    paint = painter(options)
    for number, line in enumerate(lines):
        cells = [f"{text:<{width}}" for text, width in zip(line, widths, strict=True)]
        coloured = [paint(cell, _BOLD if number == 0 else _COLOURS.get(text, "")) for cell, text in zip(cells, line, strict=True)]
        print("  ".join([*coloured[:-1], coloured[-1].rstrip()]).rstrip())


def facts(options: Any, pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values below one another; those without a value are left out."""
    said = [(name, _text(value)) for name, value in pairs if value not in ("", None, (), [])]
    width = max((len(name) for name, _ in said), default=0)
    paint = painter(options)
    for name, value in said:
        first, *more = value.split("\n")
        print(f"{paint(f'{name}:', _BOLD)}{' ' * (width - len(name) + 1)}{paint(first, _COLOURS.get(first, ''))}")
        for line in more:
            print(f"{' ' * (width + 2)}{line}")


def heading(options: Any, text: str) -> None:
    """Print a line between two tables."""
    print(f"\n{painter(options)(text, _BOLD)}")


def unified(options: Any, diff: str) -> None:
    """Print a unified diff."""
    paint = painter(options)
    colours = {"+": "32", "-": "31", "@": "36"}
    for line in diff.splitlines():
        print(paint(line, colours.get(line[:1], "")))


def say(text: str) -> None:
    """Say something that is not data."""
    print(text, file=sys.stderr)


def painter(options: Any) -> Callable[[str, str], str]:
    """What puts colour on a text: nothing, unless this is a terminal that wants it (https://no-color.org)."""
    # Not sys.stdout: `-w` gathers what is printed before it shows it.
    terminal = sys.__stdout__ is not None and sys.__stdout__.isatty()
    if options.no_color or os.environ.get("NO_COLOR") or not terminal or os.environ.get("TERM") == "dumb":
        return lambda text, _: text
    return lambda text, colour: f"\x1b[{colour}m{text}\x1b[0m" if colour else text


def age(moment: str | None) -> str:
    """How long ago a moment was, or how long it is until then, in its largest unit."""
    if not moment:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    size = abs(seconds)
    text = next(f"{int(size // unit)}{letter}" for unit, letter in _UNITS if size >= unit or unit == 1)
    return text if seconds > -1 else f"in {text}"


_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def short(commit: str | None) -> str:
    """The beginning of a commit, for people."""
    return (commit or "")[:12]


def line_of(text: str, *, most: int = 100) -> str:
    """The first line of a text, cut where it is too long for a table."""
    first, *more = text.split("\n")
    return first if len(first) <= most and not more else first[: most - 1] + "…"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
