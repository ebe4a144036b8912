"""The keys that git wants of one cluster: what the fleet-wide guard holds against what the cluster has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from fleet.hub.past import wanted
from fleet.model.app import ClusterMap
from fleet.model.keys import ObjectKey
from fleet.model.manifest import RenderFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredKeys:
    """By App, and of all Apps together. Of what could not be read or rendered it is what was wanted last."""

    apps: Mapping[str, frozenset[ObjectKey]] = field(default_factory=dict, hash=False)
    every: frozenset[ObjectKey] = frozenset()
    """Put together once: a fleet that comes is judged once for each of its clusters, and all the others are as they were."""

    @classmethod
    def of(cls, apps: Mapping[str, frozenset[ObjectKey]]) -> Self:
        """Put them together."""
        return cls(apps=apps, every=frozenset(key for keys in apps.values() for key in keys))

    def then(self, cluster_map: ClusterMap) -> DesiredKeys:
        """What is wanted by the cluster's next map."""
        failed = {name for name, app in cluster_map.apps.items() if isinstance(app.result, RenderFailed)}
        now = {name: wanted({name: app}) for name, app in cluster_map.apps.items() if name not in failed}
        unsure = failed | (self.apps.keys() - now.keys() if cluster_map.problems else frozenset())
        return DesiredKeys.of(now | {name: self.apps[name] for name in unsure if name in self.apps})
