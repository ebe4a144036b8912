"""Another address of a cluster: a way in that a test opens and closes, while the cluster itself goes on."""

from __future__ import annotations

import asyncio
import socket
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
        self._listener = await asyncio.start_server(self._pass, "127.0.0.1", self.port, reuse_port=True)

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
        self._passing.add(writer)  # At once, for a way that is closed meanwhile.
        try:
            back, forth = await asyncio.open_connection(there.hostname, there.port)
        except OSError:
            writer.close()
            return
        self._passing.add(forth)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pipe(reader, forth), name="there")
            group.create_task(_pipe(back, writer), name="back")
        self._passing -= {writer, forth}


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()


@asynccontextmanager
async def detour(plane: ControlPlane, file: Path) -> AsyncIterator[Detour]:
    """Have one for a block, closed at first, with its kubeconfig in a file."""
    with socket.socket() as held:
        # Bound, and never listening: while the way is closed it refuses, and nobody else gets the port.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        found = Detour(plane, held.getsockname()[1])
        found.kubeconfig(file)
        try:
            yield found
        finally:
            await found.close()
