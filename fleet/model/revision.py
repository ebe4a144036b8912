"""A commit as the hub knows it, and the files in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One fetched and verified commit of a Source."""

    commit: str
    repository: str
    """Hex id of the root of the first-parent chain: it tells one history from another."""
    tree: str
    author: str
    email: str
    subject: str
    time: datetime
    """The committer's time, with its zone."""

    @property
    def short(self) -> str:
        """The first 12 hex digits of the commit, for people."""
        return self.commit[:12]


class EntryKind(StrEnum):
    """What stands at a path of a git tree."""

    DIRECTORY = "directory"
    FILE = "file"
    LINK = "symbolic link"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a git tree: where it is and the git id of what it holds."""

    path: str
    kind: EntryKind
    id: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Tree(Protocol):
    """A lazy reader of one Revision's files. Paths are from the repository's root, with `/`, no leading one; root is ``""``.

    Every method answers from the git object database, without a working tree and without a network.
    """

    def entry(self, path: str) -> Entry | None:
        """What stands at a path, or None."""

    def children(self, path: str) -> tuple[Entry, ...]:
        """The entries directly in a directory, sorted by name; empty when there is no such directory."""

    def walk(self, path: str) -> Iterator[Entry]:
        """All entries below a directory that are not directories, in order of path."""

    def read(self, path: str) -> bytes:
        """The content of a file; raises FileMissing, PathRefused (links that escape, submodules, LFS pointers)."""

    def real(self, path: str) -> str:
        """Where a path really stands, symbolic links followed; the path itself where nothing is, or a link leads nowhere."""
