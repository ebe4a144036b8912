"""Globs of Argo CD's git generator: those of directories are Go's path.Match, those of files are git's pathspecs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from fleet.errors import FieldInvalid
from fleet.model.glob import Glob, Piece

_WILD = re.compile(r"[*?\[\\]")
_SHOWN = 40  # characters of a pattern in a message


def literal_directory(pattern: str) -> str:
    """The deepest directory that a glob certainly stays in: what must be looked through for it."""
    match = _WILD.search(pattern)
    return pattern[: match.start()].rpartition("/")[0] if match else pattern


def wild(part: str) -> bool:
    """Whether a part of a glob is more than a name."""
    return bool(_WILD.search(part))


def directory_glob(at: str, pattern: str) -> Glob:
    """A glob whose `*` and `?` stay within a name. Raises FieldInvalid where it is none."""
    return _glob(at, pattern, any_char="[^/]", negations="^")


def file_glob(at: str, pattern: str) -> Callable[[str], bool]:
    """A glob whose `*` and `?` go through directories; one without any stands for all that is below it as well."""
    if pattern.startswith(":"):
        raise FieldInvalid(at=at, message="git's pathspec magic, which begins with a colon, is not read")
    exact = pattern.rstrip("/")
    made = _glob(at, pattern, any_char=".", negations="!^")
    return lambda path: path == exact or path.startswith(f"{exact}/") or made.matches(path)


def _glob(at: str, pattern: str, *, any_char: str, negations: str) -> Glob:
    try:
        return Glob(_pieces(at, pattern, any_char, negations))
    except ValueError as error:
        raise FieldInvalid(at=at, message=f"{pattern[:_SHOWN]}: {error}") from None


def _pieces(at: str, pattern: str, any_char: str, negations: str) -> Iterator[Piece]:
    position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char in "*?":
            yield Piece(any_char, many=char == "*")
        elif char == "[":
            part, position = _class(at, pattern, position, negations)
            yield Piece(part)
        elif char == "\\":
            if position >= len(pattern):
                raise FieldInvalid(at=at, message=f"{pattern} ends in a backslash")
            yield Piece(re.escape(pattern[position]))
            position += 1
        else:
            yield Piece(re.escape(char))


def _class(at: str, pattern: str, position: int, negations: str) -> tuple[str, int]:
    negated = pattern[position : position + 1] in tuple(negations)
    start = position + negated
    end = pattern.find("]", start + 1)
    if end < 0:
        raise FieldInvalid(at=at, message=f"{pattern} has a [ that is not closed")
    inner = (
        pattern[start:end]
        .replace("\\", "\\\\")
        .replace("[", "\\[")
        .replace("^", "\\^")
        .replace("&&", "&\\&")
        .replace("~~", "~\\~")
    )
    try:
        re.compile(f"[{inner}]")
    except re.error:
        raise FieldInvalid(at=at, message=f"{pattern} has a class of characters that makes no sense") from None
    return f"[{'^' if negated else ''}{inner}]", end + 1
