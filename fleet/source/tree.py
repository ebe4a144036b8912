"""The files of one commit, read lazily; symbolic links are followed as long as they stay inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.errors import FileMissing, PathRefused
from fleet.model.revision import Entry, EntryKind
from fleet.source.objects import Item, Listing, Objects

# Enough for what people make; without a bound, links that lead to each other's directories would multiply for ever.
_MAX_LINKS = 5
_LFS = b"version https://git-lfs.github.com/spec/"
_LFS_SIZE = 1024  # bytes; the specification's limit for a pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a path leads to: the item, where it really stands, and how many links were followed."""

    item: Item
    real: tuple[str, ...]
    links: int


class GitTree:
    """A `model.revision.Tree` of one commit.

    A link is what it leads to: its entry has the link's path and the target's kind and id. One that cannot be followed (it
    escapes, is absolute, leads nowhere or round in a circle) stays an entry of kind LINK, and reading it raises PathRefused.
    """

    def __init__(self, objects: Objects, *, commit: str, root: str) -> None:
        self.commit = commit
        self.root = root
        self._objects = objects

    def entry(self, path: str) -> Entry | None:
        """What stands at a path, or None. Raises PathRefused for a path that leaves the repository or enters a submodule."""
        parts = parts_of(path)
        if not parts:
            return Entry("", EntryKind.DIRECTORY, self.root)
        held = self._find(parts[:-1])
        item = None if held is None else self._inside(held).get(parts[-1])
        return None if held is None or item is None else self._entry(parts, held, item)

    def children(self, path: str) -> tuple[Entry, ...]:
        """The entries directly in a directory, sorted by name; empty when there is no such directory."""
        parts = parts_of(path)
        found = self._find(parts)
        if found is None:
            return ()
        return tuple(self._entry((*parts, name), found, item) for name, item in self._inside(found).items())

    def walk(self, path: str) -> Iterator[Entry]:
        """All entries below a directory that are not directories, in order of path."""
        parts = parts_of(path)
        found = self._find(parts)
        if found is not None:
            yield from self._walk(parts, found, frozenset({found.real}))

    def read(self, path: str) -> bytes:
        """The content of a file; raises FileMissing, PathRefused (links that escape, submodules, LFS pointers), ObjectLost."""
        parts = parts_of(path)
        found = self._find(parts)
        if found is None or found.item.kind is EntryKind.DIRECTORY:
            raise FileMissing(path=path, commit=self.commit[:12])
        if found.item.kind is EntryKind.SUBMODULE:
            raise _submodule(path)
        data = self._objects.blob(found.item.id, path=path)
        if data.startswith(_LFS) and len(data) <= _LFS_SIZE:
            raise PathRefused(path=path, reason="it is a Git LFS pointer, and what it points to is not in the repository")
        return data

    def real(self, path: str) -> str:
        """Where a path really stands, symbolic links followed; the path itself where nothing is, or a link leads nowhere."""
        try:
            found = self._find(parts_of(path))
        except PathRefused:
            return path
        return path if found is None else "/".join(found.real)

    def _walk(self, parts: tuple[str, ...], held: Found, above: frozenset[tuple[str, ...]]) -> Iterator[Entry]:
        for name, item in sorted(self._inside(held).items(), key=_in_path_order):
            path = (*parts, name)
            found = self._followed(path, held, item)
            if found is None or (found.item.kind is EntryKind.DIRECTORY and found.real in above):
                yield Entry("/".join(path), EntryKind.LINK, item.id)
            elif found.item.kind is EntryKind.DIRECTORY:
                yield from self._walk(path, found, above | {found.real})
            else:
                yield Entry("/".join(path), found.item.kind, found.item.id)

    def _entry(self, path: tuple[str, ...], held: Found, item: Item) -> Entry:
        found = self._followed(path, held, item)
        shown = Item(EntryKind.LINK, item.id) if found is None else found.item
        return Entry("/".join(path), shown.kind, shown.id)

    def _followed(self, path: tuple[str, ...], held: Found, item: Item) -> Found | None:
        """What an item of a directory leads to; None for a link that cannot be followed."""
        if item.kind is not EntryKind.LINK:
            return Found(item=item, real=(*held.real, path[-1]), links=held.links)
        try:
            return self._link((*held.real, path[-1]), item, held.links, "/".join(path))
        except PathRefused:
            return None

    def _find(self, parts: tuple[str, ...], links: int = 0) -> Found | None:
        """Walk down from the root, following links; None when there is nothing."""
        found = Found(item=Item(EntryKind.DIRECTORY, self.root), real=(), links=links)
        for name in parts:
            if found.item.kind is EntryKind.SUBMODULE:
                raise _submodule("/".join(found.real))
            item = self._inside(found).get(name)
            if item is None:
                return None
            real = (*found.real, name)
            if item.kind is EntryKind.LINK:
                found = self._link(real, item, found.links, "/".join(parts))
            else:
                found = Found(item=item, real=real, links=found.links)
        return found

    def _link(self, real: tuple[str, ...], item: Item, links: int, asked: str) -> Found:
        text = self._objects.blob(item.id, path=asked).decode("utf-8", "backslashreplace")
        here = "/".join(real)
        whose = "it is" if here == asked else f"{here} is"
        if links >= _MAX_LINKS:
            raise PathRefused(path=asked, reason=f"more than {_MAX_LINKS} symbolic links lead to it, perhaps in a circle")
        target = landing(real[:-1], text)
        if target is None:
            raise PathRefused(path=asked, reason=f"{whose} a symbolic link to {text}, outside the repository")
        found = self._find(target, links + 1)
        if found is None:
            raise PathRefused(path=asked, reason=f"{whose} a symbolic link to {text}, which is not there")
        return found

    def _inside(self, found: Found) -> Listing:
        if found.item.kind is EntryKind.SUBMODULE:
            raise _submodule("/".join(found.real))
        if found.item.kind is not EntryKind.DIRECTORY:
            return {}
        return self._objects.listing(found.item.id)


def parts_of(path: str) -> tuple[str, ...]:
    """Take a path from the repository's root apart; raises PathRefused when it is absolute or has `..` in it."""
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if path.startswith("/"):
        raise PathRefused(path=path, reason="it is absolute")
    if ".." in parts:
        raise PathRefused(path=path, reason="it has .. in it")
    return parts


def landing(directory: tuple[str, ...], target: str) -> tuple[str, ...] | None:
    """Where a link in a directory leads, by its text alone; None when that is outside the repository."""
    if target.startswith("/"):
        return None
    landed = list(directory)
    for part in target.split("/"):
        if part == ".." and not landed:
            return None
        if part == "..":
            landed.pop()
        elif part not in ("", "."):
            landed.append(part)
    return tuple(landed)


def _in_path_order(pair: tuple[str, Item]) -> str:
    # As git sorts: a directory as if its name ended in a slash, so that whole paths come out in order.
    name, item = pair
    return f"{name}/" if item.kind is EntryKind.DIRECTORY else name


def _submodule(path: str) -> PathRefused:
    return PathRefused(path=path, reason="it is a submodule, whose files are in another repository")
