"""Fetches one branch into a bare repository. Runs in a process of its own, which may be killed at any instant."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import ConfigLevel, CredentialType

from fleet.errors import BranchMissing, CopyDamaged, SourceRefused, SourceUnreachable
from fleet.source.history import root_of
from fleet.source.objects import open_repository
from fleet.source.upkeep import merge_small_packs, sweep

_ROOTS = "fleet-roots"
_ROOTS_KEPT = 1000
# libgit2 has no codes for what a server answered.
_REFUSALS = ("401", "403", "authentication", "too many redirects or authentication replays")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """What to fetch where; `stall` is how many seconds the server may say nothing."""

    url: str
    name: str
    """The URL as people wrote it, for errors."""
    branch: str
    directory: Path
    username: str = ""
    password: str = ""
    stall: float = 30.0

    def __repr__(self) -> str:
        return f"Fetch({self.name!r})"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The branch's commit, and the root of its first-parent chain."""

    commit: str
    root: str


def fetch_into(fetch: Fetch) -> Fetched:
    """Bring the branch into the bare repository; make it anew where it is missing or damaged.

    Raises SourceUnreachable, SourceRefused, BranchMissing.
    """
    _prepare(fetch.stall)
    sweep(fetch.directory)
    try:
        return _fetch(fetch, fetch.directory)
    except CopyDamaged:
        beside = fetch.directory.with_name(fetch.directory.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        fetched = _fetch_fresh(fetch, beside)
        _swap(beside, fetch.directory)
        return fetched


def _prepare(stall: float) -> None:
    # What the operator's own git is set up to do (rewrite URLs, run helpers) is not this program's configuration.
    for level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL, ConfigLevel.PROGRAMDATA):
        pygit2.settings.search_path[level] = ""
    pygit2.settings.server_connect_timeout = int(stall * 1000)
    pygit2.settings.server_timeout = int(stall * 1000)


def _fetch_fresh(fetch: Fetch, directory: Path) -> Fetched:
    try:
        return _fetch(fetch, directory)
    except CopyDamaged as error:
        raise SourceUnreachable(url=fetch.name, reason=error.reason) from error


def _fetch(fetch: Fetch, directory: Path) -> Fetched:
    _refuse_shallow(fetch)
    repository = _open_or_make(directory)
    remote = repository.remotes.create_anonymous(fetch.url)
    callbacks = _Login(fetch)
    ref = f"refs/heads/{fetch.branch}"
    tip = _tip(remote, callbacks, fetch, ref)
    if _holds(repository, ref, tip):
        return Fetched(tip, _root(repository, tip))
    try:
        # An anonymous remote brings no tags; `+`, because a branch may be forced.
        remote.fetch([f"+{ref}:{ref}"], callbacks=callbacks, proxy=True)
        merge_small_packs(repository)
        return Fetched(tip, _root(repository, tip))
    except (KeyError, ValueError, pygit2.GitError, OSError) as error:
        raise CopyDamaged(url=fetch.name, reason=str(error)) from error


def _open_or_make(directory: Path) -> pygit2.Repository:
    try:
        return open_repository(directory)
    except pygit2.GitError:
        shutil.rmtree(directory, ignore_errors=True)
        directory.parent.mkdir(parents=True, exist_ok=True)
        return pygit2.init_repository(str(directory), bare=True)


def _refuse_shallow(fetch: Fetch) -> None:
    # A history cut short begins elsewhere after every cut: the repository's id would change.
    if "://" in fetch.url:
        return
    try:
        shallow = open_repository(Path(fetch.url)).is_shallow
    except pygit2.GitError as error:
        raise SourceUnreachable(url=fetch.name, reason=_reason(error)) from error
    if shallow:
        raise SourceUnreachable(url=fetch.name, reason="it is a shallow clone; run `git fetch --unshallow` in it")


def _tip(remote: pygit2.Remote, callbacks: _Login, fetch: Fetch, ref: str) -> str:
    try:
        heads = remote.list_heads(callbacks=callbacks, proxy=True)
    except (KeyError, ValueError, pygit2.GitError, OSError) as error:
        reason = _reason(error)
        kind = SourceRefused if any(sign in reason for sign in _REFUSALS) else SourceUnreachable
        raise kind(url=fetch.name, reason=reason) from error
    found = next((str(head.oid) for head in heads if head.name == ref), None)
    if found is None:
        raise BranchMissing(url=fetch.name, branch=fetch.branch)
    return found


def _reason(error: Exception) -> str:
    """What libgit2 says; of a repository that it cannot read at all, why."""
    said = str(error)
    if "sha256" in said or "object format" in said:
        return f"its objects are named by SHA-256, and only repositories of SHA-1 can be read ({said})"
    return said


def _holds(repository: pygit2.Repository, ref: str, tip: str) -> bool:
    try:
        return str(repository.references[ref].target) == tip and repository.get(tip) is not None
    except (KeyError, ValueError, pygit2.GitError):
        return False


class _Login(pygit2.RemoteCallbacks):
    """Answers the server's question for a credential once; a second question means that it was not accepted."""

    def __init__(self, fetch: Fetch) -> None:
        super().__init__()
        self._fetch = fetch
        self._asked = 0

    def credentials(self, url: str, username_from_url: str | None, allowed_types: CredentialType) -> Any:
        self._asked += 1
        if not self._fetch.password:
            raise SourceRefused(url=self._fetch.name, reason="it asks for a credential, and none is given")
        if self._asked > 1:
            raise SourceRefused(url=self._fetch.name, reason="the user name or password was not accepted")
        return pygit2.UserPass(self._fetch.username, self._fetch.password)


def _root(repository: pygit2.Repository, commit: str) -> str:
    """The repository's id. Commits met before are kept in a file beside the objects: the walk is as long as what is new."""
    file = Path(repository.path) / _ROOTS
    kept = dict(_pairs(file))
    root = root_of(commit, kept.get, parents=lambda at: _parents(repository, at))
    if commit not in kept:
        latest = list({**kept, commit: root}.items())[-_ROOTS_KEPT:]
        file.write_text("".join(f"{known} {its}\n" for known, its in latest), encoding="ascii")
    return root


def _parents(repository: pygit2.Repository, commit: str) -> list[str]:
    return [str(parent) for parent in repository[commit].peel(pygit2.Commit).parent_ids]


def _pairs(file: Path) -> Iterator[tuple[str, str]]:
    # A line cut short by a kill has no 40 digits twice, and is passed over.
    for line in file.read_text(encoding="ascii", errors="replace").splitlines() if file.exists() else ():
        commit, _, root = line.partition(" ")
        if len(commit) == len(root) == 40:
            yield commit, root


def _swap(fresh: Path, place: Path) -> None:
    old = place.with_name(place.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)
