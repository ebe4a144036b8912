"""Build a document's JSON value from its events, counting values and alias copies while they grow."""

from __future__ import annotations

import marshal
import re
from typing import Any

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from fleet.errors import DuplicateKey, YamlError
from fleet.k8syaml.events import events
from fleet.k8syaml.limits import Limits, exceeded
from fleet.k8syaml.scalars import MERGE, Scalar, as_json, as_key, plain, tagged

_ESCAPED_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")
_NO_KEY: Any = object()
_MERGE: Any = object()
_MERGE_WANTS = "`<<` wants a mapping or a list of mappings"


class Budget:
    """What is left of one file's limits while its documents are read."""

    __slots__ = ("alias_values", "file", "limits", "values")

    def __init__(self, *, file: str, limits: Limits) -> None:
        self.file = file
        self.limits = limits
        self.values = 0
        self.alias_values = 0

    def count_json(self, value: Any, *, line: int) -> None:
        """Count an already parsed JSON value, and its depth, without recursion."""
        depth, level = 0, [value]
        while level:
            self.values += len(level)
            self.limits.check("max_values", self.values, file=self.file, line=line)
            inner: list[Any] = []
            for item in level:
                if isinstance(item, dict | list):
                    inner.extend(item.values() if isinstance(item, dict) else item)
            depth += any(isinstance(item, dict | list) for item in level)
            self.limits.check("max_depth", depth, file=self.file, line=line)
            level = inner

    def count_copy(self, size: int, *, line: int) -> None:
        """Count an alias before it is copied."""
        self.alias_values += size
        self.values += size
        self.limits.check("max_alias_values", self.alias_values, file=self.file, line=line)
        self.limits.check("max_values", self.values, file=self.file, line=line)


class _Frame:
    """A mapping or sequence that is not finished yet."""

    __slots__ = ("anchor", "height", "is_flow", "is_map", "key", "key_lines", "line", "value", "values_before")

    def __init__(self, value: Any, anchor: str | None, line: int, values_before: int) -> None:
        self.value = value
        self.is_map = type(value) is dict
        self.is_flow = False
        self.anchor = anchor
        self.line = line
        self.values_before = values_before
        self.height = 1
        self.key: Any = _NO_KEY
        self.key_lines: dict[str, int] = {}  # only of keys that stand here, not of merged ones

    def wants_key(self) -> bool:
        return self.is_map and self.key is _NO_KEY


class _Anchored:
    """What an anchor stands for: a scalar as YAML means it or a finished value, how many values and how deep."""

    __slots__ = ("height", "size", "value")

    def __init__(self, value: Any, size: int, height: int) -> None:
        self.value = value
        self.size = size
        self.height = height


def build(text: str, first_line: int, budget: Budget) -> tuple[Any, int]:
    """Read one document's text, which starts on `first_line` of the file; gives its value and its first node's line.

    Nothing but comments is None on the first line.
    """
    builder = _Builder(text, first_line, budget)
    handlers = {
        ScalarEvent: builder.scalar,
        MappingStartEvent: builder.start,
        SequenceStartEvent: builder.start,
        MappingEndEvent: builder.end,
        SequenceEndEvent: builder.end,
        AliasEvent: builder.alias,
    }
    begins = 0
    for event in events(text, first_line, file=budget.file, max_depth=budget.limits.max_depth):
        builder.line = first_line + event.start_mark.line
        begins = begins or builder.line
        handlers[type(event)](event)
    return builder.result, begins or first_line


