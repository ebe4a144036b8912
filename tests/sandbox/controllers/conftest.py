"""A world for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from fleet.sandbox.controllers import Controllers
from tests.sandbox.controllers.worlds import World


@pytest.fixture
async def make_world() -> AsyncIterator[Callable[..., World]]:
    """Make worlds with other settings; they end with the test."""
    made: list[World] = []

    def make(**settings: object) -> World:
        made.append(World(Controllers(**settings)))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for world in made:
        world.running.stop()


@pytest.fixture
async def world(make_world: Callable[..., World]) -> World:
    """A cluster in which everything takes a tenth of a second."""
    return make_world()
