"""Serves any number of clusters in one event loop, each on a loopback port of its own.

A port of its own costs a few kilobytes, and lets each cluster refuse connections or show another certificate by itself.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from aiohttp import web

from fleet.aio import Bell, TaskOwner, owned
from fleet.sandbox.access import ANONYMOUS, UNSECURED
from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import Controllers, Running
from fleet.sandbox.serving.admin import Admin
from fleet.sandbox.serving.server import ApiServer

if TYPE_CHECKING:
    from fleet.sandbox.tls import Authority

_BACKLOG = 512
_OUT_OF_FILES = 1.0
"""Seconds until connections are accepted again after the process had no files left for one."""


class Sandboxes:
    """Any number of sandbox clusters; use it with `async with`, in the event loop that serves them.

    `directory` gets their kubeconfigs, certificates and audit logs. With `audit_files`, audit logs are also written there.
    """

    def __init__(self, directory: Path, *, tls: bool = False, garbage: bool = True, audit_files: bool = False) -> None:
        self.directory = directory
        self.clusters: dict[str, SandboxCluster] = {}
        self.controllers: dict[str, Running] = {}
        """Of the clusters that have any; `change` gives one other settings."""
        self._tls = tls
        self._garbage = garbage
        self._audit_files = audit_files
        self._authority: Authority | None = None
        self._listening: dict[str, _Listening] = {}
        self._stack = AsyncExitStack()
        self._owner: TaskOwner | None = None
        self._admin = Admin(self.clusters)

    async def __aenter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._tls:
            from fleet.sandbox.tls import Authority  # noqa: PLC0415 - 60 ms, for whoever wants TLS

            self._authority = Authority(self.directory)
        self._owner = await self._stack.enter_async_context(owned("sandboxes"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in list(self.clusters):
            await self.remove(name)
        await self._stack.aclose()

    async def add(
        self, name: str, *, authority: Authority | None = None, controllers: Controllers | None = None
    ) -> SandboxCluster:
        """Start a cluster; it serves when this returns, and its kubeconfig is written.

        With an `authority` of its own it is served with that one's certificate. Without controllers nothing in it moves.
        """
        authority = authority or self._authority
        assert self._owner, "use it with `async with`"
        audit_file = self.directory / f"{name}.audit.log" if self._audit_files else None
        cluster = SandboxCluster(name, garbage=self._garbage, audit_file=audit_file)
        cluster.access.nobody = ANONYMOUS if authority else UNSECURED
        listening = _Listening(cluster, authority, self._owner)
        await listening.open()
        self._owner.spawn(listening.run(), name=f"listen {name}")
        cluster.ca_file = authority.ca_file if authority else None
        cluster.kubeconfig = cluster.write_kubeconfig(self.directory / f"{name}.kubeconfig")
        self.clusters[name] = cluster
        self._listening[name] = listening
        if controllers:
            self.controllers[name] = Running(cluster, controllers)
            self.controllers[name].start()
        return cluster

    async def remove(self, name: str) -> None:
        """End a cluster; all that it held is gone."""
        del self.clusters[name]
        if running := self.controllers.pop(name, None):
            running.stop()
        await self._listening.pop(name).close()

    async def administer(self) -> tuple[str, str]:
        """Serve the admin path; gives its URL and the bearer token that it wants."""
        server = web.Server(self._admin.handle, access_log=None)
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        self._stack.callback(listener.close)
        return f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", self._admin.token


class _Listening:
    """One cluster's port: opened, closed and changed as the cluster's faults want."""

    def __init__(self, cluster: SandboxCluster, authority: Authority | None, owner: TaskOwner) -> None:
        self._cluster = cluster
        self._owner = owner
        self._authority = authority
        self._api = ApiServer(cluster)
        # Cancelled when its client goes: a watch ends then, and not at its next event.
        self._server = web.Server(self._api.handle, handler_cancellation=True, access_log=None)
        self._listener: socket.socket | None = None
        self._port = 0
        self._shown: ssl.SSLContext | None = None
        self._bell = Bell()
        self._ended = False
        cluster.faults.on_cut = self._cut
        cluster.faults.on_change = self._changed

    async def open(self) -> None:
        """Listen; the port stays the same for life."""
        sock = _bound(self._port)
        self._port = sock.getsockname()[1]
        self._cluster.server = f"{'https' if self._authority else 'http'}://127.0.0.1:{self._port}"
        self._shown = self._context()
        sock.listen(_BACKLOG)
        self._listener = sock
        self._watch(sock)

    async def run(self) -> None:
        """Listen again whenever that is wanted, until closed."""
        while not self._ended:
            seen = self._bell.rings
            if self._listener is None and not self._cluster.faults.refusing:
                await self.open()
            await self._bell.wait(seen)

    async def close(self) -> None:
        """Cut all connections and listen no more."""
        self._ended = True
        self._shut()
        self._bell.ring()
        self._cut(watches=False)
        await self._server.shutdown(0)

    def _changed(self) -> None:
        if self._cluster.faults.refusing or (self._authority and self._shown is not self._context()):
            self._shut()
        self._bell.ring()

    def _shut(self) -> None:
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    # asyncio's own server forgets a connection that it is accepting when it is closed: nobody answers it, and nobody ends it.

    def _watch(self, listener: socket.socket) -> None:
        if self._listener is listener:
            asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        """Take the connections that wait."""
        for _ in range(_BACKLOG):
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                loop = asyncio.get_running_loop()
                loop.remove_reader(listener)
                loop.call_later(_OUT_OF_FILES, self._watch, listener)
                return
            connection.setblocking(False)
            self._take(connection, listener)

    def _take(self, connection: socket.socket, listener: socket.socket) -> None:
        """Serve a connection in a task; one that is cancelled before its first step would leave it open."""
        try:
            task = self._owner.spawn(self._serve(connection, listener), name=f"accept for {self._cluster.name}")
        except asyncio.CancelledError:
            connection.close()
            raise
        task.add_done_callback(lambda ended: connection.close() if ended.cancelled() else None)

    async def _serve(self, connection: socket.socket, listener: socket.socket) -> None:
        """Answer a connection, unless nobody listens any more."""
        transport: asyncio.BaseTransport | None = None
        try:
            if self._listener is listener:
                loop = asyncio.get_running_loop()
                transport, _ = await loop.connect_accepted_socket(self._server, connection, ssl=self._shown)
        except OSError:
            return  # it went, or could not agree on TLS
        finally:
            if transport is None:
                connection.close()
        if isinstance(transport, asyncio.Transport) and self._listener is not listener:
            transport.abort()

    def _cut(self, watches: bool) -> None:
        if watches:
            self._api.end_watches()
            return
        for connection in list(self._server.connections):
            if connection.transport:
                connection.transport.abort()

    def _context(self) -> ssl.SSLContext | None:
        if self._authority is None:
            return None
        return self._authority.expired if self._cluster.faults.expired else self._authority.valid


def _bound(port: int) -> socket.socket:
    """A socket on a loopback port; 0 chooses one."""
    sock = socket.socket()
    # The connections of before may not have ended altogether.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.setblocking(False)
    return sock
