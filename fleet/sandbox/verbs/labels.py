"""Label selectors, read as apimachinery's `labels.Parse` reads them, word by word, and refused in its words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from fleet.errors import ApiStatus
from fleet.sandbox.verbs import statuses

LabelTest: TypeAlias = Callable[[Mapping[str, str]], bool]

_WORD = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)")
_MARKS = frozenset({"=", "==", "!=", "!", "<", ">", "(", ")", ","})
_OPERATORS = ("in", "notin", "=", "==", "!=", ">", "<")
_END = ""


def label_test(selector: str) -> LabelTest | None:
    """Read a label selector; None for one that everything matches. Raises ApiStatus."""
    return _compiled(selector) if selector.strip() else None


@lru_cache(maxsize=1024)
def _compiled(selector: str) -> LabelTest:
    words = _Words(selector)
    tests: list[LabelTest] = []
    while True:
        tests.append(_requirement(words))
        if words.next == _END:
            break
        words.want(",", "',' or 'end of string'")
        if words.next in _MARKS - {"!"} or words.next == _END:
            raise _refused(f"found '{words.next}', expected: identifier after ','")
    return tests[0] if len(tests) == 1 else lambda labels: all(test(labels) for test in tests)


class _Words:
    """The words of a selector, one ahead."""

    def __init__(self, selector: str) -> None:
        self._words = [match.group(1) for match in _WORD.finditer(selector)]
        self._at = 0

    @property
    def next(self) -> str:
        """The word that comes; empty at the end."""
        return self._words[self._at] if self._at < len(self._words) else _END

    def take(self) -> str:
        """Go on by one word."""
        word = self.next
        self._at += 1
        return word

    def want(self, wanted: str, said: str) -> None:
        """Take a word that must be this one."""
        word = self.take()
        if word != wanted:
            raise _refused(f"found '{word}', expected: {said}")


def _requirement(words: _Words) -> LabelTest:
    absent = words.next == "!"
    if absent:
        words.take()
    key = _identifier(words)
    if absent:
        return lambda labels: key not in labels
    if words.next in (_END, ","):
        return lambda labels: key in labels
    operator = words.take()
    if operator not in _OPERATORS:
        raise _refused(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")
    if operator in ("in", "notin"):
        return _among(key, _values(words), wanted=operator == "in")
    value = "" if words.next in (_END, ",") else _identifier(words)
    return _compared(key, operator, value)


def _identifier(words: _Words) -> str:
    word = words.take()
    if word in _MARKS or word == _END:
        raise _refused(f"found '{word}', expected: identifier")
    return word


def _values(words: _Words) -> frozenset[str]:
    opened = words.take()
    if opened != "(":
        raise _refused(f"found '{opened}' expected: '('")
    found, last = list[str](), ","
    while words.next != ")":
        word = words.take()
        if word == ",":
            if last == ",":
                found.append("")
        elif word in _MARKS or word == _END or last != ",":
            raise _refused(
                f"found '{word}', expected: ',', ')' or identifier" if last == "," else f"found '{word}', expected: ',' or ')'"
            )
        else:
            found.append(word)
        last = word
    words.take()
    return frozenset(found or [""])


def _among(key: str, values: frozenset[str], *, wanted: bool) -> LabelTest:
    if wanted:
        return lambda labels: labels.get(key) in values
    return lambda labels: labels.get(key) not in values


def _compared(key: str, operator: str, value: str) -> LabelTest:
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    if operator in ("=", "=="):
        return lambda labels: labels.get(key) == value
    if not value.lstrip("-").isdecimal():
        why = "for 'Gt', 'Lt' operators, the value must be an integer"
        raise statuses.bad_request(f'values[0][{key}]: Invalid value: "{value}": {why}')
    bound = int(value)
    return lambda labels: _is_beyond(labels.get(key, ""), bound, more=operator == ">")


def _is_beyond(value: str, bound: int, *, more: bool) -> bool:
    if not value.lstrip("-").isdecimal():
        return False
    return int(value) > bound if more else int(value) < bound


def _refused(why: str) -> ApiStatus:
    return statuses.bad_request(f"unable to parse requirement: {why}")
