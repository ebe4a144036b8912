"""What a render may read: the files its renderer named, taken from git before it starts, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.errors import FileMissing, FleetError, PathRefused, UndeclaredInput
from fleet.model.revision import Entry, EntryKind, Tree

Input = tuple[str, str]

LISTED = "listed"
"""Stands in place of the id of a directory that was only looked through: what is in it counts where it is named itself."""


def identify(tree: Tree, named: Iterable[str | Input]) -> tuple[Input, ...]:
    """Look up the git id of each path, sorted; empty where nothing is. A path that ends in a slash was only looked through.

    A renderer's own identity of a path stands for its id.

    A tree's id covers a symbolic link's text, not what it leads to, so the places links lead to are inputs as well.
    """
    named = tuple(named)
    paths = [path for path in named if isinstance(path, str)]
    found = {path[:-1]: LISTED for path in paths if path.endswith("/")}
    found.update(row for path in paths if not path.endswith("/") for row in _rows(tree, path))
    return tuple(sorted({**found, **dict(row for row in named if not isinstance(row, str))}.items()))


def _rows(tree: Tree, path: str) -> Iterator[Input]:
    entry = tree.entry(path)
    if entry is None:
        yield path, ""
        return
    if entry.kind is EntryKind.LINK:
        tree.read(path)  # raises, and says where it leads
        raise PathRefused(path=path, reason="it is a symbolic link that leads nowhere in the repository")
    if entry.kind is EntryKind.SUBMODULE:
        raise PathRefused(path=path, reason="it is a submodule, whose files are in another repository")
    yield path, entry.id
    real = tree.real(path)
    if real != path:
        yield real, entry.id
    if entry.kind is EntryKind.DIRECTORY:
        yield from _linked(tree, path, real)


def _linked(tree: Tree, path: str, real: str) -> Iterator[Input]:
    inside = f"{real}/" if real else ""
    for entry in tree.walk(path):
        target = tree.real(entry.path)
        if not target.startswith(inside):
            yield target, entry.id


class InputTree:
    """A Tree of what was named as inputs, in memory: it may be read from any thread, and knows nothing else.

    Reading what was not named raises UndeclaredInput: a Fingerprint that misses an input would be wrong in silence.
    """

    def __init__(self, tree: Tree, inputs: Iterable[Input]) -> None:
        self._entries: dict[str, Entry | None] = {}
        self._contents: dict[str, bytes | FleetError] = {}
        self._children: dict[str, dict[str, Entry]] = {}
        self._whole: set[str] = set()
        self._listed = {path for path, found in inputs if found == LISTED}
        self._real: dict[str, str] = {}
        for path, found in inputs:
            if found != LISTED:
                self._take(tree, path)
        self._infer_directories()

    def entry(self, path: str) -> Entry | None:
        """What stands at a path, or None; a directory that is only known from what is in it has no id."""
        path = path.strip("/")
        if path in self._entries:
            return self._entries[path]
        if path in self._children:
            return Entry(path, EntryKind.DIRECTORY, "")
        if self._covered(path):
            return None
        raise UndeclaredInput(path=path)

    def children(self, path: str) -> tuple[Entry, ...]:
        """The entries directly in a directory that is an input, or in one."""
        path = path.strip("/")
        if not self._covered(path) and not self._seen(path):
            raise UndeclaredInput(path=path)
        return tuple(entry for _, entry in sorted(self._children.get(path, {}).items()))

    def walk(self, path: str) -> Iterator[Entry]:
        """All input files below a directory, in order of path; those of the root are all there are."""
        inside = f"{path.strip('/')}/" if path.strip("/") else ""
        for name in sorted(self._contents):
            entry = self._entries[name]
            if name.startswith(inside) and entry is not None:
                yield entry

    def read(self, path: str) -> bytes:
        """The content of a file; raises what taking it from git raised."""
        path = path.strip("/")
        content = self._contents.get(path)
        if content is None:
            if self.entry(path) is None:
                raise FileMissing(path=path, commit="this")
            raise PathRefused(path=path, reason="it is a directory")
        if isinstance(content, FleetError):
            raise content
        return content

    def real(self, path: str) -> str:
        """Where an input really stood when the inputs were taken; the path itself for any other."""
        return self._real.get(path.strip("/"), path)

    def _take(self, tree: Tree, path: str) -> None:
        entry = tree.entry(path)
        self._entries[path] = entry
        self._real[path] = tree.real(path)
        if entry is None or entry.kind is not EntryKind.DIRECTORY:
            if entry is not None:
                self._contents[path] = _content(tree, path)
            return
        self._whole.add(path)
        self._children.setdefault(path, {})
        for each in tree.walk(path):
            self._entries[each.path] = each
            self._real[each.path] = tree.real(each.path)
            self._contents[each.path] = _content(tree, each.path)

    def _infer_directories(self) -> None:
        for file in self._contents:
            path, entry = file, self._entries[file]
            while path and entry is not None:
                above, _, name = path.rpartition("/")
                self._children.setdefault(above, {})[name] = entry
                path, entry = above, Entry(above, EntryKind.DIRECTORY, "")

    def _seen(self, path: str) -> bool:
        """Whether a directory, or one above it, was looked through."""
        parts = path.split("/") if path else []
        return any("/".join(parts[:count]) in self._listed for count in range(len(parts) + 1))

    def _covered(self, path: str) -> bool:
        """Whether everything at and below a path is known."""
        parts = path.split("/") if path else []
        return any("/".join(parts[:count]) in self._whole for count in range(len(parts) + 1))


def _content(tree: Tree, path: str) -> bytes | FleetError:
    try:
        return tree.read(path)
    except FleetError as error:
        return error
