"""What a question is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.errors import NotThere
from fleet.hub.cluster import ClusterRuntime
from fleet.hub.hub import Hub
from fleet.model.keys import AppKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A cluster, an App of it, clusters by their labels; nothing said means all."""

    cluster: str = ""
    app: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    def matches(self, runtime: ClusterRuntime) -> bool:
        """Whether a cluster is meant."""
        labels = labels_of(runtime)
        return self.cluster in ("", runtime.name) and all(labels.get(name) == value for name, value in self.labels.items())


def labels_of(runtime: ClusterRuntime) -> Mapping[str, str]:
    """A cluster's labels, as the tree gave them last."""
    return runtime.desired.map.labels if runtime.desired.map else {}


def runtime_of(hub: Hub, name: str) -> ClusterRuntime:
    """A registered cluster; raises NotThere."""
    runtime = hub.clusters.get(name)
    if runtime is None:
        raise NotThere(what="registered cluster", name=name)
    return runtime


def runtimes_of(hub: Hub, asked: Asked) -> list[ClusterRuntime]:
    """The clusters that are meant; raises NotThere for one that is not registered."""
    if asked.cluster:
        runtime_of(hub, asked.cluster)
    return [runtime for runtime in hub.clusters.values() if asked.matches(runtime)]


def apps_of(hub: Hub, runtime: ClusterRuntime) -> list[AppKey]:
    """Every App of a cluster: declared in git, found in the cluster, or told of by its last Sync."""
    told = {key.app for key in hub.state.apps_of(runtime.name)}
    return [AppKey(runtime.name, name) for name in sorted(runtime.all_apps() | told)]


def keys_of(hub: Hub, asked: Asked) -> list[AppKey]:
    """The Apps that are meant; raises NotThere where one is named that nobody knows."""
    keys = [key for runtime in runtimes_of(hub, asked) for key in apps_of(hub, runtime) if asked.app in ("", key.app)]
    if asked.app and not keys:
        raise NotThere(what="App", name=f"{asked.cluster}/{asked.app}")
    return keys
