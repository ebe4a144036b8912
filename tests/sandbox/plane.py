"""A sandbox cluster behind the face of the control plane of the tests: what is told of real clusters can be told of these.

The clusters live in a thread with an event loop of its own, since the tests' client blocks the test's loop.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import Controllers, Running
from fleet.sandbox.host import Sandboxes
from fleet.sandbox.storage import Snapshot
from fleet.sandbox.tls import Authority
from tests.controlplane import Kube, Request, audit
from tests.controlplane.audit import Mark
from tests.controlplane.cluster import kubectl_path

T = TypeVar("T")


class SandboxPlane:
    """One cluster, with the methods of `tests.controlplane.ControlPlane`."""

    def __init__(self, pool: SandboxPool, cluster: SandboxCluster, authority: Authority) -> None:
        self.client_certificate = authority.client("admin-by-certificate", "system:masters")
        self.name = cluster.name
        self.cluster = cluster
        self.directory = pool.directory
        self._pool = pool
        self._clients: list[Kube] = []
        self._audit_log = pool.directory / f"{cluster.name}.audit.log"
        self._audit_start = Mark()
        self.kube = self.client()

    @property
    def server(self) -> str:
        return self.cluster.server

    @property
    def ca_file(self) -> Path:
        assert self.cluster.ca_file
        return self.cluster.ca_file

    @property
    def token(self) -> str:
        return self.token_of("admin")

    def token_of(self, user: str) -> str:
        return self.cluster.token_of(user)

    @property
    def kubeconfig(self) -> Path:
        assert self.cluster.kubeconfig
        return self.cluster.kubeconfig

    def client(self, user: str = "admin", *, agent: str = "fleet-tests", timeout: float = 60) -> Kube:
        client = Kube(self.server, ca_file=self.ca_file, token=self.token_of(user), agent=agent, timeout=timeout)
        self._clients.append(client)
        return client

    def close_clients(self) -> None:
        for client in self._clients:
            client.close()
        self._clients = [self.kube]

    def kubectl_command(self, *arguments: str) -> list[str]:
        return [str(kubectl_path()), f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.directory}/{self.name}", *arguments]

    async def kubectl(self, *arguments: str, stdin: str | None = None, environment: Mapping[str, str] | None = None) -> str:
        process = await asyncio.create_subprocess_exec(
            *self.kubectl_command(*arguments),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(self.directory), **(environment or {})},
        )
        output, errors = await process.communicate(stdin.encode() if stdin is not None else None)
        assert process.returncode == 0, f"kubectl {' '.join(arguments)}: {errors.decode()}"
        return output.decode()

    def audit_mark(self) -> Mark:
        # A request that was sent is read in the loop's next round.
        for _ in range(3):
            self._pool.call(lambda: None)
        return Mark(self._audit_log.stat().st_size if self._audit_log.exists() else 0)

    def audit_since(self, mark: Mark | None = None, *, agent: str = "") -> list[Request]:
        start = self._audit_start if mark is None else mark
        return [seen for seen in audit.requests(self._audit_log, start=start) if seen.agent.startswith(agent)]

    def forget_audit(self) -> None:
        self._audit_start = self.audit_mark()

    def pause(self) -> None:
        self._pool.call(self.cluster.faults.black_hole)

    def resume(self) -> None:
        self._pool.call(self.cluster.faults.clear)

    def stop_apiserver(self) -> None:
        self._pool.call(self.cluster.faults.refuse)

    async def start_apiserver(self) -> None:
        self._pool.call(self.cluster.faults.clear)

    def backup(self) -> Snapshot:
        return self._pool.call(self.cluster.snapshot)

    async def restore(self, backup: Snapshot) -> None:
        self._pool.call(lambda: self.cluster.restore(backup))

    async def wipe(self) -> None:
        self._pool.call(self.cluster.wipe)
        self._audit_log.unlink(missing_ok=True)
        self._audit_start = Mark()


class SandboxPool:
    """Lends clusters as `tests.controlplane.Pool` does; each is new."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandboxes")
        self._thread.start()
        self._host = Sandboxes(directory, audit_files=True)
        self._planes: list[SandboxPlane] = []
        self._await(self._host.__aenter__())

    async def lend(self, count: int = 1, *, controllers: bool = False) -> list[SandboxPlane]:
        first = len(self._planes) + 1
        names = [f"real-{number}" for number in range(first, first + count)]
        planes = [self._started(name, controllers=controllers) for name in names]
        self._planes += planes
        return planes

    lend_new = lend

    def _started(self, name: str, *, controllers: bool) -> SandboxPlane:
        authority = Authority(self.directory / name)
        cluster = self._await(self._host.add(name, authority=authority))
        if controllers:
            self.call(Running(cluster, Controllers()).start)
        return SandboxPlane(self, cluster, authority)

    def call(self, function: Callable[[], T]) -> T:
        """Call something in the clusters' own thread."""

        async def called() -> T:
            return function()

        return self._await(called())

    def close(self) -> None:
        """End them all."""
        for plane in self._planes:
            plane.close_clients()
            plane.kube.close()
        self._await(self._host.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _await(self, awaitable: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(60)
