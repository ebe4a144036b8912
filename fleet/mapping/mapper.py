"""Maps Revisions one after the other, and does again only what a change concerns."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fleet.hooks import SourceTree
from fleet.hooks.registry import Registry
from fleet.mapping.results import FleetMap, MappedApp
from fleet.model.app import ClusterMap
from fleet.model.cluster import Cluster
from fleet.model.revision import Revision
from fleet.render import RenderHost


class Mapper:
    """Keeps what the last Revision taught. Belongs to the loop's thread, as trees do; one `map` at a time."""

    def __init__(
        self, registry: Registry, clusters: tuple[Cluster, ...], host: RenderHost, *, root: str = "clusters"
    ) -> None:
        raise NotImplementedError

    def map(
        self, revision: Revision, tree: SourceTree, changed: frozenset[str] | None
    ) -> AsyncIterator[MappedApp | ClusterMap | FleetMap]:
        """Map a Revision: each App as soon as its render is there, each cluster at its fixed point, the fleet at the end.

        `changed` are the paths that differ from the Revision of the last `map` that came to its end; None maps everything.
        When the iteration is left early, or raises, the next call maps everything, whatever `changed` says.
        """
        raise NotImplementedError
