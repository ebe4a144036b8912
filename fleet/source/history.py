"""Commits: their Revisions, trees, ancestry, and what differs between two."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

import pygit2
from pygit2.enums import ObjectType

from fleet.errors import ObjectLost, RevisionUnknown, SourceUnreachable
from fleet.model.revision import Revision
from fleet.source.changes import Changes
from fleet.source.objects import Objects, open_repository
from fleet.source.touched import EVERYTHING, Touched
from fleet.source.tree import GitTree

T = TypeVar("T")
_KEPT = 4096  # answers about commits that are remembered
_TOUCHED_KEPT = 128  # commits whose changed paths are remembered: some hold the paths of a whole monorepo


class History:
    """Reads one repository's commits from its object database. Belongs to one thread; no method waits for anything but disk."""

    def __init__(self, repository: pygit2.Repository, *, name: str) -> None:
        self.objects = Objects(repository, name=name)
        self._changes = Changes(self.objects)
        self._roots: dict[str, str] = {}
        self._ancestors: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self._touched: OrderedDict[str, Touched] = OrderedDict()

    def known(self, commit: str) -> bool:
        """Whether the commit, by its full id, and the tree it names are in the repository."""
        found = self.objects.commit(commit)
        return found is not None and found.tree_id in self.objects.repository

    def resolve(self, name: str) -> str:
        """The full id of what people call a commit: `HEAD`, a branch, a tag, the beginning of an id, `main~3`."""
        try:
            return str(self.objects.repository.revparse_single(name).peel(ObjectType.COMMIT).id)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionUnknown(url=self.objects.name, name=name) from error

    def place_of(self, directory: Path) -> str:
        """Where a directory of the working tree stands in the repository; empty for its top, and in a bare one."""
        repository = self.objects.repository
        if repository.is_bare:
            return ""
        top, place = Path(repository.workdir).resolve(), directory.resolve()
        return "" if place == top or not place.is_relative_to(top) else place.relative_to(top).as_posix()

    def staged(self) -> str:
        """Write what git would commit now as a commit that no branch names, as `git stash create` does; gives its id.

        Its objects are those that git writes itself when it commits. Git names the index of a partial commit to its hooks.
        """
        repository = self.objects.repository
        try:
            index = pygit2.Index(os.environ.get("GIT_INDEX_FILE") or str(Path(repository.path) / "index"))
            tree = index.write_tree(repository)
            parents = [] if repository.head_is_unborn else [repository.head.target]
            someone = pygit2.Signature("staged", "staged@localhost")
            return str(repository.create_commit(None, someone, someone, "What is staged", tree, parents))
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionUnknown(url=self.objects.name, name="what is staged") from error

    def revision(self, commit: str) -> Revision:
        """What is said of a commit; raises RevisionUnknown."""
        found = self._commit(commit)
        zone = timezone(timedelta(minutes=found.commit_time_offset))
        return Revision(
            commit=str(found.id),
            repository=self.root(commit),
            tree=str(found.tree_id),
            author=found.author.name,
            email=found.author.email,
            subject=found.message.strip().partition("\n")[0].strip(),
            time=datetime.fromtimestamp(found.commit_time, zone),
        )

    def tree(self, commit: str) -> GitTree:
        """The files of a commit; raises RevisionUnknown. Costs nothing until it is read."""
        return GitTree(self.objects, commit=commit, root=str(self._commit(commit).tree_id))

    def changed(self, old: str, new: str) -> frozenset[str] | None:
        """Paths of the files that differ; None when the old commit (or a part of it) is no longer known.

        Where a symbolic link shows something that differs, the path through the link is among them.
        """
        before, after = self.objects.commit(old), self._commit(new)
        if before is None:
            return None
        try:
            return self._changes.between(str(before.tree_id), str(after.tree_id))
        except ObjectLost:
            return None

    def first_parents(self, commit: str, *, most: int) -> tuple[str, ...]:
        """A commit and those before it on its first-parent chain, the newest first; raises RevisionUnknown."""
        found = [str(self._commit(commit).id)]
        while len(found) < most and (parents := list(self._parents(found[-1]))) and self.known(parents[0]):
            found.append(parents[0])
        return tuple(found)

    def touched(self, commit: str) -> Touched:
        """What a commit changed against its first parent; where that cannot be told, everything. Raises RevisionUnknown."""
        found = self._touched.get(commit)
        if found is None:
            parent = next(iter(self._parents(commit)), "")
            changed = self.changed(parent, commit) if parent else None
            found = self._touched[commit] = EVERYTHING if changed is None else Touched.of(changed)
            if len(self._touched) > _TOUCHED_KEPT:
                self._touched.popitem(last=False)
        return found

    def has_touched(self, commit: str) -> bool:
        """Whether `touched` is known and costs nothing."""
        return commit in self._touched

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is `new` or one of its ancestors; False when either is not known."""
        answer = self._ancestors.get((old, new))
        if answer:
            return True  # for good, since ids are digests; each cluster asks it of each head
        if not (self.known(old) and self.known(new)):
            return False
        if answer is None:
            answer = old == new or self.objects.repository.descendant_of(new, old)
            self._ancestors[(old, new)] = answer
            if len(self._ancestors) > _KEPT:
                self._ancestors.popitem(last=False)
        return answer

    def root(self, commit: str) -> str:
        """The first commit of the first-parent chain: the repository's id. Walks no further than to one it has met."""
        root = root_of(commit, self._roots.get, parents=self._parents)
        self.learn_root(commit, root)
        return root

    def learn_root(self, commit: str, root: str) -> None:
        """Remember where a commit's chain begins."""
        if len(self._roots) >= _KEPT:
            del self._roots[next(iter(self._roots))]
        self._roots[commit] = root

    def _parents(self, commit: str) -> Iterable[str]:
        return [str(parent) for parent in self._commit(commit).parent_ids]

    def _commit(self, commit: str) -> pygit2.Commit:
        found = self.objects.commit(commit)
        if found is None:
            raise RevisionUnknown(url=self.objects.name, name=commit[:12])
        return found


def root_of(commit: str, kept: Callable[[str], str | None], *, parents: Callable[[str], Iterable[str]]) -> str:
    """Follow first parents to the first commit, or to one whose answer is kept."""
    while True:
        answer = kept(commit)
        if answer is not None:
            return answer
        above = next(iter(parents(commit)), None)
        if above is None:
            return commit
        commit = above


def open_checkout(path: Path) -> History:
    """Read the repository that `path` is in, a checkout or a bare one; `staged` alone writes to it."""
    found = pygit2.discover_repository(str(path))
    if found is None:
        raise SourceUnreachable(url=str(path), reason="it is not in a git repository")
    try:
        return History(open_repository(Path(found)), name=str(path))
    except pygit2.GitError as error:
        raise SourceUnreachable(url=str(path), reason=str(error)) from error
