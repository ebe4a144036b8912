"""A Glob finds what the regular expression of its pieces finds, and never takes longer for having more stars."""

from __future__ import annotations

import random
import re

import pytest

from fleet.model.glob import LEVELS, LONGEST, Glob, Piece

ANY, NAME = Piece(".", many=True), Piece("[^/]", many=True)
PIECES = (Piece("a"), Piece("b"), Piece("/"), Piece("[^/]"), Piece("[ab]"), Piece("."), ANY, NAME, LEVELS)


@pytest.mark.parametrize("seed", range(4))
def test_a_glob_stands_for_what_its_expression_stands_for(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(1500):
        pieces = [chance.choice(PIECES) for _ in range(chance.randint(0, 7))]
        text = "".join(chance.choice("ab/") for _ in range(chance.randint(0, 9)))
        glob, expression = Glob(pieces), re.compile("".join(piece.expression for piece in pieces), re.DOTALL)
        beginnings = [length for length in range(len(text) + 1) if expression.fullmatch(text[:length])]
        assert list(glob.ends(text)) == beginnings, (pieces, text)
        assert glob.matches(text) is (len(text) in beginnings), (pieces, text)


@pytest.mark.parametrize("star", [ANY, NAME, LEVELS], ids=["any", "name", "levels"])
def test_more_stars_take_no_longer(star: Piece) -> None:
    stars = [each for _ in range(40) for each in (star, Piece("a"), *([Piece("/")] if star is LEVELS else []))]
    text = "a/" * 300 if star is LEVELS else "a" * 600
    assert Glob([*stars, Piece("b")]).matches(f"{text}b")
    assert not Glob([*stars, Piece("b")]).matches(text)


def test_what_is_no_pattern_is_said() -> None:
    with pytest.raises(ValueError, match="class of characters"):
        Glob([Piece("[z-a]")])
    with pytest.raises(ValueError, match=f"longer than {LONGEST}"):
        Glob([Piece("a")] * (LONGEST + 1))
