"""Sandbox clusters with the handle of the real ones, so that one story is told on both.

What a story may ask of a cluster is what `ControlPlane` and `Pool` offer; these offer the same, as far as stories go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from fleet.sandbox.controllers import Controllers
from fleet.testing import Sandbox, SandboxHost
from tests.controlplane import ControlPlane, Kube, Pool
from tests.controlplane.audit import Request, request

AT_ONCE = Controllers(ready_after=0.05, job_takes=0.05)


class SandboxPlane:
    """One sandbox cluster; what is asked of it goes over its socket, as to a real one."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.name = sandbox.name
        self.directory: Path = sandbox.kubeconfig.parent
        self.kubeconfig = sandbox.kubeconfig
        self.server = sandbox.server
        self.ca_file = sandbox.cluster.ca_file
        self.token = self.token_of("admin")
        self._clients: list[Kube] = []
        self.kube = self.client()

    def token_of(self, user: str) -> str:
        """The token of admin, reader or denied."""
        return self.sandbox.cluster.token_of(user)

    def client(self, user: str = "admin", *, agent: str = "fleet-tests", timeout: float = 60) -> Kube:
        """A new client; the agent is what the audit log will name."""
        made = Kube(self.server, ca_file=self.ca_file, token=self.token_of(user), agent=agent, timeout=timeout)
        self._clients.append(made)
        return made

    def close_clients(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients:
            client.close()

    async def kubectl(self, *words: str, stdin: str | None = None, environment: Mapping[str, str] | None = None) -> str:
        """Run kubectl as admin; fails the test when it fails."""
        return await asyncio.to_thread(self.sandbox.kubectl, *words, stdin=stdin, environment=environment)

    def audit_mark(self) -> int:
        """Where the audit log is now."""
        return self.sandbox.mark()

    def audit_since(self, mark: int | None = None, *, agent: str = "") -> list[Request]:
        """The requests since a mark, by agents whose name begins so."""
        events = self.sandbox.call(self.sandbox.cluster.audit_since, mark or 0)
        return [seen for seen in map(request, events) if seen.agent.startswith(agent)]

    def pause(self) -> None:
        """Let it answer nothing, with all connections open."""
        self.sandbox.call(self.sandbox.cluster.faults.black_hole)

    def resume(self) -> None:
        """End a pause."""
        self.sandbox.call(self.sandbox.cluster.faults.clear)

    def stop_apiserver(self) -> None:
        """Refuse connections; what it acknowledged is kept."""
        self.sandbox.call(self.sandbox.cluster.faults.refuse)

    async def start_apiserver(self) -> None:
        """Listen again."""
        self.resume()

    def backup(self) -> Any:
        """What it holds now, as `restore` takes it."""
        return self.sandbox.call(self.sandbox.cluster.snapshot)

    async def restore(self, backup: Any) -> None:
        """Go back in time."""
        self.sandbox.call(self.sandbox.cluster.restore, backup)

    async def wipe(self) -> None:
        """Become a new cluster at the same address."""
        self.sandbox.call(self.sandbox.cluster.wipe)


class SandboxPool:
    """Lends clusters, each new; `close` ends them."""

    def __init__(self, directory: Path) -> None:
        self._host = SandboxHost(directory, tls=True)
        self._planes: list[SandboxPlane] = []

    async def lend(self, count: int = 1, *, controllers: bool = False) -> list[SandboxPlane]:
        """So many clusters; Pods become ready in those with controllers."""
        moves = AT_ONCE if controllers else None
        return [await asyncio.to_thread(self._started, moves) for _ in range(count)]

    lend_new = lend

    def close(self) -> None:
        """End all of them."""
        for plane in self._planes:
            plane.close_clients()
        self._host.close()

    def _started(self, moves: Controllers | None) -> SandboxPlane:
        self._planes.append(SandboxPlane(self._host.add(f"sandbox-{len(self._planes) + 1}", moves=moves)))
        return self._planes[-1]


Plane: TypeAlias = ControlPlane | SandboxPlane
PlanePool: TypeAlias = Pool | SandboxPool
