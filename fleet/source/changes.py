"""Which paths differ between two trees: directories of equal id are never opened."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.revision import EntryKind
from fleet.source.objects import Item, Listing, Objects
from fleet.source.tree import landing

_KEPT = 65_536  # directories whose links are remembered: one pointer each where there are none
Link = tuple[tuple[str, ...], str]


class Changes:
    """Compares trees; remembers where each directory has symbolic links, so that this too costs only what changed."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._links: dict[str, tuple[Link, ...]] = {}

    def between(self, old: str, new: str) -> frozenset[str]:
        """Paths of what was added, removed or modified; also the paths under which links show what was modified."""
        changed = set(self._compare((), old, new))
        links = {**dict(self.links(old)), **dict(self.links(new))}
        return frozenset("/".join(path) for path in changed | set(_through(links, changed)))

    def links(self, tree: str) -> tuple[Link, ...]:
        """(path, text) of every symbolic link below a tree."""
        kept = self._links.get(tree)
        if kept is None:
            if len(self._links) >= _KEPT:
                self._links.clear()
            kept = self._links[tree] = tuple(self._find_links(tree))
        return kept

    def _find_links(self, tree: str) -> Iterator[Link]:
        for name, item in self._objects.listing(tree).items():
            if item.kind is EntryKind.LINK:
                yield (name,), self._objects.blob(item.id, path=name).decode("utf-8", "backslashreplace")
            elif item.kind is EntryKind.DIRECTORY:
                yield from (((name, *path), text) for path, text in self.links(item.id))

    def _compare(self, at: tuple[str, ...], old: str, new: str) -> Iterator[tuple[str, ...]]:
        if old == new:
            return
        before, after = self._objects.listing(old), self._objects.listing(new)
        for name in before.keys() | after.keys():
            yield from self._differ((*at, name), before.get(name), after.get(name))

    def _differ(self, path: tuple[str, ...], old: Item | None, new: Item | None) -> Iterator[tuple[str, ...]]:
        if old == new:
            return
        if old and new and old.kind is new.kind is EntryKind.DIRECTORY:
            yield from self._compare(path, old.id, new.id)
            return
        for item in (old, new):
            if item is not None:
                yield from self._all(path, item)

    def _all(self, path: tuple[str, ...], item: Item) -> Iterator[tuple[str, ...]]:
        if item.kind is not EntryKind.DIRECTORY:
            yield path
            return
        inside: Listing = self._objects.listing(item.id)
        for name, inner in inside.items():
            yield from self._all((*path, name), inner)


def _through(links: dict[tuple[str, ...], str], changed: set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The paths under which links show a changed path; a link behind a link is found by going round until nothing is new."""
    landed = {path: landing(path[:-1], text) for path, text in links.items()}
    # A link to a directory it stands in shows itself again and again; reading refuses it.
    targets = {path: target for path, target in landed.items() if target is not None and path[: len(target)] != target}
    seen, fresh = set(changed), set(changed)
    for _ in range(len(targets) and 6):  # as many rounds as links may lie behind one another, and one
        fresh = {found for path, target in targets.items() for found in _behind(path, target, fresh)} - seen
        seen |= fresh
        yield from fresh


def _behind(link: tuple[str, ...], target: tuple[str, ...], changed: set[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for path in changed:
        if path[: len(target)] == target:
            yield (*link, *path[len(target) :])
        elif target[: len(path)] == path:  # what the target stood in is another thing now
            yield link
