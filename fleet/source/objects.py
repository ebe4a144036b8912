"""Reads trees and blobs by id out of a git object database, and keeps the trees."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import FileMode, RepositoryOpenFlag

from fleet.errors import LimitExceeded, ObjectLost
from fleet.model.revision import EntryKind

# A repository on a mounted volume often belongs to somebody else. The check guards against running what its configuration
# names; libgit2 runs neither hooks nor filters from it for what is done here.
pygit2.settings.owner_validation = False

_KINDS = {
    FileMode.TREE: EntryKind.DIRECTORY,
    FileMode.LINK: EntryKind.LINK,
    FileMode.COMMIT: EntryKind.SUBMODULE,
}
_KEPT_TREES = 32_768  # about 2 KiB each: the directories of the largest monorepos, below 64 MiB
_MAX_BLOB = 64 * 1024 * 1024  # bytes; parsing has a lower limit of its own, this one keeps the hub's memory


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a git tree: what kind of thing, and its id."""

    kind: EntryKind
    id: str


Listing = Mapping[str, Item]


def open_repository(path: Path) -> pygit2.Repository:
    """Open exactly this bare repository or checkout, without looking for one further up; raises pygit2.GitError."""
    return pygit2.Repository(str(path), RepositoryOpenFlag.NO_SEARCH)


class Objects:
    """The objects of one repository. An object that cannot be read raises ObjectLost and marks the whole copy `damaged`."""

    def __init__(self, repository: pygit2.Repository, *, name: str) -> None:
        self.repository = repository
        self.name = name
        self.damaged = False
        self._trees: OrderedDict[str, Listing] = OrderedDict()

    def replace(self, repository: pygit2.Repository) -> None:
        """Read from another copy of the same repository; what is kept stays true, because ids are digests."""
        self.repository = repository
        self.damaged = False

    def listing(self, tree: str) -> Listing:
        """The items of a tree by name, sorted by name."""
        kept = self._trees.get(tree)
        if kept is not None:
            self._trees.move_to_end(tree)
            return kept
        self._trees[tree] = found = self._list(tree)
        if len(self._trees) > _KEPT_TREES:
            self._trees.popitem(last=False)
        return found

    def blob(self, blob: str, *, path: str) -> bytes:
        """The content of a blob; `path` is only for the error when it is too large to be held."""
        try:
            _kind, size = self.repository.odb.read_header(pygit2.Oid(hex=blob))
            if size > _MAX_BLOB:
                raise LimitExceeded(file=path, line=1, message=f"the file has {size} bytes", limit=_MAX_BLOB, setting="fixed")
            return bytes(self.repository.read(blob)[1])
        except (KeyError, ValueError, pygit2.GitError, OSError) as error:
            raise self._lost(blob) from error

    def commit(self, commit: str) -> pygit2.Commit | None:
        """A commit by its full id; None when it is not there."""
        try:
            return self.repository[commit].peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError, OSError):
            return None

    def _list(self, tree: str) -> Listing:
        try:
            found = self.repository[tree].peel(pygit2.Tree)
            items = [(_text(item), item) for item in found]
        except (KeyError, ValueError, pygit2.GitError, OSError) as error:
            raise self._lost(tree) from error
        return {name: Item(_KINDS.get(item.filemode, EntryKind.FILE), str(item.id)) for name, item in sorted(items, key=_first)}

    def _lost(self, object_id: str) -> ObjectLost:
        self.damaged = True
        return ObjectLost(url=self.name, object=object_id)


def _first(pair: tuple[str, object]) -> str:
    return pair[0]


def _text(item: pygit2.Object) -> str:
    # A name that is no UTF-8 cannot be said in JSON; it is shown, and found, with its bytes written out.
    return (item.raw_name or b"").decode("utf-8", "backslashreplace")
