"""Who depends on which path, so that a change finds those it concerns without asking the others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

User = TypeVar("User", bound=Hashable)


class _Node(Generic[User]):
    __slots__ = ("below", "users")

    def __init__(self) -> None:
        self.below: dict[str, _Node[User]] = {}
        self.users: set[User] = set()


class PathIndex(Generic[User]):
    """Paths (files, directories, or what was looked for and is missing) and who depends on each.

    A changed path concerns who depends on it, on a directory above it, and on anything below it: that may have been a
    directory, or a link to one, before or after. A question costs the length of the path and what it finds.
    """

    def __init__(self) -> None:
        self._root: _Node[User] = _Node()

    def add(self, paths: Iterable[str], user: User) -> None:
        """Note that a user depends on each of the paths; the empty path is the whole repository."""
        for path in paths:
            node = self._root
            for part in _parts(path):
                node = node.below.setdefault(part, _Node())
            node.users.add(user)

    def remove(self, paths: Iterable[str], user: User) -> None:
        """Forget that a user depends on each of the paths."""
        for path in paths:
            self._remove(self._root, _parts(path), user)

    def concerned(self, changed: Iterable[str]) -> set[User]:
        """Everybody whom a change of any of the paths concerns."""
        return {user for path in changed for node in self._nodes(path) for user in node.users}

    def _nodes(self, path: str) -> Iterator[_Node[User]]:
        node = self._root
        for part in _parts(path):
            yield node
            found = node.below.get(part)
            if found is None:
                return
            node = found
        yield from _all(node)

    def _remove(self, node: _Node[User], parts: list[str], user: User) -> None:
        if not parts:
            node.users.discard(user)
            return
        found = node.below.get(parts[0])
        if found is None:
            return
        self._remove(found, parts[1:], user)
        if not found.users and not found.below:
            del node.below[parts[0]]


def _all(node: _Node[User]) -> Iterator[_Node[User]]:
    yield node
    for inner in node.below.values():
        yield from _all(inner)


def _parts(path: str) -> list[str]:
    return path.split("/") if path else []


def within(path: str, directory: str) -> bool:
    """Whether a path is a directory or lies in it; everything lies in the empty one, the repository's root."""
    return not directory or path == directory or path.startswith(f"{directory}/")


def parent(path: str) -> str:
    """The directory that holds a path."""
    return path.rpartition("/")[0]


def down_to(root: str, directory: str) -> tuple[str, ...]:
    """The directories from a root to one in it, both included, the outermost first."""
    inner = directory[len(root) :].strip("/")
    found = [root]
    for part in inner.split("/") if inner else ():
        found.append(f"{found[-1]}/{part}" if found[-1] else part)
    return tuple(found)
