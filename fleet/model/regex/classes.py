"""Classes of characters: those with a name, and those in brackets."""

from __future__ import annotations

import string
from collections.abc import Callable

Passes = Callable[[str], bool]
_WORD = frozenset(string.ascii_letters + string.digits + "_")
_DIGIT = frozenset(string.digits)
_SPACE = frozenset("\t\n\f\r ")
ESCAPED = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_POSIX: dict[str, frozenset[str]] = {
    "alnum": frozenset(string.ascii_letters + string.digits),
    "alpha": frozenset(string.ascii_letters),
    "blank": frozenset("\t "),
    "cntrl": frozenset(map(chr, [*range(32), 127])),
    "digit": _DIGIT,
    "graph": frozenset(map(chr, range(33, 127))),
    "lower": frozenset(string.ascii_lowercase),
    "print": frozenset(map(chr, range(32, 127))),
    "punct": frozenset(string.punctuation),
    "space": frozenset("\t\n\v\f\r "),
    "upper": frozenset(string.ascii_uppercase),
    "word": _WORD,
    "xdigit": frozenset(string.hexdigits),
}


def ANY(_: str) -> bool:  # noqa: N802 - a class of characters, as the others
    """Any character."""
    return True


def one(char: str) -> Passes:
    """One character."""
    return char.__eq__


def is_word(char: str) -> bool:
    """A letter, digit or underscore of ASCII."""
    return char in _WORD


def _negated(passes: Passes) -> Passes:
    return lambda char: not passes(char)


PERL: dict[str, Passes] = {
    **{name: chars.__contains__ for name, chars in (("d", _DIGIT), ("w", _WORD), ("s", _SPACE))},
    **{name: _negated(chars.__contains__) for name, chars in (("D", _DIGIT), ("W", _WORD), ("S", _SPACE))},
}


def either_case(passes: Passes) -> Passes:
    """A class that takes a letter in the other case as well."""
    return lambda char: passes(char) or passes(char.lower()) or passes(char.upper())


def bracket(text: str, at: int, *, fold: bool) -> tuple[Passes, int]:
    """Read `[…]` from behind its first bracket; gives the class, of letters in both cases if wanted, and where it ends."""
    negated = text.startswith("^", at)
    at += negated
    parts: list[Passes] = []
    first = True
    while first or not text.startswith("]", at):
        if at >= len(text):
            raise ValueError("a [ of a regular expression is not closed")
        part, at = _part(text, at)
        parts.append(either_case(part) if fold else part)
        first = False

    def passes(char: str) -> bool:
        return any(part(char) for part in parts) != negated

    return passes, at + 1


def _part(text: str, at: int) -> tuple[Passes, int]:
    if text.startswith("[:", at):
        end = text.find(":]", at)
        name = text[at + 2 : end].removeprefix("^") if end > 0 else ""
        if name not in _POSIX:
            raise ValueError(f"there is no class [:{name}:] of characters")
        known = _POSIX[name].__contains__
        return _negated(known) if text[at + 2] == "^" else known, end + 2
    if text.startswith("\\", at) and text[at + 1 : at + 2] in PERL:
        return PERL[text[at + 1]], at + 2
    low, at = _char(text, at)
    if not text.startswith("-", at) or text[at + 1 : at + 2] in ("]", ""):
        return one(low), at
    high, at = _char(text, at + 1)
    if high < low:
        raise ValueError(f"the range {low}-{high} of characters is backwards")
    return lambda char: low <= char <= high, at


def _char(text: str, at: int) -> tuple[str, int]:
    if text.startswith("\\", at):
        char = text[at + 1 : at + 2]
        if not char or (char.isalnum() and char not in ESCAPED):
            raise ValueError(f"\\{char} is not read in a class of characters")
        return ESCAPED.get(char, char), at + 2
    return text[at], at + 1
