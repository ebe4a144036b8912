"""What ApplicationSets generated lately, so that a document is not generated anew for each cluster that it is read for.

Content decides, not time: a result is taken up again only where the document, the fleet and every place that was looked at
are the same; and looking at those places again notes them for the cluster that is asked for now.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeAlias

from fleet.errors import FieldInvalid
from fleet.hooks import AppKindContext
from fleet.mapping.builtin.argocd.applicationset.looking import Looking, seen
from fleet.model.cluster import Registered
from fleet.model.manifest import digest_of

_KEPT = 64  # documents; a fleet has a handful
Applications: TypeAlias = Mapping[str, tuple[Mapping[str, Any], ...]]
"""By the cluster that they are for."""
Made: TypeAlias = Applications | FieldInvalid
Make: TypeAlias = Callable[[Looking], Applications]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    made: Made = field(hash=False)
    fleet: Registered
    clusters: Mapping[str, Mapping[str, str]] | None = field(hash=False)
    places: tuple[tuple[str, str], ...]
    """Paths, and the git ids of what stood there."""

    def serves(self, context: AppKindContext) -> bool:
        """Whether generating again would give the same; notes what it looks at, as generating would."""
        if self.fleet != context.fleet or self.places != tuple(_stands(context, path) for path, _ in self.places):
            return False
        return self.clusters is None or self.clusters == dict(context.clusters.items())


class Remembered:
    """Belongs to the process. Threads may share it."""

    def __init__(self) -> None:
        self.made = 0
        """How often a document's Applications were generated, ever."""
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, context: AppKindContext, make: Make) -> Applications:
        """Give what a document generates, made anew only if it must be; raises FieldInvalid, remembered as well."""
        key = digest_of(context.document)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or not kept.serves(context):
            kept = _made(context, make)
            self.made += 1
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        if isinstance(kept.made, FieldInvalid):
            raise FieldInvalid(**kept.made.facts)
        return kept.made


def _made(context: AppKindContext, make: Make) -> _Kept:
    looking = Looking(context)
    made: Made
    try:
        made = make(looking)
    except FieldInvalid as error:
        made = error
    places = tuple(_stands(context, path) for path in sorted(looking.places))
    return _Kept(made=made, fleet=context.fleet, clusters=looking.clusters, places=places)


def _stands(context: AppKindContext, path: str) -> tuple[str, str]:
    entry = seen(context, path)
    return path, entry.id if entry else ""
