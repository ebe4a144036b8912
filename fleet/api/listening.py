"""Where the API is served: on the unix socket of the state directory, and read-only on a loopback address."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from fleet.api.app import make_app
from fleet.errors import ListenFailed
from fleet.hub.hub import Hub

_GOODBYE = 2.0
"""Seconds that requests under way have when the hub ends."""


@asynccontextmanager
async def listening(hub: Hub, path: Path, *, tcp: str = "") -> AsyncIterator[None]:
    """Serve for the length of the block, on a fresh socket at `path` and on `tcp` (`HOST:PORT`) where one is given.

    The state directory's lock must be held: what is at `path` is then a dead hub's. Raises ListenFailed.
    """
    runners = [await _served(make_app(hub), [_unix_socket(path)])]
    try:
        if tcp:
            runners.append(await _served(make_app(hub, read_only=True), _tcp_sockets(tcp)))
        yield
    finally:
        for runner in runners:
            await runner.cleanup()
        _remove(path)


def _remove(path: Path) -> None:
    """Take the socket's name away; a look at a local directory, which blocks nobody."""
    path.unlink(missing_ok=True)


async def _served(app: web.Application, sockets: list[socket.socket]) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GOODBYE)
    await runner.setup()
    for each in sockets:
        await web.SockSite(runner, each).start()
    return runner


def _unix_socket(path: Path) -> socket.socket:
    """Make the socket under another name, closed to others from its first moment, and put it in the old one's place."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    before = os.umask(0o177)
    try:
        # An address has at most 107 bytes; by the directory's descriptor any path is short.
        made.bind(f"/proc/self/fd/{directory}/{fresh.name}")
        made.listen(128)
    except OSError as error:
        made.close()
        raise ListenFailed(where=str(path), reason=error.strerror or str(error)) from error
    finally:
        os.umask(before)
        os.close(directory)
    fresh.replace(path)
    made.setblocking(False)
    return made


def _tcp_sockets(tcp: str) -> list[socket.socket]:
    host, _, port = tcp.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return [_bound(family, address) for family, _, _, _, address in found]
    except OSError as error:
        raise ListenFailed(where=tcp, reason=error.strerror or str(error)) from error


def _bound(family: socket.AddressFamily | int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(address)
    made.setblocking(False)
    return made
