"""Renders that were made already: on disk by Fingerprint, and the latest in memory."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import orjson

from fleet.errors import LocatedError, RenderError
from fleet.k8syaml import Document
from fleet.model.manifest import Rendered, RenderFailed

FORMAT = "fleet-render-1"
"""Stands in every file: an entry of another format is rendered again. It grows when the format does."""

_FIELDS = ("value", "file", "line", "index", "pointer")
_KEEP = 0.9  # of the size after trimming, so that a full cache is not trimmed at every entry
_COUNT = 0.1  # of the size that is written before all of it is counted again


class DiskCache:
    """One file per Fingerprint with the documents its renderer gave, all of them; a failed render is never here.

    They are as the renderer wrote them: what is made of them, and what is wrong with them, is found anew at every start.

    A file is written beside its place and renamed into it, and starts with a hash of the rest: what a crash or a full disk
    leaves is not an entry. Reading touches a file; the longest untouched go first. All methods block, in any thread.

    Other processes may write to the directory too: its size is counted anew after each tenth of the bound written here.
    """

    def __init__(self, directory: Path | None, *, max_bytes: int) -> None:
        self._directory = directory
        self._max_bytes = max_bytes
        self._room = 0  # bytes that may be written before the size is counted again
        self._lock = threading.Lock()

    def holds(self, fingerprint: str) -> bool:
        """Whether there is an entry, whole or not; far cheaper than to read it."""
        return self._directory is not None and self._path(self._directory, fingerprint).exists()

    def get(self, fingerprint: str) -> tuple[Document, ...] | None:
        """The documents of a Fingerprint; None when there is no whole entry."""
        if self._directory is None:
            return None
        path = self._path(self._directory, fingerprint)
        try:
            head, _, payload = path.read_bytes().partition(b"\n")
            os.utime(path)
        except OSError:
            return None
        if head != _head(fingerprint, payload):
            return None
        return tuple(Document(**dict(zip(_FIELDS, row, strict=True))) for row in orjson.loads(payload))

    def put(self, fingerprint: str, documents: Iterable[Document]) -> None:
        """Keep all documents of a render. A disk that cannot take them costs a render later, nothing else."""
        if self._directory is None:
            return
        payload = orjson.dumps([[getattr(document, name) for name in _FIELDS] for document in documents])
        with suppress(OSError):
            size = _write(self._path(self._directory, fingerprint), _head(fingerprint, payload) + b"\n" + payload)
            self._grow(self._directory, size)

    def _grow(self, directory: Path, size: int) -> None:
        with self._lock:
            self._room -= size
            if self._room < 0:
                held = self._trim(directory)
                self._room = int(min(self._max_bytes * _COUNT, self._max_bytes - held))

    def _trim(self, directory: Path) -> int:
        """Remove the longest untouched, if there is too much; give how much there is."""
        entries = sorted(_entries(directory), key=lambda entry: entry.used)
        held = sum(entry.size for entry in entries)
        if held <= self._max_bytes:
            return held
        for entry in entries:
            if held <= self._max_bytes * _KEEP:
                break
            with suppress(OSError):
                entry.path.unlink()
            held -= entry.size
        return held

    @staticmethod
    def _path(directory: Path, fingerprint: str) -> Path:
        return directory / fingerprint[:2] / fingerprint


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    size: int
    used: int


def _entries(directory: Path) -> Iterator[_Entry]:
    """Every file, also one that a crash left half written: it is trimmed like the others."""
    for path in directory.glob("??/*"):
        with suppress(OSError):
            status = path.stat()
            yield _Entry(path, status.st_size, status.st_mtime_ns)


def _head(fingerprint: str, payload: bytes) -> bytes:
    return f"{FORMAT} {fingerprint} {hashlib.sha256(payload).hexdigest()}".encode()


def _write(path: Path, content: bytes) -> int:
    # A name that nobody else writes to now, without asking the file system for one: a commit may change a thousand renders.
    temporary = path.with_name(f"new-{os.getpid()}-{threading.get_ident()}")
    try:
        try:
            _fill(temporary, content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _fill(temporary, content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return len(content)


def _fill(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


Result = TypeVar("Result", bound=Rendered | RenderFailed)


class MemoryCache(Generic[Result]):
    """The latest results, bounded by how many objects they hold; a failure for a passing reason only for a while."""

    def __init__(self, *, max_objects: int, retry_after: float) -> None:
        self._max_objects = max_objects
        self._retry_after = retry_after
        self._objects = 0
        self._kept: OrderedDict[str, tuple[Result, float]] = OrderedDict()

    def get(self, fingerprint: str, *, now: float) -> Result | None:
        """The result of a Fingerprint, if it still stands at `now` (seconds on any steady clock)."""
        found = self._kept.get(fingerprint)
        if found is None:
            return None
        result, until = found
        if now >= until:
            self._drop(fingerprint)
            return None
        self._kept.move_to_end(fingerprint)
        return result

    def put(self, result: Result, *, now: float) -> None:
        """Keep a result."""
        self._drop(result.fingerprint)
        until = now + self._retry_after if isinstance(result, RenderFailed) and passing(result) else float("inf")
        self._kept[result.fingerprint] = (result, until)
        self._objects += _weight(result)
        while self._objects > self._max_objects:
            self._drop(next(iter(self._kept)))

    def _drop(self, fingerprint: str) -> None:
        found = self._kept.pop(fingerprint, None)
        if found is not None:
            self._objects -= _weight(found[0])


def passing(failed: RenderFailed) -> bool:
    """Tell whether the same render may succeed later: it may unless every error is about what stands in git."""
    return not all(isinstance(error, LocatedError | RenderError) and not error.retry for error in failed.errors)


def _weight(result: Rendered | RenderFailed) -> int:
    return 1 + (len(result.manifests) + len(result.declarations) if isinstance(result, Rendered) else len(result.errors))
