"""Patterns of paths: `*` and `?` stop at `/`, `**` does not."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=256)
def expression(pattern: str) -> re.Pattern[str]:
    """Compile a pattern; it is compared with a whole path."""
    said = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(said.get(piece, re.escape(piece)) for piece in pieces))


def base_of(pattern: str) -> str:
    """The directory below which everything stands that a pattern may match; the path itself, if it is no pattern."""
    parts = pattern.removeprefix("/").split("/")
    first = next((at for at, part in enumerate(parts) if "*" in part or "?" in part), len(parts))
    return "/".join(parts[:first])
