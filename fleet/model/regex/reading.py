"""Reads an expression, in the syntax of RE2 without Unicode's classes, and compiles it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from fleet.model.regex.classes import ANY, ESCAPED, PERL, bracket, either_case, is_word, one
from fleet.model.regex.program import Assert, Done, Either, Jump, Program, Save, Step, Take

MAX_LENGTH = 2000
MAX_STEPS = 5000  # of a program
MAX_REPEAT = 1000  # as in Go
MAX_DEPTH = 40

Fragment = Callable[[int], list[Step]]
"""The steps of a part of an expression, when they begin at a place."""


@dataclass(frozen=True, slots=True)
class _Flags:
    fold: bool = False
    dot_all: bool = False
    lines: bool = False
    lazy: bool = False


@lru_cache(maxsize=64)
def compiled(expression: str) -> Program:
    """Compile an expression; raises ValueError."""
    if len(expression) > MAX_LENGTH:
        raise ValueError(f"the expression has more than {MAX_LENGTH} characters")
    reader = _Reader(expression)
    fragment = reader.alternatives(_Flags(), 0)
    if reader.at < len(expression):
        raise reader.wrong("a ) that closes nothing")
    steps = [Save(0), *fragment(1)]
    return Program((*steps, Save(1), Done()), reader.groups, reader.names)


class _Reader:
    """Reads one expression; used once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.groups = 0
        self.names: dict[str, tuple[int, ...]] = {}
        self._size = 0

    def alternatives(self, flags: _Flags, depth: int) -> Fragment:
        """Parts between bars."""
        if depth > MAX_DEPTH:
            raise self.wrong("groups stand too deep in one another")
        part, flags = self._sequence(flags, depth)
        while self._taken("|"):
            other, flags = self._sequence(flags, depth)
            part = self._either(part, other)
        return part

    def _sequence(self, flags: _Flags, depth: int) -> tuple[Fragment, _Flags]:
        parts: list[Fragment] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            part, flags = self._part(flags, depth)
            if part is not None:
                parts.append(self._repeated(part, flags))

        def made(start: int) -> list[Step]:
            steps: list[Step] = []
            for part in parts:
                steps += part(start + len(steps))
            return steps

        return made, flags

    def _part(self, flags: _Flags, depth: int) -> tuple[Fragment | None, _Flags]:
        char = self.text[self.at]
        self.at += 1
        if char == "(":
            return self._group(flags, depth)
        if char == "[":
            passes, self.at = bracket(self.text, self.at, fold=flags.fold)
            return self._take(passes), flags
        if char == ".":
            return self._take(ANY if flags.dot_all else lambda each: each != "\n"), flags
        if char in "^$":
            return self._assert(_line_edge(char, flags)), flags
        if char == "\\":
            return self._escape(flags), flags
        if char in "*+?":
            raise self.wrong(f"{char} repeats nothing")
        return self._char(char, flags), flags

    def _group(self, flags: _Flags, depth: int) -> tuple[Fragment | None, _Flags]:
        if not self._taken("?"):
            return self._saved("", flags, depth), flags
        if self._taken("P<") or self._taken("<"):
            end = self.text.find(">", self.at)
            name = self.text[self.at : end] if end > 0 else ""
            if not name.isidentifier():
                raise self.wrong("a group's name makes no sense")
            self.at = end + 1
            return self._saved(name, flags, depth), flags
        inner = self._flags(flags)
        if self._taken(")"):
            return None, inner
        if not self._taken(":"):
            raise self.wrong("a group of a kind that is not read")
        return self._closed(self.alternatives(inner, depth + 1)), flags

    def _flags(self, flags: _Flags) -> _Flags:
        names = {"i": "fold", "s": "dot_all", "m": "lines", "U": "lazy"}
        on = True
        while self.at < len(self.text) and self.text[self.at] in "ismU-":
            char = self.text[self.at]
            self.at += 1
            on = False if char == "-" else on
            flags = flags if char == "-" else replace(flags, **{names[char]: on})
        return flags

    def _saved(self, name: str, flags: _Flags, depth: int) -> Fragment:
        self.groups += 1
        group = self.groups
        if name:
            self.names[name] = (*self.names.get(name, ()), group)
        inner = self._closed(self.alternatives(flags, depth + 1))
        self._grow(2)

        def made(start: int) -> list[Step]:
            return [Save(2 * group), *inner(start + 1), Save(2 * group + 1)]

        return made

    def _closed(self, inner: Fragment) -> Fragment:
        if not self._taken(")"):
            raise self.wrong("a group that is not closed")
        return inner

    def _escape(self, flags: _Flags) -> Fragment:
        if self.at >= len(self.text):
            raise self.wrong("it ends in a backslash")
        char = self.text[self.at]
        self.at += 1
        if char in PERL:
            return self._take(PERL[char])
        if char in "bB":
            inside = char == "b"
            return self._assert(lambda before, after: (is_word(before) != is_word(after)) == inside)
        if char in "Az":
            return self._assert((lambda before, _: not before) if char == "A" else (lambda _, after: not after))
        if char in ESCAPED:
            return self._char(ESCAPED[char], flags)
        if char.isalnum():
            raise self.wrong(f"\\{char} is not read")
        return self._char(char, flags)

    def _repeated(self, part: Fragment, flags: _Flags) -> Fragment:
        least, most = self._count()
        if (least, most) == (1, 1):
            return part
        lazy = self._taken("?") != flags.lazy
        if self.at < len(self.text) and (self.text[self.at] in "*+?" or self._count_ahead()):
            raise self.wrong("a repetition is repeated")
        self._grow((len(part(0)) + 2) * max(least, most if most is not None else least + 1))

        def made(start: int) -> list[Step]:
            steps: list[Step] = []
            for _ in range(least - (most is None and least > 0)):
                steps += part(start + len(steps))
            if most is None:
                return steps + (_plus if least else _star)(part, start + len(steps), lazy=lazy)
            return steps + _optional(part, start + len(steps), most - least, lazy=lazy)

        return made

    def _count(self) -> tuple[int, int | None]:
        for sign, counted in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._taken(sign):
                return counted
        ahead = self._count_ahead()
        if ahead is None:
            return 1, 1
        least, most, self.at = ahead
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise self.wrong("it repeats more often than it may, or less than it must")
        return least, most

    def _count_ahead(self) -> tuple[int, int | None, int] | None:
        """`{2}`, `{2,}` or `{2,3}`; anything else in braces is text."""
        if not self.text.startswith("{", self.at):
            return None
        end = self.text.find("}", self.at)
        least, comma, most = self.text[self.at + 1 : end].partition(",") if end > 0 else ("", "", "")
        if not (least.isascii() and least.isdigit()) or (most and not (most.isascii() and most.isdigit())):
            return None
        if len(least) > 4 or len(most) > 4:
            raise self.wrong("it repeats more often than it may")
        return int(least), (int(most) if most else None) if comma else int(least), end + 1

    def _either(self, one: Fragment, other: Fragment) -> Fragment:
        self._grow(2)

        def made(start: int) -> list[Step]:
            first = one(start + 1)
            second = other(start + len(first) + 2)
            after = start + len(first) + 2
            return [Either(start + 1, after), *first, Jump(after + len(second)), *second]

        return made

    def _char(self, char: str, flags: _Flags) -> Fragment:
        return self._take(either_case(one(char)) if flags.fold else one(char))

    def _take(self, passes: Callable[[str], bool]) -> Fragment:
        self._grow(1)
        return lambda _: [Take(passes)]

    def _assert(self, holds: Callable[[str, str], bool]) -> Fragment:
        self._grow(1)
        return lambda _: [Assert(holds)]

    def _grow(self, many: int) -> None:
        self._size += many
        if self._size > MAX_STEPS:
            raise self.wrong(f"it takes more than {MAX_STEPS} steps")

    def _taken(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def wrong(self, what: str) -> ValueError:
        """What is wrong, and with which expression."""
        return ValueError(f"the regular expression {self.text[:60]} cannot be read: {what}")


def _line_edge(char: str, flags: _Flags) -> Callable[[str, str], bool]:
    ends = ("", "\n") if flags.lines else ("",)
    return (lambda before, _: before in ends) if char == "^" else (lambda _, after: after in ends)


def _plus(part: Fragment, start: int, *, lazy: bool) -> list[Step]:
    inner = part(start)
    end = start + len(inner)
    return [*inner, Either(end + 1, start) if lazy else Either(start, end + 1)]


def _star(part: Fragment, start: int, *, lazy: bool) -> list[Step]:
    """None, or one and more: so the order of preference is right where a part may take nothing, as in Go."""
    inner = _plus(part, start + 1, lazy=lazy)
    after = start + len(inner) + 1
    return [Either(after, start + 1) if lazy else Either(start + 1, after), *inner]


def _optional(part: Fragment, start: int, many: int, *, lazy: bool) -> list[Step]:
    """Some parts, each only if the one before it was there."""
    size = len(part(0)) + 1
    after = start + size * many
    steps: list[Step] = []
    for number in range(many):
        here = start + size * number
        steps += [Either(after, here + 1) if lazy else Either(here + 1, after), *part(here + 1)]
    return steps
