"""Which commit changed what git says of an object, where several came between what a cluster runs and the head.

Mostly one commit came, and nothing is to be found out. Otherwise git tells, by ids of trees, which of them touched what the
App is made of. Was it one, then it is that one; were it several, the App is looked up at each of them, the newest first, until
every object that changed is accounted for. A side branch is one commit: that of its merge.

What cannot be told within the limits is put down to the newest commit that touched what the App is made of.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, TypeVar

from fleet.aio import deadline
from fleet.errors import FleetError, NotThere
from fleet.hooks import SourceTree
from fleet.hub.cases import Case
from fleet.mapping import Earlier
from fleet.model.app import DesiredApp
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Origin, RenderFailed
from fleet.model.revision import Revision
from fleet.source import Repository

T = TypeVar("T")
MOST = 50
"""Commits that are looked at, back from the head: who pushes more at once hardly asks which of them it was."""
_SECONDS = 10.0
"""For looking up one App at earlier commits: a Sync waits for it, so it is short."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Commits of a first-parent chain, the newest first."""

    inside: tuple[str, ...]
    """Those that came since the start; all that are looked at when there is no start among them."""
    before: tuple[str, ...] = ()
    whole: bool = False
    """Whether nothing lies between the oldest inside and the start."""


class Tracer:
    """Finds commits for the whole hub. Belongs to the loop's thread, as trees do."""

    def __init__(self, repository: Repository, tree: Callable[[str], SourceTree], earlier: Earlier, *, most: int = MOST) -> None:
        self.looked_up = 0
        """How many times an App was looked up at an earlier commit."""
        self._repository = repository
        self._earlier = earlier
        self._most = most
        self._tree = tree
        self._trees: _Kept[SourceTree] = _Kept(64)
        self._spans: _Kept[_Span] = _Kept(256)
        self._states: _Kept[DesiredApp | None] = _Kept(256)
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def commits(self, case: Case, keys: frozenset[ObjectKey]) -> Mapping[ObjectKey, str]:
        """Find the commit that changed what git says of each key; those that it was the head for may be left out."""
        span = self._span_of(case)
        if span.inside == (case.head,) and span.whole:
            return {}
        await self._learn(span)
        found: dict[ObjectKey, str] = {}
        for paths, some in _groups(case, keys):
            found |= await self._found(case, paths, some, span)
        return found

    async def last(self, case: Case, commit: str, *, fingerprint: str) -> tuple[str, DesiredApp]:
        """Look up what an App that is gone was when this commit of it was applied; raises what is wrong there, or NotThere.

        It may be that it was moved since, and is not found there: then it is looked for on the way back from the head.
        """
        try:
            return commit, await self._declared(case, commit)
        except FleetError:
            for each in self._repository.first_parents(case.head, most=self._most)[1:]:
                with suppress(FleetError):
                    found = await self._declared(case, each)
                    if found.fingerprint == fingerprint:
                        return each, found
            raise

    async def _declared(self, case: Case, commit: str) -> DesiredApp:
        if not commit or not self._repository.known(commit):
            raise NotThere(what="commit that was last applied, in the repository,", name=commit)
        async with self._places:
            found = await self._at(case, commit)
        if found is None:
            raise NotThere(what=f"App at {commit}", name=f"{case.place.cluster}/{case.line[-1]}")
        return found

    async def _found(self, case: Case, paths: frozenset[str], keys: frozenset[ObjectKey], span: _Span) -> dict[ObjectKey, str]:
        touching = self._touching(case, paths, span.inside)
        if not span.whole:
            return dict.fromkeys(keys, next(touching, case.fallback))
        several = tuple(touching) or tuple(self._in_chain(case, span.inside))
        if not several:
            return dict.fromkeys(keys, next(self._touching(case, paths, span.before), case.fallback))
        if len(several) == 1:
            return dict.fromkeys(keys, several[0])
        return await self._apart(case, keys, several)

    # ── from git alone ──────────────────────────────────────────────────────────────────────────────────────────────

    def _span_of(self, case: Case) -> _Span:
        if case.same_since and self._repository.known(case.same_since):
            return self._span(case.same_since, "")
        return self._span(case.head, case.start)

    def _span(self, head: str, start: str) -> _Span:
        kept = self._spans.get((head, start))
        return kept or self._spans.put((head, start), self._look(head, start))

    def _look(self, head: str, start: str) -> _Span:
        line = self._repository.first_parents(head, most=self._most + 1)
        if start not in line:
            # Where the branch was merged into another that took its place, the start is no first parent of the head.
            past = (each for each in line if start and self._repository.is_ancestor(each, start))
            start = next(past, "")
        if not start:
            return _Span(inside=line[: self._most])
        at = line.index(start)
        return _Span(inside=line[:at], before=line[at:], whole=True)

    async def _learn(self, span: _Span) -> None:
        """Compare the commits' trees beforehand, one after the other, so that nothing else waits for all of them."""
        for commit in span.inside if span.whole else (*span.inside, *span.before):
            if not self._repository.has_touched(commit):
                self._repository.touched(commit)
                await asyncio.sleep(0)

    def _touching(self, case: Case, paths: frozenset[str], commits: Iterable[str]) -> Iterator[str]:
        """Those of some commits that touched what an App is made of."""
        for commit in commits:
            if self._repository.touched(commit).any_of(paths) or self._redeclared(case, commit):
                yield commit

    def _in_chain(self, case: Case, commits: Iterable[str]) -> Iterator[str]:
        """Those that touched its cluster's directory or a group above: what overrides it came or went there."""
        for commit in commits:
            if self._repository.touched(commit).in_chain(case.place.chain[:-1], case.place.directory):
                yield commit

    def _redeclared(self, case: Case, commit: str) -> bool:
        """Whether a commit changed an App's own document: files often hold many."""
        if case.declared is None or case.declared.file not in self._repository.touched(commit).changed:
            return False
        parents = self._repository.first_parents(commit, most=2)[1:]
        try:
            wanted = _document_at(self._tree_of(case.declared_at), case.declared)
            return not parents or wanted is None or self._says(case, commit, wanted) != self._says(case, parents[0], wanted)
        except FleetError:
            return True

    def _says(self, case: Case, commit: str, wanted: tuple[Any, ...]) -> Any:
        assert case.declared is not None
        tree, file = self._tree_of(commit), case.declared.file
        if tree.entry(file) is None:
            return None
        return next((each.value for each in tree.documents(file) if _identity(each.value) == wanted), None)

    def _tree_of(self, commit: str) -> SourceTree:
        return self._trees.get(commit) or self._trees.put(commit, self._tree(commit))

    # ── by rendering ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _apart(self, case: Case, keys: frozenset[ObjectKey], touching: Sequence[str]) -> dict[ObjectKey, str]:
        """Tell several commits apart, object by object: the newest before which git said something else."""
        found: dict[ObjectKey, str] = {}
        now = _digests(case, case.desired)
        try:
            async with deadline(_SECONDS, f"looking up {case.place.cluster}/{case.line[-1]} at earlier commits"), self._places:
                for newer, older in pairwise(touching):
                    before = _digests(case, await self._at(case, older))
                    found |= {key: newer for key in keys - found.keys() if before.get(key) != now.get(key)}
                    if len(found) == len(keys):
                        return found
        except FleetError:
            return dict.fromkeys(keys, touching[0]) | found
        return dict.fromkeys(keys, touching[-1]) | found

    async def _at(self, case: Case, commit: str) -> DesiredApp | None:
        """Look an App up at a commit; raises what is wrong with it there."""
        asked = (case.place.cluster, case.line, commit)
        if asked not in self._states:
            self.looked_up += 1
            self._states.put(asked, await self._earlier.app(self._tree_of(commit), case.place, case.line))
        state = self._states.get(asked)
        if state is not None and isinstance(state.result, RenderFailed):
            raise state.result.errors[0]
        return state


