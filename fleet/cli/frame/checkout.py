"""Reads a repository without a hub: opens it, and maps its Revisions as the hub would."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fleet.config import FleetConfig, load_config, resolve
from fleet.errors import CommandMisused, RevisionUnknown, SourceUnreachable
from fleet.hooks.registry import Registry, load
from fleet.hooks.tree import LimitedTree, ParsedBlobs
from fleet.mapping import FleetMap, Mapper
from fleet.model.app import ClusterMap, DesiredApp
from fleet.model.manifest import Manifest, Rendered, Scope
from fleet.model.revision import Revision
from fleet.reconcile.builtins import BUILTINS
from fleet.render import RenderHost, RenderSettings
from fleet.source import History, open_checkout
from fleet.source.charts import ChartStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One Revision and what it says of the fleet."""

    revision: Revision
    tree: LimitedTree
    map: FleetMap = field(hash=False)


class Checkout:
    """One repository on this machine, and the registry it is mapped for. Nothing of it is written."""

    def __init__(self, config: FleetConfig, history: History, *, default: str) -> None:
        self.config = config
        self.history = history
        self.registry: Registry = load(BUILTINS, plugins=config.plugins, directory=config.file.absolute().parent)
        self.host = RenderHost(self.registry, _cache(), config.settings.limits.yaml, render_settings(config))
        self._default = default
        self._blobs = ParsedBlobs(limits=config.settings.limits.yaml)
        self._mapper = Mapper(self.registry, config.clusters, self.host, source=config.source)
        self._last = ""

    async def map(self, name: str = "") -> Mapped:
        """Map a Revision by what people call it; a second one costs what differs."""
        commit = self.history.resolve(name or self._default)
        revision = self.history.revision(commit)
        tree = LimitedTree(self.history.tree(commit), self._blobs)
        changed = self.history.changed(self._last, commit) if self._last else None
        self._last = commit
        found = [piece async for piece in self._mapper.map(revision, tree, changed) if isinstance(piece, FleetMap)]
        return Mapped(revision=revision, tree=tree, map=found[-1])


def open_repository(options: Any, path: str = "") -> Checkout:
    """Open the repository at `path`, or the registry's Source where it is a directory, or the one this is called in."""
    config = load_config(Path(options.config))
    local = config.source.local
    if path:
        return Checkout(config, open_checkout(Path(path)), default="HEAD")
    if local is None:
        return Checkout(config, _here(), default="HEAD")
    history = open_checkout(local)
    try:
        history.resolve(f"refs/heads/{config.source.branch}")
    except RevisionUnknown:
        return Checkout(config, history, default="HEAD")
    return Checkout(config, history, default=f"refs/heads/{config.source.branch}")


def chosen(mapped: FleetMap, *, cluster: str, labels: Mapping[str, str]) -> list[ClusterMap]:
    """The clusters that are meant, by name."""
    if cluster and cluster not in mapped.clusters:
        raise CommandMisused(message=f"there is no registered cluster {cluster}")
    found = [each for name, each in sorted(mapped.clusters.items()) if cluster in ("", name)]
    return [each for each in found if all(each.labels.get(name) == value for name, value in labels.items())]


def placed(desired: DesiredApp, mapped: FleetMap) -> tuple[Manifest, ...]:
    """An App's Manifests with every namespace that can be told; none where it did not render."""
    if not isinstance(desired.result, Rendered):
        return ()
    return tuple(
        manifest.placed(mapped.custom.get(manifest.key.group_kind, Scope.UNKNOWN), desired.app.namespace)
        for manifest in desired.result.manifests
    )


def _here() -> History:
    try:
        return open_checkout(Path.cwd())
    except SourceUnreachable as error:
        message = "the Source is not on this machine: call this in a checkout of it"
        raise CommandMisused(message=message) from error


def _cache() -> Path:
    """Renders are kept between two commands, in the user's own cache: the hub's is the hub's."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "fleet" / "rendered"


def render_settings(config: FleetConfig) -> RenderSettings:
    """What the operator set for rendering."""
    given = config.settings.render
    found = RenderSettings(
        programs={name: path for name, path in (("kustomize", given.kustomize), ("helm", given.helm)) if path},
        charts=ChartStore(_cache().with_name("charts"), config.charts, secret=resolve, seconds=config.settings.fetch_timeout),
        max_memory=given.max_memory,
        deadline=given.deadline,
        max_output=given.max_output,
        cache_bytes=given.cache_bytes,
        memory_objects=given.memory_objects,
    )
    return replace(found, jobs=given.jobs) if given.jobs else found
