"""What generators look at beside their own document, kept so that the same need not be generated twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.errors import FleetError
from fleet.hooks import AppKindContext
from fleet.model.revision import Entry, EntryKind


class Looking:
    """Looks at the tree and the clusters of a context, and remembers where."""

    def __init__(self, context: AppKindContext) -> None:
        self.context = context
        self.places: set[str] = set()
        """Paths; what is below one is covered by it."""
        self.clusters: dict[str, dict[str, str]] | None = None
        """The labels of all clusters; None: nobody asked."""

    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of all registered clusters."""
        if self.clusters is None:
            self.clusters = {name: dict(labels) for name, labels in sorted(self.context.clusters.items())}
        return self.clusters

    def entry(self, path: str) -> Entry | None:
        """What stands at a path; None also where it cannot be followed."""
        self.places.add(path)
        return seen(self.context, path)

    def directories(self, place: str) -> Iterable[str]:
        """The directories in a directory, but hidden ones."""
        self.places.add(place)
        entries = self.context.tree.children(place)
        return [each.path for each in entries if each.kind is EntryKind.DIRECTORY and not each.name.startswith(".")]

    def files(self, place: str) -> Iterable[str]:
        """All files below a directory."""
        self.places.add(place)
        return [each.path for each in self.context.tree.walk(place) if each.kind is EntryKind.FILE]

    def read(self, path: str) -> tuple[Any, ...]:
        """The values in a file. One in a directory that was looked through need not be remembered by itself."""
        return tuple(each.value for each in self.context.tree.documents(path))


def seen(context: AppKindContext, path: str) -> Entry | None:
    """What stands at a path; None also where it cannot be followed, as with a path that leaves the repository."""
    try:
        return context.tree.entry(path)
    except FleetError:
        return None
