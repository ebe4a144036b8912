"""What a plugin's function does is no trouble of anybody else's."""

from __future__ import annotations

import asyncio
import threading

import pytest

from fleet.errors import PluginFailed
from fleet.hooks.guard import call_async


async def test_a_sync_function_is_called_beside_the_loop() -> None:
    assert await call_async(lambda text: (text, threading.current_thread().name), "x", plugin="p", timeout=60) == ("x", "plugin")


def test_a_function_that_hangs_does_not_hold_the_end_of_the_loop() -> None:
    release, ended = threading.Event(), threading.Event()

    def hang(_: str) -> None:
        release.wait(20)
        ended.set()

    async def ask() -> None:
        with pytest.raises(PluginFailed, match=r"no answer within 0\.05 s"):
            await call_async(hang, "x", plugin="p", timeout=0.05)

    asyncio.run(ask())
    assert not ended.is_set()
    release.set()
    assert ended.wait(60)
