"""Versions, constraints of versions and widths that nobody would write: what compares, breaks and shortens them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

_NUMBERS = ["0", "0", "1", "1", "2", "3", "10", "01"]
_OPEN = ["x", "X", "*", "1x", ""]
_PRE = ["", "", "", "-alpha", "-alpha.1", "-alpha.beta", "-1", "-2", "-10", "-01", "-rc.1", "-a-b", "-", "+meta", "-rc.1+meta"]
_HOW = ["", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", "==", "!", "> =", "^ ", ">= "]
_BETWEEN = [" ", ", ", ",", " , ", "  ", "||", " || ", " - ", "-", "", ";", " -", " ,"]
_WORDS = ["a", "bc", "word", "a-longer-word", "ü", "Grüße", "", "https://example.com/path"]


def random_versions(many: int, seed: int) -> Iterator[str]:
    """Make templates up; the same for the same seed."""
    chance = Random(seed)
    for number in range(many):
        yield _wrapping(chance) if number % 4 == 3 else _comparing(chance)


def _comparing(chance: Random) -> str:
    parts = [_comparison(chance)]
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
        parts += [chance.choice(_BETWEEN), _comparison(chance)]
    around = chance.choice(["", "", "", " "])
    return f"{{{{ semverCompare {json.dumps(around + ''.join(parts) + around)} {json.dumps(_version(chance, open_at=0))} }}}}"


def _comparison(chance: Random) -> str:
    return chance.choice(_HOW) + _version(chance, open_at=0.3)


def _version(chance: Random, *, open_at: float) -> str:
    many = chance.choice([1, 2, 3, 3, 3, 3, 4]) if open_at else chance.choice([1, 2, 3, 3, 3, 3, 3])
    numbers = [chance.choice(_OPEN if chance.random() < open_at else _NUMBERS) for _ in range(many)]
    return chance.choice(["", "", "", "v"]) + ".".join(numbers) + chance.choice(_PRE)


def _wrapping(chance: Random) -> str:
    text = json.dumps(
        chance.choice([" ", " ", "  "]).join(chance.choice(_WORDS) for _ in range(chance.randint(0, 8))), ensure_ascii=False
    )
    width = chance.randint(-1, 20)
    return chance.choice(
        [
            f"{{{{ wrap {width} {text} }}}}",
            f"{{{{ wrapWith {width} {json.dumps(chance.choice(['', '|', ' / ']))} {text} }}}}",
            f"{{{{ abbrevboth {chance.randint(-1, 20)} {width} {text} }}}}",
        ]
    )
