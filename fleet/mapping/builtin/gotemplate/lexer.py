"""A template's text → pieces of text, and the words of its actions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.errors import TemplateFailed

_OPEN, _CLOSE = "{{", "}}"
_SPACE = " \t\r\n"
_COMMENT, _COMMENT_END = "/*", "*/"
_WORD = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<declare>:=)|(?P<assign>=)|(?P<pipe>\|)|(?P<comma>,)|(?P<open>\()|(?P<close>\))
    |(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<raw>`[^`]*`)|(?P<char>'(?:[^'\\\n]|\\.)+')
    |(?P<variable>\$\w*)|(?P<field>\.[^\W\d]\w*)
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?))
    |(?P<dot>\.)|(?P<name>[^\W\d]\w*)""",
    re.VERBOSE,
)
_ENDED = frozenset({"variable", "field", "dot", "name", "number"})
"""Words that must end where something else begins: a space, a bracket, a pipe, a comma, another field."""
KEYWORDS = frozenset({"if", "else", "end", "range", "with", "break", "continue", "define", "template", "block"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an action; `kind` is a group of the pattern above, `keyword`, or `end` behind the last."""

    kind: str
    text: str
    line: int
    spaced: bool
    """Whether space stands before it."""


@dataclass(frozen=True, slots=True)
class Action:
    """What stands between `{{` and `}}`."""

    words: tuple[Word, ...]
    line: int


def pieces(template: str) -> Iterator[str | Action]:
    """Take a template apart, its trim marks already obeyed."""
    at, trim = 0, False
    while True:
        start = template.find(_OPEN, at)
        text = template[at:] if start < 0 else template[at:start]
        if trim:
            text = text.lstrip(_SPACE)
        if start < 0:
            if text:
                yield text
            return
        at = start + len(_OPEN)
        if template.startswith("-", at) and template[at + 1 : at + 2] in tuple(_SPACE):
            text, at = text.rstrip(_SPACE), at + 2
        if text:
            yield text
        line = template.count("\n", 0, start) + 1
        if template.startswith(_COMMENT, at):
            at, trim = _comment(template, at, line)
            continue
        words, at, trim = _words(template, at, line)
        yield Action(words, line)


def _comment(template: str, at: int, line: int) -> tuple[int, bool]:
    end = template.find(_COMMENT_END, at)
    if end < 0:
        raise TemplateFailed(reason=f"line {line}: a comment is not closed")
    closed = _closing(template, end + len(_COMMENT_END))
    if closed is None:
        raise TemplateFailed(reason=f"line {line}: a comment ends before its action does")
    return closed


def _closing(template: str, at: int) -> tuple[int, bool] | None:
    """Where the text goes on, and whether it is trimmed, when an action ends here."""
    if template.startswith(_CLOSE, at):
        return at + len(_CLOSE), False
    if template[at : at + 1] in tuple(_SPACE) and template.startswith("-" + _CLOSE, at + 1):
        return at + 2 + len(_CLOSE), True
    return None


def _words(template: str, at: int, line: int) -> tuple[tuple[Word, ...], int, bool]:
    words: list[Word] = []
    spaced = False
    while (closed := _closing(template, at)) is None:
        match = _WORD.match(template, at)
        if match is None or match.lastgroup is None:
            what = "an action is not closed" if at >= len(template) else f"unexpected {template[at]!r} in an action"
            raise TemplateFailed(reason=f"line {line}: {what}")
        kind, text, at = match.lastgroup, match.group(), match.end()
        if kind != "space":
            if kind in _ENDED and not _ends(template, at):
                raise TemplateFailed(reason=f"line {line}: unexpected {template[at]!r} after {text}")
            words.append(Word("keyword" if kind == "name" and text in KEYWORDS else kind, text, line, spaced))
        spaced = kind == "space"
        line += text.count("\n")
    words.append(Word("end", "}}", line, spaced))
    return tuple(words), *closed


def _ends(template: str, at: int) -> bool:
    after = template[at : at + 1]
    return after in tuple(_SPACE) or after in (".", ",", "|", ":", "=", "(", ")", "") or template.startswith(_CLOSE, at)
