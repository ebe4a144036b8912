"""Globs of Argo CD's git generator: those of directories are Go's path.Match, those of files are git's pathspecs."""

from __future__ import annotations

import re

from fleet.errors import FieldInvalid

_WILD = re.compile(r"[*?\[\\]")


def literal_directory(pattern: str) -> str:
    """The deepest directory that a glob certainly stays in: what must be looked through for it."""
    match = _WILD.search(pattern)
    return pattern[: match.start()].rpartition("/")[0] if match else pattern


def wild(part: str) -> bool:
    """Whether a part of a glob is more than a name."""
    return bool(_WILD.search(part))


def directory_glob(at: str, pattern: str) -> re.Pattern[str]:
    """A glob whose `*` and `?` stay within a name. Raises FieldInvalid where it is none."""
    return _compiled(at, pattern, any_char="[^/]", negations="^")


def file_glob(at: str, pattern: str) -> re.Pattern[str]:
    """A glob whose `*` and `?` go through directories; one without any stands for all that is below it as well."""
    if pattern.startswith(":"):
        raise FieldInvalid(at=at, message="git's pathspec magic, which begins with a colon, is not read")
    exact = re.escape(pattern.rstrip("/"))
    made = _compiled(at, pattern, any_char=".", negations="!^")
    return re.compile(rf"(?:{made.pattern})\Z|{exact}(?:/.*)?\Z", re.DOTALL)


def _compiled(at: str, pattern: str, *, any_char: str, negations: str) -> re.Pattern[str]:
    made, position = "", 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "*":
            # Several stars are as good as one, and one matches in a time that does not multiply.
            made += "" if made.endswith(f"{any_char}*") else f"{any_char}*"
        elif char == "?":
            made += any_char
        elif char == "[":
            part, position = _class(at, pattern, position, negations)
            made += part
        elif char == "\\":
            if position >= len(pattern):
                raise FieldInvalid(at=at, message=f"{pattern} ends in a backslash")
            made += re.escape(pattern[position])
            position += 1
        else:
            made += re.escape(char)
    return re.compile(rf"(?:{made})\Z", re.DOTALL)


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
