"""The patterns of `${NAME#pattern}` and its sisters: `*`, `?`, `[a-z]`, `[^a]`, `\\` before a literal.

One that is malformed matches nothing, as in the library that Flux substitutes with.
"""

from __future__ import annotations

import functools
import re

from fleet.model.glob import Glob, Piece

_CLASS_PART = re.compile(r"(\\.|[^\\\]-])(?:-(\\.|[^\\\]-]))?", re.DOTALL)


def trimmed_start(value: str, pattern: str, *, longest: bool) -> str:
    """Take the shortest or longest beginning away that a pattern matches; of no characters there is none."""
    glob = _glob(pattern)
    ends = glob.ends(value) if glob and value else iter(())
    found = max(ends, default=None) if longest else next(ends, None)
    if found is None or (not found and pattern.strip("*")):
        return value
    # Nothing but stars: the shortest beginning is one character.
    return value[found or (1 if pattern else 0) :]


def trimmed_end(value: str, pattern: str, *, longest: bool) -> str:
    """Take the shortest or longest end away: both are turned round, the pattern character by character, as Flux does."""
    return trimmed_start(value[::-1], pattern[::-1], longest=longest)[::-1]


@functools.lru_cache(maxsize=256)
def _glob(pattern: str) -> Glob | None:
    """The pattern; None when it is malformed. Raises ValueError for one that is too long."""
    made, at = list[Piece](), 0
    while at < len(pattern):
        each = pattern[at]
        if each == "[":
            read = _class(pattern, at + 1)
            if read is None:
                return None
            piece, at = Piece(read[0]), read[1]
        elif each == "\\":
            if at + 1 == len(pattern):
                return None
            piece, at = Piece(re.escape(pattern[at + 1])), at + 2
        else:
            piece, at = Piece("." if each in "*?" else re.escape(each), many=each == "*"), at + 1
        made.append(piece)
    return Glob(made)


def _class(pattern: str, at: int) -> tuple[str, int] | None:
    """A character class as a regular expression, and where it ends; None when it is malformed."""
    negated = pattern.startswith("^", at)
    at += negated
    parts: list[str] = []
    while not (parts and pattern.startswith("]", at)):
        found = _CLASS_PART.match(pattern, at)
        if found is None:
            return None
        low, high = found.group(1)[-1], (found.group(2) or found.group(1))[-1]
        if low <= high:
            parts.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            parts.append("")
        at = found.end()
    ranges = "".join(parts)
    if not ranges:  # nothing is in a range whose end lies before its beginning
        return ("." if negated else "(?!)"), at + 1
    return f"[{'^' if negated else ''}{ranges}]", at + 1
