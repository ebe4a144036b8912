"""Patterns of paths and texts, matched in a time that no pattern can make explode.

A regular expression takes a time that its stars multiply, and whoever writes a pattern in git chooses both sides; Python's
holds up the whole process meanwhile. One with a few stars is left to it, for it is the fastest; one with more is walked, a
character at a time, with all the places in the pattern at once where the text may stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST = 1024
"""Pieces of a pattern: people write twenty."""
_STARS = 2  # of a pattern that is left to a regular expression: its time is then the square of the text's length at most
_SHORT = 1024  # characters of such a text


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a pattern: what one character is, as a regular expression, and whether any number of such may stand there."""

    one: str
    many: bool = False
    levels: bool = False
    """Nothing, or anything that ends in a slash; `one` does not count then."""

    @property
    def expression(self) -> str:
        """The piece as a regular expression."""
        return "(?:.*/)?" if self.levels else f"{self.one}*" if self.many else self.one


LEVELS = Piece("", levels=True)


class Glob:
    """One pattern. Raises ValueError for what is too long, or no class of characters."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        given = tuple(_alone(pieces))
        if len(given) > LONGEST:
            raise ValueError(f"it is longer than {LONGEST} characters")
        try:
            expression = re.compile("".join(piece.expression for piece in given), re.DOTALL)
        except re.error as error:
            raise ValueError(f"it holds a class of characters that makes no sense: {error}") from error
        stars = sum(piece.many or piece.levels for piece in given)
        self._expression = expression if stars <= _STARS else None
        self._walk = _Walk(given)

    def matches(self, text: str) -> bool:
        """Whether the pattern stands for the whole text."""
        if self._expression and len(text) <= _SHORT:
            return self._expression.fullmatch(text) is not None
        return any(end == len(text) for end in self.ends(text))

    def ends(self, text: str) -> Iterator[int]:
        """The lengths of those beginnings of a text for which the pattern stands, the shortest first."""
        return self._walk.ends(text)


class _Walk:
    """The pattern as a row of places; a set of them is a number with a bit for each."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._steps: list[tuple[re.Pattern[str], int, int]] = []
        """What a character must be, the places where that is asked, and by how many places it then leads on."""
        self._passes = 0
        """Places that may be passed by."""
        self._leaps = 0
        """Places from which three may be passed by: those of LEVELS."""
        at = 0
        for piece in pieces:
            if piece.levels:
                self._passes |= 0b11 << at
                self._leaps |= 1 << at
                self._asks(".", at + 1, on=0)
                self._asks("/", at + 2, on=1)
                at += 3
                continue
            self._asks(piece.one, at, on=0 if piece.many else 1)
            self._passes |= piece.many << at
            at += 1
        self._end = 1 << at
        self._known: dict[str, tuple[int, int]] = {}

    def ends(self, text: str) -> Iterator[int]:
        """The lengths of the beginnings that lead to the end of the row."""
        places = self._passed(1)
        for at, character in enumerate(text):
            if places & self._end:
                yield at
            stays, moves = self._known.get(character) or self._learn(character)
            places = self._passed((places & stays) | ((places & moves) << 1))
            if not places:
                return
        if places & self._end:
            yield len(text)

    def _asks(self, one: str, at: int, *, on: int) -> None:
        self._steps.append((re.compile(one, re.DOTALL), 1 << at, on))

    def _passed(self, places: int) -> int:
        while (more := places | ((places & self._passes) << 1) | ((places & self._leaps) << 3)) != places:
            places = more
        return places

    def _learn(self, character: str) -> tuple[int, int]:
        """The places at which a character may stand, and that it stays at or moves on from."""
        found = [0, 0]
        for asked, place, on in self._steps:
            if asked.fullmatch(character):
                found[on] |= place
        self._known[character] = (found[0], found[1])
        return self._known[character]


def _alone(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Of several stars of one kind side by side, one: they stand for the same."""
    before = None
    for piece in pieces:
        if piece != before or not piece.many:
            yield piece
        before = piece
