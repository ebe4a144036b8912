"""Opens the database, in whatever state it is found: makes, migrates, sets a damaged one aside, notices a deleted one."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from fleet.model.keys import AppKey
from fleet.store.writing import Latest

LOG = logging.getLogger(__name__)

# What a database may answer with; a driver that is not installed, a path that cannot be made, a value it does not take.
FAILURES = (SQLAlchemyError, CommandError, OSError, ImportError, ValueError)

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",  # who reads does not hold up the writer
    "PRAGMA synchronous=NORMAL",  # in WAL mode nothing is damaged by a power loss; the last syncs may be missing
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
)
# Result codes that pass by themselves: perm, busy, locked, nomem, readonly, interrupt, ioerr, full, cantopen, protocol
# (sqlite.org/rescode.html). Any other, while it is opened, means that what is there is no database of ours.
_PASSING = frozenset({3, 5, 6, 7, 8, 9, 10, 13, 14, 15})
_DAMAGED = frozenset({11, 26})  # corrupt, notadb


class Database:
    """One open database, and the newest rows that were written through it."""

    def __init__(self, engine: AsyncEngine, file: Path | None) -> None:
        self._engine = engine
        self.file = file
        self.latest: dict[AppKey, Latest] = {}
        self._identity = _identity(file)

    @property
    def usable(self) -> bool:
        """Whether what is written would be found again: false when its file was deleted, or replaced, since."""
        return self._identity == _identity(self.file)

    def session(self) -> AsyncSession:
        """Begin a unit of work."""
        return AsyncSession(self._engine, expire_on_commit=False)

    async def close(self) -> None:
        """Give up its connections; whatever that fails with, they are gone."""
        with suppress(*FAILURES):
            await self._engine.dispose()


async def open_database(url: str) -> Database:
    """Open and migrate; raises one of FAILURES while it cannot be reached. A damaged or foreign file is set aside first."""
    try:
        return await _open(url)
    except FAILURES as error:
        file = file_of(url)
        if file is None or not is_hopeless(error):
            raise
        set_aside(file, reason_of(error))
    return await _open(url)


def file_of(url: str) -> Path | None:
    """The file of an SQLite database; None for another."""
    parts = make_url(url)
    return Path(parts.database) if parts.get_backend_name() == "sqlite" and parts.database else None


def is_hopeless(error: BaseException) -> bool:
    """Whether an SQLite file that failed so while it was opened will not get better by waiting."""
    code = _code(error)
    return isinstance(error, CommandError) if code is None else code not in _PASSING


def is_damaged(error: BaseException) -> bool:
    """Whether an SQLite file that worked until now is damaged."""
    return _code(error) in _DAMAGED


def set_aside(file: Path, reason: str) -> None:
    """Rename a database that cannot be used, with what belongs to it; the one set aside before is lost."""
    aside = file.with_name(file.name + ".broken")
    LOG.warning("The history database could not be used and was set aside", extra={"file": str(aside), "reason": reason})
    file.replace(aside)
    for tail in ("-wal", "-shm"):
        file.with_name(file.name + tail).unlink(missing_ok=True)


def reason_of(error: BaseException) -> str:
    """Say what failed, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(cause).__name__}: {str(cause)[:200]}"


async def _open(url: str) -> Database:
    parts = make_url(url)
    file = file_of(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parts.set(drivername=_DRIVERS.get(parts.drivername, parts.drivername)))
    if file is not None:
        event.listen(engine.sync_engine, "connect", _set_up)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    except BaseException:
        await engine.dispose()
        raise
    return Database(engine, file)


def migrate(connection: Connection, *, to: str = "head") -> None:
    """Bring the tables to the newest revision, or to one before."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _set_up(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _identity(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code; extended ones have it in their low byte."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
