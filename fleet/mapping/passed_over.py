"""What an App's render declares for another cluster, where that one never comes to read it. Pure.

A file is read by every cluster below it; a render only by those that have its App. What it declares for another cluster is
known to nobody but the clusters that do read it, so it is told here, once all clusters are mapped: as an error of them all,
the one it is for among them, since what that one should have is not what its map says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from fleet.errors import FleetError, MappingError
from fleet.mapping.pace import Pace
from fleet.model.app import ClusterMap, Elsewhere, Problem
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Rendered, RenderFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A map, what was found wrong beside it, and the two as one."""

    said: ClusterMap
    errors: Mapping[str, FleetError]
    """By their texts."""
    whole: ClusterMap


class PassedOver:
    """Finds it again only where a map changed; a map that says the same as before is the same."""

    def __init__(self) -> None:
        self._maps: Mapping[str, ClusterMap] = {}
        self._for: dict[str, frozenset[str]] = {}
        """By cluster: all that its renders declare something for."""
        self._found: dict[str, tuple[Problem, ...]] = {}
        """By cluster: what its renders declare that nobody reads."""
        self._told: dict[str, _Told] = {}

    async def told(self, maps: Mapping[str, ClusterMap]) -> Mapping[str, ClusterMap]:
        """Give all maps, each with what concerns it of what nobody reads."""
        changed = {name for name, each in maps.items() if self._maps.get(name) is not each}
        declared, pace = _Declared(), Pace()
        for name, each in maps.items():
            if name in changed:
                self._for[name] = frozenset().union(*(item.clusters for item in each.elsewhere))
            if name in changed or not self._for[name].isdisjoint(changed):
                self._found[name] = tuple(_found(each, maps, declared))
                await pace.step()
        self._maps = dict(maps)
        wrong: dict[str, dict[str, FleetError]] = {}
        for problem in (problem for found in self._found.values() for problem in found):
            for cluster in problem.clusters:
                wrong.setdefault(cluster, {})[str(problem.error)] = problem.error
        self._told = {name: self._with(maps[name], errors) for name, errors in wrong.items()}
        return {**maps, **{name: each.whole for name, each in self._told.items()}}

    def _with(self, said: ClusterMap, errors: Mapping[str, FleetError]) -> _Told:
        before = self._told.get(said.cluster)
        if before and before.said is said and before.errors.keys() == errors.keys():
            return before
        more = tuple(Problem(error=error, clusters=(said.cluster,)) for error in errors.values())
        return _Told(said=said, errors=errors, whole=replace(said, problems=(*said.problems, *more)))


class _Declared:
    """What renders declare; most are those of many clusters."""

    def __init__(self) -> None:
        self._by_render: dict[int, frozenset[ObjectKey]] = {}

    def by(self, result: Rendered) -> frozenset[ObjectKey]:
        """The identities."""
        if id(result) not in self._by_render:
            self._by_render[id(result)] = frozenset(each.identity for each in result.declarations)
        return self._by_render[id(result)]


def _found(by: ClusterMap, maps: Mapping[str, ClusterMap], declared: _Declared) -> Iterator[Problem]:
    for item in by.elsewhere:
        deaf = sorted(name for name in item.clusters if not _hears(maps[name], item, by, declared))
        if deaf:
            yield Problem(error=_error(item, deaf), clusters=(by.cluster, *deaf))


def _hears(cluster: ClusterMap, item: Elsewhere, by: ClusterMap, declared: _Declared) -> bool:
    """Whether a cluster comes to read what another one read; where it cannot be told, what is in the way is said already."""
    if cluster.problems:
        return True
    own = cluster.apps.get(item.parent)
    if own is not None and (isinstance(own.result, RenderFailed) or item.identity in declared.by(own.result)):
        return True
    # What replaces the App there replaces what its render declares.
    theirs = by.apps[item.parent].app.declared_by.origin
    return any(farther == theirs for _, farther in cluster.overridden.values())


def _error(item: Elsewhere, deaf: Iterable[str]) -> MappingError:
    named = ", ".join(deaf)
    message = (
        f"{item.identity} is for {named}, which does not read it: it comes with App {item.parent}, which is not for {named}; "
        f"give {item.parent} the destination in-cluster"
    )
    return MappingError(file=item.origin.file, line=item.origin.line, message=message)
