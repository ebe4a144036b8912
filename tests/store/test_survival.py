"""Whatever happens to the database, recording goes on, nothing is raised into the hub, and no failure is an empty answer."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.errors import StoreUnavailable
from fleet.store import Store
from tests.store.conftest import Opened
from tests.store.reports import NOON, done, drift, report

NEWER = "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('9999')"


async def subjects(store: Store) -> list[str]:
    return [sync.subject for sync in await store.history()]


async def test_history_is_there_after_a_restart(opened: Opened) -> None:
    async with opened() as store:
        await store.record_sync(report(1))
        await store.flush()
    async with opened() as store:
        assert await subjects(store) == ["Change 1"]


@pytest.mark.parametrize("what", ["the database", "all its files", "its directory"])
async def test_a_database_deleted_while_it_is_open_is_made_anew(opened: Opened, file: Path, what: str) -> None:
    async with opened() as store:
        await store.record_sync(report(1))
        await store.flush()
        remove(file, what)
        await store.record_sync(report(2, done=(done(),)))
        await store.record_drift(drift(), seen=NOON)
        await store.flush()
        assert await subjects(store) == ["Change 2"]
        assert (store.lost, store.problem) == (0, "")
    async with opened() as store:
        assert (await subjects(store), len(await store.drifts())) == (["Change 2"], 1)


async def test_a_question_after_the_database_was_deleted_is_answered_by_a_new_one(opened: Opened, file: Path) -> None:
    async with opened() as store:
        await store.record_sync(report(1))
        await store.flush()
        remove(file, "all its files")
        assert await subjects(store) == []
        assert file.exists()


async def test_a_repeated_sync_after_the_database_was_deleted_is_a_row_of_the_new_one(opened: Opened, file: Path) -> None:
    async with opened() as store:
        await store.record_sync(report(1))
        await store.flush()
        remove(file, "all its files")
        await store.record_sync(report(1))
        await store.flush()
        assert [sync.attempts for sync in await store.history()] == [1]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"this is no database, and longer than a header of one " * 40, id="no database"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 8000, id="damaged header"),
    ],
)
async def test_a_file_that_is_no_database_is_set_aside(opened: Opened, file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    async with opened() as store:
        await store.record_sync(report(1))
        await store.flush()
        assert await subjects(store) == ["Change 1"]
    assert file.with_name("fleet.db.broken").read_bytes() == content


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("CREATE TABLE syncs (id INTEGER)", id="somebody else's tables"),
        pytest.param(NEWER, id="a newer hub's"),
    ],
)
async def test_a_database_that_is_not_ours_is_set_aside(opened: Opened, file: Path, statement: str) -> None:
    file.parent.mkdir()
    run_sql(file, statement)
    async with opened() as store:
        await store.record_sync(report(1))
        await store.flush()
        assert await subjects(store) == ["Change 1"]
    assert file.with_name("fleet.db.broken").exists()


async def test_a_database_damaged_while_it_is_open_is_set_aside(opened: Opened, file: Path) -> None:
    async with opened() as store:
        for number in range(50):
            await store.record_sync(report(number, done=(done(),)))
        await store.flush()
        run_sql(file, "PRAGMA wal_checkpoint(TRUNCATE)")
        with file.open("r+b") as damaged:
            damaged.seek(4096)
            damaged.write(b"\xff" * (file.stat().st_size - 4096))
        await store.close()  # its pages are no longer in memory
        await store.record_sync(report(99))
        await store.flush()
        assert await subjects(store) == ["Change 99"]
        assert store.lost == 0


async def test_what_is_recorded_while_the_database_is_locked_is_written_later(opened: Opened, file: Path) -> None:
    async with opened() as store:
        await store.record_sync(report(1))
        await store.flush()
        with holding_lock(file) as lock:
            await store.record_sync(report(2))
            assert not await store.flush(seconds=0.3)
            lock.rollback()
        assert await store.flush()
        assert await subjects(store) == ["Change 2", "Change 1"]


async def test_a_database_that_cannot_be_opened_is_tried_until_it_can(opened: Opened, file: Path) -> None:
    file.parent.write_text("a file where a directory must be")
    async with opened() as store:
        await store.record_sync(report(1))
        assert not await store.flush(seconds=0.1)
        with pytest.raises(StoreUnavailable):
            await store.history()
        assert store.failures > 1
        file.parent.unlink()
        assert await store.flush()
        assert (await subjects(store), store.problem) == (["Change 1"], "")


@pytest.mark.parametrize("url", ["postgresql://fleet:hunter2@127.0.0.1:1/fleet", "nonsense", "oracle://x:hunter2@y/z"])
async def test_a_database_that_never_answers_stops_nothing_and_shows_no_password(opened: Opened, url: str) -> None:
    async with opened(url) as store:
        await store.record_sync(report(1))
        with pytest.raises(StoreUnavailable) as caught:
            await store.history()
        assert store.problem
        assert "hunter2" not in f"{caught.value}{store.problem}"


async def test_what_does_not_fit_into_the_queue_is_counted_and_waits_for_nobody(opened: Opened, file: Path) -> None:
    file.parent.write_text("in the way")
    async with opened(queue=10) as store:
        for number in range(30):
            await store.record_sync(report(number))
        assert store.lost == 20


async def test_a_record_that_no_database_takes_is_given_up_and_those_beside_it_are_kept(opened: Opened) -> None:
    without_zone = replace(report(2), started=NOON.replace(tzinfo=None))
    async with opened() as store:
        for record in (report(1), without_zone, report(3)):
            await store.record_sync(record)
        await store.flush()
        assert await subjects(store) == ["Change 3", "Change 1"]
        assert (store.lost, store.problem) == (1, "")


async def test_a_kill_in_the_middle_of_writing_leaves_a_database_that_opens(opened: Opened, file: Path) -> None:
    for _ in range(2):
        kill_while_writing(file)
    async with opened() as store:
        before = len(await store.history(limit=100_000))
        await store.record_sync(report(1))
        await store.flush()
        assert len(await store.history(limit=100_000)) == before + 1
        assert all(len(sync.changes) == 1 for sync in (await store.history(limit=100_000))[1:])
        assert before > 0
    assert not file.with_name("fleet.db.broken").exists()


def remove(file: Path, what: str) -> None:
    """Delete one file, all of the database's, or their directory."""
    for part in [file] if what == "the database" else list(file.parent.iterdir()):
        part.unlink()
    if what == "its directory":
        file.parent.rmdir()


def run_sql(file: Path, statements: str) -> None:
    connection = sqlite3.connect(file)
    connection.executescript(statements)
    connection.close()


class holding_lock:  # noqa: N801 - reads as what it does
    """Hold the database's write lock from outside."""

    def __init__(self, file: Path) -> None:
        self.connection = sqlite3.connect(file, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        self.connection.execute("BEGIN IMMEDIATE")
        return self.connection

    def __exit__(self, *error: object) -> None:
        self.connection.close()


WRITER = """
import asyncio, sys
from pathlib import Path
from fleet.store import Store, sqlite_url
from tests.store.reports import NOON, done, report

async def main():
    store = Store(sqlite_url(Path(sys.argv[1])), now=lambda: NOON)
    await store.open()
    task = asyncio.ensure_future(store.run())
    number = 0
    while True:
        number += 1
        await store.record_sync(report(number, done=(done(),)))
        if number % 20 == 0:
            await store.flush()
            print(number, flush=True)

asyncio.run(main())
"""


def kill_while_writing(file: Path) -> None:
    """Let another process write, and kill it at some instant after its fifth transaction."""
    command = [sys.executable, "-c", WRITER, str(file.parent)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
