"""The patterns of `${NAME#pattern}` and its sisters: `*`, `?`, `[a-z]`, `[^a]`, `\\` before a literal.

One that is malformed matches nothing, as in the library that Flux substitutes with.
"""

from __future__ import annotations

import functools
import re

_CLASS_PART = re.compile(r"(\\.|[^\\\]-])(?:-(\\.|[^\\\]-]))?", re.DOTALL)


def trimmed_start(value: str, pattern: str, *, longest: bool) -> str:
    """Take the shortest or longest beginning away that a pattern matches; of no characters there is none."""
    compiled = _compiled(pattern, longest)
    found = compiled.match(value) if compiled else None
    if not found or not value:
        return value
    if not found.end() and pattern.strip("*"):
        return value
    # Nothing but stars: the shortest beginning is one character.
    return value[found.end() or (1 if pattern else 0) :]


def trimmed_end(value: str, pattern: str, *, longest: bool) -> str:
    """Take the shortest or longest end away: both are turned round, the pattern character by character, as Flux does."""
    return trimmed_start(value[::-1], pattern[::-1], longest=longest)[::-1]


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str, longest: bool) -> re.Pattern[str] | None:
    """The pattern as a regular expression; None when it is malformed."""
    made, at = "", 0
    while at < len(pattern):
        each = pattern[at]
        if each == "[":
            read = _class(pattern, at + 1)
            if read is None:
                return None
            piece, at = read
        elif each == "\\":
            if at + 1 == len(pattern):
                return None
            piece, at = re.escape(pattern[at + 1]), at + 2
        else:
            piece, at = {"*": ".*" if longest else ".*?", "?": "."}.get(each, re.escape(each)), at + 1
        made += piece
    return re.compile(made, re.DOTALL)


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
