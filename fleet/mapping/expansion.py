"""Expands `${NAME}` in a text with every function that Flux knows, and with what Flux makes of each.

The rules are those of github.com/fluxcd/pkg/envsubst (v1.9), the library that Flux's controllers substitute with; the tests
hold a table of what that library itself gave. `$$` is a literal `$`; what is put in is not looked at again. Lengths and
positions count bytes, as there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.mapping.globs import trimmed_end, trimmed_start

_STARTS = re.compile(r"\$[${]")
_NAME = re.compile(r"\w+")
_OPERATOR = re.compile(r":[-=?+]|:|=|[,^]{1,2}|//|/#|/%|/|##?|%%?")
_DEFAULTS = frozenset({":-", ":=", ":?", ":+", "="})
_NO_NAME = "${ begins a variable, and no name and closing brace follow; write $${ for a literal ${"
_UNENDED = "the reference that was begun does not come to an end as one"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DEEPEST = 50  # references in references; people write two


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a reference cannot be substituted, and what it names: how its line is found."""

    reference: str
    message: str


@dataclass(frozen=True, slots=True)
class Substituted:
    """A text after substitution, and every mistake in it; with any, the text is not to be used."""

    text: str
    mistakes: tuple[Mistake, ...] = ()


def substitute(text: str, variables: Mapping[str, str], *, strict: bool = True) -> Substituted:
    """Put variables into a text. A missing one is a mistake where it is strict, unless it has a default; else it is empty."""
    reader = _Reader(text=text, variables=variables, strict=strict)
    pieces = list(reader.pieces())
    return Substituted("".join(pieces), tuple(reader.mistakes))


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Where in a text reading stands."""

    text: str
    variables: Mapping[str, str]
    strict: bool
    at: int = 0
    depth: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    def pieces(self) -> Iterator[str]:
        while found := _STARTS.search(self.text, self.at):
            yield self.text[self.at : found.start()]
            self.at = found.end()
            if found.group() == "$$":
                yield "$"
                continue
            begin = self.at
            self.depth = 0
            try:
                yield self._reference()
            except ValueError:
                self.at = begin
                self._mistaken(begin)
        yield self.text[self.at :]

    def _mistaken(self, begin: int) -> None:
        """Say what is wrong with the reference that begins here."""
        name = _NAME.match(self.text, begin)
        if name is None:
            self.mistakes.append(Mistake("${", _NO_NAME))
            return
        inside = self.text[begin : name.end() + 12].split("\n")[0].split("}")[0]
        message = f"${{{inside} is not read as a variable: no function of that form comes to its closing brace"
        self.mistakes.append(Mistake("${" + name.group(), message))

    def _reference(self) -> str:
        """Read from behind `${` to behind its `}`; give what it stands for."""
        length = self._takes("#")
        name = _NAME.match(self.text, self.at)
        if name is None:
            raise ValueError(_UNENDED)
        self.at = name.end()
        if length:
            self._close()
            return str(len(self._value(name.group()).encode()))
        operator = _OPERATOR.match(self.text, self.at)
        if operator is None:
            self._close()
            return self._value(name.group())
        self.at = operator.end()
        arguments = self._arguments(operator.group())
        value = self.variables.get(name.group(), "") if operator.group() in _DEFAULTS else self._value(name.group())
        return self._whole(name.group(), _FUNCTIONS[operator.group()](value, arguments))

    def _whole(self, name: str, value: str) -> str:
        """Refuse what a function left of a character that takes several bytes."""
        if not value.isascii() and any("\ud800" <= each <= "\udfff" for each in value):
            message = f"a function of {name} cuts a character that takes several bytes; positions count bytes"
            self.mistakes.append(Mistake("${" + name, message))
        return value

    def _value(self, name: str) -> str:
        if name not in self.variables and self.strict:
            message = f"there is no variable {name}; give it in a cluster.yaml, or a default: ${{{name}:-…}}"
            self.mistakes.append(Mistake("${" + name, message))
        return self.variables.get(name, "")

    def _arguments(self, operator: str) -> Sequence[str]:
        if operator in _DEFAULTS:
            return self._default()
        if operator == ":":
            return self._positions()
        if operator[0] == "/":
            return self._replacement()
        given = [self._part("}")] if operator[0] in "#%" else []
        self._close()
        return given

    def _default(self) -> list[str]:
        found = []
        while not self._takes("}"):
            found.append(self._part("}"))
        return found

    def _positions(self) -> list[str]:
        if not self._next().isascii():
            raise ValueError(_UNENDED)  # no number begins so, and Flux refuses it
        found = [self._part(":}")]
        if self._takes("}"):
            return found
        if not self._takes(":"):
            raise ValueError(_UNENDED)
        while self._takes(":"):
            pass
        found.append(self._part("}"))
        self._close()
        return found

    def _replacement(self) -> list[str]:
        found = [self._part("/", escapes=True)]
        if not self._takes("/"):
            raise ValueError(_UNENDED)
        while self._takes("/"):
            pass
        if not self._takes("}"):
            found.append(self._part("}", escapes=True))
            self._close()
        return found

    def _part(self, ends: str, *, escapes: bool = False) -> str:
        """Read one nested reference, or the text up to one or to a character that ends it."""
        if self.text.startswith("${", self.at):
            self.at += 2
            self.depth += 1
            if self.depth > _DEEPEST:
                raise ValueError(_UNENDED)
            return self._reference()
        begin, pieces = self.at, list[str]()
        while (each := self._next()) and each not in ends and not self.text.startswith("${", self.at):
            if escapes and self.text[self.at : self.at + 2] in ("$$", "\\\\", "\\/"):
                self.at += 1
            pieces.append(self.text[self.at])
            self.at += 1
        if self.at == begin:
            raise ValueError(_UNENDED)
        return "".join(pieces)

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _takes(self, character: str) -> bool:
        if self._next() != character:
            return False
        self.at += 1
        return True

    def _close(self) -> None:
        if not self._takes("}"):
            raise ValueError(_UNENDED)


def _upper(text: str) -> str:
    """Upper case of each character alone, by Unicode's simple mapping: none becomes two."""
    return "".join(_simple(each, each.upper(), each.title()) for each in text)


