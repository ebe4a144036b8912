"""A server on loopback that answers exactly what a test wrote down: what real API servers do on bad days only."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

CLOSE = b""
"""Close the connection instead of answering."""
SILENCE = None
"""Accept the request and never answer."""


def answer(status: int = 200, body: Any = None, **headers: str) -> bytes:
    """Write a JSON response."""
    sent = json.dumps(body if body is not None else {}).encode()
    lines = [f"HTTP/1.1 {status} Said", "Content-Type: application/json", f"Content-Length: {len(sent)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent


class Misbehaving:
    """Gives its answers one after the other, whatever is asked; `asked` holds the request lines."""

    def __init__(self, answers: Sequence[bytes | None]) -> None:
        self.asked: list[str] = []
        self.url = ""
        self._answers = list(answers)
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests."""
        self._open[writer] = asyncio.current_task()
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()
            del self._open[writer]

    async def end(self) -> None:
        """Close what is open, and wait for it: a connection that is left to the collector is told in another test."""
        tasks = [task for task in self._open.values() if task]
        for writer in self._open:
            writer.close()
        if tasks:
            await asyncio.wait(tasks, timeout=60)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.asked.append(head.partition(" HTTP/")[0])
                for line in head.splitlines():
                    if line.lower().startswith("content-length:"):
                        await reader.readexactly(int(line.split(":")[1]))
                said = self._answers.pop(0)
                if said is SILENCE:
                    await reader.read()
                    break
                writer.write(said or b"")
                await writer.drain()
                if said == CLOSE:
                    break


@asynccontextmanager
async def misbehaving(*answers: bytes | None) -> AsyncIterator[Misbehaving]:
    """Run one for a block."""
    server = Misbehaving(answers)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        await server.end()


@contextmanager
def refusing() -> Iterator[str]:
    """A URL at which nobody listens, and nobody else begins to for the length of the block."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{kept.getsockname()[1]}"
