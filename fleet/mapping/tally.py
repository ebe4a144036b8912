"""Facts of the whole fleet that are kept up to date cluster by cluster, so that a Revision costs what it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from fleet.errors import FleetError, LocatedError
from fleet.mapping.installs import engine_of
from fleet.mapping.paths import within
from fleet.model.app import ClusterMap, DesiredApp, Problem
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Origin, Rendered, RenderFailed, Scope


class Tally:
    """What the clusters' maps come to."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.paths: Counter[str] = Counter()
        """Directories of the tree that Apps point to, and how many do."""
        self.uneasy: set[str] = set()
        """Clusters with a render that failed: they are mapped again each time."""
        self._custom: Counter[tuple[GroupKind, Scope]] = Counter()
        self._withheld: Counter[tuple[str, Origin, ObjectKey]] = Counter()

    @property
    def custom(self) -> Mapping[GroupKind, Scope]:
        """The custom kinds that are defined anywhere."""
        return dict(sorted(kind for kind, count in self._custom.items() if count > 0))

    @property
    def withheld(self) -> Mapping[tuple[str, str], tuple[tuple[Origin, ObjectKey], ...]]:
        """By engine and file: the objects of that engine's installation, in order of their lines."""
        found: dict[tuple[str, str], list[tuple[Origin, ObjectKey]]] = {}
        for (engine, origin, key), count in sorted(self._withheld.items()):
            if count > 0:
                found.setdefault((engine, origin.file), []).append((origin, key))
        return {place: tuple(objects) for place, objects in found.items()}

    def replace(self, before: ClusterMap | None, now: ClusterMap) -> None:
        """Count one cluster's new map in place of its old one."""
        old, new = (before.apps if before else {}), now.apps
        for name in old.keys() | new.keys():
            if not _same(old.get(name), new.get(name)):
                self._count(old.get(name), -1)
                self._count(new.get(name), 1)
        failed = any(isinstance(desired.result, RenderFailed) for desired in new.values())
        (self.uneasy.add if failed else self.uneasy.discard)(now.cluster)

    def _count(self, desired: DesiredApp | None, by: int) -> None:
        if desired is None:
            return
        path = desired.app.path
        if path and within(path, self._root):
            self.paths[path] += by
            if not self.paths[path]:
                del self.paths[path]
        if isinstance(desired.result, Rendered):
            for kind, scope in desired.result.defined.items():
                self._custom[kind, scope] += by
            for manifest in desired.result.withheld:
                # What git itself says is left to others is no news.
                if engine := engine_of(manifest):
                    self._withheld[engine, manifest.origin, manifest.key] += by


def merged_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Say each problem once, with all clusters it concerns, in order of file and line."""
    errors: dict[str, FleetError] = {}
    clusters: dict[str, set[str]] = {}
    for problem in problems:
        text = str(problem.error)
        errors.setdefault(text, problem.error)
        clusters.setdefault(text, set()).update(problem.clusters)
    ordered = sorted(errors.items(), key=lambda pair: (*_place(pair[1]), pair[0]))
    return tuple(Problem(error=error, clusters=tuple(sorted(clusters[text]))) for text, error in ordered)


def problems_of(maps: Iterable[ClusterMap]) -> Iterator[Problem]:
    """All clusters' problems, and those of single Apps' order."""
    for each in maps:
        yield from each.problems
        for errors in each.disorder.values():
            yield from (Problem(error=error, clusters=(each.cluster,)) for error in errors)


def _place(error: FleetError) -> tuple[str, int]:
    return (error.file, error.line) if isinstance(error, LocatedError) else ("", 0)


def _same(one: DesiredApp | None, two: DesiredApp | None) -> bool:
    """Whether two count alike; equal Fingerprints of complete renders are equal renders."""
    if one is None or two is None:
        return one is two
    if not isinstance(one.result, Rendered) or not isinstance(two.result, Rendered):
        return False
    # Of what is only reported, the line counts too.
    return one.fingerprint == two.fingerprint and one.app.path == two.app.path and one.result.withheld == two.result.withheld
