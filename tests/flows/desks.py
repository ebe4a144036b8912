"""The command against a hub that runs in this process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.api import listening
from fleet.hub.hub import Hub
from tests import forked
from tests.flows.fleets import running

FLEET = [sys.executable, "-c", "import sys; from fleet.cli import main; sys.exit(main())"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A hub, and the command that asks it."""

    registry: Path
    hub: Hub

    async def fleet(self, *words: str) -> tuple[int, str, str]:
        """Run the command; gives code, stdout and stderr."""
        done = await asyncio.to_thread(forked.fleet, "--config", str(self.registry), *words)
        return done.returncode, done.stdout, done.stderr

    async def json(self, *words: str) -> Any:
        """What a verb says, as JSON."""
        _, out, err = await self.fleet(*words, "-o", "json")
        assert out, err
        return json.loads(out)


@asynccontextmanager
async def served(registry: Path) -> AsyncIterator[Desk]:
    """Run a hub, and answer on its socket, for the length of the block."""
    async with running(registry) as hub, listening(hub, registry.parent / "state" / "hub.sock"):
        yield Desk(registry=registry, hub=hub)
