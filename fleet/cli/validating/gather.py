"""Collects every problem of a mapped Revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fleet.cli.frame.checkout import placed
from fleet.cli.validating.bodies import judge
from fleet.cli.validating.builtin import Mistake
from fleet.cli.validating.finding import Finding, Level
from fleet.cli.validating.kinds import CustomKind, Definitions, Kinds, Known, Unserved
from fleet.cli.validating.unevaluated import unevaluated
from fleet.errors import FleetError, LocatedError, SeveralErrors
from fleet.model.app import ClusterMap, DesiredApp, Problem
from fleet.model.claims import Claims
from fleet.model.manifest import Manifest, Origin, Rendered, RenderFailed, Scope
from fleet.model.revision import EntryKind
from fleet.plan.claims import claims
from fleet.schema.releases import minor_of, minors, nearest

if TYPE_CHECKING:
    from fleet.cli.frame.checkout import Mapped
    from fleet.hooks.tree import LimitedTree

_ALWAYS_THERE = frozenset({"default", "kube-system", "kube-public", "kube-node-lease", "fleethub-system"})
REGISTRY = "clusters.yaml"
_DEFINITION = "CustomResourceDefinition"


def gather(mapped: Mapped, clusters: Iterable[ClusterMap]) -> list[Finding]:
    """Give all problems of some clusters, and those of nobody's, each once, in order of file and line."""
    chosen = list(clusters)
    names = {each.cluster for each in chosen}
    found = [*_mapping(mapped.map.problems, names, mapped.tree)]
    elsewhere = [each for cluster in mapped.map.clusters.values() for each in _definitions(_manifests(mapped, cluster))]
    judged, known = _Judged(mapped.tree), Definitions()
    for cluster in chosen:
        manifests = _manifests(mapped, cluster)
        minor = nearest(cluster.kube_version)
        kinds = Kinds([*elsewhere, *_definitions(manifests)], known, minor=minor, served=cluster.api_versions)
        found += _renders(cluster, mapped.tree)
        found += _versions(mapped, cluster)
        found += _claims(mapped, cluster)
        found += _namespaces(cluster, manifests)
        for each in _flat(manifests):
            found += [replace(told, clusters=(cluster.cluster,), kubernetes=(minor,)) for told in judged.of(each, kinds)]
    return _merged(found)


def _manifests(mapped: Mapped, cluster: ClusterMap) -> dict[str, tuple[Manifest, ...]]:
    return {name: placed(_as_read(desired), mapped.map) for name, desired in cluster.apps.items()}


def _as_read(desired: DesiredApp) -> DesiredApp:
    """Take what could be read of a render that failed: what is wrong with that is told too."""
    if isinstance(desired.result, Rendered):
        return desired
    return replace(desired, result=Rendered(fingerprint=desired.fingerprint, manifests=desired.result.read))


def _flat(manifests: dict[str, tuple[Manifest, ...]]) -> Iterator[Manifest]:
    for each in manifests.values():
        yield from each


def _definitions(manifests: dict[str, tuple[Manifest, ...]]) -> list[Manifest]:
    return [each for each in _flat(manifests) if each.key.kind == _DEFINITION and each.key.group == "apiextensions.k8s.io"]


def _mapping(problems: Iterable[Problem], names: set[str], tree: LimitedTree) -> Iterator[Finding]:
    for problem in problems:
        concerned = tuple(name for name in problem.clusters if name in names)
        if problem.clusters and not concerned:
            continue
        level = Level.ERROR if problem.clusters else Level.WARNING
        for finding in _told(problem.error, "mapping", Origin(REGISTRY, 1), tree):
            yield replace(finding, level=level, clusters=concerned)


def _renders(cluster: ClusterMap, tree: LimitedTree) -> Iterator[Finding]:
    # Loose files that cannot be read are the chain's problem as well as their App's.
    known = {str(problem.error) for problem in cluster.problems}
    for desired in cluster.apps.values():
        for error in desired.result.errors if isinstance(desired.result, RenderFailed) else ():
            for finding in _told(error, "render", desired.app.declared_by.origin, tree) if str(error) not in known else ():
                yield replace(finding, clusters=(cluster.cluster,))


def _told(error: FleetError, rule: str, origin: Origin, tree: LimitedTree) -> Iterator[Finding]:
    if isinstance(error, SeveralErrors):
        for each in error.facts["errors"]:
            yield from _told(each, rule, origin, tree)
        return
    message = str(error)
    if isinstance(error, LocatedError):
        message = message.removeprefix(f"{error.file}:{error.line}: ")
        origin = _in_file(Origin(error.file, error.line), tree) or origin
    yield Finding(file=origin.file, line=origin.line, rule=rule, message=message)


def _in_file(origin: Origin, tree: LimitedTree) -> Origin | None:
    """A place that is there: None where the file is what is missing, so that what asks for it is the place."""
    if origin.file == REGISTRY:
        return origin
    entry = tree.entry(origin.file)
    if entry is None or entry.kind is not EntryKind.FILE:
        return origin if entry else None
    # What is open to the end of a file is missed behind its last line.
    lines = len(tree.read(origin.file).rstrip().splitlines())
    return Origin(origin.file, min(origin.line, max(lines, 1)))


def _versions(mapped: Mapped, cluster: ClusterMap) -> Iterator[Finding]:
    asked, known = minor_of(cluster.kube_version), nearest(cluster.kube_version)
    if asked and asked != known:
        place = _said_in(mapped.tree, cluster.directory)
        message = (
            f"nothing is known of Kubernetes {asked}, only of {minors()[0]} to {minors()[-1]}: objects are checked by {known}"
        )
        yield Finding(
            file=place.file,
            line=place.line,
            rule="other-version",
            message=message,
            level=Level.WARNING,
            clusters=(cluster.cluster,),
        )


