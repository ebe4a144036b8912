"""The hub's own copy of a Source: fetched with a deadline, read without a network."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pygit2

from fleet.aio import Threads, Workers, call_in_process
from fleet.errors import (
    BranchMissing,
    DeadlineExceeded,
    ObjectLost,
    ProcessDied,
    ProcessNotStarted,
    SourceUnreachable,
)
from fleet.model.cluster import SecretRef
from fleet.model.revision import Revision
from fleet.model.source import Source
from fleet.source.fetching import Fetch, Fetched, fetch_into
from fleet.source.history import History
from fleet.source.objects import open_repository
from fleet.source.touched import Touched
from fleet.source.tree import GitTree

_FIRST = 10  # times the usual deadline: the first fetch brings the whole history
_ANSWER = 1024 * 1024  # bytes: two ids, or an error
_STALL = 30.0  # seconds; a server that says nothing for so long says nothing at all


class Repository:
    """One Source's bare repository in `directory`, which may be deleted at any instant: it is a cache.

    Reading is for the event loop's thread alone; only `fetch` waits for anything but the disk. `secret` resolves a reference
    each time it is needed; `seconds` is a fetch's deadline (ten times that for the first, which brings the whole history).
    """

    def __init__(self, source: Source, directory: Path, *, secret: Callable[[SecretRef], str], seconds: float = 120.0) -> None:
        self.source = source
        self.directory = directory / hashlib.sha256(source.url.encode()).hexdigest()[:16]
        self._secret = secret
        self._seconds = seconds
        self._fetching = asyncio.Lock()
        self._threads = Threads(limit=2, name="source")
        self._worker = _local_worker()
        self._history: History | None = None
        self._opened: tuple[int, int] | None = None
        self._head = ""

    async def fetch(self) -> Revision:
        """Look at the branch, bring what is new, and give its Revision, also when it is still the same.

        Raises SourceUnreachable (also after the deadline), SourceRefused, BranchMissing, SecretMissing: all may be tried
        again, and what was fetched before stands.
        """
        async with self._fetching:
            if self._history and self._history.objects.damaged:
                await self._discard()
            if not await self._unchanged():
                await self._bring()
            return self.revision(self._head)

    def revision(self, commit: str) -> Revision:
        """What is said of a commit; raises RevisionUnknown."""
        return self._read().revision(commit)

    def tree(self, commit: str) -> GitTree:
        """The files of a commit; raises RevisionUnknown. Costs nothing until it is read."""
        return self._read().tree(commit)

    def changed(self, old: str, new: str) -> frozenset[str] | None:
        """Paths of the files that differ; None when the old commit is not known."""
        return self._read().changed(old, new)

    def first_parents(self, commit: str, *, most: int) -> tuple[str, ...]:
        """A commit and those before it on its first-parent chain, the newest first; raises RevisionUnknown."""
        return self._read().first_parents(commit, most=most)

    def touched(self, commit: str) -> Touched:
        """What a commit changed against its first parent; kept. Raises RevisionUnknown."""
        return self._read().touched(commit)

    def has_touched(self, commit: str) -> bool:
        """Whether `touched` is known and costs nothing."""
        return self._read().has_touched(commit)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is `new` or one of its ancestors; False when either is not known."""
        return self._read().is_ancestor(old, new)

    def known(self, commit: str) -> bool:
        """Whether the commit, by its full id, is in the copy."""
        return self._read().known(commit)

    def resolve(self, name: str) -> str:
        """The full id of what people call a commit; raises RevisionUnknown."""
        return self._read().resolve(name)

    async def _unchanged(self) -> bool:
        """For a local Source: whether its branch is where it was. A look at a file, instead of a process."""
        local = self.source.local
        marker = self._marker()
        if local is None or not self._head or marker is None or marker != self._opened:
            return False
        look = "a look at " + self.source.url
        try:
            tip = await self._threads.run(branch_tip, local, self.source, seconds=self._seconds, what=look)
        except DeadlineExceeded as error:
            raise SourceUnreachable(url=self.source.url, reason=f"no answer within {self._seconds:g} s") from error
        return tip == self._head

    async def _bring(self) -> None:
        fetched = await self._fetch()
        self._open(fetched.commit)
        if not self._whole(fetched.commit):  # the copy says that it has it, and has not
            await self._discard()
            fetched = await self._fetch()
            self._open(fetched.commit)
        if not self._whole(fetched.commit):
            raise SourceUnreachable(url=self.source.url, reason=f"commit {fetched.commit} did not arrive")
        self._read().learn_root(fetched.commit, fetched.root)
        self._head = fetched.commit

    def _whole(self, commit: str) -> bool:
        """Whether the commit and all its directories can be read; of a later commit only those that changed are looked at."""
        history = self._read()
        return history.known(commit) and history.changed(commit, commit) is not None

    async def _fetch(self) -> Fetched:
        seconds = self._seconds if self._marker() else self._seconds * _FIRST
        what = f"the fetch of {self.source.url}"
        try:
            if self.source.local is None:
                return await call_in_process(fetch_into, self._order(), seconds=seconds, what=what)
            return await self._worker.call(fetch_into, self._order(), seconds=seconds, max_output=_ANSWER, what=what)
        except DeadlineExceeded as error:
            raise SourceUnreachable(url=self.source.url, reason=f"no answer within {seconds:g} s") from error
        except (ProcessDied, ProcessNotStarted, pygit2.GitError, OSError) as error:
            raise SourceUnreachable(url=self.source.url, reason=str(error)) from error

    def _order(self) -> Fetch:
        source = self.source
        credential = source.credential
        return Fetch(
            url=source.url if source.local is None else str(source.local),
            name=source.url,
            branch=source.branch,
            directory=self.directory,
            username=credential.username if credential else "",
            password=self._secret(credential.password) if credential else "",
            stall=min(_STALL, self._seconds),
        )

    def _open(self, commit: str) -> None:
        """Read from the copy as it is now, unless nothing happened to it since it was opened."""
        marker = self._marker()
        if marker is not None and marker == self._opened and commit == self._head:
            return
        try:
            found = open_repository(self.directory)
        except pygit2.GitError as error:
            raise SourceUnreachable(url=self.source.url, reason=f"its copy cannot be opened: {error}") from error
        if self._history is None:
            self._history = History(found, name=self.source.url)
        else:
            self._history.objects.replace(found)
        self._opened = marker

    def _marker(self) -> tuple[int, int] | None:
        """Tell one copy from another that was made in its place."""
        try:
            found = (self.directory / "HEAD").stat()
        except OSError:
            return None
        return found.st_ino, found.st_ctime_ns

    async def _discard(self) -> None:
        what = "the removal of the damaged copy of " + self.source.url
        await self._threads.run(shutil.rmtree, self.directory, True, seconds=self._seconds, what=what)
        self._opened = None

    def _read(self) -> History:
        if self._history is None:
            raise ObjectLost(url=self.source.url, object="of any commit, because nothing was fetched yet")
        return self._history


def branch_tip(local: Path, source: Source) -> str:
    """The commit a local repository's branch is at; raises SourceUnreachable, BranchMissing."""
    try:
        found = open_repository(local)
        return str(found.references[f"refs/heads/{source.branch}"].target)
    except KeyError as error:
        raise BranchMissing(url=source.url, branch=source.branch) from error
    except (ValueError, pygit2.GitError, OSError) as error:
        raise SourceUnreachable(url=source.url, reason=str(error)) from error


def _local_worker() -> Workers:
    """What fetches from this machine: it starts once, as nothing that it knows (a password, an authority) can grow old."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    return Workers(limit=1, max_memory=most, environment=os.environ, name="fetch")
