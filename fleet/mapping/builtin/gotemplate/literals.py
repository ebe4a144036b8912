"""Texts, characters and numbers as Go writes them."""

from __future__ import annotations

import re

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.lexer import Word

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_HEX = re.compile(r"[+-]?0[xX]")
MAX_INT = 2**63 - 1


def text(word: Word) -> str:
    """The text of a quoted or raw text."""
    if word.kind == "raw":
        return word.text[1:-1].replace("\r", "")
    return _unescaped(word, '"')


def character(word: Word) -> int:
    """The number of a character constant."""
    made = _unescaped(word, "'")
    if len(made) != 1:
        raise _wrong(word)
    return ord(made)


def number(word: Word) -> int | float:
    """An int, or a float64 where a point or an exponent makes it one."""
    written = word.text
    try:
        if not _HEX.match(written) and any(each in written for each in ".eE"):
            return float(written.replace("_", ""))
        made = _whole(written)
    except (ValueError, OverflowError):
        raise _wrong(word) from None
    if not -MAX_INT - 1 <= made <= MAX_INT:
        raise _wrong(word)
    return made


def _whole(written: str) -> int:
    """An old octal, `0755`, is one."""
    digits = written.lstrip("+-").replace("_", "")
    made = int(digits, 8) if len(digits) > 1 and digits[0] == "0" and digits.isdigit() else int(digits, 0)
    return -made if written.startswith("-") else made


def _unescaped(word: Word, quote: str) -> str:
    inner = word.text[1:-1]

    def one(match: re.Match[str]) -> str:
        hexadecimal = match[1] or match[2] or match[3]
        if match[5]:
            other = "'" if quote == '"' else '"'
            if match[5] not in _SIMPLE or match[5] == other:
                raise _wrong(word)
            return _SIMPLE[match[5]]
        code = int(hexadecimal, 16) if hexadecimal else int(match[4], 8)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000 or (match[4] and code > 0xFF):
            raise _wrong(word)
        return chr(code)

    return _ESCAPE.sub(one, inner)


def _wrong(word: Word) -> TemplateFailed:
    return TemplateFailed(reason=f"line {word.line}: {word.text} cannot be read")
