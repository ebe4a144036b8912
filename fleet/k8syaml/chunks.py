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
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _OutOfRange(ValueError):
    """A JSON number that no 64 bit float can hold: kubectl does not try such a text as YAML."""


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
        line = text.count("\n", 0, begin) + 1
        try:
            value, end, twice = _json_at(text, begin)
        except _OutOfRange as error:
            raise YamlError(file=file, line=line, message=f"in this JSON {error}") from error
        except (ValueError, RecursionError) as error:
            if count > 1:
                raise YamlError(file=file, line=line, message=f"not JSON: {error}") from error
            break  # one object or none: it may as well be YAML
        if twice:
            yield Chunk(text=_as_yaml(text[begin:end]), line=line)
        else:
            yield Chunk(text=text[begin:end], line=line, is_json=True, value=value)
        start, count = end, count + 1
    if count > 1 and begin < len(text):
        line = text.count("\n", 0, begin) + 1
        raise YamlError(file=file, line=line, message="after several JSON objects only another may follow")
    start = begin if count else 0  # YAML may go on behind one JSON object, even on its line
    yield from _split_yaml(text[start:], text.count("\n", 0, start) + 1, file=file)


def _json_at(text: str, begin: int) -> tuple[Any, int, bool]:
    """The JSON value that begins there, where it ends, and whether it has a key twice; raises ValueError."""
    try:
        value, end = _JSON.raw_decode(text, begin)
        return (_whole(value) if "\\u" in text else value), end, False
    except DuplicateInJson:
        return *_LENIENT.raw_decode(text, begin), True
    except _OutOfRange:
        _LENIENT.raw_decode(text, begin)  # what is no JSON further on either is YAML, and the number a text
        raise


def yaml_of(chunk: Chunk) -> str:
    """Give the chunk as YAML with the same lines, also where it is JSON."""
    return _as_yaml(chunk.text) if chunk.is_json else chunk.text


def _split_yaml(text: str, line: int, *, file: str) -> Iterator[Chunk]:
    if "\r\r\n" in text:
        text = text.replace("\r\n", "\n")  # as kubectl's line reader does; elsewhere it makes no difference
    start = 0
    for found in _SEPARATOR.finditer(text):
        yield _chunk(text[start : found.start()], line)
        line += text.count("\n", start, found.start())
        rest = found[1].strip(" \t\r\v\f")
        if rest and (rest[0] != "#" or found[1][0] == "#"):  # kubectl takes `---#` for a separator, but not in line 1
            message = f"nothing but a space and a comment may follow `---` on its line: `{rest[:40]}`"
            raise YamlError(file=file, line=line, message=message)
        start = found.end()
    last = text[start:]  # kubectl's line reader ends the last line too, which a block scalar at the end can tell
    yield _chunk(last if last.endswith("\n") else last + "\n", line)


def _chunk(text: str, line: int) -> Chunk:
    # Files that were put together by `cat` have byte order marks within; each begins a document
    return Chunk(text="\n" + text[2:] if text.startswith("\n\ufeff") else text, line=line)


def _end_of_space(text: str, start: int) -> int:
    found = _SPACE.match(text, start)
    return found.end() if found else start


def _as_yaml(text: str) -> str:
    # YAML knows no escaped surrogate pairs and no escaped slash; neither replacement moves a line
    paired = _ESCAPED_PAIR.sub(lambda found: f"\\U{_joined(found[1], found[2]):08x}", text)
    return _ESCAPED_HALF.sub(r"\\ufffd", paired).replace("\\/", "/")


def _joined(high: str, low: str) -> int:
    return 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise DuplicateInJson
    return value


def _whole(value: Any) -> Any:
    """Replace halves of characters, which only escapes can write, as Go does."""
    if type(value) is str:
        return _SURROGATE.sub("\ufffd", value)
    if type(value) is list:
        return [_whole(item) for item in value]
    if type(value) is dict:
        return _object([(_whole(key), _whole(item)) for key, item in value.items()])
    return value


def _number(text: str) -> Any:
    value = float(text)
    if not math.isfinite(value):
        raise _OutOfRange(f"the number {text[:40]} is out of range")
    return as_json(value)


def _whole_number(text: str) -> Any:
    return as_json(int(text)) if len(text) < 20 else _number(text) if len(text) > 25 else as_json(int(text))


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_int=_whole_number, parse_constant=_refuse)
_LENIENT = json.JSONDecoder(parse_int=_whole_number, parse_constant=_refuse)
