"""Where in the tree each registered cluster is, and what of the tree belongs to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.errors import FleetError, MappingError, PathRefused
from fleet.hooks import SourceTree
from fleet.mapping.pace import Pace
from fleet.mapping.paths import down_to, parent, within
from fleet.model.cluster import Cluster
from fleet.model.revision import EntryKind


class Directories:
    """All directories below the tree's root, by path and by name; kept from one Revision to the next."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.paths: set[str] = set()
        self._named: dict[str, set[str]] = {}

    def named(self, name: str) -> tuple[str, ...]:
        """The directories of a name below the root, sorted."""
        return tuple(sorted(path for path in self._named.get(name, ()) if path != self.root))

    async def scan(self, tree: SourceTree, pace: Pace) -> None:
        """Look at the whole tree."""
        self.paths.clear()
        self._named.clear()
        for path in _below(tree, self.root):
            self._add(path)
            await pace.step()

    def follow(self, tree: SourceTree, changed: Iterable[str]) -> frozenset[str]:
        """Look only where paths changed; gives the directories that came, went or may lead elsewhere now."""
        here = [path for path in changed if within(path, self.root)]
        # What changed itself and is a directory is a link to one: all that it brings is looked at anew.
        relinked = [path for path in here if path in self.paths]
        for path in relinked:
            self._forget(path)
        touched = {place for path in here for place in down_to(self.root, path)}
        moved = [path for path in sorted(touched) if self._look(tree, path)]
        return frozenset([*moved, *relinked])

    def _look(self, tree: SourceTree, path: str) -> bool:
        there = _is_directory(tree, path)
        if there == (path in self.paths):
            return False
        if not there:
            self._forget(path)
            return True
        self._add(path)
        for inner in _below(tree, path):  # a link to a directory brings all of it without a changed path inside
            self._add(inner)
        return True

    def _forget(self, path: str) -> None:
        for gone in [known for known in self.paths if within(known, path)]:
            self.paths.discard(gone)
            self._named[_name(gone)].discard(gone)

    def _add(self, path: str) -> None:
        self.paths.add(path)
        self._named.setdefault(_name(path), set()).add(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which directory is which registered cluster's."""

    root: str
    directories: Mapping[str, str] = field(hash=False)
    """Cluster to directory, of those that have exactly one."""
    errors: Mapping[str, tuple[FleetError, ...]] = field(hash=False)
    """Per cluster: nothing of it is read."""
    homeless: tuple[str, ...] = ()

    def place(self, cluster: str) -> tuple[str, tuple[str, ...]]:
        """A cluster's directory and what is wrong with it, to compare with another layout."""
        return self.directories.get(cluster, ""), tuple(str(error) for error in self.errors.get(cluster, ()))

    def chain(self, cluster: str) -> tuple[str, ...]:
        """The groups above a cluster's directory, the outermost first, and the directory itself."""
        directory = self.directories[cluster]
        return down_to(self.root, directory)


def lay_out(directories: Directories, clusters: Sequence[Cluster]) -> Layout:
    """Find each registered cluster's directory; clusters that share one, or lie in one another's, are in error, all of them."""
    found: dict[str, str] = {}
    errors: dict[str, list[FleetError]] = {}
    homeless: list[str] = []
    for cluster in clusters:
        candidates = _candidates(directories, cluster)
        if len(candidates) == 1:
            found[cluster.name] = candidates[0]
        elif candidates:
            errors[cluster.name] = [_not_unique(cluster, candidates)]
        elif _outside(cluster, directories.root):
            errors[cluster.name] = [_says(cluster, f"path {cluster.path} is not below {directories.root}")]
        else:
            homeless.append(cluster.name)
    registered = {cluster.name: cluster for cluster in clusters}
    for inner, outer in _nested(found):
        for one, other in ((inner, outer), (outer, inner)):
            errors.setdefault(one, []).append(_inside(registered[one], other, found))
    return Layout(
        root=directories.root,
        directories=found,
        errors={name: tuple(of) for name, of in errors.items()},
        homeless=tuple(homeless),
    )


def unclaimed(directories: Directories, layout: Layout, *, paths: Iterable[str]) -> tuple[str, ...]:
    """The topmost directories that hold no registered cluster's, are in none, and that no App's path points to."""
    claimed = {*layout.directories.values(), *(path for path in paths if path and within(path, directories.root))}
    above = {place for path in claimed for place in down_to(directories.root, path)}
    return tuple(sorted(_topmost(directories, claimed, above)))


def _topmost(directories: Directories, claimed: set[str], above: set[str]) -> Iterator[str]:
    for path in directories.paths:
        if path in above or path == directories.root:
            continue
        over = parent(path)
        if over in above and not any(place in claimed for place in down_to(directories.root, over)):
            yield path


def _candidates(directories: Directories, cluster: Cluster) -> tuple[str, ...]:
    if not cluster.path:
        return directories.named(cluster.name)
    path = cluster.path.strip("/")
    return (path,) if path in directories.paths else ()


def _outside(cluster: Cluster, root: str) -> bool:
    return bool(cluster.path) and not within(cluster.path.strip("/"), root)


def _nested(found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of clusters of which the first lies in the second's directory, or has the same."""
    owners: dict[str, list[str]] = {}
    for name, path in found.items():
        owners.setdefault(path, []).append(name)
    for name, path in found.items():
        for place in down_to("", path):
            yield from ((name, other) for other in owners.get(place, ()) if other != name and (place != path or other < name))


def _says(cluster: Cluster, message: str) -> MappingError:
    return MappingError(file=cluster.origin.file, line=cluster.origin.line, message=f"cluster {cluster.name}: {message}")


def _not_unique(cluster: Cluster, candidates: Iterable[str]) -> MappingError:
    places = ", ".join(candidates)
    return _says(cluster, f"several directories have its name: {places}; say which it is with `path:`")


def _inside(cluster: Cluster, other: str, found: Mapping[str, str]) -> MappingError:
    message = f"its directory {found[cluster.name]} and that of cluster {other}, {found[other]}, lie in one another; move one"
    return _says(cluster, message)


def _below(tree: SourceTree, path: str) -> Iterator[str]:
    """The directory and all below it that hold anything; links that lead round in a circle are not followed."""
    seen: set[str] = set()
    for entry in tree.walk(path):
        for place in reversed(down_to(path, parent(entry.path))):
            if place in seen:
                break
            seen.add(place)
            yield place


def _is_directory(tree: SourceTree, path: str) -> bool:
    try:
        entry = tree.entry(path)
    except PathRefused:
        return False
    return entry is not None and entry.kind is EntryKind.DIRECTORY


def _name(path: str) -> str:
    return path.rpartition("/")[2]
