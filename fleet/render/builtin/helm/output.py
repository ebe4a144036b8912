"""From what Helm gave, by template, to one text per object with the line it came from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from fleet.hooks import RenderedFile
from fleet.model.charts import LOCK
from fleet.model.manifest import Origin

# As Helm splits: a line that begins with ---, whatever follows it.
_SEPARATOR = re.compile(r"(?:^|\s*\n)---\s*")
_KIND = re.compile(r"^kind:[ \t]*[\"']?([A-Za-z0-9]+)", re.MULTILINE)
_HOOK = re.compile(r"^[ \t]*[\"']?helm\.sh/hook[\"']?[ \t]*:[ \t]*([^\n#]*)", re.MULTILINE)
_HOOK_INSIDE = re.compile(r"[\"']?helm\.sh/hook[\"']?[ \t]*:[ \t]*(\"[^\"]*\"|'[^']*'|[^,}\n]*)")

_TESTS = frozenset({"test", "test-success"})
# The events at which Helm runs a hook; an object of any other is no part of a release.
_EVENTS = _TESTS | frozenset(
    f"{when}-{what}" for when in ("pre", "post") for what in ("install", "upgrade", "delete", "rollback")
)


def objects(texts: Mapping[str, str], sources: Sources, *, skip_tests: bool) -> list[RenderedFile]:
    """Split each template's text into objects, in order of path; notes and what is no part of a release are left out."""
    found = []
    for path, text in sorted(texts.items()):
        if path.endswith("NOTES.txt"):
            continue
        source = sources.of(path)
        for document in _documents(text):
            events = _events(document)
            if events - _EVENTS or (skip_tests and events & _TESTS):
                continue
            found.append(RenderedFile(text=document, origin=source.origin(document)))
    return found


class Sources:
    """Where the templates of a chart stand in the repository."""

    def __init__(self, root: str, files: Mapping[str, bytes], places: Mapping[str, str]) -> None:
        self._root = root
        self._files = files
        self._places = places

    def of(self, path: str) -> Source:
        """The template at a path that begins with the chart's name, or the archive it is in."""
        inside = path.partition("/")[2]
        if inside in self._files and inside in self._places:
            return Source(self._places[inside], self._files[inside].decode("utf-8", "replace"))
        name = inside.removeprefix("charts/").partition("/")[0]
        archives = (each for each in self._files if each.startswith(f"charts/{name}-") and each.endswith(".tgz"))
        return Source(self._places.get(next(archives, "Chart.yaml"), LOCK), "")


class Source:
    """One template, and how many objects of each kind came from it so far."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines: dict[str, list[int]] = {}
        self._seen: Counter[str] = Counter()
        for found in _KIND.finditer(text):
            self._lines.setdefault(found[1], []).append(_begin(text, found.start()))

    def origin(self, document: str) -> Origin:
        """Where the template says this object: the next place with its kind, or its only one, many times."""
        found = _KIND.search(document)
        kind = found[1] if found else ""
        lines = self._lines.get(kind, [1])
        self._seen[kind] += 1
        return Origin(self._file, lines[min(self._seen[kind], len(lines)) - 1])


def _begin(text: str, at: int) -> int:
    line = text.count("\n", 0, at) + 1
    above = text[:at].rstrip("\n").rpartition("\n")[2]
    return line - 1 if above.startswith("apiVersion:") else line


def _documents(text: str) -> Iterator[str]:
    for document in _SEPARATOR.split(text.lstrip()):
        plain = _headless(document)
        if plain:
            yield plain


def _headless(document: str) -> str:
    """Leave out comments and empty lines in front, so that the first line is the object's."""
    lines = document.splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    return "".join(lines[first:])


def _events(document: str) -> frozenset[str]:
    if "helm.sh/hook" not in document:
        return frozenset()
    found = _HOOK.search(document) or _HOOK_INSIDE.search(document)
    said = found[1].strip().strip("\"'") if found else ""
    return frozenset(word.strip().lower() for word in said.split(",") if word.strip())