class _Builder:
    """The unfinished mappings and sequences around the event in hand."""

    def __init__(self, text: str, first_line: int, budget: Budget) -> None:
        self.text = text
        self.is_odd = "\\/" in text or "?" in text
        self.budget = budget
        self.max_values = budget.limits.max_values
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Anchored | _Frame] = {}
        self.result: Any = None
        self.line = first_line  # of the event in hand

    def scalar(self, event: Any) -> None:
        self._count()
        frame = self.stack[-1] if self.stack else None
        wants_key = frame is not None and frame.is_map and frame.key is _NO_KEY
        text, tag = event.value, event.tag
        if frame is not None and wants_key and text == "<<" and (tag == MERGE or event.implicit[0]):
            frame.key = _MERGE
            return
        if tag is not None or self.is_odd:
            self._refuse_what_go_refuses(event)
        value = self._meaning(text, tag, plain_style=not event.style)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(value, 1, 0)
        if frame is not None and wants_key:
            self._set_key(frame, value)
        else:
            self._put(value if type(value) is str else self._json(value))

    def start(self, event: Any) -> None:
        self._count()
        if self.stack and self.stack[-1].wants_key():
            raise self._error("a mapping or a list cannot be a key")
        value: Any = {} if type(event) is MappingStartEvent else []
        frame = _Frame(value, event.anchor, self.line, self.budget.values - 1)
        frame.is_flow = event.flow_style
        if event.anchor is not None:
            self.anchors[event.anchor] = frame
        self.stack.append(frame)

    def end(self, _event: Any) -> None:
        frame = self.stack.pop()
        if self.stack:
            self.stack[-1].height = max(self.stack[-1].height, frame.height + 1)
        if frame.anchor is not None and self.anchors[frame.anchor] is frame:
            size = self.budget.values - frame.values_before
            self.anchors[frame.anchor] = _Anchored(frame.value, size, frame.height)
        self._put(frame.value)

    def alias(self, event: Any) -> None:
        target = self.anchors.get(event.anchor)
        if target is None:
            raise self._error(f"there is no anchor `{event.anchor}` above this alias")
        if isinstance(target, _Frame):
            raise self._error(f"the anchor `{event.anchor}` contains itself")
        self.budget.count_copy(target.size, line=self.line)
        self.budget.limits.check("max_depth", len(self.stack) + target.height, file=self.budget.file, line=self.line)
        if self.stack and self.stack[-1].wants_key():
            self._set_key(self.stack[-1], target.value)
            return
        if not self.stack:
            raise self._error("a document cannot be an alias")
        self._put_alias(self.stack[-1], target)

    def _put_alias(self, frame: _Frame, target: _Anchored) -> None:
        if frame.key is _MERGE and type(target.value) is not dict:
            raise self._error(_MERGE_WANTS)  # go-yaml follows an alias to a mapping, not one to a list of mappings
        if target.height == 0:
            self._put(self._json(target.value))
            return
        frame.height = max(frame.height, target.height + 1)
        self._put(marshal.loads(marshal.dumps(target.value)))  # noqa: S302 - a copy of our own value, in C

    def _set_key(self, frame: _Frame, value: Any) -> None:
        if isinstance(value, dict | list):
            raise self._error("a mapping or a list cannot be a key")
        key = value if type(value) is str else self._key(value)
        if key in frame.key_lines:
            raise DuplicateKey(file=self.budget.file, line=self.line, key=key, first=frame.key_lines[key])
        frame.key_lines[key] = self.line
        frame.key = key

    def _put(self, value: Any) -> None:
        if not self.stack:
            self.result = value
            return
        frame = self.stack[-1]
        if not frame.is_map:
            frame.value.append(value)
            return
        key, frame.key = frame.key, _NO_KEY
        if key is _MERGE:
            self._merge(frame, value)
        else:
            frame.value[key] = value

    def _merge(self, frame: _Frame, value: Any) -> None:
        # go-yaml v2 merges where `<<` stands: later keys win over it, and it wins over earlier ones; of a list, the
        # first mapping wins
        sources = [value] if isinstance(value, dict) else list(reversed(value)) if isinstance(value, list) else [None]
        for source in sources:
            if not isinstance(source, dict):
                raise self._error(_MERGE_WANTS)
            frame.value.update(source)

    def _count(self) -> None:
        self.budget.values += 1
        if self.budget.values > self.max_values:
            raise exceeded("max_values", self.max_values, file=self.budget.file, line=self.line)

    def _meaning(self, text: str, tag: str | None, *, plain_style: bool) -> Scalar:
        if tag is None:
            return plain(text) if plain_style else text
        try:
            return tagged(text, tag)
        except ValueError as error:
            raise self._error(str(error)) from error

    def _refuse_what_go_refuses(self, event: Any) -> None:
        # libyaml reads a little more than go-yaml, which was made from an older version of it
        if event.style == '"' and "/" in event.value and _ESCAPED_SLASH.search(self._written(event)):
            raise self._error("YAML knows no escape `\\/`; only JSON does")
        if event.style:
            return
        if "?" in event.value and self.stack and self.stack[-1].is_flow:
            raise self._error("kubectl reads no `?` in an unquoted text within [] or {}; quote it")
        written = "" if event.value else self._written(event)
        if written[:1] == "!" and " " not in written and self.text[event.end_mark.index] == ",":
            raise self._error("a tag must be followed by a space: kubectl takes the comma for a part of it")

    def _written(self, event: Any) -> str:
        return self.text[event.start_mark.index : event.end_mark.index]

    def _json(self, value: Scalar) -> Scalar:
        try:
            return as_json(value)
        except ValueError as error:
            raise self._error(str(error)) from error

    def _key(self, value: Scalar) -> str:
        try:
            return as_key(value)
        except ValueError as error:
            raise self._error(str(error)) from error

    def _error(self, message: str) -> YamlError:
        return YamlError(file=self.budget.file, line=self.line, message=message)
