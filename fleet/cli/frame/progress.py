"""Shows on stderr what is still waited for: in place on a terminal, else a line for each change, as a CI's log wants it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping

Lines = Mapping[str, str]
"""What is still waited for, by name, and how it is with it."""

_MOST = 50  # lines at once: who waits for a thousand clusters reads no more
_ROOM = 2  # lines of a screen that stay free: the prompt's, and the one that says how many more there are
_HOME = "\x1b[{}F\x1b[J"  # up so many lines, and clear all below


class ByLine:
    """Prints what is new or changed, and what is no longer waited for; never the same twice."""

    def __init__(self) -> None:
        self._known: Lines = {}

    def show(self, lines: Lines, elapsed: float) -> None:
        """Take what is waited for now."""
        gone = {name: "done" for name in self._known if name not in lines}
        new = {name: text for name, text in lines.items() if self._known.get(name) != text}
        told = [f"{name}: {text}" for name, text in {**gone, **new}.items()]
        more = [f"… and {len(told) - _MOST} more changes"] if len(told) > _MOST else []
        for text in (*told[:_MOST], *more):
            print(f"{_said(elapsed):>6}  {text}", file=sys.stderr, flush=True)
        self._known = dict(lines)

    def end(self) -> None:
        """Nothing is left to be done."""


class InPlace:
    """Draws what is waited for over what it drew before."""

    def __init__(self) -> None:
        self._drawn = 0

    def show(self, lines: Lines, elapsed: float) -> None:
        """Take what is waited for now."""
        size = shutil.get_terminal_size()
        most = max(size.lines - _ROOM - 1, 1)
        shown = [f"{name}: {text}" for name, text in lines.items()][:most]
        more = [f"… and {len(lines) - len(shown)} more"] if len(lines) > len(shown) else []
        self.end()
        drawn = [f"{_said(elapsed)}, waiting for {len(lines)}", *shown, *more] if lines else []
        for line in drawn:
            print(line[: size.columns - 1], file=sys.stderr)
        sys.stderr.flush()
        self._drawn = len(drawn)

    def end(self) -> None:
        """Take away what was drawn."""
        if self._drawn:
            print(_HOME.format(self._drawn), end="", file=sys.stderr, flush=True)
        self._drawn = 0


def progress() -> ByLine | InPlace:
    """What fits to where stderr goes."""
    return InPlace() if sys.stderr.isatty() else ByLine()


def _said(elapsed: float) -> str:
    minutes, seconds = divmod(int(elapsed), 60)
    return f"{minutes}m{seconds:02}s" if minutes else f"{seconds}s"
