"""Where each object of a build came from: kustomize's own origin annotation, read and taken off again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ANNOTATION = "config.kubernetes.io/origin"

_SEPARATOR = re.compile(r"^---[ \t]*$\n?", re.MULTILINE)
_KIND = re.compile(r"kind:[ \t]*[\"']?([^\s\"'#,]+)")
_NAME = re.compile(r"\bname:[ \t]*[\"']?([^\s\"'#,}]+)")
_CONTENT = re.compile(r"^(?![ \t]*(?:#|$)).", re.MULTILINE)

# Adding an annotation could change what a build gives where something looks at annotations as a whole: a JSON patch, a
# replacement, a variable. There, objects are said to come from the kustomization, rather than risk another result.
_LOOKS_AT_ANNOTATIONS = re.compile(
    rb"metadata[./]annotations|/metadata[\"']?\s*[,}\r\n]|(?:fieldPaths?|fieldpath)[\"']?:\s*[\"'\[]*\s*metadata\s*[\"',\]}\r\n]"
)


@dataclass(frozen=True, slots=True)
class Traced:
    """One object's text, and the file it came from as kustomize says it (from the build's directory); empty if it does not."""

    text: str
    file: str


def may_trace(*, steering: Iterator[bytes], resources: Iterator[bytes]) -> bool:
    """Tell whether asking for origins cannot change anything else of the result."""
    own = ANNOTATION.encode()
    if any(own in text for text in resources):
        return False
    return not any(own in text or _LOOKS_AT_ANNOTATIONS.search(text) for text in steering)


def objects(output: str) -> list[str]:
    """Cut a build's output into objects. Every object is a block mapping, so no line of its own starts with `---`."""
    return [text for text in _SEPARATOR.split(output) if text.strip()]


def traced(text: str, *, directory: str) -> Traced:
    """Take the origin annotation off an object's text, as kustomize writes it: two spaces a level, keys sorted."""
    lines = text.splitlines(keepends=True)
    start, end = _block(lines, 0, len(lines), "metadata:", indent=0)
    top, bottom = _block(lines, start, end, "annotations:", indent=2)
    first, last = _block(lines, top, bottom, f"{ANNOTATION}:", indent=4)
    if first == last:
        return Traced(text, "")
    said = dict(line.strip().split(": ", 1) for line in lines[first:last] if ": " in line)
    alone = first - 1 == top and last == bottom
    del lines[(top - 1 if alone else first - 1) : last]
    file = said.get("path") or said.get("configuredIn") or ""
    return Traced("".join(lines), posixpath.normpath(posixpath.join(directory, file)) if file else "")


def line_in(text: str, *, kind: str, name: str) -> int:
    """Find the line where a file says the object of this kind whose name a build made into `name`; 1 when it is not found.

    Prefixes, suffixes and hashes are around the name the file says, so the longest name contained in `name` is meant.
    """
    best, line = -1, 1
    for start, chunk in _chunks(text):
        kind_here, name_here = identity(chunk)
        content = _CONTENT.search(chunk)
        if content is not None and kind_here == kind and name_here in name and len(name_here) > best:
            best, line = len(name_here), start + chunk.count("\n", 0, content.start())
    return line


def identity(text: str) -> tuple[str, str]:
    """Give kind and name of an object's text, as far as they can be seen without parsing it."""
    kind = name = ""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if found := _KIND.match(line):
            kind = found[1]
        elif line.startswith("metadata:"):
            name = _name_in(line, lines[number + 1 :])
    return kind, name


def _name_in(head: str, rest: Iterable[str]) -> str:
    """Find the name in `metadata: {…}` itself, or among the lines of the first indentation below."""
    if found := _NAME.search(head):
        return found[1]
    indent = 0
    for line in rest:
        here = len(line) - len(line.lstrip(" "))
        if not line.strip():
            continue
        if not here:
            return ""
        indent = indent or here
        if here == indent and (found := _NAME.match(line, here)):
            return found[1]
    return ""


def _block(lines: list[str], start: int, end: int, head: str, *, indent: int) -> tuple[int, int]:
    """Find the lines inside the key `head` at an indentation, as [first, last); an empty range if it is not there."""
    prefix = " " * indent + head
    for number in range(start, end):
        if lines[number].startswith(prefix):
            return number + 1, next((each for each in range(number + 1, end) if not _deeper(lines[each], indent)), end)
    return end, end


def _deeper(line: str, indent: int) -> bool:
    return not line.strip() or len(line) - len(line.lstrip(" ")) > indent


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Give each document's text with the line it starts on."""
    line, start = 1, 0
    for found in re.finditer(r"^---.*$\n?", text, re.MULTILINE):
        yield line, text[start : found.start()]
        line += text.count("\n", start, found.end())
        start = found.end()
    yield line, text[start:]
