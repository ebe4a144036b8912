"""Write JSON values as YAML for people, so that any reader of either dialect reads the same values back."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from fleet.k8syaml.scalars import plain

# Beyond go-yaml's own rules: what YAML 1.2 or PyYAML take for a number, a date, base 60, a merge or a default value
_ELSEWHERE = re.compile(r"[-+.]?\d[\d_:.,eExXoO+\-TtZ ]*\Z|=\Z|<<\Z|[-+.]*(inf|nan)\Z|0[xob]\w*\Z", re.IGNORECASE)
_NEEDS_ESCAPES = re.compile("[^\\n\\x20-\\x7e\xa0-\\u2027\\u2030-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]")
_NO_BLOCK = re.compile(r"\A[\n ]|[ \t]\n|[ \t]\Z|\A---|\n---")  # block style would lose or misread these
_WIDTH = 1 << 30  # never fold a line: a folded string is hard to search for


def dump(documents: Iterable[Any]) -> str:
    """Write JSON values as documents separated by `---`, keys in their given order; no infinities, as in JSON.

    What `load_documents` and kubectl read from it equals what was given; strings that any dialect would take for
    something else are quoted, those of several lines are written as blocks.
    """
    return "---\n".join(_text(document) for document in documents)


def _text(document: Any) -> str:
    text: str = yaml.emit(_events(document), Dumper=yaml.CSafeDumper, width=_WIDTH, allow_unicode=True)
    return text


def _events(document: Any) -> Iterator[Event]:
    yield StreamStartEvent()
    yield DocumentStartEvent(explicit=False)
    yield from _node(document)
    yield DocumentEndEvent(explicit=False)
    yield StreamEndEvent()


def _node(value: Any) -> Iterator[Event]:
    if isinstance(value, dict):
        yield MappingStartEvent(None, None, implicit=True, flow_style=False)
        for key, item in value.items():
            yield from _node(key)
            yield from _node(item)
        yield MappingEndEvent()
    elif isinstance(value, list | tuple):
        yield SequenceStartEvent(None, None, implicit=True, flow_style=False)
        for item in value:
            yield from _node(item)
        yield SequenceEndEvent()
    else:
        text, style = _scalar(value)
        yield ScalarEvent(None, None, implicit=(style is None, True), value=text, style=style)


def _scalar(value: Any) -> tuple[str, str | None]:
    if isinstance(value, str):
        return value, _style(value)
    if value is None:
        return "null", None
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"a {type(value).__name__} that is no JSON cannot be written")
    return repr(value), None


def _style(text: str) -> str | None:
    if _NEEDS_ESCAPES.search(text):
        return '"'
    if "\n" in text:
        return '"' if _NO_BLOCK.search(text) else "|"
    if not isinstance(plain(text), str) or _ELSEWHERE.match(text) or text.startswith("---"):
        return '"'
    return "'" if not text or text[0] in "?:-" or text != text.strip() else None
