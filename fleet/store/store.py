"""The Store: records go in without waiting, questions are answered, and no state of the database stops the hub."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from fleet.aio import deadline
from fleet.errors import DeadlineExceeded, StoreUnavailable
from fleet.model.drift import Drift
from fleet.model.keys import AppKey
from fleet.model.sync import SyncReport
from fleet.store import asking, writing
from fleet.store.asking import Which
from fleet.store.database import FAILURES, Database, is_damaged, open_database, reason_of, set_aside
from fleet.store.records import PastDrift, PastSync, past_drift, past_drifts, past_sync
from fleet.store.writing import Keep, Record

LOG = logging.getLogger(__name__)
T = TypeVar("T")

_QUEUE = 20_000  # records; a minute of the fastest installation while the database is locked, about 20 MiB
_BATCH = 200  # records in one transaction: the event loop is held for some 20 ms
_TRIES = 2  # for one batch in a database that can be opened: what it does not take twice it never takes
_SLOWEST = 60.0  # seconds between two tries
_TRIM = 3600.0  # seconds between two trimmings
_ANSWER = 10.0  # seconds a question may take


def sqlite_url(state: Path) -> str:
    """The URL of the database in a state directory."""
    return f"sqlite:///{state / 'fleet.db'}"


class Store:
    """History in the database at `url`. `run` must run for anything to be written; `close` at the end.

    `lost` counts records that were given up, `failures` what the database failed with; `problem` is the last such
    failure, empty as soon as something succeeded.
    """

    def __init__(
        self, url: str, *, now: Callable[[], datetime], keep: Keep | None = None, queue: int = _QUEUE, retry: float = 1.0
    ) -> None:
        self.lost = 0
        self.failures = 0
        self.problem = ""
        self._url = url
        self._now = now
        self._keep = keep or Keep()
        self._retry = retry
        self._queue: asyncio.Queue[Record] = asyncio.Queue(queue)
        self._database: Database | None = None
        self._opening = asyncio.Lock()
        self._trimmed = 0.0

    async def open(self) -> bool:
        """Open and migrate now; whether it could be. If not, `run` goes on trying, and nothing is raised."""
        try:
            await self._opened()
        except FAILURES as error:
            await self._failed(error)
            return False
        return True

    async def record_sync(self, report: SyncReport) -> None:
        """Keep a Sync, what it changed and what had drifted. Never waits and never fails."""
        self._put(past_sync(report))
        for drift in past_drifts(report):
            self._put(drift)

    async def record_drift(self, drift: Drift, *, seen: datetime, reverted: bool = False) -> None:
        """Keep a Drift that no Sync reports. Never waits and never fails."""
        self._put(past_drift(drift, seen=seen, reverted=reverted))

    async def run(self) -> None:
        """Write what is recorded, for ever; what the database fails with is counted, told once, and tried again."""
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._write(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def flush(self, *, seconds: float = 10.0) -> bool:
        """Wait until everything recorded so far is written or given up; false when that takes longer."""
        try:
            async with deadline(seconds, "writing the history"):
                await self._queue.join()
        except DeadlineExceeded:
            return False
        return True

    async def history(self, cluster: str = "", app: str = "", *, object: str = "", limit: int = 50) -> tuple[PastSync, ...]:
        """The newest Syncs of a cluster, an App, an object; raises StoreUnavailable."""
        which = Which(cluster=cluster, app=app, object=object, limit=limit)
        return await self._ask(lambda session: asking.history(session, which))

    async def last_syncs(self) -> dict[AppKey, PastSync]:
        """The newest Sync of every App, without its Changes; raises StoreUnavailable."""
        return await self._ask(asking.last_syncs)

    async def drifts(self, cluster: str = "", app: str = "", *, object: str = "", limit: int = 50) -> tuple[PastDrift, ...]:
        """The newest Drifts of a cluster, an App, an object; raises StoreUnavailable."""
        which = Which(cluster=cluster, app=app, object=object, limit=limit)
        return await self._ask(lambda session: asking.drifts(session, which))

    async def trim(self, *, now: datetime) -> None:
        """Delete what is too old or too many; raises StoreUnavailable. `run` does so by itself every hour."""
        gone = await self._ask(lambda session: writing.trim(session, self._keep, now=now))
        if gone and self._database:
            self._database.latest.clear()

    async def close(self) -> None:
        """Close the database; what is still queued is not written."""
        database, self._database = self._database, None
        if database:
            await database.close()

    def _put(self, record: Record) -> None:
        try:
            self._queue.put_nowait(record)
        except asyncio.QueueFull:
            self.lost += 1

    async def _write(self, batch: list[Record]) -> None:
        tries, wait = 0, self._retry
        while True:
            opened = False
            try:
                database = await self._opened()
                opened = True
                async with database.session() as session:
                    await writing.write(session, batch, database.latest)
                if database.usable:  # else it went into a file that nobody will find
                    break
                continue
            except FAILURES as error:
                await self._failed(error)
                tries += opened and not _passes(error)
            if tries >= _TRIES:
                await self._write_singly(batch)
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, _SLOWEST)
        self.problem = ""
        await self._trim_sometimes()

    async def _write_singly(self, batch: list[Record]) -> None:
        """Give up the one record that the database does not take, not those beside it."""
        if len(batch) == 1:
            self.lost += 1
            return
        for record in batch:
            await self._write([record])

    async def _trim_sometimes(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._trimmed and now - self._trimmed < _TRIM:
            return
        self._trimmed = now
        try:
            await self.trim(now=self._now())
        except StoreUnavailable as error:
            LOG.info("The history was not trimmed", extra={"reason": str(error)})

    async def _ask(self, question: Callable[[AsyncSession], Awaitable[T]]) -> T:
        try:
            async with deadline(_ANSWER, "the answer of the history database"):
                database = await self._opened()
                async with database.session() as session:
                    return await question(session)
        except FAILURES as error:
            await self._failed(error)
            raise StoreUnavailable(reason=self.problem) from error
        except DeadlineExceeded as error:
            raise StoreUnavailable(reason=str(error)) from error

    async def _opened(self) -> Database:
        """The database as it is now: opened, or opened anew after its file was deleted."""
        async with self._opening:
            if self._database and self._database.usable:
                return self._database
            await self.close()
            self._database = await open_database(self._url)
            return self._database

    async def _failed(self, error: BaseException) -> None:
        self.failures += 1
        if not self.problem:
            LOG.warning("The history database failed; the clusters are not concerned", extra={"reason": reason_of(error)})
        self.problem = reason_of(error)
        database = self._database
        await self.close()
        if database and database.file and database.usable and is_damaged(error):
            set_aside(database.file, self.problem)


def _passes(error: BaseException) -> bool:
    """Whether a failure says nothing against the batch itself: the database was locked, full, gone or damaged."""
    return isinstance(error, OSError) or type(error).__name__ in ("OperationalError", "InterfaceError") or is_damaged(error)