def _said_in(tree: LimitedTree, directory: str) -> Origin:
    """The nearest `cluster.yaml` that says a version."""
    steps = directory.split("/")
    for count in range(len(steps), 0, -1):
        path = "/".join([*steps[:count], "cluster.yaml"])
        for document in tree.documents(path) if tree.entry(path) else ():
            if isinstance(document.value, dict) and "kubeVersion" in document.value:
                return Origin(path, tree.line_of(document, "/kubeVersion"))
    return Origin(directory, 1)


def _claims(mapped: Mapped, cluster: ClusterMap) -> Iterator[Finding]:
    # Of what could be read, whatever is wrong elsewhere: this only tells, and decides nothing.
    apps = {name: _as_read(desired) for name, desired in cluster.apps.items()}
    sound = replace(cluster, apps=apps, problems=())
    found = claims(sound, _manifests(mapped, sound), mapped.revision.commit)
    for key, (first, second) in found.refused.items() if isinstance(found, Claims) else ():
        if first.app == second.app:
            continue  # Its render has failed for that, and was told.
        message = f"it is already App {first.app}'s ({first.origin}): it is applied for that App only, not for {second.app}"
        yield Finding(
            file=second.origin.file,
            line=second.origin.line,
            rule="claimed-twice",
            message=message,
            object=str(key),
            clusters=(cluster.cluster,),
        )


def _namespaces(cluster: ClusterMap, manifests: dict[str, tuple[Manifest, ...]]) -> Iterator[Finding]:
    there = set(_ALWAYS_THERE)
    there.update(each.key.name for each in _flat(manifests) if each.key.kind == "Namespace" and not each.key.group)
    there.update(each.app.namespace for each in cluster.apps.values() if each.app.own_namespace)
    missing: dict[str, Manifest] = {}
    for each in _flat(manifests):
        if each.scope is Scope.NAMESPACED and each.key.namespace not in there:
            missing.setdefault(each.key.namespace, each)
    for namespace, first in missing.items():
        message = f"nothing here makes the namespace {namespace}: it must be there before"
        told = _at(first, rule="missing-namespace", message=message, level=Level.NOTE)
        yield replace(told, clusters=(cluster.cluster,))


def _at(manifest: Manifest, **facts: Any) -> Finding:
    origin = manifest.origin
    return Finding(file=origin.file, line=origin.line, object=str(manifest.key), **facts)


class _Judged:
    """Objects that were judged: what clusters share is judged once."""

    def __init__(self, tree: LimitedTree) -> None:
        self._tree = tree
        self._known: dict[tuple[Any, ...], list[Finding]] = {}

    def of(self, manifest: Manifest, kinds: Kinds) -> list[Finding]:
        kind = kinds.of(manifest.api_version, manifest.key.kind)
        mark = (manifest.digest, manifest.origin, kind.mark if kind else None)
        found = self._known.get(mark)
        if found is None:
            found = self._known[mark] = list(self._judge(manifest, kind))
        return [*found, *self._not_evaluated(kind)] if isinstance(kind, CustomKind) else found

    def _not_evaluated(self, kind: CustomKind) -> list[Finding]:
        mark = ("rules", kind.mark)
        found = self._known.get(mark)
        if found is None:
            rules = unevaluated(kind)
            found = self._known[mark] = [self._placed(kind.definition, rules, level=Level.NOTE)] if rules else []
        return found

    def _judge(self, manifest: Manifest, kind: Known | Unserved | None) -> Iterator[Finding]:
        if kind is None:
            message = f"no schema of {manifest.api_version} {manifest.key.kind} is known here, so it was not checked"
            yield _at(manifest, rule="unknown-kind", message=message, level=Level.WARNING)
        elif isinstance(kind, Unserved):
            yield _at(manifest, rule="not-served", message=kind.message)
        else:
            yield from (self._placed(manifest, each) for each in judge(kind, manifest.body))

    def _placed(self, manifest: Manifest, mistake: Mistake, level: Level = Level.ERROR) -> Finding:
        found = _at(manifest, rule=mistake.rule, message=mistake.message, level=level)
        return replace(found, line=self._line(manifest, mistake))

    def _line(self, manifest: Manifest, mistake: Mistake) -> int:
        """The line of a field in the file the object came from; the object's own where it was not written there as it is."""
        origin = manifest.origin
        try:
            documents = self._tree.documents(origin.file)
        except FleetError:
            return origin.line
        for document in documents:
            metadata = document.value.get("metadata") if isinstance(document.value, dict) else None
            name = metadata.get("name") if isinstance(metadata, dict) else None
            if document.line == origin.line and name == manifest.key.name:
                return self._tree.line_of(document, mistake.pointer)
        return origin.line


def _merged(found: Iterable[Finding]) -> list[Finding]:
    concerned: dict[Finding, tuple[set[str], set[str]]] = {}
    for each in found:
        clusters, versions = concerned.setdefault(replace(each, clusters=(), kubernetes=()), (set(), set()))
        clusters.update(each.clusters)
        versions.update(each.kubernetes)
    return sorted(
        replace(each, clusters=tuple(sorted(clusters)), kubernetes=tuple(sorted(versions, key=minors().index)))
        for each, (clusters, versions) in concerned.items()
    )
