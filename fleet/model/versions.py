"""Versions and ranges of them, as Helm reads them: https://semver.org and https://github.com/Masterminds/semver#checking-version-constraints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_PART = r"[vV]?(?:\d+|[xX*])(?:\.(?:\d+|[xX*]))?(?:\.(?:\d+|[xX*]))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_HYPHEN = re.compile(rf"\s*({_PART})\s+-\s+({_PART})\s*")
_TERM = re.compile(rf"\s*(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*({_PART})\s*,?")

_Key: TypeAlias = tuple[int, int, int, tuple[object, ...]]
_Term: TypeAlias = Callable[[_Key], bool]


_RELEASED: tuple[object, ...] = ((2,),)


def key_of(version: str) -> _Key | None:
    """What versions are compared by: a release comes after its prereleases; None for what is no version."""
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    marks = found[4].split(".") if found[4] else []
    prerelease = tuple((0, int(mark)) if mark.isdecimal() else (1, mark) for mark in marks)
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0), prerelease or _RELEASED)


def allows(wanted: str, version: str) -> bool:
    """Whether a version is in a range; a prerelease only where the range names one. Raises ValueError for what is no range."""
    key = key_of(version)
    alternatives = [_terms(text) for text in wanted.split("||")]
    return key is not None and any(all(term(key) for term in terms) for terms in alternatives)


def newest(wanted: str, versions: Iterable[str]) -> str:
    """The newest version in a range; empty where there is none. Raises ValueError for what is no range."""
    there = [(key, version) for version in versions if (key := key_of(version)) and allows(wanted, version)]
    return max(there, key=lambda each: each[0])[1] if there else ""


def _terms(text: str) -> list[_Term]:
    if found := _HYPHEN.fullmatch(text):
        return [_term(">=", found[1]), _term("<=", found[2])]
    terms, at = [], 0
    text = text.strip() or "*"
    while at < len(text):
        part = _TERM.match(text, at)
        if part is None:
            raise ValueError(f"{text!r} is no version or range of versions")
        terms.append(_term(part[1] or "=", part[2]))
        at = part.end()
    return terms


def _term(operator: str, version: str) -> _Term:
    plain = version.lstrip("vV").partition("+")[0]
    numbers, _, mark = plain.partition("-")
    said = [int(part) for part in numbers.split(".") if part.isdecimal()]
    wild = len(said) < 3
    low = key_of(".".join(map(str, [*said, 0, 0, 0][:3])) + (f"-{mark}" if mark else ""))
    assert low is not None
    above = _above(operator, said)
    checks: dict[str, Callable[[_Key], bool]] = {
        "=": lambda key: low <= key < above if wild else key == low,
        "!=": lambda key: not (low <= key < above if wild else key == low),
        ">": lambda key: key >= above if wild and said else key > low,
        ">=": lambda key: key >= low,
        "=>": lambda key: key >= low,
        "<": lambda key: key < low,
        "<=": lambda key: key < above if wild else key <= low,
        "=<": lambda key: key < above if wild else key <= low,
        "within": lambda key: low <= key < above,
    }
    holds = checks[operator] if operator in checks else checks["within"]

    def allowed(key: _Key) -> bool:
        return holds(key) and (bool(mark) or key[3] == _RELEASED)

    return allowed


def _above(operator: str, said: list[int]) -> _Key:
    """The first version that is too new for `^`, `~`, or what a wild version stands for."""
    if not said:
        return (1 << 62, 0, 0, ())
    if operator == "^":
        at = next((place for place, number in enumerate(said) if number), len(said) - 1)
    elif operator in ("~", "~>"):
        at = min(len(said), 2) - 1
    else:
        at = len(said) - 1
    raised = [*said[:at], said[at] + 1, 0, 0, 0][:3]
    return (raised[0], raised[1], raised[2], ())
