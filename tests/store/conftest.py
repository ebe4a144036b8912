"""A Store on a real SQLite file, and reports to record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from fleet.aio import owned
from fleet.store import Keep, Store, sqlite_url
from tests.store.reports import NOON

Opened = Callable[..., AbstractAsyncContextManager[Store]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "fleet.db"


@pytest.fixture
def opened(file: Path) -> Opened:
    """Open the Store, run its writer, close it again."""

    @asynccontextmanager
    async def open_it(url: str = "", keep: Keep | None = None, queue: int = 1000) -> AsyncIterator[Store]:
        store = Store(url or sqlite_url(file.parent), now=lambda: NOON, keep=keep, queue=queue, retry=0.02)
        await store.open()
        try:
            async with owned("test") as owner:
                owner.forever(store.run(), name="store")
                await asyncio.sleep(0)
                yield store
        finally:
            await store.close()

    return open_it
