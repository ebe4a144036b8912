"""Maps Revisions one after the other, and does again only what a change concerns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from fleet.aio import map_limited
from fleet.aio.stream import stream
from fleet.errors import MappingError
from fleet.hooks import SourceTree
from fleet.hooks.registry import Registry
from fleet.mapping.declare import Chain, Kinds, Labels, Reader
from fleet.mapping.fixpoint import Fixpoint, Start
from fleet.mapping.layout import Directories, Layout, lay_out, unclaimed
from fleet.mapping.pace import Pace
from fleet.mapping.passed_over import PassedOver
from fleet.mapping.paths import PathIndex, down_to, parent, within
from fleet.mapping.reading import Reading, read_directory
from fleet.mapping.resolve import Declared
from fleet.mapping.results import FleetMap, MappedApp
from fleet.mapping.tally import Tally, merged_problems, problems_of
from fleet.mapping.units import Units, Use, User
from fleet.model.app import ClusterMap, Problem
from fleet.model.cluster import Cluster, Registered
from fleet.model.revision import Revision
from fleet.model.source import Source
from fleet.render import RenderHost

_READ_AT_ONCE = 32  # directories; reading one is short unless kustomize builds in it
_NAMED = 5  # clusters in a message
_MAPPED_AT_ONCE = 256  # clusters: so many may wait for slow renders without holding up the others

Mapped: TypeAlias = MappedApp | ClusterMap | FleetMap
Give: TypeAlias = Callable[[Mapped], None]
Changed: TypeAlias = frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What readers looked at beside their documents."""

    paths: frozenset[str] = frozenset()
    clusters: bool = False

    def __or__(self, other: _Looked) -> _Looked:
        return _Looked(paths=self.paths | other.paths, clusters=self.clusters or other.clusters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """How the declarations in the files of a chain were last read."""

    chain: Chain
    declared: tuple[Declared, ...]
    looked: _Looked

    def serves(self, chain: Chain) -> bool:
        """Whether reading them again for a chain would give the same, as long as nothing they looked at changed."""
        same = len(self.chain.readings) == len(chain.readings)
        same = same and all(one is two for one, two in zip(self.chain.readings, chain.readings, strict=True))
        same = same and self.chain.readers == chain.readers
        return same and self.chain.variables == chain.variables and self.chain.settings == chain.settings


class Mapper:
    """Keeps what the last Revision taught. Belongs to the loop's thread, as trees do; one `map` at a time."""

    def __init__(self, registry: Registry, clusters: tuple[Cluster, ...], host: RenderHost, *, source: Source) -> None:
        self._kinds = Kinds(readers=registry.app_kinds, fleet=Registered.of(clusters, urls=source.urls, branch=source.branch))
        self._clusters = clusters
        self._names = frozenset(cluster.name for cluster in clusters)
        self._units = Units(registry, host)
        self._directories = Directories(source.path.strip("/"))
        self._layout = Layout(root=self._directories.root, directories={}, errors={})
        self._wanted: dict[str, bool] = {}
        """Directories that are to be read, and whether recursively."""
        self._members: dict[str, frozenset[str]] = {}
        """Clusters whose chain holds a directory."""
        self._readings: dict[str, Reading] = {}
        self._kept: dict[str, _Kept] = {}
        self._looked: dict[str, _Looked] = {}
        self._lookers: PathIndex[str] = PathIndex()
        self._labels: Labels = {}
        self._maps: dict[str, ClusterMap] = {}
        self._passed_over = PassedOver()
        self._tally = Tally(self._directories.root)
        self._unclaimed: tuple[str, ...] = ()
        self._claims: tuple[Layout, frozenset[str]] = (self._layout, frozenset())
        self._sound = False
        """Whether all of it is that of one Revision."""

    async def map(
        self, revision: Revision, tree: SourceTree, changed: frozenset[str] | None
    ) -> AsyncIterator[MappedApp | ClusterMap | FleetMap]:
        """Map a Revision: each App as soon as its render is there, each cluster at its fixed point, the fleet at the end.

        `changed` are the paths that differ from the Revision of the last `map` that came to its end; None maps everything.
        When the iteration is left early, or raises, the next call maps everything, whatever `changed` says.
        """
        produce = partial(self._produce, revision, tree, changed if self._sound else None)
        self._sound = False
        async with aclosing(stream(produce, name="mapping")) as mapped:
            async for each in mapped:
                # It is the last, and who has it may not ask for more.
                self._sound = isinstance(each, FleetMap)
                yield each

    async def _produce(self, revision: Revision, tree: SourceTree, changed: Changed, give: Give) -> None:
        users = self._units.begin(tree, changed)
        touched = {name for kind, name in users if kind == "cluster"} | self._tally.uneasy
        for looker in self._lookers.concerned(changed or ()):
            self._kept.pop(looker, None)
            touched.add(looker)
        touched |= self._names if changed is None else set()
        touched |= await self._relay(tree, changed)
        touched |= await self._reread(tree, self._dirty(changed, users))
        chains = await self._chains(touched)
        work = partial(self._map_cluster, revision=revision, tree=tree, give=give)
        todo = [(name, chains.get(name)) for name in sorted(touched)]
        await map_limited(lambda pair: work(*pair), todo, limit=_MAPPED_AT_ONCE, name="mapping")
        give(await self._fleet_map(revision))

    async def _relay(self, tree: SourceTree, changed: Changed) -> set[str]:
        """Find the clusters' directories anew where directories came or went; gives clusters whose place changed."""
        if changed is None:
            await self._directories.scan(tree, Pace())
            moved = frozenset(self._readings)
        else:
            moved = self._directories.follow(tree, changed)
            if not moved:
                return set()
        for place in [each for each in self._readings if any(within(each, other) for other in moved)]:
            self._drop(place)
        before, self._layout = self._layout, lay_out(self._directories, self._clusters)
        members, self._members = self._members, _members(self._layout)
        homes = set(self._layout.directories.values())
        self._wanted = {place: place in homes for place in self._members}
        for place in [each for each, reading in self._readings.items() if self._wanted.get(each) is not reading.recursive]:
            self._drop(place)
        joined = {name for place, now in self._members.items() if members.get(place) != now for name in now}
        return joined | {name for name in self._names if before.place(name) != self._layout.place(name)}

    def _drop(self, directory: str) -> None:
        """Forget a directory's reading, and what was built for it."""
        del self._readings[directory]
        self._units.finish(("directory", directory), Use())

    def _dirty(self, changed: Changed, users: Iterable[User]) -> set[str]:
        """The directories to read: those where files changed, those never read, those where something was wrong."""
        dirty = {place for kind, place in users if kind == "directory"}
        for path in changed or ():
            above = parent(path)
            dirty.add(above)
            dirty.update(place for place in down_to("", above) if self._wanted.get(place))
        dirty.update(place for place in self._wanted if place not in self._readings or self._readings[place].errors)
        return dirty & self._wanted.keys()

    async def _reread(self, tree: SourceTree, directories: Iterable[str]) -> set[str]:
        """Read directories; gives the clusters to which one of them says something else than before."""
        touched: set[str] = set()
        pace = Pace()

        async def one(place: str) -> None:
            reading = await read_directory(tree, place, recursive=self._wanted[place], units=self._units)
            before = self._readings.get(place)
            if before is None or not before.same(reading):
                self._readings[place] = reading
                touched.update(self._members[place])
            await pace.step()

        await map_limited(one, sorted(directories), limit=_READ_AT_ONCE, name="reading")
        return touched

    async def _chains(self, touched: set[str]) -> dict[str, Chain]:
        """The chains of touched clusters; touches also those whose readers look at labels that changed."""
        mapped = self._layout.directories.keys() - self._layout.errors.keys()
        chains: dict[str, Chain] = {}
        pace = Pace()
        for name in touched & mapped:
            chains[name] = self._chain(name)
            await pace.step()
        labels = {name: known for name, known in self._labels.items() if name not in touched}
        labels.update({name: {} for name in touched - mapped - self._layout.errors.keys()})
        labels.update({name: chain.settings.labels for name, chain in chains.items() if not chain.unsettled})
        if labels != self._labels:
            self._labels = labels
            lookers = {name for name, looked in self._looked.items() if looked.clusters}
            for name in lookers:
                self._kept.pop(name, None)
            chains.update({name: self._chain(name) for name in (lookers - touched) & mapped})
            touched |= lookers
        return chains

    def _chain(self, name: str) -> Chain:
        said = ((self._readings[place], self._members[place]) for place in self._layout.chain(name))
        return Chain.of(name, self._layout.directories[name], said)

    async def _map_cluster(self, name: str, chain: Chain | None, *, revision: Revision, tree: SourceTree, give: Give) -> None:
        use = Use()
        if chain is None or chain.unsettled:
            self._kept.pop(name, None)
            self._look(name, _Looked())
            made = self._bare(name, revision, chain)
        else:
            use = Use(chain.values, chain.variables)
            reader = Reader(self._kinds, chain, tree, self._labels)
            kept = await self._declared(chain, reader)
            before = self._maps[name].apps if name in self._maps else {}
            start = Start(chain=chain, declared=kept.declared, before=before)
            made = await Fixpoint(start, units=self._units, reader=reader, use=use, give=give).run(revision)
            self._look(name, kept.looked | _Looked(paths=reader.looked_at, clusters=reader.looked_at_clusters))
            made = self._doubted(made) if self._looked[name].clusters else made
        self._units.finish(("cluster", name), use)
        self._tally.replace(self._maps.get(name), made)
        self._maps[name] = made
        give(made)

    async def _declared(self, chain: Chain, reader: Reader) -> _Kept:
        """Read the declarations in the files of a chain, or know them."""
        kept = self._kept.get(chain.cluster)
        if kept is not None and kept.serves(chain):
            return kept
        pace = Pace()
        declared: list[Declared] = []
        for depth, reading in enumerate(chain.readings):
            for each in reading.declarations:
                read = reader.in_file(each, depth)
                # One that is not for this cluster is simply not there.
                declared.extend([read] if read.apps or read.notices or read.errors or read.looks else [])
                await pace.step()
        looked = _Looked(paths=reader.looked_at, clusters=reader.looked_at_clusters)
        kept = self._kept[chain.cluster] = _Kept(chain=chain, declared=tuple(declared), looked=looked)
        return kept

    def _look(self, name: str, looked: _Looked) -> None:
        before = self._looked.get(name, _Looked())
        self._lookers.remove(before.paths - looked.paths, name)
        self._lookers.add(looked.paths - before.paths, name)
        self._looked[name] = looked

    def _doubted(self, made: ClusterMap) -> ClusterMap:
        """A map for which all labels were looked at, of which some are not known: what it does not declare may be declared."""
        unknown = sorted(self._names - self._labels.keys())
        if not unknown:
            return made
        named = ", ".join(unknown[:_NAMED]) + (f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else "")
        message = f"the labels of {named} could not be read, and what is declared here goes by the labels of all clusters"
        error = MappingError(file=made.directory, line=1, message=message)
        return replace(made, problems=(*made.problems, Problem(error=error, clusters=(made.cluster,))))

    def _bare(self, name: str, revision: Revision, chain: Chain | None) -> ClusterMap:
        """The map of a cluster without a directory, or with one or settings that cannot be read: it has no Apps.

        Made with no labels and no variables, Apps would be others, and be applied.
        """
        errors = chain.errors if chain else self._layout.errors.get(name, ())
        problems = tuple(Problem(error=error, clusters=(name,)) for error in errors)
        directory = self._layout.directories.get(name, "")
        empty: dict[str, str] = {}
        return ClusterMap(
            cluster=name,
            directory=directory,
            revision=revision,
            labels=empty,
            variables=empty,
            apps={},
            problems=problems,
        )

    async def _fleet_map(self, revision: Revision) -> FleetMap:
        paths = self._tally.paths.keys()
        layout, known = self._claims
        if layout is not self._layout or known != paths:  # equal layouts may be of other directories
            self._claims = (self._layout, frozenset(paths))
            self._unclaimed = unclaimed(self._directories, self._layout, paths=paths)
        maps = await self._passed_over.told(self._maps)
        return FleetMap(
            revision=revision,
            clusters=maps,
            unclaimed=self._unclaimed,
            homeless=self._layout.homeless,
            problems=merged_problems([*problems_of(maps.values()), *self._notices()]),
            custom=self._tally.custom,
        )

    def _notices(self) -> Iterable[Problem]:
        for path in self._unclaimed:
            message = "no registered cluster is in this directory and no App points to it: nothing in it is read"
            yield Problem(error=MappingError(file=path, line=1, message=message))
        for cluster in self._clusters:
            if cluster.name in self._layout.homeless:
                root = self._directories.root
                message = f"cluster {cluster.name} has no directory below {root}: it gets nothing, and keeps what it has"
                yield Problem(error=MappingError(file=cluster.origin.file, line=cluster.origin.line, message=message))
        for (engine, file), objects in self._tally.withheld.items():
            (origin, first), more = objects[0], len(objects) - 1
            others = f" and {more} more from this file" if more else ""
            message = f"{first}{others}: the installation of {engine}; it is not applied, and what is there of it stays"
            yield Problem(error=MappingError(file=file, line=origin.line, message=message))


def _members(layout: Layout) -> dict[str, frozenset[str]]:
    """The clusters whose chain holds a directory, by directory."""
    found: dict[str, set[str]] = {}
    for name in layout.directories.keys() - layout.errors.keys():
        for place in layout.chain(name):
            found.setdefault(place, set()).add(name)
    return {place: frozenset(names) for place, names in found.items()}
