"""Another address of a cluster: a way in that a test opens and closes, while the cluster itself goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.controlplane.cluster import ControlPlane


class Detour:
    """A port that leads to a cluster's API server while it is open, and refuses connections else."""

    def __init__(self, plane: ControlPlane, port: int) -> None:
        self.plane = plane
        self.port = port
        self._listener: asyncio.Server | None = None
        self._passing: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Let connections through."""
        self._listener = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Refuse connections, and end those there are."""
        if self._listener:
            self._listener.close()
        for writer in self._passing:
            writer.close()
        self._listener = None

    def kubeconfig(self, file: Path) -> Path:
        """Write a kubeconfig that leads this way."""
        server = f"https://127.0.0.1:{self.port}"
        file.write_text(self.plane.kubeconfig.read_text().replace(self.plane.server, server))
        return file

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = urlsplit(self.plane.server)
        back, forth = await asyncio.open_connection(there.hostname, there.port)
        self._passing |= {writer, forth}
        async with asyncio.TaskGroup() as group:
            group.create_task(_pipe(reader, forth), name="there")
            group.create_task(_pipe(back, writer), name="back")
        self._passing -= {writer, forth}


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def detour(plane: ControlPlane, file: Path) -> AsyncIterator[Detour]:
    """Have one for a block, closed at first, with its kubeconfig in a file."""
    probe = await asyncio.start_server(_nobody, "127.0.0.1", 0)
    port = probe.sockets[0].getsockname()[1]
    probe.close()
    found = Detour(plane, port)
    found.kubeconfig(file)
    try:
        yield found
    finally:
        await found.close()


async def _nobody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
