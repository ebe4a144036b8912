"""jq paths, as people write them into `ignoreDifferences`, as JSON pointers with selectors.

Read are fields (`.spec`, `."a/b"`, `["a/b"]`), `[]`, indexes, `?`, several paths with commas or pipes, and `select(…)` of an
item by `.field == value`, `and`, `or`. Anything else is refused by name: it would take a jq, and a jq may run for ever.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""\s*(?:(?P<select>select\s*\()|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<number>-?\d+)|(?P<sign>==|[.\[\]()|,?]))""",
    re.VERBOSE,
)
_Path = tuple[str, ...]
_MOST = 64  # paths of one expression


def pointers(expression: str) -> tuple[str, ...]:
    """The pointers that an expression stands for; raises ValueError, which says what in it is not read."""
    reader = _Reader(expression)
    paths = reader.paths(("",))
    reader.end()
    found = tuple(dict.fromkeys("/".join(path) for path in paths))
    if not all(found):
        raise ValueError("it stands for the whole object")
    return found


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def paths(self, above: _Path) -> list[_Path]:
        """Alternatives with commas, each a pipe of terms."""
        found = self._pipe([above])
        while self._take(","):
            found += self._pipe([above])
        if len(found) > _MOST:
            raise ValueError(f"it stands for more than {_MOST} paths")
        return found

    def end(self) -> None:
        """Nothing may be left."""
        if self._at < len(self._tokens):
            raise ValueError(f"{self._tokens[self._at]!r} is not read there")

    def _pipe(self, above: list[_Path]) -> list[_Path]:
        found = self._term(above)
        while self._take("|"):
            found = self._term(found)
        return found

    def _term(self, above: list[_Path]) -> list[_Path]:
        if self._take("("):
            if len(above) > 1:
                raise ValueError("( is not read after several paths")
            found = self.paths(above[0])
            self._need(")")
            return self._steps(found)
        if self._is_select():
            return self._steps(self._selected(above))
        self._need(".", "a path begins with a dot")
        first = self._name()
        return self._steps([(*path, first) for path in above] if first else above)

    def _steps(self, found: list[_Path]) -> list[_Path]:
        while True:
            if self._take("?"):
                continue
            if self._take("["):
                step = self._bracket()
                found = [(*path, step) for path in found]
            elif self._take("."):
                name = self._name()
                if name:
                    found = [(*path, name) for path in found]
            else:
                return found

    def _bracket(self) -> str:
        token = self._next()
        if token == "]":
            return "[*]"
        self._need("]")
        if token.startswith('"'):
            return _escaped(json.loads(token))
        if re.fullmatch(r"\d+", token):
            return token
        raise ValueError(f"[{token}] is not read: write [], an index or a name in quotes")

    def _name(self) -> str:
        token = self._peek()
        if token.startswith('"'):
            self._at += 1
            return _escaped(json.loads(token))
        if re.fullmatch(r"[A-Za-z_]\w*", token):
            self._at += 1
            return token
        return ""

    def _is_select(self) -> bool:
        if self._peek() != "select(":
            return False
        self._at += 1
        return True

    def _selected(self, above: list[_Path]) -> list[_Path]:
        if any(path[-1] != "[*]" for path in above):
            raise ValueError("select is read only after [], of the items of a list")
        choices = self._or()
        self._need(")")
        return [(*path[:-1], "[" + ",".join(choice) + "]") for path in above for choice in choices]

    def _or(self) -> list[tuple[str, ...]]:
        choices = [self._and()]
        while self._take("or"):
            choices.append(self._and())
        return choices

    def _and(self) -> tuple[str, ...]:
        found = [self._equal()]
        while self._take("and"):
            found.append(self._equal())
        return tuple(found)

    def _equal(self) -> str:
        self._need(".", "select compares a field of the item")
        name = self._name()
        self._need("==", "select is read with == alone")
        token = self._next()
        value = str(json.loads(token)) if token.startswith('"') else token
        if not name or not re.fullmatch(r"[^,=\[\]]+", value) or not (token.startswith('"') or re.fullmatch(r"-?\d+", token)):
            raise ValueError(f"select compares with a text or a number, not with {token or 'nothing'}")
        return f"{name}={value}"

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def _need(self, token: str, why: str = "") -> None:
        if not self._take(token):
            raise ValueError(f"{self._peek() or 'the end'!r} is not read there{': ' + why if why else ''}")


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text[at:].split()[0]!r} is not read")
        yield "select(" if match["select"] else match[0].strip()
        at = match.end()


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
