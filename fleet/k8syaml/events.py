"""libyaml's event stream for one document, with errors of ours and depth bounded.

The stream is flat: libyaml keeps its own state on the heap, so no nesting can overflow a stack, and reading stops at
the event that is too deep. PyYAML's composer and constructors recurse, and would crash the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from fleet.errors import YamlError
from fleet.k8syaml.limits import exceeded

_AFTER_END = "text after the end of the document; is it indented too little, or is a `---` missing?"
_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)
_FRAMING = (StreamStartEvent, DocumentStartEvent, DocumentEndEvent, StreamEndEvent)


def events(text: str, first_line: int, *, file: str, max_depth: int) -> Iterator[Any]:
    """Give the events of the one document in `text`, without those of stream and document.

    Raises YamlError where the text is no YAML, is more than one document, or nests too deep.
    """
    parser = CParser(text)
    depth, ended = 0, False
    while True:
        event = _next(parser, first_line, file, ended=ended)
        kind = type(event)
        if kind in _STARTS:
            depth += 1
            if depth > max_depth:
                raise exceeded("max_depth", max_depth, file=file, line=first_line + event.start_mark.line)
        elif kind in _ENDS:
            depth -= 1
        elif kind in _FRAMING:
            if kind is StreamEndEvent:
                return
            if kind is DocumentStartEvent and ended:
                raise YamlError(file=file, line=first_line + event.start_mark.line, message=_AFTER_END)
            ended = ended or kind is DocumentEndEvent
            continue
        yield event


def _next(parser: CParser, first_line: int, file: str, *, ended: bool) -> Any:
    try:
        return parser.get_event()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        problem = " ".join(part for part in (error.context, error.problem) if part)
        after = ended or problem == "did not find expected <document start>"
        message = _AFTER_END if after else f"this is not YAML: {problem}"
        raise YamlError(file=file, line=line, message=message) from error
    except yaml.reader.ReaderError as error:
        raise YamlError(file=file, line=first_line, message=f"this is not YAML: {error.reason}") from error