def attributed(named: Iterable[str], revision: Revision, repository: Repository) -> Mapping[str, Revision]:
    """Tell of commits other than a Revision what is said of them."""
    return {commit: repository.revision(commit) for commit in named if commit != revision.commit and repository.known(commit)}


def _groups(case: Case, keys: frozenset[ObjectKey]) -> Iterator[tuple[frozenset[str], frozenset[ObjectKey]]]:
    """Keys that are decided by the same paths, with these."""
    if not case.loose:
        yield case.paths, keys
        return
    manifests = case.manifests(case.desired) if case.desired else {}
    files: dict[str, set[ObjectKey]] = {}
    for key in keys:
        files.setdefault(manifests[key].origin.file if key in manifests else "", set()).add(key)
    for file, some in files.items():
        yield case.paths | ({file} if file else set()), frozenset(some)


def _digests(case: Case, desired: DesiredApp | None) -> dict[ObjectKey, str]:
    return {key: manifest.digest for key, manifest in case.manifests(desired).items()} if desired else {}


def _document_at(tree: SourceTree, origin: Origin) -> tuple[Any, ...] | None:
    return next((_identity(each.value) for each in tree.documents(origin.file) if each.line == origin.line), None)


def _identity(value: Any) -> tuple[Any, ...]:
    """(group and version, kind, namespace, name) of what may be an object."""
    body = value if isinstance(value, dict) else {}
    metadata = body.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    return body.get("apiVersion"), body.get("kind"), named.get("namespace"), named.get("name")


class _Kept(Generic[T]):
    """The answers asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Any, T] = OrderedDict()

    def __contains__(self, key: Any) -> bool:
        return key in self._kept

    def get(self, key: Any) -> T | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: Any, value: T) -> T:
        self._kept[key] = value
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value
