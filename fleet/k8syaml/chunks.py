"""Cut a file into the documents kubectl would read, before anything is parsed.

The rules are those of k8s.io/apimachinery `util/yaml` (`YAMLOrJSONDecoder`): a text that begins with `{` is tried as a
stream of JSON objects; otherwise lines that begin with `---` separate documents, and nothing but a comment may follow.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fleet.errors import YamlError
from fleet.k8syaml.scalars import as_json

_SEPARATOR = re.compile(r"^---(.*)$", re.MULTILINE)
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class DuplicateInJson(ValueError):
    """A JSON object names one key twice; the YAML reader says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The text of one document, the line it starts on, and its value where it was JSON."""

    text: str
    line: int
    is_json: bool = False
    value: Any = None


def decode(text: bytes | str, *, file: str) -> str:
    """Give the text without its byte order mark; bytes are UTF-8 unless a mark says UTF-16."""
    if isinstance(text, bytes):
        encoding = "utf-16" if text.startswith(_UTF16) else "utf-8"
        try:
            text = text.decode(encoding)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise YamlError(file=file, line=line, message=f"this is not {encoding.upper()} text") from error
    if broken := _SURROGATE.search(text):
        line = text.count("\n", 0, broken.start()) + 1
        raise YamlError(file=file, line=line, message="this is not text: it holds half a character")
    return text.removeprefix("\ufeff")


def split(text: str, *, file: str) -> Iterator[Chunk]:
    """Give each document's text in order, empty ones too; raises YamlError for what kubectl would not separate."""
    start, count = 0, 0
    while text.startswith("{", begin := _end_of_space(text, start)):
        try:
            value, end = _JSON.raw_decode(text, begin)
        except DuplicateInJson:
            value, end = None, _LENIENT.raw_decode(text, begin)[1]
            yield Chunk(text=_as_yaml(text[begin:end]), line=text.count("\n", 0, begin) + 1)
        except (ValueError, RecursionError) as error:
            if count > 1:
                raise YamlError(file=file, line=text.count("\n", 0, begin) + 1, message=f"not JSON: {error}") from error
            break  # one object or none: it may as well be YAML
        else:
            yield Chunk(text=text[begin:end], line=text.count("\n", 0, begin) + 1, is_json=True, value=value)
        start, count = end, count + 1
    if count and begin < len(text) and (count > 1 or not text.startswith("---", begin) or text[begin - 1] != "\n"):
        line = text.count("\n", 0, begin) + 1
        raise YamlError(file=file, line=line, message="after a JSON object only another, or a line `---`, may follow")
    yield from _split_yaml(text, start, file=file)


def yaml_of(chunk: Chunk) -> str:
    """Give the chunk as YAML with the same lines, also where it is JSON."""
    return _as_yaml(chunk.text) if chunk.is_json else chunk.text


def _split_yaml(text: str, start: int, *, file: str) -> Iterator[Chunk]:
    line = text.count("\n", 0, start) + 1
    for found in _SEPARATOR.finditer(text, start):
        yield Chunk(text=text[start : found.start()], line=line)
        line += text.count("\n", start, found.start())
        rest = found[1].strip()
        if rest and not (rest.startswith("#") and found[1][0].isspace()):
            message = f"nothing but a comment may follow `---` on its line: `{rest[:40]}`"
            raise YamlError(file=file, line=line, message=message)
        start = found.end()
    last = text[start:]  # kubectl's line reader ends the last line too, which a block scalar at the end can tell
    yield Chunk(text=last if last.endswith("\n") else last + "\n", line=line)


def _end_of_space(text: str, start: int) -> int:
    found = _SPACE.match(text, start)
    return found.end() if found else start


def _as_yaml(text: str) -> str:
    # YAML knows no escaped surrogate pairs and no escaped slash; neither replacement moves a line
    paired = _ESCAPED_PAIR.sub(lambda found: f"\\U{_joined(found[1], found[2]):08x}", text)
    return paired.replace("\\/", "/")


def _joined(high: str, low: str) -> int:
    return 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = {_whole(key): item for key, item in pairs}
    if len(value) != len(pairs):
        raise DuplicateInJson
    return {key: _whole(item) if type(item) is str else item for key, item in value.items()}


def _whole(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text) if not text.isascii() else text


def _number(text: str) -> Any:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is out of range")
    return as_json(value)


def _whole_number(text: str) -> Any:
    return as_json(int(text)) if len(text) < 20 else _number(text) if len(text) > 25 else as_json(int(text))


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_whole_number, parse_constant=_refuse)
_LENIENT = json.JSONDecoder(parse_int=_whole_number, parse_constant=_refuse)
