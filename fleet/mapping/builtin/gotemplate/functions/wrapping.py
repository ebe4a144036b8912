"""Functions that break or shorten texts at a width; widths count bytes, as in the library that sprig takes them from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget

_DOTS = b"..."
_NARROWEST = 4  # three dots, and a character
_NARROWEST_INSIDE = 7  # with dots at both ends


def _wrap(budget: Budget, width: int, text: str) -> str:
    return _joined(budget, _lines(text.encode(), max(width, 1), long_words=False), "\n")


def _wrap_with(budget: Budget, width: int, separator: str, text: str) -> str:
    return _joined(budget, _lines(text.encode(), max(width, 1), long_words=True), separator or "\n")


def _joined(budget: Budget, lines: Iterator[bytes], separator: str) -> str:
    made, length = list[bytes](), 0
    for line in lines:
        budget.step()
        made.append(line)
        length += len(line) + len(separator)
        budget.room(length)
    return separator.encode().join(made).decode(errors="replace")


def _lines(text: bytes, width: int, *, long_words: bool) -> Iterator[bytes]:
    """Break at the last space that fits; a word that does not fit is a line of its own, or (`long_words`) is broken too."""
    at = 0
    while len(text) - at > width:
        if text[at] == ord(" "):
            at += 1
            continue
        space = text.rfind(b" ", at, at + width + 1)
        if space < 0 and long_words:
            yield text[at : at + width]
            at += width
            continue
        end = space if space >= 0 else text.find(b" ", at + width)
        if end < 0:
            yield text[at:]
            return
        yield text[at:end]
        at = end + 1
    yield text[at:]


def _abbrev_both(_: Budget, left: int, width: int, text: str) -> str:
    """Shorten a text to a width, with dots for what is left out before and behind."""
    if width < _NARROWEST or (left > 0 and width < _NARROWEST_INSIDE):
        return text
    return _shortened(text.encode(), left, width).decode(errors="replace")


def _shortened(raw: bytes, left: int, width: int) -> bytes:
    room = width - len(_DOTS)
    if len(raw) <= width:
        return raw
    begin = min(left, len(raw) - room)
    if begin <= _NARROWEST:
        return raw[:room] + _DOTS
    if begin + room < len(raw):
        return _DOTS + _shortened(raw[begin:], 0, room)
    return _DOTS + raw[len(raw) - room :]


WRAPPING: Mapping[str, Func] = {
    "wrap": Func(_wrap, ("int", "text")),
    "wrapWith": Func(_wrap_with, ("int", "text", "text")),
    "abbrevboth": Func(_abbrev_both, ("int", "int", "text")),
}
