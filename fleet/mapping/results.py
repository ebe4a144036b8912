"""What mapping a Revision gives, piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.model.app import ClusterMap, DesiredApp, Problem
from fleet.model.keys import AppKey, GroupKind
from fleet.model.manifest import Scope
from fleet.model.revision import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedApp:
    """One App whose Fingerprint, policy or declaration changed, or whose render failed before or now."""

    cluster: str
    directory: str
    """The cluster's."""
    desired: DesiredApp

    @property
    def key(self) -> AppKey:
        """The App's key."""
        return self.desired.app.key


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMap:
    """What git says of the whole fleet at one Revision; always the last that mapping gives."""

    revision: Revision
    clusters: Mapping[str, ClusterMap] = field(hash=False)
    """Of every registered cluster. One that the Revision did not concern keeps the map, and the Revision, it had."""
    unclaimed: tuple[str, ...] = ()
    """Directories of the tree that hold no registered cluster's and that no App points to; only the topmost of each."""
    homeless: tuple[str, ...] = ()
    """Registered clusters without a directory."""
    problems: tuple[Problem, ...] = ()
    """Everything that is wrong or worth saying, each once, in order of file and line; clusters' own problems included."""
    custom: Mapping[GroupKind, Scope] = field(default_factory=dict, hash=False)
    """Scopes of the custom kinds that CustomResourceDefinitions of this Revision define."""
