"""Comparing versions, by the rules of the library that sprig compares them with (Masterminds/semver 3.3).

A constraint is alternatives with `||` between them, each of comparisons that all must hold. A comparison's version may lack
its last numbers, or say `x` or `*` for them: it is open there. `1.2 - 2.0` stands for `>= 1.2, <= 2.0`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget

_LONGEST = 1000  # characters: the places of a range are looked for from each of them
_LARGEST = 2**64
_PRE = r"(?:-(?P<pre>[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+))?+"
_META = r"(?:\+[0-9A-Za-z-]++(?:\.[0-9A-Za-z-]++)*+)?+"
_NUMBERS = r"v?+(?P<major>{0}++)(?:\.(?P<minor>{0}++))?+(?:\.(?P<patch>{0}++))?+"
_VERSION = re.compile(_NUMBERS.format("[0-9]") + _PRE + _META)
_OPEN = _NUMBERS.format(r"[0-9xX*|]") + _PRE + _META
_COMPARISON = re.compile(rf"(?P<how>!=|>=|=>|<=|=<|~>|[=<>~^]|)[\t\n\f\r ]*+(?P<version>{_OPEN})[\t\n\f\r ]*+")
_BARE = re.sub(r"\?P<\w+>", "?:", _OPEN)
_RANGE = re.compile(rf"[\t\n\f\r ]*+({_BARE})[\t\n\f\r ]++-[\t\n\f\r ]++({_BARE})[\t\n\f\r ]*+")
_ANY = frozenset({"x", "X", "*"})


@dataclass(frozen=True, slots=True)
class _Version:
    numbers: tuple[int, int, int]
    pre: str = ""

    def against(self, other: _Version) -> int:
        """Below 0, 0 or above it, as this one is older than, equal to or newer than another."""
        if self.numbers != other.numbers:
            return -1 if self.numbers < other.numbers else 1
        if not (self.pre and other.pre):
            return bool(other.pre) - bool(self.pre)
        return _pre_against(self.pre, other.pre)


@dataclass(frozen=True, slots=True)
class _Comparison:
    how: str
    version: _Version
    told: int
    """How many numbers it says; 3 where it is not open."""


def _read(text: str, what: str) -> _Version:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise TemplateFailed(reason=f"{what} is no version")
    numbers = tuple(int(match[name] or 0) for name in ("major", "minor", "patch"))
    pre = match["pre"] or ""
    padded = any(part.isdigit() and len(part) > 1 and part[0] == "0" for part in pre.split("."))
    if padded or any(number >= _LARGEST for number in numbers):
        raise TemplateFailed(reason=f"{what} is no version")
    return _Version((numbers[0], numbers[1], numbers[2]), pre)


def _pre_against(one: str, two: str) -> int:
    mine, theirs = one.split("."), two.split(".")
    for left, right in zip(mine, theirs, strict=False):
        if left != right:
            return -1 if _rank(left) < _rank(right) else 1
    return (len(mine) > len(theirs)) - (len(mine) < len(theirs))


def _rank(part: str) -> tuple[bool, int, str]:
    """Numbers come before words."""
    number = part.isdigit() and int(part) < _LARGEST
    return (not number, int(part) if number else 0, "" if number else part)


def _comparisons(text: str) -> Iterator[_Comparison]:
    at = len(text) - len(text.lstrip("\t\n\f\r "))
    apart = True
    while at < len(text) or not apart:
        match = _COMPARISON.match(text, at)
        if match is None or not apart:
            raise TemplateFailed(reason=f"{text} is no constraint of versions")
        yield _comparison(match)
        at = match.end()
        apart = at == len(text) or text[at - 1] in "\t\n\f\r " or text[at] == ","
        if text[at : at + 1] == ",":
            at += 1 + len(text[at + 1 :]) - len(text[at + 1 :].lstrip("\t\n\f\r "))
            apart = at < len(text)


def _comparison(match: re.Match[str]) -> _Comparison:
    said = [match["major"], match["minor"], match["patch"]]
    told = next((at for at, number in enumerate(said) if number is None or number in _ANY), 3)
    pre = f"-{match['pre']}" if match["pre"] else ""
    plain = match["version"] if told == 3 else ".".join([*said[:told], *["0"] * (3 - told)]) + pre
    return _Comparison(match["how"], _read(plain, match["version"]), told)


def _differs(version: _Version, wanted: _Comparison) -> bool:
    other, told = wanted.version, wanted.told
    if told == 3:
        return version.against(other) != 0
    if version.pre and not other.pre:
        return False
    if version.numbers[:told] != other.numbers[:told] or told == 1:
        return version.numbers[:told] != other.numbers[:told]
    return version.pre != other.pre if told == 2 else version.against(other) != 0


def _newer(version: _Version, wanted: _Comparison) -> bool:
    other, told = wanted.version, wanted.told
    if told in (1, 2) and version.numbers[:told] == other.numbers[:told]:
        return False
    return version.against(other) > 0


def _not_newer(version: _Version, wanted: _Comparison) -> bool:
    other, told = wanted.version, wanted.told
    if told == 3:
        return version.against(other) <= 0
    many = 1 if told == 1 else 2
    return version.numbers[:many] <= other.numbers[:many]


def _close(version: _Version, wanted: _Comparison) -> bool:
    """As `~`: the same up to the second number, or up to the first where it says no more."""
    if version.against(wanted.version) < 0:
        return False
    if wanted.version.numbers == (0, 0, 0) and wanted.told in (0, 3):
        return True
    many = 1 if wanted.told == 1 else 2
    return version.numbers[:many] == wanted.version.numbers[:many]


def _alike(version: _Version, wanted: _Comparison) -> bool:
    return version.against(wanted.version) == 0 if wanted.told == 3 else _close(version, wanted)


def _compatible(version: _Version, wanted: _Comparison) -> bool:
    """As `^`: the same up to the first number that is not 0, as far as it says any."""
    if version.against(wanted.version) < 0:
        return False
    numbers = wanted.version.numbers
    first = next((at for at, number in enumerate(numbers) if number), 2)
    many = min(first + 1, wanted.told) if wanted.told else 3
    return version.numbers[:many] == numbers[:many]


_HOW: Mapping[str, Callable[[_Version, _Comparison], bool]] = {
    "!=": _differs,
    ">": _newer,
    "<": lambda version, wanted: version.against(wanted.version) < 0,
    **dict.fromkeys((">=", "=>"), lambda version, wanted: version.against(wanted.version) >= 0),
    **dict.fromkeys(("<=", "=<"), _not_newer),
    **dict.fromkeys(("~", "~>"), _close),
    **dict.fromkeys(("", "="), _alike),
    "^": _compatible,
}


def _holds(version: _Version, wanted: _Comparison) -> bool:
    """Whether a comparison holds; one that names no prerelease means none, whatever it compares."""
    if wanted.how != "!=" and version.pre and not wanted.version.pre:
        return False
    return _HOW[wanted.how](version, wanted)


def _semver_compare(budget: Budget, constraint: str, version: str) -> bool:
    if max(len(constraint), len(version)) > _LONGEST:
        raise TemplateFailed(reason=f"a version, or a constraint of versions, has at most {_LONGEST} characters")
    budget.step(1 + len(constraint) // 8)
    ranged = _RANGE.sub(lambda match: f">= {match[1]}, <= {match[2]} ", constraint)
    alternatives = [tuple(_comparisons(each)) for each in ranged.split("||")]
    if not all(alternatives):
        raise TemplateFailed(reason=f"{constraint} is no constraint of versions")
    read = _read(version, version)
    return any(all(_holds(read, each) for each in one) for one in alternatives)


VERSIONS: Mapping[str, Func] = {"semverCompare": Func(_semver_compare, ("text", "text"))}
