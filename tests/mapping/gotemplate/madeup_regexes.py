"""Regular expressions that nobody would write, and texts for them, as templates."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_ATOMS = [
    "a",
    "b",
    "ab",
    ".",
    "[ab]",
    "[^a]",
    "[a-c-]",
    "\\w",
    "\\d",
    "\\s",
    "\\b",
    "^",
    "$",
    "\\.",
    "x",
    "-",
    "(?i)B",
    "[[:digit:]]",
    "é",
]
_SIGNS = ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{0,2}", "{1,2}?", "{", "**", "{1001}"]
_BY = ["-", "<$0>", "[${1}$2]", "$1x", "$$", ""]


def random_regexes(many: int, seed: int) -> Iterator[str]:
    """Make templates up that find, replace and split by expressions; the same for the same seed."""
    chance = Random(seed)
    for _ in range(many):
        expression = _expression(chance, 2)
        text = "".join(
            chance.choice(["a", "b", "c", "A", "B", "1", "-", ".", " ", "é", "\n"]) for _ in range(chance.randint(0, 9))
        )
        calls = (
            ("regexFindAll", " -1"),
            ("regexReplaceAll", f" `{chance.choice(_BY)}`"),
            ("regexSplit", " -1"),
            ("regexMatch", ""),
        )
        yield "|".join(f"{{{{ {name} `{expression}` `{text}`{rest} }}}}" for name, rest in calls)


def _expression(chance: Random, depth: int) -> str:
    parts = []
    for _ in range(chance.randint(1, 3)):
        opened = chance.choice(["(", "(?:", "(?P<n>"]) if depth and chance.random() < 0.3 else ""
        atom = f"{opened}{_expression(chance, depth - 1)})" if opened else chance.choice(_ATOMS)
        parts.append(atom + chance.choice(_SIGNS))
    made = "".join(parts)
    return f"{made}|{_expression(chance, depth - 1)}" if depth and chance.random() < 0.2 else made