def _lower(text: str) -> str:
    return "".join(_simple(each, each.lower(), each.lower()[0]) for each in text)


def _simple(character: str, full: str, other: str) -> str:
    return next((each for each in (full, other) if len(each) == 1), character)


def _substring(value: str, given: Sequence[str]) -> str:
    """A part by position and length; counted from the end where they are negative; all of it where they are no numbers."""
    if not all(_INTEGER.fullmatch(each) for each in given):
        return value
    data = value.encode()
    begin = int(given[0])
    begin = max(0, begin + len(data)) if begin < 0 else begin
    end = len(data)
    if len(given) > 1:
        length = int(given[1])
        end = length + (len(data) if length < 0 else begin)
    return data[begin:end].decode(errors="surrogateescape") if begin < end else ""


def _replaced(value: str, given: Sequence[str], count: int) -> str:
    return value.replace(given[0], "".join(given[1:]), count)


def _replaced_start(value: str, given: Sequence[str]) -> str:
    return given[1] + value[len(given[0]) :] if len(given) > 1 and value.startswith(given[0]) else value


def _replaced_end(value: str, given: Sequence[str]) -> str:
    return value[: len(value) - len(given[0])] + given[1] if len(given) > 1 and value.endswith(given[0]) else value


_FUNCTIONS: Mapping[str, Callable[[str, Sequence[str]], str]] = {
    **{name: lambda value, given: value or "".join(given) for name in _DEFAULTS},
    ",": lambda value, given: _lower(value[:1]) + value[1:],
    ",,": lambda value, given: _lower(value),
    "^": lambda value, given: _upper(value[:1]) + value[1:],
    "^^": lambda value, given: _upper(value),
    # The library takes a mixture for none of its functions, and gives the value.
    ",^": lambda value, given: value,
    "^,": lambda value, given: value,
    ":": _substring,
    "/": lambda value, given: _replaced(value, given, 1),
    "//": lambda value, given: _replaced(value, given, -1),
    "/#": _replaced_start,
    "/%": _replaced_end,
    "#": lambda value, given: trimmed_start(value, given[0], longest=False),
    "##": lambda value, given: trimmed_start(value, given[0], longest=True),
    "%": lambda value, given: trimmed_end(value, given[0], longest=False),
    "%%": lambda value, given: trimmed_end(value, given[0], longest=True),
}
