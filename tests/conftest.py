"""The public fixtures, properties without deadlines, and one event loop that is there for the whole run.

The loop is for whoever asks outside an async test: looptime does so around every test. Where there is none, Python makes
one that nobody closes, and says so later, in another test; from 3.12 on it warns at once. Both are errors here.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Generator

import pytest
from hypothesis import settings

pytest_plugins = ["fleet.testing"]

# What the helpers of tests assert says what it saw, as a test does.
pytest.register_assert_rewrite("tests.controlplane", "tests.flows", "tests.kube", "tests.sandbox", "tests.conformance")

# By default an example may take 200 ms: a machine that stands still for so long would make a property fail.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

LOOP = pytest.StashKey[asyncio.AbstractEventLoop]()


def pytest_configure(config: pytest.Config) -> None:
    """Set the loop that pytest-asyncio puts back after each of its own."""
    config.stash[LOOP] = asyncio.new_event_loop()
    asyncio.set_event_loop(config.stash[LOOP])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close it."""
    asyncio.set_event_loop(None)
    config.stash[LOOP].close()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage among what is only made now and stays: looking through it again and again is half of the work."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
