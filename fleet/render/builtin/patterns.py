"""Patterns of paths: `*` and `?` stop at `/`, `**` does not."""

from __future__ import annotations

import re
from functools import lru_cache

from fleet.model.glob import LEVELS, Glob, Piece

_WILD = {"**/": LEVELS, "**": Piece(".", many=True), "*": Piece("[^/]", many=True), "?": Piece("[^/]")}


@lru_cache(maxsize=256)
def glob(pattern: str) -> Glob:
    """Read a pattern; it is compared with a whole path. Raises ValueError for one that is too long."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    literal = (part for part in parts if part)
    return Glob(piece for part in literal for piece in ([_WILD[part]] if part in _WILD else map(Piece, map(re.escape, part))))


def base_of(pattern: str) -> str:
    """The directory below which everything stands that a pattern may match; the path itself, if it is no pattern."""
    parts = pattern.removeprefix("/").split("/")
    first = next((at for at, part in enumerate(parts) if "*" in part or "?" in part), len(parts))
    return "/".join(parts[:first])
