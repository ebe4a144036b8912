"""What one App of one cluster was at another commit: that App is rendered and what declares it, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fleet.hooks import SourceTree
from fleet.hooks.registry import Registry
from fleet.mapping.declare import Chain, Child, Kinds, Labels, Reader
from fleet.mapping.fixpoint import Fixpoint, Start
from fleet.mapping.loose import loose_app
from fleet.mapping.paths import down_to
from fleet.mapping.reading import read_directory
from fleet.mapping.resolve import Declared, Resolution, resolve
from fleet.mapping.units import Units, Use
from fleet.model.app import DesiredApp
from fleet.model.cluster import Registered
from fleet.model.manifest import Rendered
from fleet.render import RenderHost


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster, where it stands in the tree, and the labels of every cluster: none of it is looked up at the other commit."""

    cluster: str
    root: str
    directory: str
    labels: Labels
    fleet: Registered = field(default_factory=Registered)
    """What declarations may name."""

    @property
    def chain(self) -> tuple[str, ...]:
        """The groups above the cluster's directory, the outermost first, and the directory itself."""
        return down_to(self.root, self.directory)


class Earlier:
    """Looks at single Apps of other Revisions. Costs what their clusters' directories hold, and a render that is not cached."""

    def __init__(self, registry: Registry, host: RenderHost) -> None:
        self._registry = registry
        self._host = host

    async def app(self, tree: SourceTree, place: Place, line: Sequence[str]) -> DesiredApp | None:
        """Find an App; `line` are the names of the Apps whose renders declare it, the outermost first, and its own.

        None when the tree does not declare it. Raises the first of what is wrong in its chain when that could be the reason.
        """
        units = Units(self._registry, self._host)
        units.begin(tree, None)
        readings = [await read_directory(tree, each, recursive=each == place.directory, units=units) for each in place.chain]
        # What is for clusters that do not read it is no matter of this App's.
        chain = Chain.of(place.cluster, place.directory, ((each, frozenset(place.labels)) for each in readings))
        use = Use(chain.values, chain.variables)
        kinds = Kinds(readers=self._registry.app_kinds, fleet=place.fleet)
        reader = Reader(kinds, chain, tree, place.labels)
        declared = [reader.in_file(each, depth) for depth, one in enumerate(readings) for each in one.declarations]
        for parent in line[:-1]:
            declared.extend(await _children(parent, resolve(declared), units, use, reader))
        if any(each.waits for each in declared):
            # What one of them looks at may be in any App's render: then nothing less than the whole cluster tells.
            start = Start(chain=chain, declared=tuple(each for each in declared if not each.parent), before={})
            apps = await Fixpoint(start, units=units, reader=reader, use=use, give=lambda _: None).apps()
            if line[-1] in apps:
                return apps[line[-1]]
        resolution = resolve(declared)
        app = resolution.apps.get(line[-1])
        if app is not None:
            return await units.desired(app, use)
        loose = loose_app(chain).desired
        if loose is not None and loose.app.key.app == line[-1]:
            return loose
        for error in (*(error for reading in readings for error in reading.errors), *resolution.errors):
            raise error
        return None


async def _children(parent: str, found: Resolution, units: Units, use: Use, reader: Reader) -> list[Declared]:
    """What an App's render declares; nothing when there is no such App."""
    app = found.apps.get(parent)
    result = (await units.desired(app, use)).result if app else None
    if result is None:
        return []
    if not isinstance(result, Rendered):
        raise result.errors[0]
    child = Child(parent=parent, declared=found.declared[parent])
    return [reader.in_render(each, child) for each in result.declarations]
