"""The files of a Revision with parsed access: each blob is parsed once, within limits."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

from fleet.errors import YamlError
from fleet.k8syaml import DEFAULT, Document, Limits, line_of, load_documents
from fleet.model.revision import Entry, EntryKind, Tree

_Parsed = tuple[Document, ...] | YamlError


class ParsedBlobs:
    """What was parsed lately, by git id; shared by all trees and threads of a process.

    Bounded by the text it was parsed from: the values take about ten times that.
    """

    def __init__(self, *, limits: Limits = DEFAULT, max_bytes: int = 16 * 1024 * 1024) -> None:
        self.limits = limits
        self.parsed = 0
        """How many texts were parsed, ever."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[_Parsed, int]] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, blob: str, path: str) -> tuple[Document, ...] | None:
        """The documents of a blob that was parsed, under this path's name; raises what parsing it raised."""
        with self._lock:
            found = self._kept.get(blob)
            if found is None:
                return None
            self._kept.move_to_end(blob)
        return _named(found[0], path)

    def parse(self, text: bytes, *, path: str, blob: str = "") -> tuple[Document, ...]:
        """Parse a text and keep what comes out under its git id, where it has one; a YamlError is kept too."""
        parsed: _Parsed
        try:
            parsed = load_documents(text, file=path, limits=self.limits)
        except YamlError as error:
            parsed = error
        self._keep(blob, parsed, len(text))
        return _named(parsed, path)

    def _keep(self, blob: str, parsed: _Parsed, size: int) -> None:
        with self._lock:
            self.parsed += 1
            if not blob or blob in self._kept:
                return
            self._kept[blob] = (parsed, size)
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._bytes -= self._kept.popitem(last=False)[1][1]


class LimitedTree:
    """A `hooks.SourceTree` over any Tree."""

    def __init__(self, tree: Tree, blobs: ParsedBlobs | None = None) -> None:
        self._tree = tree
        self.blobs = blobs or ParsedBlobs()

    def entry(self, path: str) -> Entry | None:
        """What stands at a path, or None."""
        return self._tree.entry(path)

    def children(self, path: str) -> tuple[Entry, ...]:
        """The entries directly in a directory, sorted by name."""
        return self._tree.children(path)

    def walk(self, path: str) -> Iterator[Entry]:
        """All entries below a directory that are not directories, in order of path."""
        return self._tree.walk(path)

    def read(self, path: str) -> bytes:
        """The content of a file."""
        return self._tree.read(path)

    def real(self, path: str) -> str:
        """Where a path really stands, symbolic links followed."""
        return self._tree.real(path)

    def files(self, path: str) -> tuple[Entry, ...]:
        """The files directly in a directory, sorted by name."""
        return tuple(entry for entry in self._tree.children(path) if entry.kind is EntryKind.FILE)

    def documents(self, path: str) -> tuple[Document, ...]:
        """The documents of a file; raises YamlError with file and line, and what `read` raises."""
        entry = self._tree.entry(path)
        blob = entry.id if entry is not None and entry.kind is EntryKind.FILE else ""
        known = self.blobs.look(blob, path)
        return known if known is not None else self.blobs.parse(self._tree.read(path), path=path, blob=blob)

    def line_of(self, document: Document, pointer: str) -> int:
        """The line of a field of a document of this tree; reads the text once more."""
        text = self._tree.read(document.file)
        return line_of(text, index=document.index, pointer=document.pointer + pointer, limits=self.blobs.limits)


def _named(parsed: _Parsed, path: str) -> tuple[Document, ...]:
    """Say a result in the name of a path: one blob may stand at several."""
    if isinstance(parsed, YamlError):
        raise type(parsed)(**{**parsed.facts, "file": path})
    if not parsed or parsed[0].file == path:
        return parsed
    return tuple(replace(document, file=path) for document in parsed)
