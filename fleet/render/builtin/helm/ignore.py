"""`.helmignore`: which files of a chart's directory are not part of the chart.

Rules as Helm documents them: a pattern without `/` is compared with the name of every file and directory, one with `/` with
the path from the chart; `/` at the end means directories only, `!` in front turns a pattern round; there is no `**`. Dot files
directly in `templates/` are never part of a chart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fleet.errors import SourceInvalid
from fleet.model.glob import Glob, Piece

FILE = ".helmignore"
_ALWAYS = "templates/.?*"


@dataclass(frozen=True, slots=True)
class _Rule:
    glob: Glob
    whole: bool
    """Whether it is compared with the path, not only the name."""
    negated: bool
    directories: bool

    def ignores(self, path: str, *, directory: bool) -> bool:
        if self.directories and not directory:
            return self.negated
        said = path if self.whole else path.rpartition("/")[2]
        return self.glob.matches(said) != self.negated


def ignored(text: str, *, file: str) -> Callable[[str], bool]:
    """Give a function that tells whether a file, by its path from the chart, is not part of it; raises SourceInvalid."""
    rules = tuple(_rules(text, file))

    def is_ignored(path: str) -> bool:
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts)))
        return any(_hit(rules, each, directory=True) for each in above) or _hit(rules, path, directory=False)

    return is_ignored


def _hit(rules: Iterable[_Rule], path: str, *, directory: bool) -> bool:
    return any(rule.ignores(path, directory=directory) for rule in rules)


def _rules(text: str, file: str) -> Iterable[_Rule]:
    for number, line in enumerate(text.splitlines(), start=1):
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        if "**" in pattern:
            raise SourceInvalid(file=file, line=number, message="** is not read in .helmignore: name each level with *")
        try:
            yield _rule(pattern)
        except ValueError as error:
            raise SourceInvalid(file=file, line=number, message=f"{pattern} is no pattern: {error}") from error
    yield _rule(_ALWAYS)


def _rule(pattern: str) -> _Rule:
    negated = pattern.startswith("!")
    pattern = pattern[1:] if negated else pattern
    directories = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    return _Rule(Glob(_pieces(pattern.removeprefix("/"))), "/" in pattern, negated, directories)


def _pieces(pattern: str) -> Iterator[Piece]:
    for piece in re.findall(r"\[\^?(?:\\.|[^\]\\])+\]|\\.|\*|\?|.", pattern):
        if piece == "[":
            raise ValueError("a [ is never closed")
        yield Piece("[^/]" if piece in "*?" else _literal(piece), many=piece == "*")


def _literal(piece: str) -> str:
    if piece.startswith("["):
        return piece
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)
