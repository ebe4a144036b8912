"""A real git repository that grows commit by commit, and the fleet that is mapped from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pygit2

from fleet.hooks.registry import Registry, load
from fleet.hooks.tree import LimitedTree
from fleet.mapping import FleetMap, MappedApp, Mapper
from fleet.mapping.builtin import native
from fleet.model.app import ClusterMap, DesiredApp
from fleet.model.cluster import Cluster, InCluster
from fleet.model.manifest import Origin, Rendered
from fleet.model.revision import Revision
from fleet.model.source import Source
from fleet.render import RenderHost
from fleet.render.builtin import kustomize, plain
from fleet.source import History, open_checkout

REGISTRY = load((plain, kustomize, native))
URL = "https://git.example.com/platform/fleet.git"
SOURCE = Source(url=URL)
_AUTHOR = pygit2.Signature("Ana", "ana@example.com", 1_700_000_000, 0)


class Monorepo:
    """Commits made of texts by path; None deletes one."""

    def __init__(self, path: Path) -> None:
        self._git = pygit2.init_repository(str(path), bare=True)
        self._files: dict[str, str] = {}
        self._head: list[pygit2.Oid] = []
        self.history: History = open_checkout(path)

    @property
    def files(self) -> Mapping[str, str]:
        return self._files

    def commit(self, files: Mapping[str, str | None], *, links: Mapping[str, str] | None = None) -> Revision:
        self._files = {path: text for path, text in {**self._files, **files}.items() if text is not None}
        index = pygit2.Index()
        for path, text in self._files.items():
            index.add(pygit2.IndexEntry(path, self._git.create_blob(text.encode()), pygit2.enums.FileMode.BLOB))
        for path, target in (links or {}).items():
            index.add(pygit2.IndexEntry(path, self._git.create_blob(target.encode()), pygit2.enums.FileMode.LINK))
        tree = index.write_tree(self._git)
        self._head = [self._git.create_commit("refs/heads/main", _AUTHOR, _AUTHOR, "Change\n", tree, self._head)]
        return self.history.revision(str(self._head[0]))

    def tree(self, revision: Revision) -> LimitedTree:
        return LimitedTree(self.history.tree(revision.commit))


@dataclass(kw_only=True)
class Given:
    """What one `map` gave."""

    apps: list[MappedApp]
    clusters: list[ClusterMap]
    fleet: FleetMap

    def __getitem__(self, cluster: str) -> ClusterMap:
        return self.fleet.clusters[cluster]

    @property
    def changed(self) -> set[str]:
        """`cluster/app` of every App that was given."""
        return {str(app.key) for app in self.apps}

    @property
    def touched(self) -> set[str]:
        return {each.cluster for each in self.clusters}

    @property
    def errors(self) -> list[str]:
        return [str(problem.error) for problem in self.fleet.problems if problem.clusters]

    @property
    def notices(self) -> list[str]:
        return [str(problem.error) for problem in self.fleet.problems if not problem.clusters]


class Fleet:
    """Some registered clusters, mapped from a Monorepo one Revision after the other."""

    def __init__(
        self,
        repo: Monorepo,
        clusters: Iterable[str | Cluster],
        *,
        registry: Registry = REGISTRY,
        source: Source = SOURCE,
    ) -> None:
        self.repo = repo
        self.host = RenderHost(registry)
        registered = tuple(each if isinstance(each, Cluster) else cluster(each) for each in clusters)
        self.mapper = Mapper(registry, registered, self.host, source=source)
        self.at: Revision | None = None

    async def map(self, revision: Revision, *, whole: bool = False) -> Given:
        changed = self.repo.history.changed(self.at.commit, revision.commit) if self.at and not whole else None
        apps: list[MappedApp] = []
        clusters: list[ClusterMap] = []
        async for each in self.mapper.map(revision, self.repo.tree(revision), changed):
            if isinstance(each, MappedApp):
                apps.append(each)
            elif isinstance(each, ClusterMap):
                clusters.append(each)
            else:
                self.at = revision
                return Given(apps=apps, clusters=clusters, fleet=each)
        raise AssertionError("mapping ended without a FleetMap")

    async def commit(self, files: Mapping[str, str | None]) -> Given:
        return await self.map(self.repo.commit(files))


def cluster(name: str, *, path: str = "", line: int = 1, aliases: tuple[str, ...] = ()) -> Cluster:
    return Cluster(name=name, way_in=InCluster(), path=path, aliases=aliases, origin=Origin("clusters.yaml", line))


def registry_with(*modules: ModuleType) -> Registry:
    return load((plain, kustomize, native, *modules))


def app(name: str, path: str = "", **spec: object) -> str:
    """The text of a native App; values are written as JSON."""
    import json

    fields = {"path": path or f"apps/{name}", **spec}
    return f"apiVersion: fleethub.dev/v1alpha1\nkind: App\nmetadata: {{name: {name}}}\nspec: {json.dumps(fields)}\n"


def config(name: str, value: str = "1", namespace: str = "default") -> str:
    """The text of a ConfigMap."""
    return f'apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{value: "{value}"}}\n'


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def names(desired: DesiredApp) -> list[str]:
    """The names of the objects an App renders to."""
    assert isinstance(desired.result, Rendered), desired.result
    return sorted(manifest.key.name for manifest in desired.result.manifests)


def value(desired: DesiredApp, name: str) -> object:
    """The value in one ConfigMap of an App."""
    assert isinstance(desired.result, Rendered), desired.result
    return next(manifest.body["data"]["value"] for manifest in desired.result.manifests if manifest.key.name == name)
