"""What the demo prints: steps, and facts each with the place that it was read from."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

_STYLES = {"git": "magenta", "audit": "cyan", "hub": "blue", "$": "bold yellow", "!": "bold red"}
_CLUSTER = "green"
_WIDTH = 10  # of the column of places: a cluster's name


class Screen:
    """Prints to one console, and remembers when the step began."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps = 0
        self.started = self._since = time.monotonic()

    def step(self, title: str) -> None:
        """Begin a step."""
        self.steps += 1
        self._since = time.monotonic()
        self.console.print()
        self.console.print(Text.assemble((f"{self.steps}. {title}", "bold")))

    def fact(self, place: str, text: str) -> None:
        """Say something, and where it was read."""
        style = _STYLES.get(place, _CLUSTER)
        self.console.print(Text.assemble("  ", (f"{place:<{_WIDTH}}", style), text), soft_wrap=True)

    def facts(self, place: str, texts: Iterable[str]) -> None:
        """Say several things of one place."""
        for text in texts:
            self.fact(place, text)

    def done(self) -> None:
        """End a step that happened."""
        self.console.print(Text.assemble("  ", ("✓", "bold green"), f" {time.monotonic() - self._since:.1f} s"))

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table."""
        self.console.print(table(headings, rows))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Make a table as the command's own: no lines, headings in bold."""
    made = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        made.add_column(heading, no_wrap=True)
    for row in rows:
        made.add_row(*row)
    return made


def some(names: Iterable[str], *, most: int = 4) -> str:
    """Name some, and count the rest."""
    known = list(names)
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
