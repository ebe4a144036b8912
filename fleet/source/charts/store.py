"""Packaged charts on disk, by digest: each is fetched once, and afterwards nobody is asked."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from fleet.aio import Limiter, Threads
from fleet.errors import ChartChanged, ChartRepositoryUnknown
from fleet.model.charts import ChartRepository, LockedChart
from fleet.model.cluster import SecretRef
from fleet.source.charts import index, oci
from fleet.source.charts.web import Web

_AT_ONCE = 4  # fetches
_LARGEST = 2 * 1024 * 1024 * 1024  # bytes kept: charts are small, ten thousand of them fit
_KEEP = 0.9  # of the size after trimming


class ChartStore:
    """Gives packaged charts by digest. What is there is used without asking; what is not is fetched from its repository.

    A file is written beside its place and renamed into it, and its name is its hash, which is checked at each reading: what a
    crash leaves is not a chart. The longest unused go first. The directory may be deleted at any time.
    """

    def __init__(
        self, directory: Path, repositories: Iterable[ChartRepository], *, secret: Callable[[SecretRef], str], seconds: float
    ) -> None:
        self.fetched = 0
        """How many charts were fetched, ever."""
        self._directory = directory
        self._repositories = {repository.url.rstrip("/"): repository for repository in repositories}
        self._secret = secret
        self._seconds = seconds
        self._places: Limiter[str] = Limiter(total=_AT_ONCE, per_key=1)
        self._threads = Threads(limit=_AT_ONCE, name="charts")

    async def package(self, locked: LockedChart) -> bytes:
        """The packaged chart; however many ask at once, one of them fetches."""
        what = f"chart {locked.wanted}"
        async with self._places.slot(locked.digest):
            known = await self._threads.run(self._kept, locked.digest, seconds=self._seconds, what=what)
            if known is not None:
                return known
            return await self._threads.run(self._fetch, locked, seconds=self._seconds, what=what)

    def _kept(self, digest: str) -> bytes | None:
        path = self._path(digest)
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content if _digest(content) == digest else None

    def _fetch(self, locked: LockedChart) -> bytes:
        repository = self._repositories.get(locked.wanted.repository)
        if repository is None:
            raise ChartRepositoryUnknown(repository=locked.wanted.repository, chart=locked.wanted)
        web, name = Web(repository, self._secret), locked.wanted.name
        if repository.url.startswith("oci://"):
            content = oci.content(web, name, locked.digest)
        else:
            content = index.content(web, name, locked.version)
        found = _digest(content)
        if found != locked.digest:
            raise ChartChanged(chart=f"{name} {locked.version} of {repository.url}", found=found, digest=locked.digest)
        self.fetched += 1
        with suppress(OSError):  # a disk that cannot take it costs a fetch later
            self._write(self._path(locked.digest), content)
        return content

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix="new-", delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
        _trim(path.parent)

    def _path(self, digest: str) -> Path:
        return self._directory / f"{digest.partition(':')[2]}.tgz"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _trim(directory: Path) -> None:
    entries = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in directory.iterdir())
    total = sum(size for _, size, _ in entries)
    if total <= _LARGEST:
        return
    for _, size, path in entries:
        if total <= _LARGEST * _KEEP:
            return
        path.unlink(missing_ok=True)
        total -= size
